"""Tracking's own statements, compiled once and executed on the driver itself.

A stage's tracking is a handful of tiny statements, where SQLAlchemy's work for each and PostgreSQL's round
trips are most of the time. Values are bound and read by SQLAlchemy's types; errors come out as SQLAlchemy's.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeAlias, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

Command: TypeAlias = tuple[sa.ClauseElement, Mapping[str, Any]]
T = TypeVar("T")

# Either database limits how many values a statement takes.
MOST_ROWS_AT_ONCE = 50  # in one INSERT
MOST_VALUES_AT_ONCE = 500  # in one IN


class insert_if_absent(sa.Insert):
    """An INSERT of a row that changes nothing where its key is there already."""

    inherit_cache = True


@compiles(insert_if_absent)
def _insert_if_absent(element: insert_if_absent, compiler: SQLCompiler, **options: Any) -> str:
    inserted = compiler.visit_insert(element, **options)  # type: ignore[no-untyped-call]
    return f"{inserted} ON CONFLICT DO NOTHING"


class Prepared:
    """One statement as the driver takes it, for values of the given names."""

    def __init__(self, statement: sa.ClauseElement, names: Sequence[str], dialect: sa.Dialect) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=list(names))
        assert isinstance(compiled, sa.sql.compiler.SQLCompiler)
        self.sql = compiled.string
        self._positions = compiled.positiontup  # None where the driver takes names
        self._constants = {name: value for name, value in compiled.params.items() if name not in names}
        binders = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect)
            for name, bind in compiled.binds.items()
        }
        self._binders = [(name, binder) for name, binder in binders.items() if binder is not None]
        self._readers: list[Callable[[Any], Any] | None] = []
        if isinstance(statement, sa.Select):
            columns = statement.selected_columns
            self._readers = [
                one.type.dialect_impl(dialect).result_processor(dialect, None) for one in columns
            ]

    def bound(self, parameters: Mapping[str, Any]) -> Sequence[Any] | Mapping[str, Any]:
        """The parameters as the driver takes them."""
        values = {**self._constants, **parameters}
        for name, binder in self._binders:
            values[name] = binder(values[name])
        if self._positions is None:
            return values
        return [values[name] for name in self._positions]

    def read(self, row: Sequence[Any]) -> list[Any]:
        """The values of a row that the SELECT found."""
        return [
            value if reader is None else reader(value)
            for value, reader in zip(row, self._readers, strict=True)
        ]


def execute(connection: sa.Connection, statement: sa.ClauseElement, parameters: Mapping[str, Any]) -> int:
    """Execute one statement; returns how many rows it changed."""
    [cursor] = execute_all(connection, [(statement, parameters)])
    return int(cursor.rowcount)


def fetch_first(
    connection: sa.Connection, statement: sa.ClauseElement, parameters: Mapping[str, Any]
) -> list[Any] | None:
    """The first row that the SELECT finds."""
    prepared = _prepared(statement, tuple(parameters), connection.dialect)
    with errors_of(connection):
        row = _driver(connection).execute(prepared.sql, prepared.bound(parameters)).fetchone()
    return None if row is None else prepared.read(row)


def fetch_all(
    connection: sa.Connection, statement: sa.ClauseElement, parameters: Mapping[str, Any]
) -> list[list[Any]]:
    """Every row that the SELECT finds."""
    prepared = _prepared(statement, tuple(parameters), connection.dialect)
    with errors_of(connection):
        rows = _driver(connection).execute(prepared.sql, prepared.bound(parameters)).fetchall()
    return [prepared.read(row) for row in rows]


def execute_all(connection: sa.Connection, commands: Iterable[Command]) -> list[Any]:
    """Execute statements that return no rows, in order.

    Returns their cursors, whose `rowcount` can be read once the round trip is over.
    """
    driver = _driver(connection)
    cursors = []
    with errors_of(connection):
        for statement, parameters in commands:
            prepared = _prepared(statement, tuple(parameters), connection.dialect)
            cursors.append(driver.execute(prepared.sql, prepared.bound(parameters)))
    return cursors


def gathered(commands: Iterable[Command]) -> list[Command]:
    """The commands, neighbours of one plain INSERT statement made one INSERT of several rows."""
    result: list[Command] = []
    for statement, neighbours in groupby(commands, itemgetter(0)):
        rows = [parameters for _, parameters in neighbours]
        if not isinstance(statement, sa.Insert):
            result += [(statement, row) for row in rows]
            continue
        for some in chunks(rows, MOST_ROWS_AT_ONCE):
            result.append((statement, some[0]) if len(some) == 1 else _insert_of(statement, some))
    return result


def chunks(items: Sequence[T], size: int = MOST_VALUES_AT_ONCE) -> Iterator[Sequence[T]]:
    """The items, so many at once as one statement takes."""
    for first in range(0, len(items), size):
        yield items[first : first + size]


def execute_sql(connection: sa.Connection, sql: str) -> None:
    """Execute one statement of SQL that has no values, such as BEGIN."""
    with errors_of(connection):
        _driver(connection).execute(sql)


def _driver(connection: sa.Connection) -> Any:
    return connection.connection.driver_connection


@contextmanager
def errors_of(connection: sa.Connection) -> Iterator[None]:
    """Raise the driver's errors as SQLAlchemy's."""
    dbapi_error = connection.dialect.loaded_dbapi.Error
    try:
        yield
    except dbapi_error as error:
        raise sa.exc.DBAPIError.instance(
            None, None, error, dbapi_error, hide_parameters=True, dialect=connection.dialect
        ) from error


def _insert_of(statement: sa.Insert, rows: Sequence[Mapping[str, Any]]) -> Command:
    values = {f"{name}_{place}": value for place, row in enumerate(rows) for name, value in row.items()}
    return _multiplied(statement, tuple(rows[0]), len(rows)), values


@lru_cache(maxsize=256)
def _multiplied(statement: sa.Insert, names: tuple[str, ...], count: int) -> sa.Insert:
    columns = statement.table.c
    return statement.values(
        [
            {name: sa.bindparam(f"{name}_{place}", type_=columns[name].type) for name in names}
            for place in range(count)
        ]
    )


@lru_cache(maxsize=256)
def _prepared(statement: sa.ClauseElement, names: tuple[str, ...], dialect: sa.Dialect) -> Prepared:
    return Prepared(statement, names, dialect)
