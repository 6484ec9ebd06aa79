"""The little language of `expect` and `if`: parsed and typed, never evaluated.

    condition  = all { "or" all }
    all        = negation { "and" negation }
    negation   = "not" negation | comparison
    comparison = sum [ ( "=" | "==" | "!=" | "<" | "<=" | ">" | ">=" ) sum ]
    sum        = product { ( "+" | "-" ) product }
    product    = factor { "*" factor }
    factor     = number | text | call | "-" factor | "(" condition ")"
    call       = "rows" "(" STAGE ")" | "anomalies" "(" STAGE [ "," CODE ] ")"
               | "partitions" "(" STAGE ")" | "window" "(" STAGE "," N ")" | "param" "(" text ")"

`=` and `==` are one, and N is a whole number from 1, written out. Counts and numbers compare with numbers,
texts with texts; a parameter may be either, and only be equal or not. The whole must be true or false.
"""

from collections.abc import Iterator

from spine_gen.spec.expression_parser import parse_expression
from spine_gen.spec.expression_tree import (
    Argument,
    Binary,
    Call,
    Constant,
    Expression,
    ExpressionError,
    ExpressionTypeError,
    Unary,
)

__all__ = [
    "Argument",
    "Binary",
    "Call",
    "Constant",
    "Expression",
    "ExpressionError",
    "ExpressionTypeError",
    "Unary",
    "calls",
    "parse_expression",
]


def calls(expression: Expression) -> Iterator[Call]:
    """Every fact that an expression asks for, in reading order."""
    match expression:
        case Call():
            yield expression
        case Unary():
            yield from calls(expression.operand)
        case Binary():
            yield from calls(expression.left)
            yield from calls(expression.right)
