"""A migration as a script: run by hand, it leaves what `migrate` leaves."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from spine.core.database.database import Database
from spine.core.database.schema import CORE_REVISION, VERSION_TABLE
from spine.core.tables import core_manifest
from spine.errors import MigrationError
from spine.migrations import migrate, plan, upgrade
from spine.migrations.plan import MigrationPlan, Step
from spine.migrations.revisions import CORE_VERSIONS, read_revisions, version_folders
from spine.migrations.running import run_steps, script_of
from spine.migrations.watching import MigrationWatch
from tests.databases import FORGET_REVISIONS, emptied, rows_of, run_script, schema_of
from tests.migration.test_upgrade import Project, insert

VENUE = "venue: {type: string, nullable: true}"
NOTE = "note: {type: string, nullable: true}"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path, "test.domain")
    project.build("shares: {type: integer}", NOTE)
    return project


def script(url: str, project: Project, to: str | None = None) -> str:
    database = Database.of(url)
    found = plan(database, project.generated, to=to)
    return script_of(found, database.dialect, version_folders(project.generated))


def contents(url: str) -> dict[str, Any]:
    """The schema, and all rows that a migration may write; of times, whether they are known."""
    known = (
        "SELECT capture_id, destroyed, number, superseded_at IS NULL, visible_at IS NULL FROM core_manifest"
    )
    kept = "SELECT revision, position, sha256, applied_at IS NULL FROM core_revisions ORDER BY position"
    return {
        "schema": schema_of(url),
        "versions": sorted(rows_of(url, "SELECT version_num FROM alembic_version")),
        "revisions": rows_of(url, kept),
        "captures": rows_of(url, known),
        "horizons": rows_of(url, "SELECT number, reason FROM core_horizons ORDER BY number"),
        "answers": rows_of(url, "SELECT id, answered_until IS NULL FROM core_answers"),
        "rows": rows_of(url, "SELECT * FROM trades"),
    }


def filled(url: str, project: Project, generated: Path) -> str:
    """The database at those packages, with a complete capture that nobody numbered yet."""
    upgrade(emptied(url), generated)
    insert(url, symbol="A", shares=1, note="x")
    with Database.of(url).write() as connection:
        connection.execute(core_manifest.update().values(published_at=datetime(2025, 1, 3, tzinfo=UTC)))
    return url


def test_of_a_new_database(project: Project, database_url: str) -> None:
    project.build("shares: {type: integer}", NOTE, VENUE)
    run_script(database_url, script(database_url, project))
    by_hand = contents(database_url)
    upgrade(emptied(database_url), project.generated)
    assert by_hand == contents(database_url)
    assert script(database_url, project) == ""


def test_of_a_change_that_destroys_and_one_that_makes_a_table_anew(
    project: Project, database_url: str, tmp_path: Path
) -> None:
    start = project.generated.rename(tmp_path / "start")
    project.generated.mkdir()
    for file in [path for path in start.rglob("*") if path.is_file()]:
        copy = project.generated / file.relative_to(start)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
    project.build("shares: {type: integer}", VENUE)
    project.build("shares: {type: decimal, precision: 22, scale: 2}", VENUE)
    ends = []
    for run in (
        lambda: run_script(database_url, script(database_url, project)),
        lambda: upgrade(database_url, project.generated),
    ):
        filled(database_url, project, start)
        run()
        ends.append(contents(database_url))
    assert ends[0] == ends[1]
    assert ends[0]["horizons"] and ends[0]["captures"][0][1:3] == ("note", 1)


def test_back(project: Project, database_url: str) -> None:
    project.build("shares: {type: integer}", NOTE, VENUE)
    first, _ = [name for name in read_revisions(version_folders(project.generated)) if "test" in name]
    ends = []
    for run in (
        lambda: run_script(database_url, script(database_url, project, to=first)),
        lambda: migrate(database_url, project.generated, to=first, may_destroy=True),
    ):
        filled(database_url, project, project.generated)
        run()
        ends.append(contents(database_url))
    assert ends[0] == ends[1]
    assert ends[0]["revisions"][-1][0] == first
    assert ends[0]["horizons"][0][1].startswith("undoing revision test_domain_0002_")
    assert upgrade(database_url, project.generated) != ()


def test_of_a_database_that_kept_nothing_yet(project: Project, database_url: str) -> None:
    project.build("shares: {type: integer}", NOTE, VENUE)
    ends = []
    for run in (
        lambda: run_script(database_url, script(database_url, project)),
        lambda: upgrade(database_url, project.generated),
    ):
        filled(database_url, project, project.generated)
        with Database.of(database_url).write() as connection:
            for statement in FORGET_REVISIONS:
                connection.exec_driver_sql(statement)
        run()
        ends.append(contents(database_url))
    assert ends[0] == ends[1]


def test_a_core_that_has_to_number_captures_has_no_script(project: Project, database_url: str) -> None:
    database = Database.of(database_url)
    first = Step(revision=read_revisions([CORE_VERSIONS])["spine_core_0001"], undoing=False)
    with database.write() as connection:
        VERSION_TABLE.create(connection)
        run_steps(connection, (CORE_VERSIONS,), [first], MigrationWatch())
    with pytest.raises(MigrationError, match=f"spine migrate --to {CORE_REVISION}"):
        script(database_url, project)
    migrate(database, project.generated, to=CORE_REVISION)
    run_script(database_url, script(database_url, project))
    assert plan(database, project.generated).steps == ()


def head(text: str) -> list[str]:
    """What is said before the first statement, with places in the line for ids."""
    said = text.partition("\nBEGIN")[0]
    return [place_of_names(line.removeprefix("-- - ")) for line in said.splitlines() if "-- - " in line]


def place_of_names(line: str) -> str:
    return re.sub(r"(test_domain_\d{4})_[0-9a-f]{8}", r"\1", line)


def test_what_only_a_look_at_the_database_tells_is_said_first(project: Project, database_url: str) -> None:
    assert head(script(database_url, project)) == ["what is in the database: this is for an empty one"]
    upgrade(database_url, project.generated)
    project.build("shares: {type: integer}")
    project.build("volume: {type: integer, renamed_from: shares}")
    project.build("volume: {type: decimal, precision: 22, scale: 2}", "venue: {type: string, default: XNAS}")
    found = head(script(database_url, project))
    assert found[:2] == [
        f"other revisions than {CORE_REVISION}, test_domain_0001 in its table alembic_version",
        "what differs from what its revisions made, or made otherwise: `spine migrate --drift` names it",
    ]
    lost = "test_domain_0002: captures that have rows in trades: values of note are destroyed"
    null = "test_domain_0004: rows of trades for which the default of venue is NULL: they end the script"
    read = "views of people's that read trades_current: they end the script"
    over = "what people made over note of trades: it goes with it, or ends the script"
    if database_url.startswith("postgresql"):
        typed = "views and the like that people made over shares of trades: they end the script"
        assert found[2:] == [read, over, typed, lost, null]
    else:
        assert found[2:] == [
            over,
            "views and triggers of people's that name trades_current: they look for it in vain",
            read,
            "views and triggers of people's that name trades: they end the script",
            "columns, indexes and triggers that people added to trades: they are gone afterwards",
            "what else differs in trades from what its revisions made: it is gone afterwards",
            lost,
            null,
        ]
    (back,) = [line for line in head(script_back(database_url, project)) if "0001: captures" in line]
    assert back == "test_domain_0001: captures that have rows in trades: these are destroyed"


def script_back(url: str, project: Project) -> str:
    """What undoes the one revision that ran, as if it did not come first."""
    revisions = read_revisions(version_folders(project.generated))
    first = next(one for name, one in revisions.items() if "test" in name)
    applied = plan(Database.of(url), project.generated).applied
    steps = (Step(revision=first, undoing=True),)
    found = MigrationPlan(applied=applied, steps=steps, unrecorded=())
    return script_of(found, Database.of(url).dialect, version_folders(project.generated))


def test_sqlite_s_own_client_is_given_nothing_that_it_cannot_run(project: Project, database_url: str) -> None:
    upgrade(database_url, project.generated)
    value = 'venue: {type: integer, default: {sql: "shares * 2"}}'
    project.build("shares: {type: integer}", NOTE, value)
    if database_url.startswith("postgresql"):
        assert "SET venue=(shares * 2)" in script(database_url, project)
        return
    with pytest.raises(MigrationError, match=r"test_domain_0002_\w+ calls spine_\w+ on SQLite"):
        script(database_url, project)
    assert len(upgrade(database_url, project.generated)) == 1
