"""A condition compares like with like.

What: an `expect` or `if` compares a number with a text, orders a parameter, calculates with a text, or is not
true or false as a whole.
Why: Python would fail at run time, or quietly say no.

Bad:

    expect: "rows(LOAD)"

Good:

    expect: "rows(LOAD) > 0"
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Diagnostic
from spine_gen.spec.conditions import conditions_of
from spine_gen.spec.draft import Draft
from spine_gen.spec.expressions import ExpressionError, ExpressionTypeError, parse_expression

CODE = "SG332"


def check(draft: Draft) -> Iterator[Diagnostic]:
    for _, word in conditions_of(draft):
        try:
            parse_expression(word.value)
        except ExpressionTypeError as error:
            yield draft.problem(CODE, word, error.problem, "condition")
        except ExpressionError:
            continue  # condition_syntax says so
