"""A condition is written in the small language of `expect` and `if`.

What: `expect` and `if` compare facts, numbers and texts with = (or ==) != < <= > >=, calculate with + - *,
and join with `and`, `or`, `not`. The facts are `rows(STAGE)`; `anomalies(STAGE)`, also of one code as
`anomalies(STAGE, CODE)`; `partitions(STAGE)`, for how many partitions up to this one the stage is complete;
`window(STAGE, N)`, for how many of this one and the N-1 before it; and `param("name")`.
Why: conditions decide and do no work, so that nothing else can stand in them. They become Python lambdas.

Bad:

    expect: "rows(LOAD) <> 100 AND window(LOAD) > 5"

Good:

    expect: "rows(LOAD) != 100 and window(LOAD, 6) > 5"
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Diagnostic
from spine_gen.spec.conditions import conditions_of
from spine_gen.spec.draft import Draft
from spine_gen.spec.expressions import ExpressionError, ExpressionTypeError, parse_expression

CODE = "SG330"


def check(draft: Draft) -> Iterator[Diagnostic]:
    for _, word in conditions_of(draft):
        try:
            parse_expression(word.value)
        except ExpressionTypeError:
            continue  # condition_types says so
        except ExpressionError as error:
            yield draft.problem(CODE, word, error.problem, "condition")
