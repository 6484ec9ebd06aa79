"""A stage reads from its own tier or a lower one.

What: an input stands in a higher tier than the stage that reads it; `tiers` lists the lowest first.
Why: tiers say how refined data is; refined data that flows back makes the raw depend on the derived.

Bad:

    tiers: [BRONZE, GOLD]
    stages:
      SCORE: {tier: GOLD, ...}
      LOAD:  {tier: BRONZE, inputs: [SCORE], ...}

Good:

    stages:
      LOAD:  {tier: BRONZE, ...}
      SCORE: {tier: GOLD, inputs: [LOAD], ...}
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft

CODE = Code("SG307", "an input from a higher tier", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    rank = {tier.name.value: index for index, tier in reversed(list(enumerate(draft.tiers)))}
    for stage in draft.stages:
        for source in stage.inputs:
            other = draft.read(source)
            if not (stage.tier and other and other.tier) or draft.home(source) is not draft:
                continue  # tiers of two domains have no order
            own, theirs = rank.get(stage.tier.value), rank.get(other.tier.value)
            if own is not None and theirs is not None and theirs > own:
                yield draft.finding(
                    CODE,
                    source.stage.span,
                    f'stage "{stage.name.value}" in {stage.tier.value} reads "{other.name.value}" '
                    f"in {other.tier.value}, a higher tier",
                    also=((stage.tier.span, "its own tier"), (other.tier.span, "the input's tier")),
                    help="raise the stage's tier, or lower the input's",
                )
