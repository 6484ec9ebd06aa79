"""What a spec says of its tables and columns stands as comments in PostgreSQL, and goes with them."""

from pathlib import Path

import pytest

from spine.migrations import migrate, plan, upgrade
from spine.migrations.revisions import version_folders
from spine.migrations.running import script_of
from tests.databases import emptied, rows_of, run_script, schema_of
from tests.migration.test_upgrade import Project

SHARES = "shares: {type: integer, description: How many.}"
NOTE = "note: {type: string, nullable: true, description: \"100% of it's :own \\\\ {note} '%s'\"}"
OF_NOTE = "100% of it's :own \\ {note} '%s'"
WIDER = "shares: {type: decimal, precision: 22, scale: 2, description: How many.}"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path, "test.domain")


def describe(project: Project, text: str) -> None:
    spec = (project.folder / "spec.yaml").read_text(encoding="utf-8")
    project.build_text(spec.replace("name: trades\n", f"name: trades\n      description: {text}\n"))


def said(url: str, table: str = "trades") -> tuple[dict[str, str], dict[str, str]]:
    """What is said of the table and its columns, and of its view and its columns."""
    query = (
        "SELECT COALESCE(a.attname, ''), d.description FROM pg_description AS d "
        "LEFT JOIN pg_attribute AS a ON a.attrelid = d.objoid AND a.attnum = d.objsubid AND d.objsubid > 0 "
        "WHERE d.objoid = to_regclass('{}')"
    )
    of_table, of_view = (dict(rows_of(url, query.format(name))) for name in (table, f"{table}_current"))
    return of_table, of_view


@pytest.mark.parametrize("by", ["migrate", "script"])
def test_they_are_there_and_follow_their_table(project: Project, postgresql_url: str, by: str) -> None:
    def migrated() -> None:
        if by == "migrate":
            upgrade(postgresql_url, project.generated)
        else:
            found = plan(postgresql_url, project.generated)
            run_script(postgresql_url, script_of(found, "postgresql", version_folders(project.generated)))

    project.build(SHARES, NOTE)
    describe(project, "What was traded.")
    migrated()
    assert said(postgresql_url) == ({"": "What was traded.", "shares": "How many.", "note": OF_NOTE},) * 2
    project.build(WIDER, NOTE)  # the view is made anew, and nothing is said of the table any more
    migrated()
    assert said(postgresql_url) == ({"shares": "How many.", "note": OF_NOTE},) * 2
    project.build(
        "volume: {type: decimal, precision: 22, scale: 2, renamed_from: shares, description: How much.}",
        "flag: {type: boolean, nullable: true, description: New.}",
    )
    migrated()
    assert said(postgresql_url) == ({"volume": "How much.", "flag": "New."},) * 2
    spec = (project.folder / "spec.yaml").read_text(encoding="utf-8")
    project.build_text(spec.replace("name: trades", "name: deals\n      renamed_from: trades"))
    migrated()
    assert said(postgresql_url, "deals") == ({"volume": "How much.", "flag": "New."},) * 2
    by_steps = said(postgresql_url, "deals")
    upgrade(emptied(postgresql_url), project.generated)
    assert said(postgresql_url, "deals") == by_steps


def test_another_text_alone_is_a_revision_that_goes_back(project: Project, postgresql_url: str) -> None:
    project.build(SHARES, NOTE)
    (*_, first) = upgrade(postgresql_url, project.generated)
    project.build("shares: {type: integer, description: How many were sold.}", NOTE)
    describe(project, "Trades.")
    (other, last) = upgrade(postgresql_url, project.generated)
    assert said(postgresql_url)[1] == {"": "Trades.", "shares": "How many were sold.", "note": OF_NOTE}
    names = sorted(path.name for path in project.generated.glob("*/migrations/*.py"))[1:]
    assert names == ["0002_describe_trades.py", "0003_describe_trades.py"]
    migrate(postgresql_url, project.generated, to=other)
    assert "" not in said(postgresql_url)[0]
    migrate(postgresql_url, project.generated, to=first)
    assert said(postgresql_url) == ({"shares": "How many.", "note": OF_NOTE},) * 2
    assert upgrade(postgresql_url, project.generated) == (other, last)


def test_what_a_person_said_stays_until_the_spec_says_something_else(
    project: Project, postgresql_url: str
) -> None:
    project.build("shares: {type: integer}", NOTE)
    upgrade(postgresql_url, project.generated)
    run_script(
        postgresql_url,
        "COMMENT ON COLUMN trades.shares IS 'theirs'; COMMENT ON COLUMN trades_current.note IS 'shown'; "
        "COMMENT ON VIEW trades_current IS 'read this'",
    )
    project.build("shares: {type: decimal, precision: 22, scale: 2}", NOTE)
    upgrade(postgresql_url, project.generated)
    assert said(postgresql_url) == (
        {"shares": "theirs", "note": OF_NOTE},
        {"": "read this", "note": "shown", "shares": "theirs"},
    )
    project.build(WIDER, "note: {type: string, nullable: true, description: Free.}")
    upgrade(postgresql_url, project.generated)
    both = {"shares": "How many.", "note": "Free."}
    assert said(postgresql_url) == (both, both | {"": "read this"})


def test_sqlite_has_none_and_runs_the_revisions_all_the_same(project: Project, sqlite_url: str) -> None:
    project.build(SHARES, NOTE)
    upgrade(sqlite_url, project.generated)
    before = schema_of(sqlite_url)
    describe(project, "Trades.")
    assert len(upgrade(sqlite_url, project.generated)) == 1
    assert schema_of(sqlite_url) == before


def test_the_lock_keeps_a_column_on_its_line_whatever_is_said_of_it(project: Project) -> None:
    project.build("shares: {type: integer, description: 'a {b} [ c ] \" d'}", NOTE)
    lock = (project.generated / "test_domain" / "spine.lock.json").read_text(encoding="utf-8")
    assert '{"name": "shares", "type": "integer", "description": "a {b} [ c ] \\" d"},' in lock
    before = lock
    project.build("shares: {type: integer, description: 'a {b} [ c ] \" d'}", NOTE)
    assert (project.generated / "test_domain" / "spine.lock.json").read_text(encoding="utf-8") == before
