"""The lines of staged records: as the reader numbered them, else by the place that each took in its file."""

from dataclasses import dataclass
from typing import Literal

from .duck import Duck


@dataclass(frozen=True, kw_only=True)
class Numbering:
    """How records are counted: what one is called, and how many lines come before the first."""

    noun: Literal["line", "row"]
    before: int = 0
    own: bool = False  # the reader wrote each record's line into ``staged``
    raw: bool = False  # the reader wrote the raw content of malformed records into ``staged``
    unfinished: int | None = None  # the number of a last line that no newline ends


@dataclass(frozen=True, kw_only=True)
class Lines:
    """The SQL of a staged record's first and last line, in a query of ``origin``."""

    first: str
    last: str
    staged: str
    joined: str = ""

    def origin(self, condition: str | None = None) -> str:
        """The query part that they are columns of: of the staged records all, or those of a condition."""
        some = f"(SELECT rowid, * FROM {self.staged} WHERE {condition}) AS {self.staged}"
        return f"{self.staged if condition is None else some}{self.joined}"


def lines_of(duck: Duck, numbering: Numbering, file: int) -> Lines:
    """The lines of what was put aside of a file.

    Where the reader has no numbers, a row's place among the staged rows gives its line: each takes one, and
    so does each rejected line before it.
    """
    staged, rejects, shifts = f"staged_{file}", f"rejects_{file}", f"shifts_{file}"
    if numbering.own:
        return Lines(first="line", last="last_line", staged=staged)
    first = f"{staged}.rowid + {numbering.before + 1}"
    if count(duck, rejects) == 0:
        return Lines(first=first, last=first, staged=staged)
    duck.connection.execute(
        f"CREATE OR REPLACE TABLE {shifts} AS SELECT place, max(lines) AS lines FROM ("
        f" SELECT line - {numbering.before} - row_number() OVER (ORDER BY line) AS place,"
        f" row_number() OVER (ORDER BY line) AS lines FROM {rejects}) GROUP BY place"
    )
    first = f"{first} + coalesce({shifts}.lines, 0)"
    joined = f" ASOF LEFT JOIN {shifts} ON {staged}.rowid >= {shifts}.place"
    return Lines(first=first, last=first, staged=staged, joined=joined)


def count(duck: Duck, table: str) -> int:
    """How many rows a table or view of the stage's has."""
    row = duck.connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row is not None
    return int(row[0])
