"""Any form of database works, beside whatever the caller has open; bad ones say what to do."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, scoped_session, sessionmaker
from sqlalchemy.pool import StaticPool

from spine.core.anomalies import CoreAnomalies
from spine.core.database.database import Database
from spine.core.database.schema import ensure_core
from spine.core.manifest import CoreManifest
from spine.core.tables import core_manifest
from spine.errors import (
    DatabaseBehindError,
    DatabaseLockedError,
    DatabaseUnreachableError,
    DatabaseUrlError,
)
from spine.migrations import upgrade

PLACE = ("d", "2025-W51", "S", "T")
FORMS = ["url", "engine", "connection", "session", "scoped_session", "database"]


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    """The caller's own engine, on a migrated database."""
    database = Database.of(database_url)
    upgrade(database, None)
    database.dispose()
    engine = sa.create_engine(database_url)
    yield engine
    engine.dispose()


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_database_is_taken(engine: sa.Engine, database_url: str, form: str) -> None:
    with engine.connect() as connection, Session(engine) as session:
        forms: dict[str, Any] = {
            "url": database_url,
            "engine": engine,
            "connection": connection,
            "session": session,
            "scoped_session": scoped_session(sessionmaker(engine)),
            "database": Database.of(database_url),
        }
        given = forms[form]
        session.execute(sa.text("SELECT 1"))  # the caller's transaction is open meanwhile
        manifest, anomalies = CoreManifest(given), CoreAnomalies(given)
        capture = manifest.record_start(*PLACE)
        anomalies.record(capture, "ODD")
        manifest.record_complete(capture, 1)
        assert manifest.check_complete(*PLACE) is not None
        assert anomalies.count(capture) == 1
    with engine.connect() as connection:
        assert connection.execute(sa.select(core_manifest.c.status)).scalar_one() == "COMPLETE"


@pytest.mark.parametrize("pool", [None, StaticPool])
def test_a_database_in_memory_is_shared_with_its_caller(pool: type[sa.Pool] | None) -> None:
    engine = sa.create_engine("sqlite://", poolclass=pool)
    with Session(engine) as session:
        session.execute(sa.text("CREATE TABLE mine (n INTEGER)"))
        session.execute(sa.text("INSERT INTO mine VALUES (1)"))  # pending
        manifest = CoreManifest(session)
        capture = manifest.record_start(*PLACE)
        manifest.record_complete(capture, 1)
        session.rollback()
        assert session.execute(sa.text("SELECT COUNT(*) FROM mine")).scalar_one() == 0
    manifest.record_complete(manifest.record_start(*PLACE), 1)
    assert CoreManifest(engine).check_complete(*PLACE) is not None
    engine.dispose()


def test_a_failed_write_in_memory_leaves_the_callers_transaction_alone() -> None:
    engine = sa.create_engine("sqlite://")
    database = Database.of(engine)
    ensure_core(database)
    with Session(engine) as session:
        session.execute(sa.text("CREATE TABLE mine (n INTEGER)"))
        session.execute(sa.text("INSERT INTO mine VALUES (1)"))
        with pytest.raises(ZeroDivisionError), database.write() as connection:
            connection.execute(sa.text("INSERT INTO mine VALUES (2)"))
            raise ZeroDivisionError
        session.commit()
        assert session.execute(sa.text("SELECT n FROM mine")).scalars().all() == [1]
    engine.dispose()


def test_a_session_that_holds_the_write_lock_is_told_at_once(tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'x.db'}")
    with Session(engine) as session:
        manifest = CoreManifest(session)
        manifest.check_complete(*PLACE)
        session.execute(sa.text("CREATE TABLE mine (n INTEGER)"))
        session.execute(sa.text("INSERT INTO mine VALUES (1)"))
        with pytest.raises(DatabaseLockedError, match="uncommitted changes.*commit or roll it back"):
            manifest.record_start(*PLACE)
        session.commit()
        manifest.record_start(*PLACE)
    engine.dispose()


def test_sqlite_is_durable_and_checks_foreign_keys(sqlite_url: str) -> None:
    database = Database.of(sqlite_url)
    with database.write() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    database.dispose()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_reads_do_not_wait_for_a_writer(database: Database) -> None:
    found: list[object] = []

    def read() -> None:
        with database.read() as connection:
            found.append(
                connection.execute(sa.select(sa.func.count()).select_from(core_manifest)).scalar_one()
            )

    with database.write() as connection:
        connection.execute(core_manifest.insert(), dict.fromkeys(core_manifest.c.keys()[:6], "x"))
        reader = threading.Thread(target=read)
        reader.start()
        reader.join(timeout=10)
    assert found == [0]


def test_a_snapshot_sees_one_state(database: Database) -> None:
    count = sa.select(sa.func.count()).select_from(core_manifest)
    with database.snapshot() as connection:
        before = connection.execute(count).scalar_one()
        CoreManifest(Database.of(database.engine.url)).record_start(*PLACE)
        assert connection.execute(count).scalar_one() == before
    with database.read() as connection:
        assert connection.execute(count).scalar_one() == before + 1


def test_options_set_on_a_connection_end_with_its_use(database: Database) -> None:
    with database.snapshot() as connection:
        connection.execution_options(stream_results=True).execute(core_manifest.select()).all()
    with database.read() as connection:
        assert "stream_results" not in connection.get_execution_options()
        assert connection.execute(core_manifest.select()).all() == []


def test_what_was_read_with_options_can_be_written_on(database: Database) -> None:
    for _ in range(3):  # so that whatever the pool has comes again
        with database.snapshot() as connection:
            connection.execution_options(yield_per=10).execute(core_manifest.select()).all()
        with pytest.raises(ZeroDivisionError), database.write():
            raise ZeroDivisionError
        with database.write() as connection:
            connection.execute(core_manifest.delete())


def test_a_write_that_fails_is_rolled_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        connection.execute(core_manifest.insert(), dict.fromkeys(core_manifest.c.keys()[:6], "x"))
        raise ZeroDivisionError
    with database.read() as connection:
        assert connection.execute(sa.select(core_manifest.c.status)).all() == []


def test_an_unreachable_server_is_named_without_its_password() -> None:
    manifest = CoreManifest("postgresql://me:s3cret@127.0.0.1:1/prices")
    with pytest.raises(DatabaseUnreachableError) as caught:
        manifest.check_complete(*PLACE)
    assert "postgresql+psycopg://me:***@127.0.0.1:1/prices" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_sqlite_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}/missing/x.db", f"sqlite:///{tmp_path}"):
        with pytest.raises(DatabaseUnreachableError, match="cannot open"):
            CoreManifest(url).check_complete(*PLACE)
    (tmp_path / "text.db").write_text("this is no database, but long enough to look like one " * 99)
    with pytest.raises(DatabaseUnreachableError, match="not a database"):
        CoreManifest(f"sqlite:///{tmp_path / 'text.db'}").check_complete(*PLACE)


@pytest.mark.parametrize(
    "given", ["nonsense", "mysql://u:s3cret@h/d", "postgresql+asyncpg://u:s3cret@h/d", 7]
)
def test_what_is_no_database_is_refused(given: str) -> None:
    with pytest.raises(DatabaseUrlError) as caught:
        Database.of(given)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_is_taken(scheme: str) -> None:
    assert Database.of(f"{scheme}://me@host/prices").url == "postgresql+psycopg://me@host/prices"


def test_sqlite_gets_the_core_tables_and_postgresql_is_told_to_migrate(
    sqlite_url: str, postgresql_url: str
) -> None:
    assert CoreManifest(sqlite_url).check_complete(*PLACE) is None
    with pytest.raises(DatabaseBehindError, match="run `spine migrate`"):
        CoreManifest(postgresql_url).check_complete(*PLACE)


def test_a_snapshot_ends_with_its_block_also_where_nothing_was_asked(database: Database) -> None:
    for _ in range(2):
        with database.snapshot():
            pass
    with database.snapshot() as connection:
        assert connection.execute(sa.select(sa.literal(1))).scalar_one() == 1


@pytest.mark.parametrize("is_let_go", [True, False])
def test_who_reads_a_new_sqlite_file_is_waited_for_as_long_as_is_said(
    sqlite_url: str, is_let_go: bool
) -> None:
    """Write-ahead logging cannot be turned on meanwhile."""
    file = sa.make_url(sqlite_url).database
    assert file is not None
    database = Database.of(sqlite_url, lock_timeout=10 if is_let_go else 0.2)
    with closing(sqlite3.connect(file, check_same_thread=False)) as reader:
        reader.executescript("CREATE TABLE t (n); BEGIN")
        reader.execute("SELECT n FROM t").fetchall()
        if is_let_go:
            other = threading.Timer(0.2, reader.rollback)
            other.start()
            with database.read():
                other.join()
        else:
            with pytest.raises(DatabaseUnreachableError, match="locked"), database.read():
                pass
    database.dispose()
