"""Connections are given up by forks, noticed when they are lost, and never guessed about."""

import gc
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from spine.core.database.database import Database, DatabaseLike
from spine.core.manifest import CoreManifest
from spine.core.tables import core_manifest
from spine.core.tracking import Tracking
from spine.errors import (
    DatabaseLockedError,
    DatabaseOfThreadError,
    DatabaseUnreachableError,
    PublishOpenError,
)
from spine.migrations import upgrade
from tests.integration.core.proxy import Drop, Proxy

PLACE = ("d", "2025-W51", "S", "T")
STATUS = sa.select(core_manifest.c.status)


def complete(database: Database, key: str = PLACE[1]) -> str:
    manifest = CoreManifest(database)
    capture = manifest.record_start("d", key, "S", "T")
    manifest.record_complete(capture, 1)
    return capture


def test_a_forked_child_has_connections_of_its_own(database: Database) -> None:
    complete(database, "parent-0")
    children = []
    for number in range(4):
        child = os.fork()
        if child == 0:
            status = 1
            try:
                complete(database, f"child-{number}")
                status = 0
            finally:
                os._exit(status)
        children.append(child)
        complete(database, f"parent-{number + 1}")
    assert {os.waitpid(child, 0)[1] for child in children} == {0}
    keys = CoreManifest(database).complete_partitions("d", "S", "T")
    assert keys == (*(f"child-{n}" for n in range(4)), *(f"parent-{n}" for n in range(5)))


def test_reading_refuses_to_write(database: Database) -> None:
    row = dict.fromkeys(core_manifest.c.keys()[:6], "x")
    for reading in (database.read, database.snapshot):
        with pytest.raises(sa.exc.DBAPIError, match="(?i)read.?only"), reading() as connection:
            connection.execute(core_manifest.insert(), row)
    with database.read() as connection:
        assert connection.execute(STATUS).all() == []
    complete(database)


def test_idle_connections_that_the_server_ended_are_replaced(postgresql_url: str) -> None:
    upgrade(postgresql_url, None)
    database = Database.of(postgresql_url)
    capture = complete(database)
    admin = sa.create_engine(postgresql_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'spine'"
        assert connection.execute(sa.text(others)).all()
    admin.dispose()
    time.sleep(0.1)
    found = CoreManifest(database).check_complete(*PLACE)
    assert found is not None
    assert found.capture_id == capture
    complete(database)
    database.dispose()


@pytest.fixture
def proxied(postgresql_url: str) -> Iterator[tuple[Proxy, Database]]:
    """A migrated database, reached through a proxy."""
    upgrade(postgresql_url, None)
    url = sa.make_url(postgresql_url)
    host = url.query.get("host", url.host)
    assert isinstance(host, str)
    port = url.port or int(str(url.query.get("port", 5432)))
    proxy = Proxy(f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port))
    database = Database.of(url.set(host="127.0.0.1", port=proxy.port, query={}))
    yield proxy, database
    database.dispose()
    proxy.close()


@pytest.mark.parametrize("publishes", [False, True])
def test_a_commit_whose_answer_was_lost_is_looked_up(
    proxied: tuple[Proxy, Database], publishes: bool
) -> None:
    proxy, database = proxied
    tracking = Tracking(database)
    capture = tracking.manifest.record_start(*PLACE)
    proxy.drop = "after"
    if publishes:
        with tracking.publishing(capture):
            tracking.manifest.record_complete(capture, 7)
    else:
        tracking.manifest.record_complete(capture, 7)
    assert proxy.drop is None
    found = tracking.manifest.check_complete(*PLACE)
    assert found is not None
    assert (found.capture_id, found.row_count) == (capture, 7)


@pytest.mark.parametrize("drop", ["before"])
def test_a_commit_that_never_arrived_is_an_error(proxied: tuple[Proxy, Database], drop: Drop) -> None:
    proxy, database = proxied
    tracking = Tracking(database)
    capture = tracking.manifest.record_start(*PLACE)
    proxy.drop = drop
    with pytest.raises(sa.exc.OperationalError), tracking.publishing(capture):
        tracking.manifest.record_complete(capture, 7)
    assert tracking.manifest.check_complete(*PLACE) is None
    tracking.manifest.record_failed(capture, "the connection was lost")
    with database.read() as connection:
        assert connection.execute(STATUS).scalars().all() == ["FAILED"]


SLOW_COMMIT = """
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER slow AFTER UPDATE ON core_manifest DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (NEW.status = 'COMPLETE') EXECUTE FUNCTION slow();
"""


@pytest.mark.parametrize("publishes", [False, True])
def test_a_commit_that_is_under_way_is_waited_for(proxied: tuple[Proxy, Database], publishes: bool) -> None:
    """Its connection is lost while the server is busy with it."""
    proxy, database = proxied
    tracking = Tracking(database)
    capture = tracking.manifest.record_start(*PLACE)
    with database.write() as connection:
        connection.exec_driver_sql(SLOW_COMMIT)
    proxy.drop = "during"
    began = time.monotonic()
    if publishes:
        with tracking.publishing(capture):
            tracking.manifest.record_complete(capture, 7)
    else:
        tracking.manifest.record_complete(capture, 7)
    assert time.monotonic() - began > 0.9
    assert tracking.manifest.check_complete(*PLACE) is not None


def test_a_lock_is_waited_for_as_long_as_is_said(database: Database) -> None:
    impatient = Database.of(database.engine.url, lock_timeout=0.3)
    complete(impatient)
    with database.write() as holding:
        holding.execute(core_manifest.update().values(error="held"))
        began = time.monotonic()
        with pytest.raises(DatabaseLockedError, match=r"for more than 0\.3 s: .*longer lock_timeout"):
            if database.dialect == "sqlite":
                complete(impatient, "other")
            else:
                with impatient.write() as waiting:
                    waiting.execute(core_manifest.update().values(error="wanted"))
        assert time.monotonic() - began < 5
    impatient.dispose()


def test_what_the_caller_has_open_is_told_at_once(tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'x.db'}")
    CoreManifest(engine).check_complete(*PLACE)
    with engine.connect() as connection:
        connection.execute(sa.text("CREATE TABLE mine (n INTEGER)"))
        connection.execute(sa.text("INSERT INTO mine VALUES (1)"))
        with pytest.raises(DatabaseLockedError, match="the Connection has uncommitted changes"):
            CoreManifest(connection).record_start(*PLACE)
        connection.commit()
        CoreManifest(connection).record_start(*PLACE)
    with Session(engine) as session:
        session.execute(sa.text("INSERT INTO mine VALUES (2)"))
        with pytest.raises(DatabaseLockedError, match="the Session has uncommitted changes"):
            CoreManifest(session).record_start(*PLACE)
    engine.dispose()


def test_a_run_within_an_open_publish_is_refused_at_once(database: Database) -> None:
    outer = Tracking(database)
    capture = outer.manifest.record_start(*PLACE)
    inner = Tracking(database, outer=outer)
    with outer.publishing(capture) as publish:
        publish.begin()
        with pytest.raises(PublishOpenError, match="until it ends"):
            inner.manifest.record_start("d", "2025-W52", "S", "T")
        outer.manifest.record_complete(capture, 0)
    inner.manifest.record_start("d", "2025-W52", "S", "T")


def test_an_exhausted_pool_of_the_callers_is_told(postgresql_url: str) -> None:
    upgrade(postgresql_url, None)
    engine = sa.create_engine(postgresql_url, pool_size=1, max_overflow=0, pool_timeout=0.1)
    with engine.connect(), pytest.raises(DatabaseUnreachableError, match="QueuePool limit"):
        CoreManifest(engine).check_complete(*PLACE)
    engine.dispose()


def test_a_database_in_memory_is_used_by_threads_in_turn() -> None:
    database = Database.of("sqlite://")
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for week in range(5):
                complete(database, f"{number}-{week}")
        except BaseException as error:  # noqa: BLE001 - shown by the assertion below
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(CoreManifest(database).complete_partitions("d", "S", "T")) == 20
    database.dispose()


def test_a_database_in_memory_of_its_own_is_closed_when_nobody_uses_it_any_more() -> None:
    database = Database.of("sqlite://")
    with database.read() as connection:
        driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    del connection, database
    gc.collect()
    with pytest.raises(sqlite3.ProgrammingError, match="closed database"):
        driver.execute("SELECT 1")


def complete_in_threads(given: DatabaseLike, threads: int) -> list[BaseException]:
    """Each thread makes a manifest of its own; what went wrong."""
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            manifest = CoreManifest(given)
            for week in range(20):
                manifest.record_complete(manifest.record_start("d", f"{number}-{week}", "S", "T"), 1)
        except Exception as error:  # noqa: BLE001 - shown by the assertions of the tests
            errors.append(error)

    working = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for thread in working:
        thread.start()
    for thread in working:
        thread.join()
    return errors


def test_manifests_on_one_engine_in_memory_take_turns() -> None:
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool, connect_args={"check_same_thread": False})
    upgrade(engine, None)
    assert complete_in_threads(engine, 4) == []
    assert len(CoreManifest(engine).complete_partitions("d", "S", "T")) == 80
    engine.dispose()


def test_a_database_in_the_memory_of_another_thread_is_told() -> None:
    database = Database.of(sa.create_engine("sqlite://"))
    complete(database)
    errors = complete_in_threads(database, 2)
    assert [type(error) for error in errors] == [DatabaseOfThreadError] * 2
    assert "poolclass=StaticPool" in str(errors[0])
    complete(database, "other")


@pytest.mark.parametrize(("durable", "synchronous"), [(True, ("2", "on")), (False, ("1", "off"))])
def test_what_each_kind_of_commit_waits_for(
    database: Database,
    durable: bool,
    synchronous: tuple[str, str],
) -> None:
    """In SQLite's WAL a commit in NORMAL writes and does not sync; one in FULL syncs all that was written."""
    for _ in range(2):
        with database.write(durable=not durable):
            pass
        with database.write(durable=durable) as connection:
            if database.dialect == "sqlite":
                assert str(connection.exec_driver_sql("PRAGMA synchronous").scalar()) == synchronous[0]
                assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            else:
                assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == synchronous[1]


def test_complete_waits_for_the_disk_and_its_start_does_not(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[bool] = []
    write_all = Database.write_all

    def seen(self: Database, commands: object, *, durable: bool = True) -> list[int]:
        waits.append(durable)
        return write_all(self, commands, durable=durable)  # type: ignore[arg-type]

    monkeypatch.setattr(Database, "write_all", seen)
    complete(database)
    assert waits == [False, True]
