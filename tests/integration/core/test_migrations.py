"""Upgrades are all or nothing, safe side by side, cheap to ask about, and lead to the fresh schema."""

import os
import signal
import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from spine.core.database.database import Database
from spine.core.database.schema import CORE_REVISIONS, VERSION_TABLE, create_core
from spine.core.manifest import CoreManifest
from spine.core.numbers import resolve
from spine.core.tables import core_lineage, core_manifest, metadata
from spine.errors import DatabaseAheadError, HorizonError, MigrationError
from spine.migrations import ensure_core, pending, upgrade
from spine.migrations.plan import Step
from spine.migrations.revisions import CORE_VERSIONS, read_revisions
from spine.migrations.running import run_steps
from spine.migrations.watching import MigrationWatch
from tests.integration.core.packages import package
from tests.migration.chains import without_rowid

CORE = tuple(f"spine_core_{number:04}" for number in range(1, 7))


@pytest.fixture
def empty(database_url: str) -> Database:
    return Database.of(database_url)


def tables(database: Database) -> set[str]:
    with database.read() as connection:
        return set(sa.inspect(connection).get_table_names())


def test_the_core_and_every_package_are_upgraded(empty: Database, tmp_path: Path) -> None:
    package(tmp_path, "prices")
    package(tmp_path, "prices", 2)
    package(tmp_path, "finra")
    wanted = (*CORE, "finra_0001", "prices_0001", "prices_0002")
    assert set(pending(empty, tmp_path)) == set(wanted)
    assert pending(empty, tmp_path)[0] == "spine_core_0001"
    assert set(upgrade(empty, tmp_path)) == set(wanted)
    assert pending(empty, tmp_path) == upgrade(empty, tmp_path) == ()
    assert tables(empty) >= {"core_manifest", "prices_1", "prices_2", "finra_1"}
    package(tmp_path, "finra", 2)
    assert pending(empty, tmp_path) == upgrade(empty, tmp_path) == ("finra_0002",)
    assert pending(empty, None) == ()


def test_a_revision_that_destroys_raises_the_horizon_as_it_is_applied(
    empty: Database, tmp_path: Path
) -> None:
    package(tmp_path, "prices")
    package(tmp_path, "prices", 2, destroys=("table price_old", "column price.note"))
    upgrade(empty, tmp_path)
    manifest = CoreManifest(empty)
    manifest.record_complete(manifest.record_start("prices", "2025-01-01", "A", "T"), 1)
    assert resolve(empty, "1").number == 1  # the database was new: nothing was destroyed
    package(tmp_path, "prices", 3, more="raise LookupError('not now')", destroys=("table price_1",))
    with pytest.raises(LookupError, match="not now"):
        upgrade(empty, tmp_path)
    assert resolve(empty, "1").number == 1
    package(tmp_path, "prices", 3, destroys=("table price_1", "column price.mic"))
    upgrade(empty, tmp_path)
    with pytest.raises(
        HorizonError, match=r"revision prices_0003 destroyed table price_1, column price\.mic, at number 2"
    ):
        resolve(empty, "1")
    assert resolve(empty, "2").number == 2


def test_a_package_without_migrations_is_fine(empty: Database, tmp_path: Path) -> None:
    (tmp_path / "finra").mkdir()
    (tmp_path / "finra" / "spine.lock.json").write_text("{}")
    assert upgrade(empty, tmp_path) == CORE


def test_an_upgrade_that_fails_leaves_nothing(empty: Database, tmp_path: Path) -> None:
    package(tmp_path, "finra")
    package(tmp_path, "prices", more="raise ZeroDivisionError")
    with pytest.raises(ZeroDivisionError):
        upgrade(empty, tmp_path)
    assert tables(empty) == set()
    package(tmp_path, "prices")
    assert len(upgrade(empty, tmp_path)) == len(CORE) + 2


def test_an_upgrade_that_is_killed_leaves_nothing(empty: Database, database_url: str, tmp_path: Path) -> None:
    package(tmp_path, "prices", more="import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    process = subprocess.run([sys.executable, "-c", UPGRADE, database_url, str(tmp_path)], check=False)
    assert process.returncode == -signal.SIGKILL
    assert tables(empty) == set()
    package(tmp_path, "prices")
    assert len(upgrade(empty, tmp_path)) == len(CORE) + 1


UPGRADE = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from spine.migrations import upgrade
    print(len(upgrade(sys.argv[1], Path(sys.argv[2]))))
    """
)


def test_of_several_processes_one_upgrades(empty: Database, database_url: str, tmp_path: Path) -> None:
    package(tmp_path, "prices")
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", UPGRADE, database_url, str(tmp_path)],
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
            text=True,
        )
        for _ in range(3)
    ]
    assert sorted(process.communicate()[0].strip() for process in processes) == ["0", "0", str(len(CORE) + 1)]
    assert "prices_1" in tables(empty)


def test_unknown_revisions_are_named(empty: Database, tmp_path: Path) -> None:
    package(tmp_path, "prices")
    package(tmp_path, "prices", 2)
    upgrade(empty, tmp_path)
    (tmp_path / "prices" / "migrations" / "0002_step.py").unlink()
    for ask in (pending, upgrade):
        with pytest.raises(DatabaseAheadError, match="prices_0002, which no migration here defines"):
            ask(empty, tmp_path)
    assert pending(empty, None) == ()  # whoever asks about the core alone is not troubled


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("revision = 'a'\ndown_revision = 'gone'\n", "after gone"),
        ("x = 1\n", "no revision"),
        ("revision = 'a' + 'b'\n", "computes"),
        ("revision = (", "no Python"),
    ],
)
def test_torn_revision_files_are_named(empty: Database, tmp_path: Path, text: str, why: str) -> None:
    package(tmp_path, "prices")
    (tmp_path / "prices" / "migrations" / "0002_step.py").write_text(text)
    with pytest.raises(MigrationError, match=why):
        pending(empty, tmp_path)


def test_a_revision_defined_twice_is_named(empty: Database, tmp_path: Path) -> None:
    package(tmp_path, "prices")
    file = tmp_path / "prices" / "migrations" / "0001_step.py"
    (file.parent / "0001_copy.py").write_text(file.read_text())
    with pytest.raises(MigrationError, match="spine-gen rebase.*remove the one"):
        pending(empty, tmp_path)


def described(database: Database) -> object:
    """What the database itself says of its core tables."""
    with database.read() as connection:
        inspector = sa.inspect(connection)
        return {
            name: (
                [
                    (one["name"], str(one["type"]), one["nullable"], str(one["default"]))
                    for one in inspector.get_columns(name)
                ],
                inspector.get_pk_constraint(name),
                sorted(
                    (one["name"], one["column_names"], one["unique"], str(condition))
                    for one in inspector.get_indexes(name)
                    for condition in (one.get("dialect_options") or {"": None}).values()
                ),
                sorted(inspector.get_foreign_keys(name), key=str),
                without_rowid(connection.engine, name),
            )
            for name in inspector.get_table_names()
        }


def test_migrated_is_fresh(empty: Database, tmp_path: Path) -> None:
    upgrade(empty, None)
    migrated = described(empty)
    with empty.write() as connection:
        metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE alembic_version")
        create_core(connection)
    assert described(empty) == migrated
    assert pending(empty, None) == ()


def test_the_core_revision_is_the_newest() -> None:
    assert tuple(read_revisions([CORE_VERSIONS])) == CORE
    assert CORE == CORE_REVISIONS


def test_a_core_made_on_first_use_is_migrated_onwards(sqlite_url: str, tmp_path: Path) -> None:
    database = Database.of(sqlite_url)
    assert ensure_core(database)
    assert not ensure_core(Database.of(sqlite_url))
    package(tmp_path, "prices")
    assert upgrade(database, tmp_path) == ("prices_0001",)
    database.dispose()


def test_asking_loads_no_alembic(sqlite_url: str) -> None:
    script = f"import sys\nfrom spine.migrations import pending\npending({sqlite_url!r}, None)\n"
    script += "sys.exit('alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.fixture
def older(empty: Database) -> Database:
    """A database as the first core revision left it."""
    first = Step(revision=read_revisions([CORE_VERSIONS])[CORE[0]], undoing=False)
    with empty.write() as connection:
        VERSION_TABLE.create(connection)
        run_steps(connection, (CORE_VERSIONS,), [first], MigrationWatch())
    return empty


def test_history_from_before_is_numbered_in_its_order_and_at_once(older: Database) -> None:
    """Many days of two stages, one place restated every day: as many statements as for few days."""
    start, days = datetime(2025, 1, 1, tzinfo=UTC), 60
    captures: list[dict[str, Any]] = []
    for day in range(days):
        key, at = f"2025-{day:03}", start + timedelta(days=day)
        for hour, (stage, of) in enumerate((("A", key), ("B", key), ("C", "all"))):
            when = at + timedelta(hours=hour)
            superseded = {"superseded_by": f"{day + 1:03}-C", "superseded_at": when + timedelta(days=1)}
            later = superseded if stage == "C" and day < days - 1 else {}
            captures.append(
                {
                    "capture_id": f"{day:03}-{stage}",
                    "domain": "d",
                    "partition_key": of,
                    "stage": stage,
                    "tier": "T",
                    "status": "COMPLETE",
                    "started_at": when,
                    "completed_at": when,
                    "supersedes": f"{day - 1:03}-C" if stage == "C" and day else None,
                    "superseded_by": None,
                    "superseded_at": None,
                }
                | later
            )
    edges = [{"capture_id": f"{day:03}-B", "input_capture_id": f"{day:03}-A"} for day in range(days)]
    with older.write() as connection:
        connection.execute(core_manifest.insert(), captures)
        connection.execute(core_lineage.insert(), edges)
    statements: list[str] = []
    sa.event.listen(older.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))

    upgrade(older, None)

    assert len(statements) < 100
    moment = resolve(older, (start + timedelta(days=4, hours=12)).isoformat())
    five = tuple(f"2025-{day:03}" for day in range(5))
    for stage in "AB":
        assert CoreManifest(older).complete_partitions("d", stage, "T", as_of=moment) == five
    [all_days] = CoreManifest(older).current_captures("d", "C", "T", ["all"], as_of=moment).values()
    assert all_days.capture_id == "004-C"


def test_captures_from_before_they_had_dependencies_are_numbered_and_unknown(older: Database) -> None:
    """As the first core revision left them: two stages, one restated, its host's clock gone back since."""
    then = datetime(2025, 12, 1, tzinfo=UTC)
    place = {
        "domain": "d",
        "partition_key": "2025-W01",
        "tier": "T",
        "started_at": then,
        "completed_at": then,
    }
    restated = {"status": "COMPLETE", "superseded_by": "a", "superseded_at": then}
    captures: tuple[dict[str, Any], ...] = (
        place | restated | {"capture_id": "c", "stage": "INGEST"},
        place | {"capture_id": "a", "stage": "INGEST", "status": "COMPLETE", "supersedes": "c"},
        place | {"capture_id": "b", "stage": "SCORE", "status": "COMPLETE"},
        place | {"capture_id": "d", "stage": "SCORE", "status": "FAILED", "supersedes": "b"},
    )
    with older.write() as connection:
        for capture in captures:
            connection.execute(core_manifest.insert().values(capture))
        connection.execute(core_lineage.insert(), {"capture_id": "b", "input_capture_id": "a"})

    assert upgrade(older, None) == CORE[1:]

    c = core_manifest.c
    with older.read() as connection:
        rows = connection.execute(sa.select(c.capture_id, c.number, c.attempt)).all()
    numbers = {row.capture_id: row.number for row in rows}
    assert numbers == {"c": 1, "a": 2, "b": 3, "d": None}
    assert {row.capture_id: row.attempt for row in rows} == {"a": 1, "c": 2, "b": 1, "d": 2}
    record = CoreManifest(older).check_complete("d", "2025-W01", "SCORE", "T")
    assert record is not None
    assert (record.capture_id, record.definition, record.standing) == ("b", None, None)
