"""A migration that waits for a lock which somebody else holds: named, all undone, and begun again."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
import sqlalchemy as sa

from spine.core.database.database import Database
from spine.errors import DatabaseLockedError
from spine.migrations import migrate, pending, upgrade
from spine.migrations.applied import ONE_AT_A_TIME
from spine.migrations.locks import ONCE, Patience, with_patience
from spine.migrations.plan import Step
from spine.migrations.watching import MigrationWatch
from tests.databases import emptied, rows_of, schema_of
from tests.migration.test_upgrade import Project, insert

SHARES, NOTE = "shares: {type: integer}", "note: {type: string, nullable: true}"
SECONDS = 0.2


class Heard(MigrationWatch):
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self.statements: list[str] = []

    def begins(self, step: Step) -> None:
        self.all.append(f"begins {step.revision.revision[:16]}")

    def executes(self, statement: str) -> None:
        self.statements.append(statement)

    def ends(self, step: Step) -> None:
        self.all.append(f"ends {step.revision.revision[:16]}")

    def waits(self, why: str) -> None:
        self.all.append(why)


@pytest.fixture
def project(tmp_path: Path, database_url: str) -> Project:
    """A package whose next two revisions change a table that is there."""
    project = Project(tmp_path, "test.domain")
    project.build(SHARES)
    upgrade(database_url, project.generated)
    insert(database_url, symbol="A", shares=1)
    project.build("shares: {type: decimal, precision: 22, scale: 2}")
    project.build("shares: {type: decimal, precision: 22, scale: 2}", NOTE)
    return project


@pytest.fixture
def holder(database_url: str) -> Iterator[sa.Connection]:
    """A connection of somebody else's, in a transaction in which it reads, or on SQLite writes."""
    url = sa.make_url(database_url)
    if url.get_backend_name() == "postgresql":
        url = url.update_query_dict({"application_name": "desk report"})
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        yield connection


def hold(holder: sa.Connection, statement: str = "SELECT count(*) FROM trades") -> None:
    is_sqlite = holder.dialect.name == "sqlite"
    holder.exec_driver_sql("BEGIN IMMEDIATE" if is_sqlite else "BEGIN")
    holder.exec_driver_sql(statement)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database.of(database_url, lock_timeout=SECONDS)
    yield database
    database.dispose()


def test_who_holds_the_lock_is_named_and_nothing_is_changed(
    project: Project, database: Database, database_url: str, holder: sa.Connection
) -> None:
    hold(holder)
    before = schema_of(database_url)
    heard, slept = Heard(), list[float]()
    with pytest.raises(DatabaseLockedError) as told:
        migrate(database, project.generated, patience=Patience(retries=2, sleep=slept.append), watch=heard)
    said = str(told.value)
    assert "for more than 0.2 s" in said and ", 3 times. What it did is undone" in said
    assert "--lock-timeout" in said and "--lock-retries" in said
    if database.dialect == "postgresql":
        (pid,) = holder.exec_driver_sql("SELECT pg_backend_pid()").scalars()
        assert "`DROP VIEW trades_current` did not get its lock" in said or "`ALTER TABLE trades" in said
        assert f"trades is held by pid {pid} (desk report, since 20" in said
        assert "UTC, idle in transaction, SELECT count(*) FROM trades)" in said
    else:
        assert "by another process that writes to it" in said
    assert slept == [SECONDS, 2 * SECONDS]
    waits = [one.rpartition(": ")[2] for one in heard.all if "again" in one]
    assert waits == [f"all was undone, and begins again in {seconds} s" for seconds in (0.2, 0.4)]
    assert schema_of(database_url) == before
    assert len(pending(database_url, project.generated)) == 2


def test_it_begins_again_and_comes_through(
    project: Project, database: Database, database_url: str, holder: sa.Connection
) -> None:
    hold(holder)
    heard = Heard()

    def wait(_seconds: float) -> None:
        holder.exec_driver_sql("ROLLBACK")

    done = migrate(database, project.generated, patience=Patience(retries=1, sleep=wait), watch=heard)
    both = ["begins test_domain_0002", "ends test_domain_0002", "begins test_domain_0003"]
    both = [*both, "ends test_domain_0003"]
    assert len(done.steps) == 2
    assert heard.all[-4:] == both and "begins again in 0.2 s" in heard.all[-5]
    assert any(statement.startswith("ALTER TABLE") for statement in heard.statements)
    assert pending(database_url, project.generated) == ()
    assert [row[0] for row in rows_of(database_url, "SELECT symbol FROM trades")] == ["A"]


def test_a_lock_is_waited_for_in_full_each_time(
    project: Project, database: Database, holder: sa.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(holder)
    waited = []
    backend = database._backend
    begin = backend.begin

    def remember(connection: sa.Connection, first: object, *, durable: bool, lock_timeout: float) -> None:
        waited.append(lock_timeout)
        begin(connection, first, durable=durable, lock_timeout=lock_timeout)  # type: ignore[arg-type]

    monkeypatch.setattr(backend, "begin", remember)
    with pytest.raises(DatabaseLockedError):
        migrate(database, project.generated, patience=Patience(retries=2))
    assert waited == [SECONDS] * 3


def test_another_migration_is_named(project: Project, database: Database, holder: sa.Connection) -> None:
    if database.dialect == "sqlite":
        hold(holder)
    else:
        hold(holder, f"SELECT pg_advisory_xact_lock({ONE_AT_A_TIME})")
    with pytest.raises(DatabaseLockedError) as told:
        migrate(database, project.generated)
    assert "for more than 0.2 s" in str(told.value) and " times" not in str(told.value)
    if database.dialect == "postgresql":
        assert "another migration held up this one" in str(told.value)
        assert "it is pid " in str(told.value)


def test_readers_are_not_named_where_they_are_not_in_the_way(postgresql_url: str) -> None:
    engine = sa.create_engine(postgresql_url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    database = Database.of(postgresql_url, lock_timeout=SECONDS)

    def add_index() -> None:
        with database.write() as connection:
            connection.exec_driver_sql("CREATE INDEX of_symbol ON trades (symbol)")

    with engine.connect() as reader, engine.connect() as writer:
        writer.exec_driver_sql("CREATE TABLE trades (symbol text)")
        hold(reader)
        hold(writer, "INSERT INTO trades VALUES ('A')")
        (reading, writing) = (
            one.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() for one in (reader, writer)
        )
        with pytest.raises(DatabaseLockedError) as told:
            with_patience(database, ONCE, MigrationWatch(), add_index)
    assert f"pid {writing}" in str(told.value) and f"pid {reading}" not in str(told.value)
    database.dispose()


def test_the_caller_s_own_transaction_is_not_waited_for(tmp_path: Path, sqlite_url: str) -> None:
    project = Project(tmp_path, "test.domain")
    project.build(SHARES)
    upgrade(sqlite_url, None)
    engine = sa.create_engine(sqlite_url)
    with engine.begin() as mine:
        mine.exec_driver_sql("UPDATE core_answers SET id = id")
        heard = Heard()
        with pytest.raises(DatabaseLockedError, match="the Connection has uncommitted changes"):
            migrate(mine, project.generated, patience=Patience(retries=9), watch=heard)
        assert heard.all == []
    engine.dispose()


def test_a_migration_that_a_deadlock_ends_begins_again(tmp_path: Path, postgresql_url: str) -> None:
    project = Project(tmp_path, "test.domain")
    project.build(SHARES)
    upgrade(emptied(postgresql_url), project.generated)
    project.build(SHARES, NOTE)
    database, engine = Database.of(postgresql_url), sa.create_engine(postgresql_url)
    with engine.connect() as other:
        other.execute(sa.text("SET LOCAL deadlock_timeout = '1h'"))  # so the migration is the one that ends
        other.execute(sa.text("LOCK TABLE trades IN ACCESS SHARE MODE"))

        def wait_for_the_view() -> None:
            other.execute(sa.text("LOCK TABLE trades_current IN ACCESS SHARE MODE"))
            other.rollback()

        waiting = Thread(target=wait_for_the_view)

        class Crossing(Heard):
            """Has the other wait for the view, which the migration holds, before that waits for the table."""

            def executes(self, statement: str) -> None:
                if statement.startswith("ALTER TABLE trades") and not waiting.ident:
                    waiting.start()

        heard = Crossing()
        migrate(
            database,
            project.generated,
            patience=Patience(retries=1, sleep=lambda _: waiting.join()),
            watch=heard,
        )
    engine.dispose()
    database.dispose()
    assert [said for said in heard.all if "deadlock" in said] == [
        '`ALTER TABLE trades ADD COLUMN note VARCHAR COLLATE "C"` was ended, as others waited for what it '
        "holds: a deadlock: all was undone, and begins again in 30 s"
    ]
    assert pending(postgresql_url, project.generated) == ()
