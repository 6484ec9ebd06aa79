"""One row of the table: something that SQL can do, what it gives, and how each database is asked for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from sqlglot import exp

from spine_gen.spec.sql.kinds import Kind

Engine: TypeAlias = Literal["sqlite", "postgresql", "duckdb"]
REFUSED, UNKNOWN_COLUMN, TYPES, NOT_PORTABLE = "SG363", "SG364", "SG366", "SG367"


class Values(Protocol):
    """Who reads a text, and asks for the kinds of the values in it."""

    @property
    def dialect(self) -> str | None:
        """The one database that the text is for; None where both must answer alike."""

    def kind(self, node: exp.Expr, /) -> Kind:
        """The kind of a value; all below it has then been looked at."""

    def kinds(self, node: exp.Expr, /) -> list[Kind]:
        """The kinds of what a node is made of."""

    def condition(self, node: exp.Expr, /) -> None:
        """Look at what has to be true or false."""

    def compare(self, node: exp.Expr, first: exp.Expr, others: Sequence[exp.Expr], /) -> None:
        """Look at whether one value can be compared with each of the others."""

    def together(self, node: exp.Expr, values: Sequence[exp.Expr], /) -> Kind:
        """The kind of what is one of several values."""

    def report(self, code: str, node: exp.Expr, what: str, help: str | None = None, /) -> None:
        """Something is wrong at a node."""


Gives: TypeAlias = Callable[[Values, exp.Expr], Kind]
Rewrite: TypeAlias = Callable[[exp.Expr], exp.Expr]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What one or several words do.

    The meaning is PostgreSQL's. Where another database has the same under the same words, there is no
    rewrite; a rewrite is given the node with its parts rewritten already.
    """

    functions: str = ""  # their names, in capitals: words before a bracket
    keywords: str = ""
    signs: str = ""
    nodes: tuple[type[exp.Expr], ...]
    gives: Gives
    sqlite: Rewrite | None = None
    postgresql: Rewrite | None = None
    duckdb: Rewrite | None = None  # which checks files' rows
    in_when: bool = False  # a row's condition may have it too
    examples: tuple[str, ...]  # over the columns of tests/property/test_operations.py


def kind_of(node: exp.Expr) -> Kind:
    """The kind of a node that was read."""
    kind: Kind = node.meta.get("kind", "unknown")
    return kind


def bare(node: exp.Expr) -> exp.Expr:
    """The value without the brackets around it."""
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def call(name: str, *arguments: exp.Expr | str | int | float) -> exp.Expr:
    """A call of a function that only its database knows."""
    values = [
        argument.copy() if isinstance(argument, exp.Expr) else exp.convert(argument) for argument in arguments
    ]
    return exp.Anonymous(this=name, expressions=values)


def spine(name: str, *arguments: exp.Expr | str | int | float) -> exp.Expr:
    """A call of one of the functions that spine gives SQLite."""
    return call(f"spine_{name}", *arguments)


def failing(condition: exp.Expr, message: str, value: exp.Expr) -> exp.Expr:
    """On DuckDB: the value, or an error where the condition holds."""
    return exp.Case(
        ifs=[exp.If(this=condition, true=call("error", message))], default=exp.paren(value, copy=False)
    )


def short(node: exp.Expr) -> exp.Expr:
    """On PostgreSQL: the whole number in 32 bits, which its days and texts are counted in."""
    inner = node.this if isinstance(node, exp.Neg) else node
    return node if isinstance(inner, exp.Literal) else exp.cast(node.copy(), "int")


def fixed(kind: Kind) -> Gives:
    """Always that kind, after a look at what it is made of."""

    def gives(values: Values, node: exp.Expr) -> Kind:
        values.kinds(node)
        return kind

    return gives
