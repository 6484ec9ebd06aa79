"""Make and recognise SQLAlchemy engines: which database is it, and how is each kind opened durably.

Opens no connection except to ask an engine of the caller's which SQLite file it is on.
"""

import sqlite3
import time
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from spine.errors import DatabaseUrlError

DialectName = Literal["sqlite", "postgresql"]

LOCK_TIMEOUT_SECONDS = 30.0
CONNECT_TIMEOUT_SECONDS = 10
_POSTGRES_SPELLINGS = frozenset({"postgresql", "postgres"})


def parse_url(text: str | sa.URL) -> sa.URL:
    """The URL with the driver that spine uses; DatabaseUrlError if it is none, or of another kind."""
    try:
        url = sa.make_url(text)
    except sa.exc.ArgumentError as error:
        # The text is not repeated: it may hold a password.
        raise DatabaseUrlError(
            "the database URL cannot be parsed: write sqlite:///path/to/file.db or "
            "postgresql://user:password@host/name (quote special characters in the password, as %40 for @)"
        ) from error
    if url.drivername in _POSTGRES_SPELLINGS:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername not in ("sqlite", "sqlite+pysqlite", "postgresql+psycopg"):
        raise DatabaseUrlError(
            f"spine does not run on {url.drivername!r}: use sqlite:///path/to/file.db or postgresql://…"
        )
    return url


def dialect_name(engine: sa.Engine) -> DialectName:
    """The kind of database; DatabaseUrlError for one that spine does not run on."""
    if (engine.dialect.name, engine.dialect.driver) == ("sqlite", "pysqlite"):
        return "sqlite"
    if (engine.dialect.name, engine.dialect.driver) == ("postgresql", "psycopg"):
        return "postgresql"
    raise DatabaseUrlError(
        f"spine does not run on {engine.dialect.name}+{engine.dialect.driver}: use a SQLite engine, or a "
        "PostgreSQL one made with postgresql+psycopg://…"
    )


def in_memory(url: sa.URL) -> bool:
    """Whether a SQLite URL names no file."""
    database = url.database or ""
    return database in ("", ":memory:") or ":memory:" in database or "mode=memory" in str(url)


def make_engine(url: sa.URL) -> sa.Engine:
    """An engine of spine's own: every commit survives a power cut, a lock is waited for."""
    if url.get_backend_name() == "postgresql":
        defaults = {"connect_timeout": str(CONNECT_TIMEOUT_SECONDS), "application_name": "spine"}
        missing = {name: value for name, value in defaults.items() if name not in url.query}
        # AUTOCOMMIT: the driver starts no transaction by itself, a round trip for every SELECT.
        # The arguments are not put into the URL, which messages show.
        return sa.create_engine(url, connect_args=missing, isolation_level="AUTOCOMMIT")
    # isolation_level None: the same for SQLite, where Database says BEGIN IMMEDIATE.
    arguments: dict[str, Any] = {
        "isolation_level": None,
        "timeout": LOCK_TIMEOUT_SECONDS,
        "check_same_thread": False,
    }
    if in_memory(url):
        engine = sa.create_engine(url, connect_args=arguments, poolclass=StaticPool)
    else:
        engine = sa.create_engine(url, connect_args=arguments)
    sa.event.listen(engine, "connect", _set_up_sqlite)
    return engine


def sqlite_file(engine: sa.Engine) -> Path | None:
    """The file behind a SQLite engine of the caller's, None in memory or where only its own creator knows."""
    if in_memory(engine.url):
        return None
    database = engine.url.database
    assert database is not None
    if database.startswith("file:"):
        return None
    return Path(database).resolve()


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    if connection.execute("PRAGMA journal_mode").fetchone()[0] == "delete":
        _switch_to_wal(connection)


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """Turn write-ahead logging on; the busy timeout does not cover it, so wait for other openers."""
    deadline = time.monotonic() + LOCK_TIMEOUT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return
