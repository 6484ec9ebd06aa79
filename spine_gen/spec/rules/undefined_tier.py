"""A stage's tier is one of the declared ones.

What: `tier` names a tier that `tiers` does not list.
Why: the tier is part of what a capture is tracked under; a misspelt one would be a level of its own.

Bad:

    tiers: [BRONZE, SILVER]
    stages:
      LOAD: {tier: BRONCE, ...}

Good:

    tiers: [BRONZE, SILVER]
    stages:
      LOAD: {tier: BRONZE, ...}
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic, did_you_mean
from spine_gen.spec.language import Draft
from spine_gen.spec.right_case import with_right_case

CODE = Code("SG303", "a tier that is not declared", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    tiers = [tier.name.value for tier in draft.tiers]
    if not draft.tiers_known:
        return
    for stage in draft.stages:
        if stage.tier and tiers and stage.tier.value not in with_right_case(tiers):
            headline = f'tier "{stage.tier.value}" is not declared'
            yield draft.finding(CODE, stage.tier.span, headline, help=did_you_mean(stage.tier.value, tiers))
