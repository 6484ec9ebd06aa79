"""A highest rate stands with an action that lets rows pass.

What: `max_rate` stands with `action: fail`, or is 1.
Why: `fail` already fails at the first row, and no share is above 1; the limit would do nothing.

Bad:

    - {code: BAD_PRICE, when: "close <= 0", action: fail, max_rate: 0.05}

Good:

    - {code: BAD_PRICE, when: "close <= 0", action: drop, max_rate: 0.05}
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft

CODE = Code("SG325", "a highest rate that does nothing", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage in draft.stages:
        for item in stage.checks:
            if item.max_rate is None or item.action is None:
                continue
            if item.action.value == "fail":
                yield draft.finding(
                    CODE,
                    item.max_rate.span,
                    "max_rate does nothing beside `action: fail`, which fails at the first row",
                    also=((item.action.span, "the action"),),
                    help="remove it, or use `record` or `drop`",
                )
            elif item.max_rate.value == 1:
                headline = "max_rate: 1 does nothing: no share of the rows is above it"
                yield draft.finding(CODE, item.max_rate.span, headline, help="lower it, or remove it")
