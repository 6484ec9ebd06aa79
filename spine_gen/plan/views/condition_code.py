"""A condition of a workflow as Python: the body of a lambda over `ctx`."""

from spine_gen.spec.expression_parser import COMPARISONS
from spine_gen.spec.expression_tree import Argument, Binary, Call, Constant, Expression, Unary


def to_python(expression: Expression) -> str:
    """The expression over a variable `ctx`, as Python source; parentheses only where they help."""
    return _python(expression, 0)


_PRECEDENCE = {"or": 1, "and": 2, "not": 3, **dict.fromkeys(COMPARISONS, 4), "+": 5, "-": 5, "*": 6}
_NEGATIVE = 7


def _python(expression: Expression, outer: int) -> str:
    match expression:
        case Constant(kind="number"):
            return expression.value
        case Constant():
            return _quoted(expression.value)
        case Call():
            arguments = ", ".join(map(_argument, expression.arguments))
            return f"ctx.{expression.function}({arguments})"
        case Unary(operator="not"):
            own = _PRECEDENCE["not"]
            written = f"not {_python(expression.operand, own)}"
        case Unary():
            own = _NEGATIVE
            written = f"-{_python(expression.operand, own)}"
        case Binary():
            own = _PRECEDENCE[expression.operator]
            # a comparison or a difference within another needs parentheses on either side
            left = _python(expression.left, own + (expression.operator in COMPARISONS))
            right = _python(expression.right, own + (expression.operator not in ("and", "or")))
            left = f"({left})" if _mixed(expression.left, expression.operator) else left
            right = f"({right})" if _mixed(expression.right, expression.operator) else right
            written = f"{left} {expression.operator} {right}"
    return f"({written})" if own < outer else written


def _mixed(expression: Expression, operator: str) -> bool:
    """An `and` within an `or`, which linters and readers want in parentheses though Python needs none."""
    return operator == "or" and isinstance(expression, Binary) and expression.operator == "and"


def _argument(argument: Argument) -> str:
    return str(int(argument.value)) if argument.kind == "number" else _quoted(argument.value)


def _quoted(text: str) -> str:
    """A Python string literal in double quotes, of printable ASCII only."""
    body = "".join(
        f"\\{character}"
        if character in '"\\'
        else character
        if " " <= character <= "~"
        else _escape(character)
        for character in text
    )
    return f'"{body}"'


def _escape(character: str) -> str:
    if " " <= character <= "~":
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
