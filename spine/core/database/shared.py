"""A SQLite database in memory, which one connection has alone: the caller's, and all threads' in turn."""

import sqlite3
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa

from spine.errors import DatabaseOfThreadError

from .connections import unreachable
from .sqlite import in_transaction
from .sqlite_functions import register
from .statements import Command, execute_all

# Whose turn it is at the connection that a pool holds, whatever number of objects share it.
_TURNS: weakref.WeakKeyDictionary[sa.Pool, threading.RLock] = weakref.WeakKeyDictionary()
_ADDING = threading.Lock()
_KNOWS_FUNCTIONS = "spine_knows_functions"


class SharedConnection:
    """The one connection. What the caller has open stays open: writes are savepoints within it."""

    def __init__(self, engine: sa.Engine, *, owned: bool) -> None:
        """Where the engine is ``owned``, the database goes when nobody uses this any more."""
        self._engine = engine
        self._connection: sa.Connection | None = None
        with _ADDING:
            self._turn = _TURNS.setdefault(engine.pool, threading.RLock())
        self.identity: object = engine.pool  # which holds it
        self._owned = owned
        if owned:
            weakref.finalize(self, engine.dispose)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """The connection; what it began by reading ends with this."""
        with self._turn:
            connection = self._open()
            joined = in_transaction(connection)
            try:
                yield connection
            finally:
                if not joined:
                    connection.rollback()

    snapshot = read  # while it is held, nobody else writes

    @contextmanager
    def write(self, first: Sequence[Command], *, durable: bool) -> Iterator[sa.Connection]:
        """A transaction, or a savepoint where the caller's Session has one open."""
        del durable  # nothing in memory is
        with self._turn, self._write() as connection:
            execute_all(connection, first)
            yield connection

    def run(self, commands: Sequence[Command], *, durable: bool) -> list[int]:
        """One write transaction of the commands alone."""
        with self.write((), durable=durable) as connection:
            return [cursor.rowcount for cursor in execute_all(connection, commands)]

    def in_callers_transaction(self) -> bool:
        """Whether the caller may undo what is written now."""
        with self._turn:
            return in_transaction(self._open())

    def dispose(self) -> None:
        """Let go of it; what nobody else can have open is closed, and gone."""
        self._connection = None
        if self._owned:
            self._engine.dispose()

    def _open(self) -> sa.Connection:
        """The connection; kept, as returning it to its pool would roll the caller's work back.

        Raises DatabaseOfThreadError where only the thread that opened it may use it.
        """
        if self._connection is None or self._connection.closed:
            try:
                self._connection = self._engine.connect()
            except (sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
                raise unreachable(self._engine, error) from error
        driver = self._connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        try:
            if not self._connection.info.get(_KNOWS_FUNCTIONS):
                register(driver)
                self._connection.info[_KNOWS_FUNCTIONS] = True
            driver.cursor().close()
        except sqlite3.ProgrammingError as error:  # the driver's check_same_thread
            raise DatabaseOfThreadError(str(self._engine.url)) from error
        return self._connection

    @contextmanager
    def _write(self) -> Iterator[sa.Connection]:
        connection = self._open()
        if in_transaction(connection):
            connection.exec_driver_sql("SAVEPOINT spine")
            try:
                yield connection
            except BaseException:
                connection.exec_driver_sql("ROLLBACK TO spine")
                connection.exec_driver_sql("RELEASE spine")
                raise
            connection.exec_driver_sql("RELEASE spine")
            return
        connection.rollback()  # what SQLAlchemy began for an earlier savepoint; in the database it has ended
        with connection.begin():
            if not in_transaction(connection):
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
