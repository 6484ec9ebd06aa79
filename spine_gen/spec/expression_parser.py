"""Text to expression tree: the little language of `expect` and `if`, parsed and typed, never evaluated.

    condition  = all { "or" all }
    all        = negation { "and" negation }
    negation   = "not" negation | comparison
    comparison = sum [ ( "=" | "==" | "!=" | "<" | "<=" | ">" | ">=" ) sum ]
    sum        = product { ( "+" | "-" ) product }
    product    = factor { "*" factor }
    factor     = number | text | call | "-" factor | "(" condition ")"
    call       = "rows" "(" STAGE ")" | "anomalies" "(" STAGE [ "," CODE ] ")"
               | "partitions" "(" STAGE ")" | "expected" "(" STAGE ")" | "window" "(" STAGE "," N ")"
               | "param" "(" text ")"

`=` and `==` are one, and N is a whole number from 1, written out. Counts and numbers compare with numbers,
texts with texts; a parameter may be either, and only be equal or not. The whole must be true or false.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from spine_gen.diagnostics.suggest import did_you_mean
from spine_gen.spec.expression_facts import FACTS, LONGEST_WINDOW, Fact
from spine_gen.spec.expression_tree import (
    Argument,
    Binary,
    Call,
    Constant,
    Expression,
    ExpressionError,
    ExpressionTypeError,
    Kind,
    Unary,
)

_MAX_TOKENS = 300
_MAX_DEPTH = 20
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
_WORDS_OF_KIND = {
    "number": "a number",
    "text": "a text",
    "truth": "true or false",
    "parameter": "a parameter",
}
_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<number>(?:[0-9]+\.[0-9]+|[0-9]+)(?![A-Za-z0-9_.]))
    |(?P<text>"[^"\\\r\n]*"|'[^'\\\r\n]*')
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<sign>==|!=|<=|>=|<|>|[-+*(),=])""",
    re.VERBOSE | re.ASCII,
)
_SPLIT = "split it over two steps"
_HELP_FOR = {  # what people write from other languages
    "<>": "write `!=`",
    "&&": "write `and`",
    "||": "write `or`",
    "!": "write `not`",
    "/": "multiply instead: `anomalies(LOAD) < 0.05 * rows(LOAD)`",
}


def parse_expression(text: str) -> Expression:
    """The condition that a text states; ExpressionError with the place where it states none."""
    parser = _Parser(text)
    expression = parser.condition()
    parser.expect_end()
    if expression.kind != "truth":
        raise ExpressionTypeError(
            f"this is {_WORDS_OF_KIND[expression.kind]}, not a condition",
            expression.start,
            expression.end,
            "compare it with something, as in `rows(LOAD) > 0`",
        )
    return expression


@dataclass(frozen=True, slots=True)
class _Token:
    sort: str  # number, text, name, sign, end
    text: str
    start: int
    end: int


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or text.startswith("<>", at):
            raise _unreadable(text, at)
        if found.lastgroup != "space":
            yield _Token(str(found.lastgroup), found.group(), at, found.end())
        at = found.end()
    yield _Token("end", "", len(text), len(text))


def _unreadable(text: str, at: int) -> ExpressionError:
    if text[at] in "\"'":
        return ExpressionError(
            "this text has no closing quote, or a backslash", at, len(text), "close the quote"
        )
    if found := re.compile(r"[0-9][A-Za-z0-9_.]*").match(text, at):
        return ExpressionError(
            f'"{found.group()}" is not a number', at, found.end(), "write digits, as in 6 or 0.5"
        )
    for sign, advice in _HELP_FOR.items():
        if text.startswith(sign, at):
            return ExpressionError(f'"{sign}" is not an operator here', at, at + len(sign), advice)
    return ExpressionError(f'"{text[at]}" means nothing here', at, at + 1, "remove it")


class _Parser:
    """Recursive descent, one method a rule of the grammar."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        if len(self._tokens) > _MAX_TOKENS:
            raise self._error("the expression is too long", self._tokens[_MAX_TOKENS], _SPLIT)
        self._at = 0
        self._depth = 0

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._next
        self._at += 1
        return token

    def _take_sign(self, *signs: str) -> _Token | None:
        return self._take() if self._next.sort in ("sign", "name") and self._next.text in signs else None

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise self._error("nested too deeply", self._next, _SPLIT)

    def expect_end(self) -> None:
        token = self._next
        if token.sort == "end":
            return
        lowered = token.text.lower()
        if lowered in ("and", "or", "not") and token.text != lowered:
            raise self._error(f'"{token.text}" is not an operator here', token, f"write `{lowered}`")
        raise self._error(
            f'"{token.text}" was not expected here', token, "join conditions with `and` or `or`"
        )

    def condition(self) -> Expression:
        self._deeper()
        left = self._all()
        while self._take_sign("or"):
            left = self._joined("or", left, self._all())
        self._depth -= 1
        return left

    def _all(self) -> Expression:
        left = self._negation()
        while self._take_sign("and"):
            left = self._joined("and", left, self._negation())
        return left

    def _negation(self) -> Expression:
        sign = self._take_sign("not")
        if sign is None:
            return self._comparison()
        self._deeper()
        operand = self._negation()
        self._depth -= 1
        self._require(operand, "truth", "not")
        return Unary(operator="not", operand=operand, start=sign.start, end=operand.end)

    def _comparison(self) -> Expression:
        left = self._sum()
        sign = self._take_sign(*COMPARISONS, "=")
        if sign is None:
            return left
        right = self._sum()
        if again := self._take_sign(*COMPARISONS, "="):
            raise self._error("comparisons cannot be chained", again, "write `a < b and b < c`")
        operator = "==" if sign.text == "=" else sign.text  # as SQL and as Python write it
        self._refuse_mixed(operator, left, right)
        return Binary(operator=operator, left=left, right=right)  # type: ignore[arg-type]

    def _sum(self) -> Expression:
        left = self._product()
        while sign := self._take_sign("+", "-"):
            left = self._calculated("+" if sign.text == "+" else "-", left, self._product())
        return left

    def _product(self) -> Expression:
        left = self._factor()
        while self._take_sign("*"):
            left = self._calculated("*", left, self._factor())
        return left

    def _factor(self) -> Expression:
        token = self._take()
        if token.sort == "number":
            value = token.text.lstrip("0") or "0"
            return Constant(
                kind="number",
                value=f"0{value}" if value.startswith(".") else value,
                start=token.start,
                end=token.end,
            )
        if token.sort == "text":
            return Constant(kind="text", value=token.text[1:-1], start=token.start, end=token.end)
        if token.sort == "name":
            return self._call(token)
        if token.text == "(":
            inner = self.condition()
            self._close(token)
            return inner
        if token.text == "-":
            self._deeper()
            operand = self._factor()
            self._depth -= 1
            self._require(operand, "number", "-")
            return Unary(operator="-", operand=operand, start=token.start, end=operand.end)
        what = f'"{token.text}"' if token.text else "the end"
        raise self._error(f"expected a number, a text or a fact such as rows(STAGE), found {what}", token)

    def _call(self, name: _Token) -> Call:
        function = FACTS.get(name.text)
        if function is None:
            raise self._error(f'"{name.text}" is not known here', name, _instead_of(name.text))
        opening = self._take()
        if opening.text != "(":
            raise self._error(f'"{name.text}" needs what it is about', name, f"write {function.usage}")
        arguments = [self._argument(function, 0)]
        while self._take_sign(","):
            arguments.append(self._argument(function, len(arguments)))
        closing = self._close(opening)
        call = Call(function=name.text, arguments=tuple(arguments), start=name.start, end=closing.end)
        if len(arguments) < function.needed:
            problem = f"{name.text} needs {function.needed} arguments"
            raise ExpressionError(problem, call.start, call.end, f"write {function.usage}")
        return call

    def _argument(self, function: Fact, place: int) -> Argument:
        token = self._take()
        if place == len(function.arguments):
            problem, advice = "this is an argument too many", f"write {function.usage}"
            raise self._error(problem, token, advice)
        wanted = function.arguments[place]
        if token.sort != wanted:
            found = f'"{token.text}"' if token.text else "the end"
            raise self._error(f"expected {function.usage}, found {found}", token)
        value = token.text[1:-1] if wanted == "text" else token.text
        if wanted == "number" and not (value.isdecimal() and 1 <= int(value) <= LONGEST_WINDOW):
            advice = f"write a whole number from 1 to {LONGEST_WINDOW}"
            raise self._error(f"a window is not {value} partitions long", token, advice)
        return Argument(kind=wanted, value=value, start=token.start, end=token.end)

    def _close(self, opening: _Token) -> _Token:
        token = self._take_sign(")")
        if token is None:
            raise self._error("this bracket is not closed", opening, "add `)`")
        return token

    def _joined(self, operator: Literal["and", "or"], left: Expression, right: Expression) -> Binary:
        self._require(left, "truth", operator)
        self._require(right, "truth", operator)
        return Binary(operator=operator, left=left, right=right)

    def _calculated(self, operator: Literal["+", "-", "*"], left: Expression, right: Expression) -> Binary:
        self._require(left, "number", operator)
        self._require(right, "number", operator)
        return Binary(operator=operator, left=left, right=right)

    def _require(self, operand: Expression, kind: Kind, operator: str) -> None:
        if operand.kind != kind:
            found = _WORDS_OF_KIND[operand.kind]
            problem = f"`{operator}` needs {_WORDS_OF_KIND[kind]}, and this is {found}"
            advice = "compare it with something, as in `rows(LOAD) > 0`" if kind == "truth" else None
            raise ExpressionTypeError(problem, operand.start, operand.end, advice)

    def _refuse_mixed(self, operator: str, left: Expression, right: Expression) -> None:
        kinds = {left.kind, right.kind}
        start, end = left.start, right.end
        if "truth" in kinds:
            problem = "a condition cannot be compared"
            raise ExpressionTypeError(problem, start, end, "use `and`, `or` and `not`")
        if "parameter" in kinds and operator not in ("==", "!="):
            problem = f"a parameter may be text, which `{operator}` does not order as numbers"
            raise ExpressionTypeError(problem, start, end, "compare it with == or !=")
        if kinds == {"number", "text"}:
            problem = "a number never equals a text"
            raise ExpressionTypeError(problem, start, end, "compare numbers with numbers, texts with texts")

    def _error(self, problem: str, token: _Token, help: str | None = None) -> ExpressionError:
        return ExpressionError(problem, token.start, token.end, help)


def _instead_of(name: str) -> str | None:
    usages = [function.usage.partition(" or ")[0] for function in FACTS.values()]
    return did_you_mean(name, FACTS, otherwise=f"use {', '.join(usages[:-1])} or {usages[-1]}")
