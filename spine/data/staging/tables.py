"""A source's rows in DuckDB between file and table: typed, numbered, with what did not convert set apart.

Readers fill it; checks and writers ask it. Tables, in the stage's own DuckDB:

``staged``    one row per record: c0, c1… the typed columns, ``problem`` (why it is malformed, or NULL) and,
              from readers that know them, ``line`` and ``last_line``, or ``raw``, its content; where a file
              holds several partitions, also p0, p1… by which they are told apart, and ``digest``
``rejects``   the records that are not even records: line, last_line, reason
``loaded``    (view) the well-formed rows under the columns' own names
``numbered``  (view) the same and the malformed ones, with "spine file", "spine line", "spine last line",
              "spine problem", "spine raw"
``rejected``  (view) the rejects with "spine file", the number of the file that each is of

A reader fills the first two from one file; what was staged of a file is put aside before the next. Where a
file holds several partitions, the views have what is of the wanted one alone. Of another's record ``staged``
has nothing but its place, which line numbers are counted by.
"""

from collections.abc import Sequence

from spine.data.tables.target import DataColumn, quoted

from .belonging import assign, goes_along, wanted_origin
from .conversion import Conversion
from .duck import Duck
from .line_numbers import Numbering, lines_of
from .partition_rows import PartitionRows

FILE, LINE, LAST_LINE = '"spine file"', '"spine line"', '"spine last line"'
PROBLEM, RAW = '"spine problem"', '"spine raw"'


def stage(
    duck: Duck,
    conversions: Sequence[Conversion],
    origin: str,
    extra: Sequence[str] = (),
    *,
    content: str,
    raw: str | None = None,
    of: PartitionRows | None = None,
) -> None:
    """Create ``staged`` from the DuckDB query part ``origin``, whose columns all else refers to.

    ``extra`` are further columns of the origin to keep, ``raw`` is what malformed records keep. ``content``
    is a list of texts: all that a record's values and its problem follow from, whatever the database.
    """
    wrong = " OR ".join(conversion.wrong for conversion in conversions)
    reasons = ", ".join(f"CASE WHEN {one.wrong} THEN {one.reason} END" for one in conversions)
    columns = {f"c{index}": conversion.typed for index, conversion in enumerate(conversions)}
    columns["problem"] = f"CASE WHEN {wrong} THEN concat_ws('; ', {reasons}) END"
    if of is not None:
        origin = f"(SELECT *, {', '.join(of.texts(conversions))} FROM {origin})"
        wrong = f"{wrong} OR NOT {of.placed}"
        columns["problem"] = f"coalesce({columns['problem']}, {of.missing})"
    if raw is not None:
        columns["raw"] = f"CASE WHEN {wrong} THEN {raw} END"
    if of is not None:
        columns = {} if of.wanted is None else columns
        columns["digest"] = f"unhex(sha256(CAST(to_json({content}) AS VARCHAR)))"
        columns = {name: f"CASE WHEN {of.may_be_wanted} THEN {value} END" for name, value in columns.items()}
        extra = (*extra, *of.names())
    selected = [*(f"{value} AS {name}" for name, value in columns.items()), *extra]
    duck.connection.execute(f"CREATE TABLE staged AS SELECT {', '.join(selected)} FROM {origin}")


def discard(duck: Duck) -> None:
    """Drop what a reader staged, so that another may."""
    duck.connection.execute("DROP TABLE IF EXISTS staged; DROP TABLE IF EXISTS rejects")


def put_aside(duck: Duck, file: int) -> None:
    """Make room for what is staged of the next file."""
    for table in ("staged", "rejects"):
        duck.connection.execute(f"ALTER TABLE {table} RENAME TO {table}_{file}")


def create_views(
    duck: Duck,
    columns: Sequence[DataColumn],
    numberings: Sequence[Numbering],
    of: PartitionRows | None = None,
) -> None:
    """Create ``loaded``, ``numbered`` and ``rejected`` over what was put aside of each file, in its order.

    Where files hold several partitions, they have what is of the wanted one; where all are wanted, which is
    for digests alone, they are not created.
    """
    names = [f"c{index} AS {quoted(column.name)}" for index, column in enumerate(columns)]
    views: dict[str, list[str]] = {"loaded": [], "numbered": [], "rejected": []}
    for file, numbering in enumerate(numberings):
        lines = lines_of(duck, numbering, file)
        origin, formed, reject = lines.origin(), "problem IS NULL", "true"
        if of is not None:
            assign(duck, of, file, lines)
            if of.wanted is None:
                continue
            origin = wanted_origin(of, file, lines)
            formed = f"{formed} AND {of.is_wanted()}"
            reject = goes_along(of, file, "line")
        views["loaded"].append(f"SELECT {', '.join(names)} FROM staged_{file} WHERE {formed}")
        raw = "raw" if numbering.raw else "CAST(NULL AS VARCHAR)"
        odd = {FILE: str(file), LINE: lines.first, LAST_LINE: lines.last, PROBLEM: "problem", RAW: raw}
        selected = [*names, *(f"{value} AS {name}" for name, value in odd.items())]
        views["numbered"].append(f"SELECT {', '.join(selected)} FROM {origin}")
        rejects = f"SELECT {file} AS {FILE}, line, last_line, reason FROM rejects_{file} WHERE {reject}"
        views["rejected"].append(rejects)
    for name, parts in views.items() if of is None or of.wanted else ():
        duck.connection.execute(f"CREATE VIEW {name} AS {' UNION ALL '.join(parts)}")


def place_loaded(duck: Duck) -> None:
    """Have the rows of ``loaded`` tell where they are: FILE and LINE, too, are columns of it from now on."""
    duck.connection.execute(
        f"CREATE OR REPLACE VIEW loaded AS SELECT * FROM numbered WHERE {PROBLEM} IS NULL"
    )
