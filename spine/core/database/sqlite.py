"""SQLite: a file in write-ahead logging, one writer at a time, or a database in memory."""

import sqlite3
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from .backend import Backend
from .functions.register import register
from .statements import Command, execute_all, execute_sql


class Sqlite(Backend):
    """The sqlite3 driver with its own transactions off."""

    name = "sqlite"
    keeps_readers_apart = True  # else query_only would be turned on and off for every statement

    def make_engine(self, url: sa.URL) -> sa.Engine:
        """A pool of connections, or one connection to a database in memory."""
        arguments: dict[str, Any] = {
            "isolation_level": None,
            "timeout": self.lock_timeout,
            "check_same_thread": False,
        }
        if in_memory(url):
            engine = sa.create_engine(url, connect_args=arguments, poolclass=StaticPool)
        else:
            engine = sa.create_engine(url, connect_args=arguments)
        sa.event.listen(engine, "connect", self._set_up)
        return engine

    def identity(self, engine: sa.Engine) -> object:
        """The file."""
        return sqlite_file(engine) or engine.url

    def prepare_read(self, connection: sa.Connection) -> None:
        """Turn query_only on, if it is not."""
        _set(connection, "query_only", "ON")

    def begin(
        self, connection: sa.Connection, first: Sequence[Command], *, durable: bool, lock_timeout: float
    ) -> None:
        """Take the write lock at once: a read that becomes a write is not waited for by the busy timeout."""
        if "query_only" in connection.info:  # a reader's, that came back to the pool
            _set(connection, "query_only", "OFF")
        _set(connection, "synchronous", "FULL" if durable else "NORMAL")
        _set(connection, "busy_timeout", str(round(lock_timeout * 1000)))
        execute_sql(connection, "BEGIN IMMEDIATE")
        execute_all(connection, first)

    def begin_snapshot(self, connection: sa.Connection) -> None:
        """A deferred transaction, whose state is that of its first SELECT."""
        self.prepare_read(connection)
        execute_sql(connection, "BEGIN")

    def run(
        self, connection: sa.Connection, commands: Sequence[Command], *, durable: bool, lock_timeout: float
    ) -> list[int]:
        """Begin, execute and commit."""
        with connection.begin():
            self.begin(connection, (), durable=durable, lock_timeout=lock_timeout)
            return [cursor.rowcount for cursor in execute_all(connection, commands)]

    def finish(self, connection: sa.Connection, commands: Sequence[Command]) -> None:
        """Execute them; the transaction's own end commits."""
        execute_all(connection, commands)

    def is_broken(self, connection: sa.Connection) -> bool:
        """Whether SQLite ended the transaction by itself, as for a full disk: the rest would autocommit."""
        return not in_transaction(connection)

    def insert_rows(
        self, connection: sa.Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
    ) -> None:
        """By executemany; table and columns are names of spine's own."""
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        marks = ", ".join("?" * len(columns))
        driver.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)  # noqa: S608

    def is_lost(self, connection: sa.Connection) -> bool:
        """Never: there is no other side."""
        del connection
        return False

    def is_lost_by(self, error: BaseException) -> bool:
        """Never."""
        del error
        return False

    def is_lock_timeout(self, error: BaseException) -> bool:
        """Whether it is SQLITE_BUSY."""
        original = getattr(error, "orig", error)
        return getattr(original, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY

    def lock_commands(self, number: int) -> tuple[Command, ...]:
        """None: whoever writes holds the one write lock."""
        del number
        return ()

    def _set_up(self, connection: sqlite3.Connection, _record: object) -> None:
        register(connection)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        if connection.execute("PRAGMA journal_mode").fetchone()[0] == "delete":
            self._switch_to_wal(connection)

    def _switch_to_wal(self, connection: sqlite3.Connection) -> None:
        """Turn write-ahead logging on; the busy timeout does not cover it, so wait for other openers."""
        deadline = time.monotonic() + self.lock_timeout
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if not self.is_lock_timeout(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
            else:
                return


def in_memory(url: sa.URL) -> bool:
    """Whether a SQLite URL names no file."""
    database = url.database or ""
    return database in ("", ":memory:") or ":memory:" in database or "mode=memory" in str(url)


def sqlite_file(engine: sa.Engine) -> Path | None:
    """The file behind a SQLite engine of the caller's, None in memory or where only its own creator knows."""
    if in_memory(engine.url):
        return None
    database = engine.url.database
    assert database is not None
    if database.startswith("file:"):
        return None
    return Path(database).resolve()


def in_transaction(connection: sa.Connection) -> bool:
    """Whether a transaction is open in SQLite itself."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver.in_transaction


def _set(connection: sa.Connection, pragma: str, value: str) -> None:
    """Set a pragma of the connection, which remembers it, where it is another."""
    known = connection.info
    if known.get(pragma) != value:
        execute_sql(connection, f"PRAGMA {pragma} = {value}")
        known[pragma] = value
