"""What an `expect` or `if` expression is made of, and how one can be wrong. Offsets count within its text."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from spine_gen.spec.text_problem import TextProblem

Kind = Literal["number", "text", "truth", "parameter"]
ArgumentKind = Literal["name", "text", "number"]
Operator = Literal["==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "and", "or"]


class ExpressionError(ValueError):
    """An expression that the language does not have."""

    def __init__(self, what: str, start: int, end: int, help: str | None = None) -> None:
        super().__init__(what)
        self.problem = TextProblem(what=what, start=start, end=end, help=help)


class ExpressionTypeError(ExpressionError):
    """An expression that reads well but means nothing, such as a number that is compared with a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """A number or a text; of a number, the digits as written."""

    kind: Kind
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """A stage, a code, a parameter's name or a window's length."""

    kind: ArgumentKind
    value: str  # of a length, the digits
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A fact about the run."""

    function: str
    arguments: tuple[Argument, ...]
    start: int
    end: int

    @property
    def kind(self) -> Kind:
        return "parameter" if self.function == "param" else "number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unary:
    operator: Literal["not", "-"]
    operand: "Expression"
    start: int
    end: int

    @property
    def kind(self) -> Kind:
        return "truth" if self.operator == "not" else "number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Binary:
    operator: Operator
    left: "Expression"
    right: "Expression"

    @property
    def kind(self) -> Kind:
        return "number" if self.operator in ("+", "-", "*") else "truth"

    @property
    def start(self) -> int:
        return self.left.start

    @property
    def end(self) -> int:
        return self.right.end


Expression: TypeAlias = Constant | Call | Unary | Binary


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
