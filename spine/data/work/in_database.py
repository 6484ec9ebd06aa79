"""The work of sql and python stages: rows that go into the table by way of the database itself.

Without checks they go straight in. With checks they wait in a temporary table first, where NULLs and repeated
keys are allowed, so that a ``drop`` can keep a row from breaking the table's constraints.
"""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
import sqlalchemy as sa

from spine.core.files import FileSeen
from spine.data.checks import Check
from spine.data.inputs.looked_into import LookedInto
from spine.data.journal import Journal
from spine.data.row_checks import (
    Finding,
    RowCheck,
    check_failure,
    counting,
    dropping,
    fails,
    holds,
    in_order,
    repeated,
)
from spine.data.sql_texts import text_for
from spine.data.tables.rejected import REFUSED, described, otherwise_rejected
from spine.data.tables.relation import Cursor, Relation, cursor_of, execute, find_rejected
from spine.data.tables.target import Target, in_byte_order, quoted, quoted_text
from spine.errors import CheckConditionError, RowRejectedError, SelectFailedError

_BATCH = 1000
_EXAMPLES = 3
_STAGED = "spine_staged"
_PLACE = "spine_place"  # on PostgreSQL; SQLite numbers the rows of a table by itself
_NOT_EVALUATED = (sqlite3.OperationalError, psycopg.ProgrammingError, psycopg.DataError)


class DatabaseRows(ABC):
    """Rows on their way into ``table``; subclasses say where they come from."""

    files: tuple[FileSeen, ...] = ()  # it reads none
    ordered: bool  # whether its rows come in an order of which people know

    def __init__(self, table: sa.Table, target: Target, journal: Journal) -> None:
        self._table = table
        self._target = target
        self._journal = journal
        self._names = [column.name for column in target.columns]
        self._staged: Relation | None = None
        self._dropping: tuple[RowCheck, ...] = ()
        self._sets: list[str] = []  # tables of places of rows

    @abstractmethod
    def _fill(self, connection: sa.Connection, table: str, constants: Mapping[str, str]) -> int:
        """Write the rows, and the constants beside each, into the table of that name; how many they are."""

    @abstractmethod
    def _unstaged(self, connection: sa.Connection) -> Relation:
        """The rows outside the table, to find out which of them it refused."""

    def check(
        self, checks: Sequence[Check], looked: Sequence[LookedInto], begin: Callable[[], sa.Connection]
    ) -> None:
        """Make an anomaly of every row that a check holds for. Raises CheckFailedError if any check fails."""
        if not checks:
            return
        self._refuse_unknown_order(checks)
        connection = begin()
        if self._staged is None:
            self._staged = self._stage(connection)
        asked = self._conditions(connection, checks, self._dropping, looked)
        counts = _run(connection, counting(asked, _STAGED), checks).fetchall()[0]
        self._judge(asked, counts, lambda condition: self._where(connection, condition))

    def _conditions(
        self,
        connection: sa.Connection,
        checks: Sequence[Check],
        dropped: Sequence[RowCheck],
        looked: Sequence[LookedInto],
    ) -> tuple[RowCheck, ...]:
        """The checks as they are asked of the staged rows."""
        return in_order(
            checks,
            dropped,
            lambda check: self._of_row(connection, check, looked),
            lambda check, kept: self._among(connection, repeated(check, _STAGED, [self._place], kept), check),
        )

    def _judge(
        self,
        asked: Sequence[RowCheck],
        counts: Sequence[int],
        where: Callable[[str], Iterator[dict[str, Any]]],
    ) -> None:
        """Record what was found: of how many rows, and by each check how many, which ``where`` gives."""
        rows, *matches = counts
        findings = []
        for one, matched in zip(asked, matches, strict=True):
            if not matched:
                continue
            check = one.check
            examples: list[str] = []
            for values in where(one.condition):
                shown = described(values)
                self._journal.record(check.code, f"{shown}: {check.shown}", None, {"row": values})
                if len(examples) < _EXAMPLES:
                    examples.append(shown)
            if fails(check, matched, rows):
                findings.append(Finding(check=check, matched=matched, examples=tuple(examples)))
        if findings:
            raise check_failure(findings, rows)
        self._dropping += dropping(asked)

    def write(self, begin: Callable[[], sa.Connection], constants: Mapping[str, str]) -> int:
        """Write the rows that no check dropped; how many. Raises RowRejectedError, naming the row."""
        connection = begin()
        if self._staged is None:
            with self._naming_rejected(connection, lambda: self._unstaged(connection)):
                rows = self._fill(connection, self._target.table, constants)
        else:
            rows = self._move(connection, self._staged, constants)
        self._verify(connection, constants)
        return rows

    def _verify(self, connection: sa.Connection, constants: Mapping[str, str]) -> None:  # noqa: B027
        """Raise RowRejectedError if the table took a value that its column's type does not have."""

    def _stage(self, connection: sa.Connection) -> Relation:
        """All rows in a temporary table with the target's types but none of its constraints."""
        create_staged(connection, self._target)
        if self._target.dialect == "postgresql":
            number = f"ALTER TABLE {_STAGED} ADD {_PLACE} bigint GENERATED ALWAYS AS IDENTITY"
            execute(cursor_of(connection), number)
        with self._naming_rejected(connection, lambda: self._unstaged(connection), types_only=True):
            self._fill(connection, _STAGED, {})
        return Relation(name=_STAGED)

    def _move(self, connection: sa.Connection, staged: Relation, constants: Mapping[str, str]) -> int:
        kept = f"NOT {holds(self._dropping)}"
        names = ", ".join(quoted(name) for name in self._names)
        into = ", ".join(quoted(name) for name in (*self._names, *constants))
        values = "".join(f", {quoted_text(value)}" for value in constants.values())
        cursor = cursor_of(connection)
        with self._naming_rejected(connection, lambda: staged, kept=kept):
            execute(
                cursor,
                f"INSERT INTO {quoted(self._target.table)} ({into}) "
                f"SELECT {names}{values} FROM {staged.name} WHERE {kept}",
            )
        rows = cursor.rowcount
        for table in (staged.name, *self._sets):
            execute(cursor, f"DROP TABLE {table}")
        return rows

    @property
    def _place(self) -> str:
        """The column that numbers the staged rows in the order in which they came."""
        return "rowid" if self._target.dialect == "sqlite" else _PLACE

    def _refuse_unknown_order(self, checks: Sequence[Check]) -> None:
        for check in checks:
            if check.keep in ("first", "last") and not self.ordered:
                raise CheckConditionError(
                    f"check {check.code} keeps the {check.keep} of rows that are alike, and those of a "
                    "SELECT are in no order: keep none, or rank them with ROW_NUMBER in the stage's sql"
                )

    def _of_row(self, connection: sa.Connection, check: Check, looked: Sequence[LookedInto]) -> str:
        """The condition on a row; of one that looks into inputs, that the row is among those found by it."""
        assert check.when is not None
        condition = text_for(check.when, self._target.dialect)
        if not check.inputs:
            return condition
        schema = "main." if self._target.dialect == "sqlite" else ""
        parts = ", ".join(one.named(schema) for one in looked if one.given in check.inputs)
        places = f"SELECT {self._place} AS place_0 FROM {_STAGED} WHERE {condition}"
        return self._among(connection, f"WITH {parts} {places}", check)

    def _among(self, connection: sa.Connection, query: str, check: Check) -> str:
        """What is true for the staged rows whose places the query gives, which is asked once."""
        table = f"spine_places_{len(self._sets)}"
        end = " ON COMMIT DROP" if self._target.dialect == "postgresql" else ""
        _run(connection, f"CREATE TEMPORARY TABLE {table}{end} AS {query}", [check])
        self._sets.append(table)
        return f"{self._place} IN (SELECT place_0 FROM {table})"

    def _where(self, connection: sa.Connection, condition: str) -> Iterator[dict[str, Any]]:
        """The staged rows that the condition holds for, in key order, as SQLAlchemy returns them."""
        columns: list[sa.ColumnClause[Any]] = [
            sa.column(name, self._table.columns[name].type) for name in self._names
        ]
        query = sa.select(*columns).select_from(sa.table(_STAGED))
        # In text() a colon begins a parameter, and a condition has none.
        query = query.where(sa.text(f"({condition})".replace(":", r"\:")))
        key = (column for column in columns if column.name in self._target.key)
        query = query.order_by(*in_byte_order(key, self._target.dialect))
        result = connection.execution_options(yield_per=_BATCH).execute(query)
        for row in result:
            yield dict(zip(self._names, row, strict=True))

    @contextmanager
    def _naming_rejected(
        self,
        connection: sa.Connection,
        relation: Callable[[], Relation],
        *,
        kept: str = "true",
        types_only: bool = False,
    ) -> Iterator[None]:
        """Turn the database's refusal of rows into the error that names one of them."""
        cursor = cursor_of(connection)
        execute(cursor, "SAVEPOINT spine_rows")
        try:
            yield
        except REFUSED as error:
            execute(cursor, "ROLLBACK TO SAVEPOINT spine_rows")
            try:
                found = find_rejected(cursor, self._target, relation(), kept, types_only=types_only)
            except psycopg.DataError:  # the SELECT that gives the rows fails itself
                found = None
            raise found or self._refused(error) from error
        execute(cursor, "RELEASE SAVEPOINT spine_rows")

    def _refused(self, error: Exception) -> RowRejectedError | SelectFailedError:
        """The error for a refusal that no row is found for."""
        return otherwise_rejected(self._target, error)


def create_staged(connection: sa.Connection, target: Target) -> str:
    """A temporary table with the target's declared columns, empty, gone with the transaction; its name."""
    names = ", ".join(quoted(column.name) for column in target.columns)
    end = " ON COMMIT DROP" if target.dialect == "postgresql" else ""
    execute(
        cursor_of(connection),
        f"CREATE TEMPORARY TABLE {_STAGED}{end} AS SELECT {names} FROM {quoted(target.table)} WHERE 1 = 0",
    )
    return _STAGED


def _run(connection: sa.Connection, query: str, checks: Sequence[Check]) -> Cursor:
    try:
        return execute(cursor_of(connection), query)
    except _NOT_EVALUATED as error:
        conditions = "; ".join(f"{check.code}: {check.shown}" for check in checks)
        raise CheckConditionError(f"a check cannot be evaluated ({conditions}): {error}") from error
