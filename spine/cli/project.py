"""The project a command works in: its settings, and its database opened as the command needs it."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

from sqlalchemy.exc import ArgumentError

from spine.cli.output import note, warnings_as_notes
from spine.core.database.database import Database
from spine.core.database.schema import has_core
from spine.errors import DatabaseBehindError, DatabaseUrlError, NoDatabaseYetError
from spine.migrations import pending, upgrade
from spine.settings import SQLITE_FILE, Settings, absolute_url, hide_password, load_settings

# sqlite:///file:…, SQLite's own way of naming a file with options, as mode=ro for looking only
SQLITE_URI = re.compile(
    r"sqlite(?:\+\w+)?:///file:(?!:memory:)(?://)?(?P<file>[^?]+)\?(?!.*mode=memory).*", re.S
)


def project_settings(database_url: str | None) -> Settings:
    """The settings around the current directory, with the command line's database where it names one."""
    settings = load_settings()
    if database_url is None:
        return settings
    return replace(settings, database_url=absolute_url(database_url, Path.cwd()))


@contextmanager
def open_for_reading(settings: Settings) -> Iterator[Database]:
    """The database with its tracking tables, for commands that only look: nothing is created or migrated.

    The tables of generated packages may be behind.
    """
    shown = hide_password(settings.database_url)
    if _is_missing(settings.database_url):
        raise NoDatabaseYetError(shown)
    with opened(settings) as database:
        with database.read() as connection:
            if not has_core(connection):
                raise DatabaseBehindError(shown)
        if behind := pending(database, None):
            raise DatabaseBehindError(shown, behind)
        yield database


@contextmanager
def open_for_running(settings: Settings) -> Iterator[Database]:
    """The database with the generated schema: a new SQLite file gets it, any other must have it.

    An index that PostgreSQL builds while others write keeps nobody from writing.
    """
    shown = hide_password(settings.database_url)
    with opened(settings) as database:
        if _is_new(database):
            if applied := upgrade(database, settings.generated):
                note(f"created {shown} and migrated it ({len(applied)} revisions)")
        elif behind := pending(database, settings.generated, may_lack_indexes=True):
            raise DatabaseBehindError(shown, behind)
        yield database


@contextmanager
def open_for_planning(settings: Settings) -> Iterator[Database]:
    """The database as it is, to look at only: in place of a SQLite file that is not there, an empty one."""
    empty = replace(settings, database_url="sqlite://") if _is_missing(settings.database_url) else settings
    with opened(empty) as database:
        yield database


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """The database as it is, created where it is a SQLite file that does not exist."""
    logging.getLogger("psycopg").addHandler(logging.NullHandler())  # its errors are raised, and told once
    database = _database(settings)
    try:
        yield database
    finally:
        database.dispose()


def _is_missing(url: str) -> bool:
    """Whether the URL names a SQLite file that is not there, or is empty."""
    match = SQLITE_FILE.fullmatch(url)
    uri = SQLITE_URI.fullmatch(url)
    if match is not None:
        file = Path(match["file"])
    elif uri is not None:
        file = Path(unquote(uri["file"]))
    else:
        return False
    return not file.exists() or file.stat().st_size == 0


def _is_new(database: Database) -> bool:
    """Whether it is a SQLite database with nothing in it: new, or being made by another process just now."""
    if database.dialect != "sqlite":
        return False
    with database.read() as connection:
        return connection.exec_driver_sql("SELECT 1 FROM sqlite_master LIMIT 1").first() is None


def _database(settings: Settings) -> Database:
    """The database behind the URL, unopened. DatabaseUrlError for one that SQLAlchemy cannot read."""
    url = settings.database_url
    try:
        with warnings_as_notes():  # of options that the driver does not know
            return Database.of(url, lock_timeout=settings.lock_timeout)
    except DatabaseUrlError:
        raise
    except (ArgumentError, ValueError) as error:
        raise DatabaseUrlError(
            f"the database URL {hide_password(url)} is not well formed: write sqlite:///file.db, "
            "sqlite:////absolute/file.db or postgresql://user@host:5432/name"
        ) from error
