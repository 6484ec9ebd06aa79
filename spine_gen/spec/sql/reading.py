"""What the parts of a query's reader share: how they ask about inner queries, and where they report."""

from dataclasses import dataclass
from typing import Protocol

from sqlglot import exp

from spine_gen.spec.sql.columns import Frame, Tables
from spine_gen.spec.sql.kinds import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultColumn:
    name: str | None
    kind: Kind
    node: exp.Expr
    computed: bool = False  # of decimals or floats, so that it is not exact


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    columns: tuple[ResultColumn, ...]

    def as_table(self) -> dict[str, Kind]:
        return {column.name: column.kind for column in self.columns if column.name}

    @property
    def computed(self) -> frozenset[str]:
        """The columns that are not exact."""
        return frozenset(column.name for column in self.columns if column.name and column.computed)


class Reading(Protocol):
    """The query that is being read."""

    text: str
    dialect: str | None  # None where both databases must read it alike
    portable: bool
    open: bool  # whether any table may be an input
    inputs: dict[str, tuple[str, dict[str, Kind]]]  # by folded name: the name, and its columns
    filled: dict[str, frozenset[str]]  # by folded name: the columns that have no NULL
    computed: dict[str, frozenset[str]]  # by the name of a WITH: its columns that are not exact
    tables_read: set[str]

    def report(self, code: str, node: exp.Expr, what: str, help: str | None = None) -> None:
        """Something is wrong at a node."""

    def result(self, query: exp.Expr, known: Tables, outer: Frame | None) -> Result:
        """What a query gives; `known` are the WITHs around it."""
        ...
