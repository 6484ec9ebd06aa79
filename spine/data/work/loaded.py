"""The rows of a stage's own DuckDB, those of its view ``loaded``, into a table of the database."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import Any

import sqlalchemy as sa

from spine.data.staging.duck import Duck
from spine.data.tables.postgresql import copy_lines
from spine.data.tables.sqlite import write_sqlite
from spine.data.tables.stored_values import postgresql_line, sqlite_value
from spine.data.tables.target import Target, quoted

_BATCH = 4_096  # rows from DuckDB to the driver at a time: two of its vectors


def write_loaded(
    duck: Duck,
    target: Target,
    begin: Callable[[], sa.Connection],
    constants: Mapping[str, str],
    kept: str = "true",
) -> None:
    """Write those that are kept into the target's table, the constants beside each, in the key's order.

    So SQLite appends to its B-tree, twice as fast as in the order of unsorted rows; and PostgreSQL's index,
    which goes by bytes, too, is filled page by page.
    """
    selected = f"WHERE {kept} {_in_key_order(duck, target)}"
    _WRITERS[target.dialect](duck, target, selected, begin, constants)


def write_loaded_as_they_came(
    duck: Duck, target: Target, table: str, connection: sa.Connection, kept: str = "true"
) -> None:
    """Write those that are kept into a table that has the target's declared columns only."""
    of_table = replace(target, table=table)
    _WRITERS[target.dialect](duck, of_table, f"WHERE {kept}", lambda: connection, {})


def _to_sqlite(
    duck: Duck,
    target: Target,
    selected: str,
    begin: Callable[[], sa.Connection],
    constants: Mapping[str, str],
) -> None:
    values = ", ".join(sqlite_value(column) for column in target.columns)
    result = duck.connection.execute(f"SELECT {values} FROM loaded {selected}")
    first = result.fetchmany(_BATCH)  # sorted before the write lock is taken
    batches: Iterator[list[Any]] = iter(partial(result.fetchmany, _BATCH), [])
    names = [column.name for column in target.columns]
    rows = chain(first, chain.from_iterable(batches))
    write_sqlite(begin(), target.table, names, constants, rows)


def _to_postgresql(
    duck: Duck,
    target: Target,
    selected: str,
    begin: Callable[[], sa.Connection],
    constants: Mapping[str, str],
) -> None:
    line = postgresql_line(target.columns, tuple(constants.values()))
    result = duck.connection.execute(f"SELECT {line} FROM loaded {selected}")
    batches: Iterator[list[Any]] = iter(partial(result.fetchmany, _BATCH), [])
    names = [*(column.name for column in target.columns), *constants]
    copy_lines(begin(), target.table, names, ("".join(chain.from_iterable(batch)) for batch in batches))


def _in_key_order(duck: Duck, target: Target) -> str:
    """What puts the rows in order, if they are not: to look takes a tenth of what it takes to sort."""
    if not target.key:
        return ""
    names = ", ".join(quoted(name) for name in target.key)
    pairs = f"SELECT row({names}) AS own, lag(row({names})) OVER () AS previous FROM loaded"
    unsorted = duck.connection.execute(f"SELECT 1 FROM ({pairs}) WHERE own < previous LIMIT 1").fetchone()
    return f"ORDER BY {names}" if unsorted else ""


_WRITERS = {"sqlite": _to_sqlite, "postgresql": _to_postgresql}
