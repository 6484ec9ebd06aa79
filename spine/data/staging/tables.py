"""A source's rows in DuckDB between file and table: typed, numbered, with what did not convert set apart.

Readers fill it; checks and writers ask it. Tables, in the stage's own DuckDB:

``staged``    one row per record: c0, c1… the typed columns, ``problem`` (why it is malformed, or NULL) and,
              from readers that know them, ``line`` and ``last_line``, or ``raw``, its content
``rejects``   the records that are not even records: line, last_line, reason
``loaded``    (view) the well-formed rows under the columns' own names
``numbered``  (view) the same and the malformed ones, with "spine line", "spine last line",
              "spine problem", "spine raw"
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from spine.data.tables.target import DataColumn, quoted

from .conversion import Conversion
from .duck import Duck

LINE, LAST_LINE, PROBLEM, RAW = '"spine line"', '"spine last line"', '"spine problem"', '"spine raw"'


@dataclass(frozen=True, kw_only=True)
class Numbering:
    """How records are counted: what one is called, and how many lines come before the first."""

    noun: Literal["line", "row"]
    before: int = 0
    own: bool = False  # the reader wrote each record's line into ``staged``
    raw: bool = False  # the reader wrote the raw content of malformed records into ``staged``
    unfinished: int | None = None  # the number of a last line that no newline ends


def stage(duck: Duck, conversions: Sequence[Conversion], origin: str, extra: Sequence[str] = ()) -> None:
    """Create ``staged`` from the DuckDB query part ``origin``, whose columns the conversions refer to.

    ``extra`` are further columns of the origin to keep.
    """
    wrong = [conversion.wrong for conversion in conversions]
    reasons = ", ".join(f"CASE WHEN {one.wrong} THEN {one.reason} END" for one in conversions)
    columns = [f"{conversion.typed} AS c{index}" for index, conversion in enumerate(conversions)]
    columns.append(f"CASE WHEN {' OR '.join(wrong)} THEN concat_ws('; ', {reasons}) END AS problem")
    duck.connection.execute(f"CREATE TABLE staged AS SELECT {', '.join([*columns, *extra])} FROM {origin}")


def discard(duck: Duck) -> None:
    """Drop what a reader staged, so that another may."""
    duck.connection.execute("DROP TABLE IF EXISTS staged; DROP TABLE IF EXISTS rejects")


def create_views(duck: Duck, columns: Sequence[DataColumn], numbering: Numbering) -> None:
    """Create ``loaded`` and ``numbered`` over ``staged`` and ``rejects``."""
    names = [f"c{index} AS {quoted(column.name)}" for index, column in enumerate(columns)]
    well_formed = f"SELECT {', '.join(names)} FROM staged WHERE problem IS NULL"
    duck.connection.execute(f"CREATE VIEW loaded AS {well_formed}")
    line, last, origin = _line_columns(duck, numbering)
    raw = "raw" if numbering.raw else "CAST(NULL AS VARCHAR)"
    odd = {LINE: line, LAST_LINE: last, PROBLEM: "problem", RAW: raw}
    selected = [*names, *(f"{value} AS {name}" for name, value in odd.items())]
    duck.connection.execute(f"CREATE VIEW numbered AS SELECT {', '.join(selected)} FROM {origin}")


def _line_columns(duck: Duck, numbering: Numbering) -> tuple[str, str, str]:
    """The SQL of a staged row's first and last line, and the query part they are columns of.

    Where the reader has no numbers, a row's place among the staged rows gives its line: each takes one, and
    so does each rejected line before it.
    """
    if numbering.own:
        return "line", "last_line", "staged"
    first = f"staged.rowid + {numbering.before + 1}"
    if count(duck, "rejects") == 0:
        return first, first, "staged"
    duck.connection.execute(
        "CREATE TABLE shifts AS SELECT place, max(lines) AS lines FROM ("
        f" SELECT line - {numbering.before} - row_number() OVER (ORDER BY line) AS place,"
        " row_number() OVER (ORDER BY line) AS lines FROM rejects) GROUP BY place"
    )
    first = f"{first} + coalesce(shifts.lines, 0)"
    return first, first, "staged ASOF LEFT JOIN shifts ON staged.rowid >= shifts.place"


def count(duck: Duck, table: str) -> int:
    """How many rows a table or view of the stage's has."""
    row = duck.connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row is not None
    return int(row[0])
