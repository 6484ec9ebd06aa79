"""One database, however it was given: short reads that take no write lock, and write transactions.

A file or server is reached through connections of its own, beside whatever the caller has open. A SQLite
database in memory exists in one connection only, so there the caller's is shared.
"""

import sqlite3
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias, Union

import sqlalchemy as sa

from spine.errors import (
    DatabaseLockedError,
    DatabaseUnreachableError,
    DatabaseUrlError,
    TransactionBrokenError,
)

from .engines import LOCK_TIMEOUT_SECONDS, DialectName, dialect_name, make_engine, parse_url, sqlite_file
from .statements import Command, execute_all, execute_sql, together

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, scoped_session

DatabaseLike: TypeAlias = Union[
    "Database", sa.Engine, sa.Connection, sa.URL, str, "Session", "scoped_session[Session]"
]

_BEGIN_SNAPSHOT = {
    "sqlite": "BEGIN",
    "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
}


class Database:
    """A SQLite or PostgreSQL database. Make one with ``Database.of``; safe to share between threads."""

    def __init__(self, engine: sa.Engine, *, owned: bool, session: "Session | None" = None) -> None:
        self.engine = engine
        self.dialect: DialectName = dialect_name(engine)
        self.url = engine.url.render_as_string(hide_password=True)
        self.core_ready = False  # the core tables were seen in it: see schema.ensure_core
        # An engine of its own is in autocommit already; saying so for each connection would cost time.
        self._autocommit = engine if owned else engine.execution_options(isolation_level="AUTOCOMMIT")
        self._session = weakref.ref(session) if session is not None else None
        self._shared = self.dialect == "sqlite" and (not owned or isinstance(engine.pool, sa.StaticPool))
        self._shared_connection: sa.Connection | None = None
        # One connection in memory is one for all threads, so they take turns.
        self._turn: AbstractContextManager[object] = threading.RLock() if self._shared else nullcontext()
        self._owned = owned
        self._idle: list[sa.Connection] = []  # whose pop and append are atomic
        if owned:
            weakref.finalize(self, _close, engine, self._idle)

    @classmethod
    def of(cls, given: DatabaseLike) -> "Database":
        """The database behind a URL, Engine, Connection or Session; a Database is returned as it is.

        Raises DatabaseUrlError for anything else. Opens nothing: an unreachable database shows on first use.
        """
        if isinstance(given, Database):
            return given
        if isinstance(given, str | sa.URL):
            return cls(make_engine(parse_url(given)), owned=True)
        if isinstance(given, sa.Engine):
            return cls._beside(given, None)
        if isinstance(given, sa.Connection):
            return cls._beside(given.engine, None)
        if hasattr(given, "get_bind"):
            session = given() if callable(given) else given  # a scoped_session is called for its Session
            bind = session.get_bind()
            return cls._beside(bind.engine, session)
        raise DatabaseUrlError(
            f"{given!r} is no database: pass a SQLAlchemy Session or Engine, or a URL such as 'sqlite:///spine.db'"
        )

    @classmethod
    def _beside(cls, engine: sa.Engine, session: "Session | None") -> "Database":
        if dialect_name(engine) == "sqlite":
            file = sqlite_file(engine)
            if file is not None:
                return cls(
                    make_engine(sa.URL.create("sqlite", database=str(file))), owned=True, session=session
                )
        return cls(engine, owned=False, session=session)

    @cached_property
    def identity(self) -> object:
        """Equal for two objects on the same database, as far as can be told without asking it."""
        if self._shared:
            return self.engine.pool
        url = self.engine.url
        if self.dialect == "sqlite":
            return sqlite_file(self.engine) or url
        return (url.host, url.port, url.database, tuple(sorted(url.query.items())))

    @property
    def in_callers_transaction(self) -> bool:
        """Whether the caller may undo what is written now: in memory, while their transaction is open."""
        return self._shared and _in_transaction(self._shared_open())

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection whose every SELECT stands by itself, and takes no lock that a writer waits for."""
        if self._shared:
            with self._turn, self._shared_read() as connection:
                yield connection
            return
        with self._open() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[sa.Connection]:
        """A connection that sees one state of the database to its end, and may stream through cursors."""
        if self._shared:
            with self.read() as connection:
                yield connection
            return
        with self._open() as connection:
            connection.exec_driver_sql(_BEGIN_SNAPSHOT[self.dialect])
            yield connection

    @contextmanager
    def write(self, first: Sequence[Command] = ()) -> Iterator[sa.Connection]:
        """One write transaction, begun with ``first``: committed on leaving, rolled back on any error.

        On SQLite the write lock is taken at once; DatabaseLockedError when it cannot be had.
        """
        if self._shared:
            with self._turn, self._shared_write() as connection:
                execute_all(connection, first)
                yield connection
            return
        with self._open() as connection, connection.begin():
            self._begin(connection, first)
            yield connection
            self.check_committable(connection)

    def check_committable(self, connection: sa.Connection) -> None:
        """Raise TransactionBrokenError where an error broke the transaction: its COMMIT would undo it."""
        driver = connection.connection.driver_connection
        if (
            self.dialect == "postgresql"
            and driver is not None
            and driver.info.transaction_status.name == "INERROR"
        ):
            raise TransactionBrokenError(self.url)

    def write_all(self, commands: Sequence[Command]) -> list[int]:
        """One write transaction, one round trip to PostgreSQL; how many rows each command changed."""
        if self.dialect == "sqlite":
            with self.write() as connection:
                cursors = execute_all(connection, commands)
        else:
            with self._open() as connection:
                if len(commands) == 1:  # a transaction of its own
                    cursors = execute_all(connection, commands)
                else:
                    with together(connection):
                        execute_sql(connection, "BEGIN")
                        cursors = execute_all(connection, commands)
                        execute_sql(connection, "COMMIT")
        return [cursor.rowcount for cursor in cursors]

    def dispose(self) -> None:
        """Close the connections of its own."""
        if self._owned:
            self._shared_connection = None
            _close(self.engine, self._idle)

    def unreachable(self, error: BaseException) -> DatabaseUnreachableError:
        """The error to raise for a connection that could not be made."""
        original = getattr(error, "orig", None) or error
        reason = " ".join(str(original).split())
        password = self.engine.url.password
        if password:
            reason = reason.replace(str(password), "***")
        return DatabaseUnreachableError(self.url, reason)

    @contextmanager
    def _open(self) -> Iterator[sa.Connection]:
        """A connection, kept open afterwards for the next where the engine is spine's own."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect()
        try:
            yield connection
            if connection.in_transaction():
                connection.rollback()  # after reading: a write has committed
        except BaseException:
            connection.close()
            raise
        if self._owned and connection.get_execution_options() == self.engine.get_execution_options():
            self._idle.append(connection)  # options set on one, such as stream_results, would stay with it
        else:
            connection.close()

    def _connect(self) -> sa.Connection:
        try:
            return self._autocommit.connect()
        except (sa.exc.DBAPIError, sqlite3.Error) as error:
            raise self.unreachable(error) from error

    def _begin(self, connection: sa.Connection, first: Sequence[Command]) -> None:
        if self.dialect == "sqlite":
            self._begin_immediate(connection)
            execute_all(connection, first)
        elif first:
            with together(connection):
                execute_sql(connection, "BEGIN")
                execute_all(connection, first)
        else:
            execute_sql(connection, "BEGIN")

    def _begin_immediate(self, connection: sa.Connection) -> None:
        session = self._session() if self._session is not None else None
        if session is not None and session.in_transaction() and _in_transaction(session.connection()):
            raise DatabaseLockedError(
                f"the Session has uncommitted changes and so holds the write lock of {self.url}: "
                "commit or roll it back before running a workflow or recording a capture"
            )
        try:
            execute_sql(connection, "BEGIN IMMEDIATE")
        except sa.exc.OperationalError as error:
            if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            raise DatabaseLockedError(
                f"{self.url} was locked by another transaction for more than {LOCK_TIMEOUT_SECONDS:.0f} s: "
                "let it finish, or end the process that left it open"
            ) from error

    def _shared_open(self) -> sa.Connection:
        """The connection to a database in memory; kept, as returning it would roll the caller's work back."""
        if self._shared_connection is None or self._shared_connection.closed:
            try:
                self._shared_connection = self.engine.connect()
            except (sa.exc.DBAPIError, sqlite3.Error) as error:
                raise self.unreachable(error) from error
        return self._shared_connection

    @contextmanager
    def _shared_read(self) -> Iterator[sa.Connection]:
        connection = self._shared_open()
        joined = _in_transaction(connection)
        try:
            yield connection
        finally:
            if not joined:
                connection.rollback()

    @contextmanager
    def _shared_write(self) -> Iterator[sa.Connection]:
        """A transaction on the shared connection: a savepoint where the caller's Session has one open."""
        connection = self._shared_open()
        if _in_transaction(connection):
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
            if not _in_transaction(connection):
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection


def _close(engine: sa.Engine, idle: list[sa.Connection]) -> None:
    while idle:
        idle.pop().close()
    engine.dispose()


def _in_transaction(connection: sa.Connection) -> bool:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver.in_transaction
