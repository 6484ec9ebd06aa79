"""A migration that does not get a lock in time: who holds it, and beginning again.

A statement that waits for a table keeps all others waiting that come after it, so it waits for a short while
only; then the transaction is undone, others have their turn, and all of it begins again.
"""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa

from spine.core.database.database import Database
from spine.errors import DatabaseLockedError

from .applied import ONE_AT_A_TIME
from .watching import MigrationWatch, in_short

_T = TypeVar("_T")
_DEADLOCK = "40P01"  # the SQLSTATE of PostgreSQL's

_HOLDERS = sa.text("""
    SELECT c.relname, l.locktype = 'advisory' AS is_migration, l.pid, l.mode, a.application_name, a.state,
        to_char(a.query_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS since, a.query
    FROM pg_locks AS l
    LEFT JOIN pg_class AS c ON c.oid = l.relation AND c.relnamespace = current_schema()::regnamespace
    LEFT JOIN pg_stat_activity AS a ON a.pid = l.pid
    WHERE l.granted AND l.pid <> pg_backend_pid()
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (c.relname IS NOT NULL OR l.locktype = 'advisory'
            AND l.classid::bigint * 4294967296 + l.objid::bigint = :one_at_a_time)
    ORDER BY l.pid, c.relname""")
_EXCLUDES_ALL = re.compile(r"\s*(?:ALTER|DROP|CREATE OR REPLACE|LOCK)\b", re.IGNORECASE)
_OF_READERS = frozenset({"AccessShareLock", "RowShareLock"})


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How often a migration begins again that did not get a lock, after pauses of twice the length each."""

    retries: int = 0
    sleep: Callable[[float], None] = time.sleep


ONCE = Patience()


def with_patience(
    database: Database, patience: Patience, watch: MigrationWatch, work: Callable[[], _T]
) -> _T:
    """What the work gives, begun again from its start where it gets no lock, or a deadlock ends it.

    Raises DatabaseLockedError, with who holds the lock, when it did not get one at last.
    """
    retried = 0
    while True:
        try:
            return work()
        except (DatabaseLockedError, sa.exc.OperationalError) as error:
            if (said := _said(database, error)) is None:
                raise
            if retried == patience.retries:
                tries = f", {retried + 1} times" if retried else ""
                raise DatabaseLockedError(
                    f"{said}{tries}. What it did is undone. Let it finish or end it, or have `spine migrate` "
                    "wait longer, by --lock-timeout and --lock-retries"
                ) from error
            # At first the timeout itself: before, a connection does not wait in full for a lock again.
            pause = database.lock_timeout * 2**retried
            watch.waits(f"{said}: all was undone, and begins again in {pause:g} s")
            patience.sleep(pause)
            retried += 1


def _said(database: Database, error: DatabaseLockedError | sa.exc.OperationalError) -> str | None:
    """What waited for whom; None for what no waiting mends, such as the caller's own transaction."""
    if isinstance(error, DatabaseLockedError):
        cause = error.__cause__
        return _told(database, cause) if isinstance(cause, sa.exc.DBAPIError) else None
    if getattr(error.orig, "sqlstate", None) == _DEADLOCK:
        return (
            f"`{in_short(error.statement or '')}` was ended, as others waited for what it holds: a deadlock"
        )
    return None


def _told(database: Database, error: sa.exc.DBAPIError) -> str:
    """What waited for how long, and for whom."""
    if database.dialect == "sqlite":
        return (
            f"{database.url} was locked for more than {database.lock_timeout:g} s by another process that "
            "writes to it (SQLite does not say which)"
        )
    statement = error.statement or ""
    waited = f"`{in_short(statement)}` did not get its lock" if statement else "it did not get a lock"
    if str(ONE_AT_A_TIME) in statement:
        waited = "another migration held up this one"
    holders = "; ".join(_holders(database, statement)) or "who held it has ended since"
    return f"{waited} for more than {database.lock_timeout:g} s: {holders}"


def _holders(database: Database, statement: str) -> Iterator[str]:
    """Those that held, just after, a lock on something that the statement names."""
    names = set(re.findall(r"\w+", statement))
    waits_for_readers = _EXCLUDES_ALL.match(statement) is not None
    told = set()
    with database.read() as connection:
        for row in connection.execute(_HOLDERS, {"one_at_a_time": ONE_AT_A_TIME}):
            is_in_the_way = (
                str(ONE_AT_A_TIME) in names
                if row.is_migration
                else row.relname in names and (waits_for_readers or row.mode not in _OF_READERS)
            )
            if is_in_the_way and (row.pid, row.relname) not in told:
                told.add((row.pid, row.relname))
                yield _shown(row)


def _shown(row: "sa.Row[tuple[object, ...]]") -> str:
    known = [
        row.application_name,
        f"since {row.since} UTC" if row.since else None,
        row.state,
        in_short(row.query) if row.query else None,
    ]
    details = ", ".join(text for text in known if text)
    held = f"{row.relname} is held by" if row.relname else "it is"
    return f"{held} pid {row.pid}" + (f" ({details})" if details else "")
