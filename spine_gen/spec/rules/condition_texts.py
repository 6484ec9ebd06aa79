"""Whether a workflow's conditions, `expect` and `if`, can be read."""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.conditions import conditions_of
from spine_gen.spec.expression_parser import parse_expression
from spine_gen.spec.expression_tree import ExpressionError, ExpressionTypeError
from spine_gen.spec.language import Draft

CODES = _SYNTAX, _TYPES = (
    Code(
        "SG330",
        "a condition that cannot be read",
        explanation="""A condition is written in the small language of `expect` and `if`.

What: `expect` and `if` compare facts, numbers and texts with = (or ==) != < <= > >=, calculate with + - *,
and join with `and`, `or`, `not`. The facts are `rows(STAGE)`; `anomalies(STAGE)`, also of one code as
`anomalies(STAGE, CODE)`; `partitions(STAGE)`, for how many partitions up to this one the stage is complete;
`expected(STAGE)`, for how many it should be, from the start on and by the calendar, if there is one;
`window(STAGE, N)`, for how many of this one and the N-1 before it; and `param("name")`.
Why: conditions decide and do no work, so that nothing else can stand in them. They become Python lambdas.

Bad:

    expect: "rows(LOAD) <> 100 AND window(LOAD) > 5"

Good:

    expect: "rows(LOAD) != 100 and window(LOAD, 6) > 5"
""",
    ),
    Code(
        "SG332",
        "a condition that compares unlike things",
        explanation="""A condition compares like with like.

What: an `expect` or `if` compares a number with a text, orders a parameter, calculates with a text, or is not
true or false as a whole.
Why: Python would fail at run time, or quietly say no.

Bad:

    expect: "rows(LOAD)"

Good:

    expect: "rows(LOAD) > 0"
""",
    ),
)


def check(draft: Draft) -> Iterator[Diagnostic]:
    for word in conditions_of(draft):
        try:
            parse_expression(word.value)
        except ExpressionError as error:
            code = _TYPES if isinstance(error, ExpressionTypeError) else _SYNTAX
            yield draft.problem(code, word, error.problem, "condition")
