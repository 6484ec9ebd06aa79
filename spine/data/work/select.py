"""The work of a sql stage: one SELECT over the inputs' current captures, run in the database."""

import sqlite3
from collections.abc import Mapping, Sequence

import psycopg
import sqlalchemy as sa

from spine.core.database.backend import DialectName
from spine.core.types import SQLITE_DECIMAL_DIGITS
from spine.data.inputs.declared import Input
from spine.data.journal import Journal
from spine.data.sql_texts import SqlText, text_for
from spine.data.tables.relation import Cursor, Relation, cursor_of, execute, find_mistyped
from spine.data.tables.target import DataColumn, Target, quoted, quoted_text
from spine.errors import RowRejectedError, SelectFailedError

from .in_database import DatabaseRows

_SELECTED = "spine_selected"
_MARK: Mapping[DialectName, str] = {"sqlite": "?", "postgresql": "%s"}
_POSTGRESQL_TYPES = {
    "string": "text",
    "integer": "bigint",
    "float": "double precision",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamptz",
    "json": "jsonb",
}
# What a column of a SELECT may come as, by the OIDs of pg_type, so that nothing is cut or rounded on the way.
_TEXT = frozenset({18, 19, 25, 705, 1042, 1043})
_WHOLE = frozenset({20, 21, 23})
_FRACTIONAL = frozenset({700, 701, 1700})
_TAKES = {
    "string": _TEXT,
    "integer": _WHOLE | _FRACTIONAL,
    "float": _WHOLE | _FRACTIONAL,
    "decimal": _WHOLE | _FRACTIONAL,
    "boolean": frozenset({16}),
    "date": frozenset({1082}),
    "timestamp": frozenset({1184}),
    "json": frozenset({114, 3802}),
}


class SelectRows(DatabaseRows):
    """What a SELECT returns, with each input under its stage's name."""

    ordered = False

    def __init__(
        self,
        table: sa.Table,
        target: Target,
        journal: Journal,
        sql: SqlText,
        inputs: Sequence[tuple[Input, Sequence[str]]],
    ) -> None:
        """``inputs`` come with the captures of them that are read."""
        super().__init__(table, target, journal)
        _refuse_two_of_a_stage([given for given, _ in inputs])
        text = text_for(sql, target.dialect)
        self._relation = _relation(text, inputs, target.dialect)

    def _unstaged(self, connection: sa.Connection) -> Relation:  # noqa: ARG002
        return self._relation

    def _fill(self, connection: sa.Connection, table: str, constants: Mapping[str, str]) -> int:
        """One INSERT … SELECT; the constants are parameters of it."""
        cursor = cursor_of(connection)
        mark = _MARK[self._target.dialect]
        into = ", ".join(quoted(name) for name in (*self._names, *constants))
        try:
            selected = ", ".join([*self._selected(cursor), *[mark] * len(constants)])
            execute(
                cursor,
                f"INSERT INTO {quoted(table)} ({into}) {self._relation.prefix} "
                f"SELECT {selected} FROM {_SELECTED}",
                (*(self._relation.parameters or ()), *constants.values()),
            )
        except (sqlite3.OperationalError, psycopg.ProgrammingError) as error:
            raise self._failed(error) from error
        return cursor.rowcount

    def _refused(self, error: Exception) -> RowRejectedError | SelectFailedError:
        # Such an error that no row is to blame for is about what the SELECT computes.
        return self._failed(error) if isinstance(error, psycopg.DataError) else super()._refused(error)

    def _failed(self, error: Exception) -> SelectFailedError:
        return SelectFailedError(
            f"the SELECT for {self._target.table} failed on {self._target.dialect}: {error}. "
            "Correct the stage's sql."
        )

    def _verify(self, connection: sa.Connection, constants: Mapping[str, str]) -> None:
        # SQLite stores any value in any column; PostgreSQL has infinities among its floats.
        loose = self._target.columns
        if self._target.dialect == "postgresql":
            loose = tuple(column for column in loose if column.kind == "float")
        capture = f"capture_id = {quoted_text(constants['capture_id'])}"
        written = Relation(name=quoted(self._target.table))
        found = find_mistyped(cursor_of(connection), self._target, written, loose, capture)
        if found is not None:
            raise found

    def _selected(self, cursor: Cursor) -> list[str]:
        """The SELECT's columns in the table's order, each brought to its type without losing anything."""
        if isinstance(cursor, sqlite3.Cursor):
            return [_sqlite_value(column) for column in self._target.columns]
        names = ", ".join(_value(column) for column in self._target.columns)
        query = f"{self._relation.prefix} SELECT {names} FROM {_SELECTED} LIMIT 0"
        cursor.execute(query.encode(), self._relation.parameters)
        codes = [one.type_code for one in cursor.description or ()]
        found = zip(self._target.columns, codes, strict=True)
        return [self._postgresql_value(column, code) for column, code in found]

    def _postgresql_value(self, column: DataColumn, code: int) -> str:
        value = _value(column)
        if column.kind == "integer" and code in _FRACTIONAL:
            # A number with a fraction is refused here, not rounded: its text is no bigint's.
            return f"CAST(CAST(trim_scale(CAST({value} AS numeric)) AS text) AS bigint)"
        if code in _TAKES[column.kind]:
            return value
        if code in _TEXT:  # also what an untyped NULL is
            decimal = f"numeric({column.precision}, {column.scale})"
            return f"CAST({value} AS {_POSTGRESQL_TYPES.get(column.kind, decimal)})"
        kind = psycopg.adapters.types.get(code)
        raise SelectFailedError(
            f"the SELECT for {self._target.table} gives {column.name} as "
            f"{kind.name if kind else f'a type of OID {code}'}, "
            f"where the table has {column.described}: CAST it in the stage's sql"
        )


def _refuse_two_of_a_stage(inputs: Sequence[Input]) -> None:
    for given in inputs:
        alike = [one.stage_key("").domain or one.tier for one in inputs if one.named == given.named]
        if len(alike) > 1:
            raise SelectFailedError(
                f"{given.named} is {len(alike)} inputs of one SELECT ({', '.join(alike)}), which knows an "
                "input by its name alone: give all but one of them another name"
            )


def _relation(sql: str, inputs: Sequence[tuple[Input, Sequence[str]]], dialect: DialectName) -> Relation:
    """The SELECT as a common table expression, after one for each input."""
    schema = "main." if dialect == "sqlite" else ""  # else SQLite takes a stage named as its table for itself
    parts = []
    parameters: list[str] = []
    for given, captures in inputs:
        marks = ", ".join([_MARK[dialect]] * len(captures)) or "NULL"  # no rows then
        # The name is not quoted, as in the SELECT: so both fold alike.
        rows = f"SELECT * FROM {schema}{quoted(given.table.name)} WHERE capture_id IN ({marks})"
        parts.append(f"{given.named} AS ({rows})")
        parameters.extend(captures)
    text = sql.strip().removesuffix(";")
    if dialect == "postgresql":
        text = text.replace("%", "%%")  # psycopg looks for its marks in texts and comments, too
    parts.append(f"{_SELECTED} AS (\n{text}\n)")  # on a line of its own, as the text may end in a comment
    return Relation(prefix=f"WITH {', '.join(parts)}", name=_SELECTED, parameters=tuple(parameters))


def _value(column: DataColumn) -> str:
    # Qualified, as SQLite takes a quoted name that is no column for a text.
    return f"{_SELECTED}.{quoted(column.name)}"


def _sqlite_value(column: DataColumn) -> str:
    value = _value(column)
    if column.kind == "decimal":
        # Past what a double holds for sure, round() would alter the number; there it is refused instead.
        exact = f"abs({value}) < 1e{SQLITE_DECIMAL_DIGITS - column.scale}"
        rounded = f"round({value}, {column.scale})"
        return f"CASE WHEN typeof({value}) = 'real' AND {exact} THEN {rounded} ELSE {value} END"
    return value
