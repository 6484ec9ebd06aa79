"""Rows that are in the database already, but not in the stage's table: a temporary table, or a SELECT.

Asks the same questions of either, on both databases: which rows have a NULL, a value of another type, or a
key that another row has too?
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import psycopg
import sqlalchemy as sa

from spine.core.database.backend import DialectName
from spine.core.database.functions.register import told
from spine.core.types import SQLITE_DECIMAL_DIGITS
from spine.errors import RowRejectedError

from .rejected import described, key_rejected, null_rejected
from .target import DataColumn, Kind, Target, quoted

Cursor: TypeAlias = "sqlite3.Cursor | psycopg.Cursor[Any]"


def cursor_of(connection: sa.Connection) -> Cursor:
    """A cursor of the driver's own, in the connection's transaction: it takes SQL text as it is."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection | psycopg.Connection)
    return driver.cursor()


def execute(cursor: Cursor, query: str, parameters: Sequence[str] | None = None) -> Cursor:
    """Execute the query: as it is without parameters; with them, PostgreSQL's has each ``%`` doubled."""
    if not isinstance(cursor, sqlite3.Cursor):
        return cursor.execute(query.encode(), parameters)
    try:
        return cursor.execute(query, parameters or ())
    except sqlite3.OperationalError as error:
        raise told(cursor.connection, error) from error


@dataclass(frozen=True, kw_only=True)
class Relation:
    """Rows with the target's declared columns."""

    prefix: str = ""  # a WITH clause
    name: str
    parameters: tuple[str, ...] | None = None  # of the prefix

    def rows(self, cursor: Cursor, selected: str, rest: str = "") -> list[tuple[Any, ...]]:
        """The answer to ``SELECT selected FROM`` these rows."""
        query = f"{self.prefix} SELECT {selected} FROM {self.name} {rest}"
        return execute(cursor, query, self.parameters).fetchall()


def find_rejected(
    cursor: Cursor, target: Target, relation: Relation, kept: str = "true", *, types_only: bool = False
) -> RowRejectedError | None:
    """The error for the first rows, of those that are kept, that the target cannot take; None if it can."""
    wrong = find_mistyped(cursor, target, relation, target.columns, kept)
    if wrong is not None or types_only:
        return wrong
    return _nulls(cursor, target, relation, kept) or _twice(cursor, target, relation, kept)


def find_mistyped(
    cursor: Cursor, target: Target, relation: Relation, columns: Sequence[DataColumn], kept: str = "true"
) -> RowRejectedError | None:
    """The error for the first value, in those columns, that the column's type does not have."""
    wrong = {column: sql for column in columns if (sql := _wrong_type(column, target.dialect)) is not None}
    if not wrong:
        return None
    counts = ", ".join(f"count(CASE WHEN {sql} THEN 1 END)" for sql in wrong.values())
    [numbers] = relation.rows(cursor, counts, f"WHERE {kept}")
    for (column, sql), number in zip(wrong.items(), numbers, strict=True):
        if number:
            row = _first(cursor, target, relation, f"{kept} AND {sql}")
            return RowRejectedError(
                f"{target.table} takes {column.described} in {column.name}, and {number} rows have others, "
                f"such as {row[column.name]!r} in {described(row)}. Round or CAST it in the stage's sql.",
                row,
            )
    return None


# Per type, SQL that is true for its values; {value} is one, {limit} what a decimal's must be below.
_SQLITE_TYPES: dict[Kind, str] = {
    "string": "typeof({value}) = 'text'",
    "integer": "typeof({value}) = 'integer'",
    "float": "typeof({value}) IN ('real', 'integer') AND {value} NOT IN (9e999, -9e999)",
    # A double of more digits than it holds for sure is not the number that was computed.
    "decimal": (
        "(typeof({value}) = 'integer' OR typeof({value}) = 'real' "
        "AND CAST(printf('%!.{exact}g', {value}) AS REAL) = {value}) AND abs({value}) < {limit}"
    ),
    "boolean": "typeof({value}) = 'integer' AND {value} IN (0, 1)",
    "date": "typeof({value}) = 'text' AND date({value}) = {value}",
    "timestamp": (
        "typeof({value}) = 'text' AND length({value}) = 26 AND datetime({value}) = substr({value}, 1, 19)"
    ),
    "json": "json_valid({value})",
}
_POSTGRESQL_TYPES: dict[Kind, str] = {
    "integer": "CAST({value} AS numeric) = trunc(CAST({value} AS numeric))",
    "float": "{value} NOT IN ('NaN', 'Infinity', '-Infinity')",
    "decimal": "abs(round(CAST({value} AS numeric), {scale})) < {limit}",
}


def _wrong_type(column: DataColumn, dialect: DialectName) -> str | None:
    """SQL that is true for the values which are not of the column's type, and never NULL."""
    right = (_SQLITE_TYPES if dialect == "sqlite" else _POSTGRESQL_TYPES).get(column.kind)
    if right is None:
        return None
    value = quoted(column.name)
    limit = f"1e{column.precision - column.scale}"
    filled = right.format(value=value, limit=limit, scale=column.scale, exact=SQLITE_DECIMAL_DIGITS)
    return f"({value} IS NOT NULL AND NOT coalesce({filled}, false))"


def _nulls(cursor: Cursor, target: Target, relation: Relation, kept: str) -> RowRejectedError | None:
    filled = [column.name for column in target.columns if not column.nullable]
    if not filled:
        return None
    counts = ", ".join(f"count(*) - count({quoted(name)})" for name in filled)
    [numbers] = relation.rows(cursor, counts, f"WHERE {kept}")
    found = {name: number for name, number in zip(filled, numbers, strict=True) if number}
    if not found:
        return None
    some = " OR ".join(f"{quoted(name)} IS NULL" for name in found)
    return null_rejected(target, found, "", _first(cursor, target, relation, f"{kept} AND ({some})"))


def _twice(cursor: Cursor, target: Target, relation: Relation, kept: str) -> RowRejectedError | None:
    names = ", ".join(quoted(name) for name in target.key)
    if not names:
        [(number,)] = relation.rows(cursor, "count(*)", f"WHERE {kept}")
        return (
            key_rejected(target, number, (), _first(cursor, target, relation, kept)) if number > 1 else None
        )
    twice = f"SELECT {names} FROM {relation.name} WHERE {kept} GROUP BY {names} HAVING count(*) > 1 LIMIT 1"
    rows = relation.rows(cursor, _all(target), f"WHERE {kept} AND ({names}) IN ({twice})")
    return key_rejected(target, len(rows), (), _row(target, rows[0])) if rows else None


def _first(cursor: Cursor, target: Target, relation: Relation, condition: str) -> dict[str, Any]:
    order = f"ORDER BY {', '.join(quoted(name) for name in target.key)}" if target.key else ""
    return _row(target, relation.rows(cursor, _all(target), f"WHERE {condition} {order} LIMIT 1")[0])


def _all(target: Target) -> str:
    return ", ".join(quoted(column.name) for column in target.columns)


def _row(target: Target, values: Sequence[Any]) -> dict[str, Any]:
    return dict(zip((column.name for column in target.columns), values, strict=True))
