"""Recognise databases: which kind is a URL or an engine of the caller's. Opens no connection."""

import sqlalchemy as sa

from spine.errors import DatabaseUrlError

from .backend import LOCK_TIMEOUT_SECONDS, Backend, DialectName
from .sqlite import Sqlite

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


def backend_of(name: str, lock_timeout: float = LOCK_TIMEOUT_SECONDS) -> Backend:
    """What that kind of database does its own way; PostgreSQL's driver is loaded for PostgreSQL only."""
    if name == "sqlite":
        return Sqlite(lock_timeout)
    from .postgresql import Postgresql  # noqa: PLC0415

    return Postgresql(lock_timeout)
