"""The work of a python stage: rows that somebody's logic returned, converted and spooled, then written.

The logic runs to its end before the database's write lock is taken.
"""

import sqlite3
from collections.abc import Iterable, Mapping

import psycopg
import sqlalchemy as sa

from spine.data.journal import Journal
from spine.data.tables.relation import Relation
from spine.data.tables.sqlite import write_sqlite
from spine.data.tables.target import Target, quoted
from spine.errors import RowRejectedError

from .in_database import DatabaseRows, create_staged
from .logic_values import RowConverter
from .spool import RowSpool


class GivenRows(DatabaseRows):
    """Rows out of an iterable, which is consumed at once."""

    ordered = True

    def __init__(
        self, table: sa.Table, target: Target, journal: Journal, rows: object, dialect: sa.Dialect
    ) -> None:
        """Convert the rows. Raises RowRejectedError for one that is not of the table's types."""
        super().__init__(table, target, journal)
        self._rows = RowSpool()
        journal.on_close(self._rows.close)
        converter = RowConverter(table, target, dialect)
        if not isinstance(rows, Iterable):
            raise RowRejectedError(
                f"rows for {target.table} are expected, not {rows!r}: return a list of them, or yield each",
                {},
            )
        for number, row in enumerate(rows, start=1):
            self._rows.append(converter.convert(number, row))

    def _fill(self, connection: sa.Connection, table: str, constants: Mapping[str, str]) -> int:
        driver = connection.connection.driver_connection
        if isinstance(driver, sqlite3.Connection):
            write_sqlite(connection, table, self._names, constants, self._rows)
            return self._rows.count
        assert isinstance(driver, psycopg.Connection)
        names = ", ".join(quoted(name) for name in (*self._names, *constants))
        fixed = tuple(constants.values())
        with (
            driver.cursor() as cursor,
            cursor.copy(f"COPY {quoted(table)} ({names}) FROM STDIN".encode()) as copy,
        ):
            for row in self._rows:
                copy.write_row(row + fixed)
        return self._rows.count

    def _unstaged(self, connection: sa.Connection) -> Relation:
        name = create_staged(connection, self._target)
        self._fill(connection, name, {})
        return Relation(name=name)
