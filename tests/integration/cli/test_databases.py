"""spine migrate, and databases of every state: new, behind, ahead, read-only, damaged, out of reach."""

import sqlite3
import subprocess

import pytest

from spine.core.database.database import Database
from spine.core.database.schema import CORE_REVISION, CORE_REVISIONS
from spine.core.revision_ids import place_of
from tests.integration.cli.project import SPINE, WEEK, Project, clean_environment


def test_migrate_and_run_on_postgresql(project: Project, postgresql_url: str) -> None:
    behind = project.spine("run", "finra.otc/weekly", "--partition", WEEK, SPINE_DATABASE_URL=postgresql_url)
    behind.refused("run `spine migrate`")
    assert len(behind.err.splitlines()) == 1
    migrated = project.spine("migrate", "--database-url", postgresql_url, "--format", "json")
    assert migrated.status == 0, migrated.err
    assert "finra_otc_0001" in [place_of(row["revision"]) for row in migrated.json]
    again = project.spine("migrate", "--database-url", postgresql_url, "--format", "json")
    assert (again.status, again.json) == (0, [])
    ran = project.spine("run", "finra.otc/weekly", "--partition", WEEK, "--database-url", postgresql_url)
    assert ran.status == 0, ran.err
    shown = project.spine("status", "finra.otc", "--database-url", postgresql_url)
    assert WEEK in shown.out
    assert not project.database.exists()


def test_several_runs_at_once_make_one_new_file(project: Project) -> None:
    running = [
        subprocess.Popen(
            [SPINE, "run", "finra.otc/weekly", "-p", week],
            cwd=project.folder,
            env=clean_environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for week in ("2025-W47", "2025-W48", "2025-W49", "2025-W50")
    ]
    said = [process.communicate(timeout=120)[1] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0, 0], said
    assert sum("created" in text for text in said) == 1
    assert len(project.spine("status", "--format", "json").json) == 8


def test_a_damaged_file_is_told(project: Project) -> None:
    assert project.spine("migrate").status == 0
    content = bytearray(project.database.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    project.database.write_bytes(bytes(content))
    project.spine("run", "finra.otc/weekly", "--partition", WEEK).refused("malformed")


def test_a_sqlite_file_of_something_else_is_behind_and_stays_as_it_was(project: Project) -> None:
    with sqlite3.connect(project.database) as connection:
        connection.execute("CREATE TABLE mine (x INTEGER)")
    connection.close()
    project.spine("run", "finra.otc/weekly", "--partition", WEEK).refused("run `spine migrate`")
    connection = sqlite3.connect(project.database)
    tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
    connection.close()
    assert tables == [("mine",)]


def test_an_unreachable_server_is_told_without_its_password(project: Project) -> None:
    url = "postgresql://me:hunter2@127.0.0.1:1/nothing"
    for command in (["run", "finra.otc/weekly", "--partition", WEEK], ["status"], ["migrate"]):
        ran = project.spine(*command, "--database-url", url)
        ran.refused("127.0.0.1")
        assert "hunter2" not in ran.err


def test_a_file_that_is_no_database_is_told(project: Project) -> None:
    project.database.write_bytes(b"this is not a database, whatever its name says\n" * 100)
    for command in (["run", "finra.otc/weekly", "--partition", WEEK], ["status"], ["migrate"]):
        project.spine(*command).refused("not a database")


def test_a_folder_that_is_missing_is_told(project: Project) -> None:
    ran = project.spine("migrate", "--database-url", "sqlite:///no/such/folder/x.db")
    ran.refused("unable to open database file")


@pytest.mark.parametrize("option", ["mode=ro", "immutable=1"])
def test_a_database_opened_for_reading_is_looked_at_and_not_run_on(project: Project, option: str) -> None:
    assert project.spine("run", "finra.otc/ingest", "-p", WEEK).status == 0
    url = f"sqlite:///file:{project.database}?{option}&uri=true"
    shown = project.spine("status", "--database-url", url)
    assert (shown.status, "COMPLETE 33" in shown.out) == (0, True), shown.err
    ran = project.spine("run", "finra.otc/ingest", "-p", "2025-W50", "--database-url", url)
    assert (ran.status, len(ran.err.splitlines())) == (1, 1)
    assert "attempt to write a readonly database; make the file and its folder writable" in ran.err
    assert "sqlalche.me" not in ran.out
    assert len(project.spine("status", "--format", "json").json) == 1


def test_a_path_that_cannot_be_a_file_is_told(project: Project) -> None:
    project.database.mkdir()
    for command in (["run", "finra.otc/weekly", "-p", WEEK], ["status"], ["migrate"]):
        project.spine(*command).refused("unable to open database file", str(project.database))
    below = "sqlite:///pyproject.toml/x.db"
    for command in (["run", "finra.otc/weekly", "-p", WEEK], ["migrate"]):
        project.spine(*command, "--database-url", below).refused("unable to open database file")
    assert not any(project.database.iterdir())


def test_a_server_that_takes_no_writes_is_told_in_one_line(project: Project, postgresql_url: str) -> None:
    assert project.spine("migrate", "--database-url", postgresql_url).status == 0
    url = f"{postgresql_url}&options=-cdefault_transaction_read_only%3Don"
    ran = project.spine("run", "finra.otc/weekly", "-p", WEEK, "--database-url", url)
    assert (ran.status, len(ran.err.splitlines())) == (1, 1)
    assert "in a read-only transaction; name a server that takes writes" in ran.err


def test_a_database_ahead_of_the_code_is_told(project: Project, database_url: str) -> None:
    assert project.spine("migrate", "--database-url", database_url).status == 0
    database = Database.of(database_url)
    with database.write() as connection:
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('finra_otc_0099')")
    database.dispose()
    for command in (["run", "finra.otc/weekly", "-p", WEEK], ["migrate"]):
        project.spine(*command, "--database-url", database_url).refused("finra_otc_0099")


def test_a_database_behind_the_code_is_told(own_packages: Project, database_url: str) -> None:
    package = own_packages.folder.parent / "generated" / "finra_otc"
    aside = package.rename(own_packages.folder / "finra_otc")
    assert own_packages.spine("migrate", "--database-url", database_url).status == 0
    aside.rename(package)
    ran = own_packages.spine("run", "finra.otc/weekly", "-p", WEEK, "--database-url", database_url)
    ran.refused("lacks finra_otc_0001_", ": run `spine migrate`")
    assert len(ran.err.splitlines()) == 1


def test_looking_at_a_database_behind_the_code_is_told(project: Project, database_url: str) -> None:
    assert project.spine("migrate", "--database-url", database_url).status == 0
    database = Database.of(database_url)
    with database.write() as connection:
        newest = f"version_num = '{CORE_REVISION}'"
        connection.exec_driver_sql(f"DELETE FROM alembic_version WHERE {newest}")  # noqa: S608
    database.dispose()
    for command in (["status"], ["anomalies"], ["captures", "finra.otc"], ["diff", "0"], ["lineage", "0"]):
        ran = project.spine(*command, "--database-url", database_url)
        ran.refused(f"lacks {', '.join(CORE_REVISIONS[1:])}: run `spine migrate`")
        assert len(ran.err.splitlines()) == 1


def test_looking_at_a_database_that_is_not_there_makes_none(project: Project) -> None:
    for command in (["status"], ["anomalies"], ["lineage", "0"]):
        project.spine(*command).refused("no database", "spine run or spine migrate")
    assert not project.database.exists()
