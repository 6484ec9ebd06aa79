"""A caller's PostgreSQL Engine, Session or Connection is used as carefully as connections of spine's own."""

import threading
import time
from collections.abc import Iterator
from typing import Literal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from spine.core.database.database import Database, DatabaseLike
from spine.core.manifest import CoreManifest
from spine.core.tables import core_manifest
from spine.errors import DatabaseLockedError
from spine.migrations import upgrade

PLACE = ("d", "2025-W51", "S", "T")
SETTINGS = ("lock_timeout", "default_transaction_read_only", "synchronous_commit", "transaction_isolation")

Kind = Literal["engine", "session", "connection"]


@pytest.fixture
def engine(postgresql_url: str) -> Iterator[sa.Engine]:
    """On a migrated database."""
    upgrade(postgresql_url, None)
    engine = sa.create_engine(postgresql_url)
    yield engine
    engine.dispose()


def given(kind: Kind, session: Session) -> DatabaseLike:
    """What the caller passes, beside the session that they have open."""
    if kind == "session":
        return session
    return session.connection() if kind == "connection" else session.connection().engine


@pytest.mark.parametrize("what", ["read", "snapshot", "start", "write"])
def test_lost_connections_of_the_pool_are_replaced(engine: sa.Engine, postgresql_url: str, what: str) -> None:
    database = Database.of(engine)
    manifest = CoreManifest(database)
    manifest.check_complete(*PLACE)
    opened = [engine.connect() for _ in range(3)]
    for connection in opened:
        connection.close()
    admin = sa.create_engine(postgresql_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        others = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
        assert len(connection.execute(sa.text(others)).all()) == 3
    admin.dispose()
    time.sleep(0.1)
    if what == "start":
        manifest.record_start(*PLACE)
        return
    blocks = {"read": database.read, "snapshot": database.snapshot, "write": database.write}
    with blocks[what]() as connection:
        assert connection.execute(sa.select(core_manifest.c.status)).all() == []


@pytest.mark.parametrize("kind", ["engine", "session", "connection"])
@pytest.mark.parametrize("work", ["start", "read"])
def test_a_lock_is_waited_for_as_long_as_is_said(engine: sa.Engine, kind: Kind, work: str) -> None:
    """Also one that the caller holds, in the very thread that waits."""
    with Session(engine) as session:
        database = Database.of(given(kind, session), lock_timeout=0.3)
        manifest = CoreManifest(database)
        manifest.check_complete(*PLACE)
        session.execute(sa.text("LOCK TABLE core_manifest IN ACCESS EXCLUSIVE MODE"))
        ended: list[BaseException] = []

        def wait() -> None:
            try:
                if work == "start":
                    manifest.record_start(*PLACE)
                else:
                    manifest.check_complete(*PLACE)
            except (DatabaseLockedError, sa.exc.OperationalError) as error:
                ended.append(error)

        waiting = threading.Thread(target=wait)
        waiting.start()
        waiting.join(5)
        told = list(ended)
        session.rollback()
        waiting.join()
    assert len(told) == 1
    if work == "start":
        assert isinstance(told[0], DatabaseLockedError)


@pytest.mark.parametrize("kind", ["engine", "session", "connection"])
def test_reading_refuses_to_write(engine: sa.Engine, kind: Kind) -> None:
    row = dict.fromkeys(core_manifest.c.keys()[:6], "x")
    with Session(engine) as session:
        database = Database.of(given(kind, session))
        for reading in (database.read, database.snapshot):
            with pytest.raises(sa.exc.DBAPIError, match="read-only"), reading() as connection:
                connection.execute(core_manifest.insert(), row)
        with database.read() as connection:
            assert connection.execute(sa.select(core_manifest.c.capture_id)).all() == []


def test_a_read_sees_what_is_committed_meanwhile(engine: sa.Engine) -> None:
    database = Database.of(engine)
    count = sa.select(sa.func.count()).select_from(core_manifest)
    with database.read() as connection:
        assert connection.execute(count).scalar() == 0
        CoreManifest(database).record_start(*PLACE)
        assert connection.execute(count).scalar() == 1


def test_the_callers_connections_are_as_before(postgresql_url: str) -> None:
    upgrade(postgresql_url, None)
    engine = sa.create_engine(postgresql_url, pool_size=1, max_overflow=0, pool_timeout=1)

    def settings() -> list[str | None]:
        with engine.connect() as connection:
            assert not connection.connection.driver_connection.autocommit  # type: ignore[union-attr]
            shown = [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in SETTINGS]
            backend = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
            return [*shown, str(backend)]

    before = settings()
    database = Database.of(engine, lock_timeout=3)
    manifest = CoreManifest(database)
    manifest.record_complete(manifest.record_start(*PLACE), 1)
    assert manifest.check_complete(*PLACE) is not None
    with database.snapshot() as connection:
        connection.execute(sa.text("SELECT 1"))
    with pytest.raises(sa.exc.DBAPIError), database.read() as connection:
        connection.execute(core_manifest.delete())
    assert settings() == before
    engine.dispose()
