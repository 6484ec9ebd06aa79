"""Indexes that a spec declares: they follow whatever becomes of their table, and none is half there."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from spine.cli.project import open_for_running
from spine.errors import DatabaseBehindError, MigrationError
from spine.migrations import migrate, pending, plan, upgrade
from spine.migrations.revisions import version_folders
from spine.migrations.running import script_of
from spine.settings import Settings
from tests.databases import emptied, rows_of, run_script, schema_of
from tests.migration.test_upgrade import Project

SHARES, NOTE = "shares: {type: integer}", "note: {type: string, nullable: true}"
BY_NOTE, BY_SHARES = "{columns: [note]}", "{columns: [shares, symbol], name: ix_by_shares}"
CONCURRENTLY = "{columns: [note], concurrently: true}"
ROW = "INSERT INTO trades (capture_id, partition_key, symbol, shares, note) VALUES ('c', 'k', 'é', 1, NULL)"
VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('ix_trades_note')"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path, "test.domain")


def indexes_of(url: str, table: str = "trades") -> list[tuple[str, list[str]]]:
    found: Any = schema_of(url)[table][2]
    return [(name, columns) for name, columns, _ in found]


def test_an_index_follows_its_table_there_and_back(project: Project, database_url: str) -> None:
    project.build(SHARES, NOTE)
    bare = upgrade(database_url, project.generated)[-1]
    run_script(database_url, ROW)
    project.build(SHARES, NOTE, indexes=(BY_NOTE, BY_SHARES))
    upgrade(database_url, project.generated)
    both = [("ix_by_shares", ["shares", "symbol"]), ("ix_trades_note", ["note"])]
    assert indexes_of(database_url) == both
    project.build("shares: {type: decimal, precision: 22, scale: 2}", NOTE, indexes=(BY_NOTE, BY_SHARES))
    (wider,) = upgrade(database_url, project.generated)  # SQLite makes the table anew
    assert indexes_of(database_url) == both
    project.build(
        "volume: {type: decimal, precision: 22, scale: 2, renamed_from: shares}",
        "remark: {type: string, nullable: true, renamed_from: note}",
        indexes=("{columns: [remark]}", "{columns: [volume, symbol], name: ix_by_shares}"),
    )
    upgrade(database_url, project.generated)
    called = [("ix_by_shares", ["volume", "symbol"]), ("ix_trades_remark", ["remark"])]
    assert indexes_of(database_url) == called
    project.build(
        "volume: {type: decimal, precision: 22, scale: 2}",
        "remark: {type: integer, nullable: true}",
        indexes=("{columns: [remark]}", "{columns: [symbol, volume], name: ix_by_shares}"),
    )
    upgrade(database_url, project.generated)  # one over a column that is dropped and comes back
    assert indexes_of(database_url) == [("ix_by_shares", ["symbol", "volume"]), called[1]]
    migrate(database_url, project.generated, to=wider, may_destroy=True)
    assert indexes_of(database_url) == both
    migrate(database_url, project.generated, to=bare, may_destroy=True)
    assert indexes_of(database_url) == []
    assert rows_of(database_url, "SELECT symbol FROM trades") == [("é",)]
    upgrade(database_url, project.generated)
    migrated = indexes_of(database_url)
    upgrade(emptied(database_url), project.generated)
    assert migrated == indexes_of(database_url) == [("ix_by_shares", ["symbol", "volume"]), called[1]]


def test_an_index_follows_a_table_that_is_renamed(project: Project, database_url: str) -> None:
    project.build(SHARES, NOTE, indexes=(BY_NOTE, BY_SHARES))
    upgrade(database_url, project.generated)
    spec = project.folder / "spec.yaml"
    text = spec.read_text(encoding="utf-8")
    project.build_text(text.replace("name: trades", "name: deals\n      renamed_from: trades"))
    upgrade(database_url, project.generated)
    assert indexes_of(database_url, "deals") == [
        ("ix_by_shares", ["shares", "symbol"]),
        ("ix_deals_note", ["note"]),
    ]


def test_a_name_may_go_from_one_index_to_another(project: Project, database_url: str) -> None:
    project.build(SHARES, NOTE, indexes=("{columns: [note], name: ix_a}", "{columns: [shares], name: ix_b}"))
    upgrade(database_url, project.generated)
    project.build(SHARES, NOTE, indexes=("{columns: [note], name: ix_b}", "{columns: [shares], name: ix_a}"))
    upgrade(database_url, project.generated)
    assert indexes_of(database_url) == [("ix_a", ["shares"]), ("ix_b", ["note"])]


def test_how_an_index_is_built_is_no_change_of_schema(project: Project) -> None:
    project.build(SHARES, NOTE, indexes=(BY_NOTE,))
    project.build(SHARES, NOTE, indexes=(CONCURRENTLY,))
    assert len([*project.generated.glob("*/migrations/*.py")]) == 1


def test_one_that_is_built_concurrently_has_a_revision_of_its_own(
    project: Project, database_url: str
) -> None:
    project.build(SHARES, NOTE)
    upgrade(database_url, project.generated)
    run_script(database_url, ROW)
    flag = "flag: {type: boolean, nullable: true}"
    project.build(SHARES, NOTE, flag, indexes=(BY_SHARES, CONCURRENTLY))
    found = plan(database_url, project.generated)
    assert [step.builds for step in found.steps] == [(), ("ix_trades_note",)]
    assert [len(part) for part in found.parts("postgresql")] == [1, 1]
    assert [len(part) for part in found.parts("sqlite")] == [2]
    assert upgrade(database_url, project.generated) == found.names
    assert indexes_of(database_url) == [("ix_by_shares", ["shares", "symbol"]), ("ix_trades_note", ["note"])]
    migrate(database_url, project.generated, to=found.names[0])
    assert [name for name, _ in indexes_of(database_url)] == ["ix_by_shares"]
    assert upgrade(database_url, project.generated) == found.names[1:]


def test_runs_do_not_wait_for_an_index(project: Project, database_url: str) -> None:
    root = project.folder
    settings = Settings(
        root=root,
        specs=root,
        generated=project.generated,
        database_url=database_url,
        data_root=root,
        archive=root / "archive",
    )
    project.build(SHARES, NOTE)
    upgrade(database_url, project.generated)
    project.build(SHARES, NOTE, indexes=(CONCURRENTLY,))
    assert len(pending(database_url, project.generated)) == 1
    with open_for_running(settings) as database:
        assert database.dialect in database_url
    project.build(SHARES, NOTE, "flag: {type: boolean, nullable: true}", indexes=(CONCURRENTLY,))
    with (
        pytest.raises(DatabaseBehindError, match="lacks test_domain_0002_.*, test_domain_0003_"),
        open_for_running(settings),
    ):
        pass


def test_with_a_table_that_is_new_it_is_one_transaction(project: Project, database_url: str) -> None:
    project.build(SHARES, NOTE)
    project.build(SHARES, NOTE, indexes=(CONCURRENTLY,))
    project.build(SHARES)
    found = plan(database_url, project.generated)
    assert len(found.parts("postgresql")) == 1
    assert "CONCURRENTLY" not in script_of(found, "postgresql", version_folders(project.generated))
    upgrade(database_url, project.generated)
    assert indexes_of(database_url) == []


def test_a_step_is_one_transaction_whatever_it_calls(project: Project, postgresql_url: str) -> None:
    project.build(SHARES, NOTE)
    upgrade(postgresql_url, project.generated)
    project.build(SHARES, NOTE, indexes=(CONCURRENTLY,))
    (revision,) = project.generated.glob("*/migrations/0002_*.py")
    text = revision.read_text(encoding="utf-8")
    name = pending(postgresql_url, project.generated)[0]
    step = name.replace("_0002_", "_0002_step_")
    revision.write_text(
        text.replace(name, step).replace(
            "    create_index",
            '    op.execute("CREATE TABLE once (n INTEGER)")\n    create_index',
            1,
        ),
        encoding="utf-8",
    )
    assert upgrade(postgresql_url, project.generated) == (step,)
    assert rows_of(postgresql_url, VALID) == [(True,)]


def test_a_script_builds_it_between_two_transactions(project: Project, postgresql_url: str) -> None:
    project.build(SHARES, NOTE)
    upgrade(postgresql_url, project.generated)
    flag = "flag: {type: boolean, nullable: true}"
    project.build(SHARES, NOTE, flag, indexes=(CONCURRENTLY,))
    project.build(SHARES, NOTE, flag, indexes=(CONCURRENTLY, BY_SHARES))
    found = plan(postgresql_url, project.generated)
    script = script_of(found, "postgresql", version_folders(project.generated))
    assert script.startswith("-- 3 transactions, to end at the first error: psql ")
    first, _, rest = script.partition("COMMIT;\n")
    run_script(postgresql_url, f"{first}COMMIT;")
    assert pending(postgresql_url, project.generated) == found.names[1:]
    outside, begin, rest = rest.partition("BEGIN;\n")
    for statement in outside.split(";"):  # the client sends one at a time
        if statement.strip():
            run_script(postgresql_url, statement)
    assert rows_of(postgresql_url, VALID) == [(True,)]
    for transaction in f"{begin}{rest}".split("COMMIT;\n"):
        if transaction.strip():
            run_script(postgresql_url, f"{transaction}COMMIT;")
    assert pending(postgresql_url, project.generated) == ()
    query = "SELECT revision, applied_at IS NULL FROM core_revisions ORDER BY position"
    assert rows_of(postgresql_url, query)[-3:] == [(name, False) for name in found.names]
    by_script = schema_of(postgresql_url)
    upgrade(emptied(postgresql_url), project.generated)
    assert schema_of(postgresql_url) == by_script


def _snapshot(engine: sa.Engine) -> sa.Connection:
    """A connection whose transactions keep what they saw first, so that a build waits for their end."""
    return engine.connect().execution_options(isolation_level="REPEATABLE READ")


def waiting_build(engine: sa.Engine) -> int:
    """The process of the server that builds an index, once it waits for those that were there before."""
    query = (
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
        "AND starts_with(query, 'CREATE INDEX CONCURRENTLY') AND wait_event_type = 'Lock'"
    )
    for _ in range(300):
        with engine.connect() as connection:
            if pid := connection.exec_driver_sql(query).scalar():
                return int(pid)
        time.sleep(0.05)
    raise AssertionError("nothing is being built")


def test_what_a_build_that_was_killed_leaves_is_built_again(project: Project, postgresql_url: str) -> None:
    project.build(SHARES, NOTE)
    upgrade(postgresql_url, project.generated)
    run_script(postgresql_url, ROW)
    project.build(SHARES, NOTE, indexes=(CONCURRENTLY,))
    lacking = pending(postgresql_url, project.generated)
    engine = sa.create_engine(postgresql_url)
    with ThreadPoolExecutor() as pool, _snapshot(engine) as reader:
        reader.execute(sa.text("SELECT count(*) FROM trades"))  # and its transaction stays open
        attempt = pool.submit(upgrade, postgresql_url, project.generated)
        with engine.connect() as other:
            other.execute(sa.select(sa.func.pg_terminate_backend(waiting_build(engine))))
        with pytest.raises(sa.exc.OperationalError):
            attempt.result()
    assert rows_of(postgresql_url, VALID) == [(False,)]
    assert pending(postgresql_url, project.generated) == lacking
    assert upgrade(postgresql_url, project.generated) == lacking
    assert rows_of(postgresql_url, VALID) == [(True,)]
    engine.dispose()


def test_others_write_while_it_is_built_and_one_process_builds(project: Project, postgresql_url: str) -> None:
    project.build(SHARES, NOTE)
    upgrade(postgresql_url, project.generated)
    project.build(SHARES, NOTE, indexes=(CONCURRENTLY,))
    lacking = pending(postgresql_url, project.generated)
    engine = sa.create_engine(postgresql_url)
    with ThreadPoolExecutor() as pool:
        with _snapshot(engine) as reader:
            reader.execute(sa.text("SELECT count(*) FROM trades"))
            attempts = [pool.submit(upgrade, postgresql_url, project.generated) for _ in range(3)]
            waiting_build(engine)
            run_script(postgresql_url, ROW)
            assert not any(attempt.done() for attempt in attempts)
        ran = [attempt.result(timeout=60) for attempt in attempts]
    assert sorted(ran) == sorted([lacking, (), ()])
    assert rows_of(postgresql_url, VALID) == [(True,)]
    engine.dispose()


@pytest.mark.parametrize("theirs", ["trades (symbol)", "core_runs (workflow)"])
def test_another_index_of_the_name_is_named(project: Project, postgresql_url: str, theirs: str) -> None:
    project.build(SHARES, NOTE)
    upgrade(postgresql_url, project.generated)
    run_script(postgresql_url, f"CREATE INDEX ix_trades_note ON {theirs}")
    project.build(SHARES, NOTE, indexes=(CONCURRENTLY,))
    table, column = theirs.removesuffix(")").split(" (")
    said = rf"there is an index ix_trades_note already, of {table} over \({column}\)"
    with pytest.raises(MigrationError, match=said):
        upgrade(postgresql_url, project.generated)
    assert len(pending(postgresql_url, project.generated)) == 1


def test_an_index_of_people_s_is_told_from_a_declared_one(project: Project, sqlite_url: str) -> None:
    project.build(SHARES, NOTE, indexes=(BY_NOTE,))
    upgrade(sqlite_url, project.generated)
    run_script(sqlite_url, "CREATE INDEX of_mine ON trades (shares)")
    project.build("shares: {type: decimal, precision: 22, scale: 2}", NOTE, indexes=(BY_NOTE,))
    with pytest.raises(MigrationError, match="trades has index of_mine, which no revision made"):
        upgrade(sqlite_url, project.generated)
    run_script(sqlite_url, "DROP INDEX of_mine")
    upgrade(sqlite_url, project.generated)
    assert indexes_of(sqlite_url) == [("ix_trades_note", ["note"])]
