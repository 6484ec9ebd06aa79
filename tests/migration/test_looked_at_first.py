"""What people made and what is in the way of a migration: looked for before the first revision runs."""

import contextlib
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from spine.errors import MigrationError
from spine.migrations import migrate, pending, plan, upgrade
from spine_gen.cli.commands import app
from tests.databases import rows_of, run_script, schema_of
from tests.migration.test_upgrade import Project

SHARES = "shares: {type: integer}"
NOTE = "note: {type: string, nullable: true}"
VENUE = "venue: {type: string, nullable: true}"
BY_VENUE = "{columns: [venue], concurrently: true}"
DECLARED = "shares BIGINT NOT NULL"  # in the text of SQLite's table
TO_TEXT = "shares: {type: string}"


@pytest.fixture
def project(tmp_path: Path, database_url: str) -> Project:
    return _migrated(tmp_path, database_url)


@pytest.fixture
def postgresql_project(tmp_path: Path, postgresql_url: str) -> Project:
    """The same, for what only PostgreSQL has."""
    return _migrated(tmp_path, postgresql_url)


def _migrated(folder: Path, url: str) -> Project:
    project = Project(folder, "test.domain")
    project.build(SHARES, NOTE)
    upgrade(url, project.generated)
    return project


def run(url: str, *statements: str) -> None:
    run_script(url, ";\n".join(statements))


def refused(url: str, project: Project, *, to: str | None = None) -> str:
    """Why the migration does not begin; nothing has changed by it, and the plan says the same."""
    before, lacking = schema_of(url), pending(url, project.generated)
    with pytest.raises(MigrationError) as told:
        migrate(url, project.generated, to=to, may_destroy=True)
    assert (schema_of(url), pending(url, project.generated)) == (before, lacking)
    assert str(told.value) == "; ".join(plan(url, project.generated, to=to).in_the_way)
    return str(told.value)


def test_it_is_told_before_an_earlier_revision_runs(project: Project, database_url: str) -> None:
    """PostgreSQL would keep what comes before an index that it builds concurrently."""
    run(database_url, "CREATE VIEW theirs AS SELECT note FROM trades_current")
    run(database_url, "CREATE VIEW over_theirs AS SELECT note FROM theirs")
    project.build(SHARES, NOTE, VENUE)
    project.build(SHARES, NOTE, VENUE, indexes=(BY_VENUE,))
    project.build(SHARES, VENUE, indexes=(BY_VENUE,))
    told = refused(database_url, project)
    assert "view over_theirs, view theirs " in told and "drop them before `spine migrate`" in told
    run(database_url, "DROP VIEW over_theirs", "DROP VIEW theirs")
    assert len(upgrade(database_url, project.generated)) == 3


def test_things_in_other_schemas_are_named_with_these(
    postgresql_project: Project, postgresql_url: str
) -> None:
    run(
        postgresql_url,
        "CREATE SCHEMA reports",
        "CREATE VIEW reports.theirs AS SELECT note FROM trades_current",
        "CREATE MATERIALIZED VIEW reports.kept AS SELECT note FROM reports.theirs",
        "CREATE FUNCTION reports.rows() RETURNS SETOF trades_current LANGUAGE sql AS 'TABLE trades_current'",
    )
    postgresql_project.build(SHARES)
    assert refused(postgresql_url, postgresql_project) == (
        "function reports.rows(), materialized view reports.kept, view reports.theirs read trades_current, "
        "which has to be made anew: drop them before `spine migrate`, and make them again afterwards"
    )


@pytest.mark.parametrize(
    ("columns", "why"),
    [((SHARES,), "note of trades, which is dropped"), ((TO_TEXT, NOTE), "type|anew|dropped")],
    ids=["a column less", "another type"],
)
def test_a_view_over_the_table_itself_is_named(
    project: Project, database_url: str, columns: tuple[str, ...], why: str
) -> None:
    run(database_url, "CREATE VIEW theirs AS SELECT symbol, shares, note FROM trades")
    project.build(*columns)
    told = refused(database_url, project)
    assert "view theirs" in told
    assert any(one in told for one in why.split("|"))
    run(database_url, "DROP VIEW theirs")
    upgrade(database_url, project.generated)


def test_a_view_over_columns_that_stay_goes_on(project: Project, database_url: str) -> None:
    run(database_url, "CREATE VIEW theirs AS SELECT symbol, shares FROM trades")
    project.build(SHARES)
    upgrade(database_url, project.generated)
    assert rows_of(database_url, "SELECT shares FROM theirs") == []


def test_a_view_over_a_table_that_goes_is_named(project: Project, database_url: str) -> None:
    run(database_url, "CREATE VIEW theirs AS SELECT symbol FROM trades")
    project.build(SHARES, NOTE, table="deals")
    assert "view theirs reads trades, which is dropped: drop it" in refused(database_url, project)


def test_names_are_those_that_the_database_has_now(project: Project, database_url: str) -> None:
    run(database_url, "CREATE VIEW theirs AS SELECT note FROM trades")
    project.build(SHARES, "remark: {type: string, nullable: true, renamed_from: note}")
    text = (project.folder / "spec.yaml").read_text()
    project.build_text(text.replace("name: trades", "name: deals\n      renamed_from: trades"))
    project.build(SHARES, table="deals")
    assert refused(database_url, project).startswith("view theirs is over note of trades, which is dropped")


def test_going_back_is_looked_at_too(project: Project, database_url: str) -> None:
    project.build(SHARES, NOTE, VENUE)
    upgrade(database_url, project.generated)
    run(database_url, "CREATE VIEW theirs AS SELECT venue FROM trades")
    run(database_url, "CREATE INDEX by_venue ON trades (venue)")
    told = refused(database_url, project, to="test_domain_0001")
    assert "index by_venue" in told and "view theirs" in told and "over venue of trades" in told
    run(database_url, "DROP VIEW theirs", "DROP INDEX by_venue")
    migrate(database_url, project.generated, to="test_domain_0001", may_destroy=True)


@pytest.mark.parametrize(
    ("theirs", "named"),
    [
        ("CREATE INDEX by_note ON trades (symbol) WHERE note IS NULL", "index by_note"),
        ("CREATE UNIQUE INDEX by_note ON trades (capture_id, lower(note))", "index by_note"),
        ("ALTER TABLE trades ADD CONSTRAINT c CHECK (note <> 'x')", "constraint c on table trades"),
        ("ALTER TABLE trades ADD CONSTRAINT u UNIQUE (symbol, note)", "constraint u on table trades"),
        ("CREATE STATISTICS s ON symbol, note FROM trades", "statistics object s"),
        ("CREATE POLICY p ON trades USING (note <> 'x')", "policy p on table trades"),
        (
            "CREATE TRIGGER t BEFORE UPDATE OF note ON trades FOR EACH ROW "
            "EXECUTE FUNCTION suppress_redundant_updates_trigger()",
            "trigger t on table trades",
        ),
        (
            "CREATE RULE r AS ON INSERT TO trades_current DO INSTEAD "
            "INSERT INTO trades (note) VALUES (NEW.note)",
            "rule r on view trades_current",
        ),
    ],
)
def test_postgresql_drops_nothing_of_people_s_with_a_column(
    postgresql_project: Project, postgresql_url: str, theirs: str, named: str
) -> None:
    run(postgresql_url, "ALTER TABLE trades ALTER COLUMN note SET DEFAULT 'gone with it'", theirs)
    postgresql_project.build(SHARES)
    told = refused(postgresql_url, postgresql_project)
    assert told == f"{named} is over note of trades, which is dropped: drop it before `spine migrate`"


def test_our_own_indexes_are_in_nobody_s_way(project: Project, database_url: str) -> None:
    project.build(SHARES, NOTE, indexes=("{columns: [note]}",))
    upgrade(database_url, project.generated)
    project.build(SHARES)
    upgrade(database_url, project.generated)


def test_what_postgresql_carries_over_is_in_nobody_s_way(
    postgresql_project: Project, postgresql_url: str
) -> None:
    run(
        postgresql_url,
        "CREATE INDEX by_shares ON trades (shares)",
        "ALTER TABLE trades ADD CONSTRAINT c CHECK (shares > 0)",
        "CREATE STATISTICS s ON symbol, shares FROM trades",
    )
    postgresql_project.build("shares: {type: decimal, precision: 22, scale: 2}", NOTE)
    upgrade(postgresql_url, postgresql_project.generated)
    assert [index[0] for index in schema_of(postgresql_url)["trades"][2]] == ["by_shares"]


def test_a_foreign_key_to_a_key_that_changes_is_named(
    postgresql_project: Project, postgresql_url: str
) -> None:
    run(
        postgresql_url,
        "CREATE TABLE mine (c VARCHAR(36), s VARCHAR, "
        "CONSTRAINT of_mine FOREIGN KEY (c, s) REFERENCES trades (capture_id, symbol))",
    )
    text = (postgresql_project.folder / "spec.yaml").read_text()
    postgresql_project.build_text(text.replace("key: [symbol]", "key: [symbol, shares]"))
    assert refused(postgresql_url, postgresql_project).startswith(
        "constraint of_mine on table mine is over the primary key of trades, which becomes another: drop it"
    )


@pytest.mark.parametrize(
    ("there", "named"),
    [
        ("shares TEXT", "column trades.shares is TEXT, and declared BIGINT NOT NULL"),
        (
            f"{DECLARED} CHECK (shares > 0)",
            "constraint CHECK ( shares > 0 ) of trades was made by no revision",
        ),
        (f"{DECLARED} UNIQUE", "constraint UNIQUE (shares) of trades was made by no revision"),
    ],
    ids=["type", "CHECK", "UNIQUE"],
)
def test_sqlite_makes_no_table_anew_that_is_not_as_declared(
    tmp_path: Path, sqlite_url: str, there: str, named: str
) -> None:
    project = _migrated(tmp_path, sqlite_url)
    ((made, view),) = rows_of(
        sqlite_url,
        "SELECT t.sql, v.sql FROM sqlite_schema AS t, sqlite_schema AS v "
        "WHERE t.name = 'trades' AND v.name = 'trades_current'",
    )
    assert DECLARED in made
    run(sqlite_url, "DROP VIEW trades_current", "DROP TABLE trades", made.replace(DECLARED, there), view)
    project.build("shares: {type: decimal, precision: 22, scale: 2}", NOTE)
    assert named in refused(sqlite_url, project)


def test_a_column_that_may_be_null_since_going_back_is_no_difference(
    project: Project, database_url: str
) -> None:
    project.build("shares: {type: integer, nullable: true}", NOTE)
    upgrade(database_url, project.generated)
    run(database_url, "INSERT INTO trades (symbol, partition_key, capture_id) VALUES ('A', 'p', 'c')")
    migrate(database_url, project.generated, to="test_domain_0001", may_destroy=True)
    upgrade(database_url, project.generated)


@pytest.mark.parametrize(
    ("theirs", "kind"),
    [
        ("CREATE VIEW theirs AS SELECT * FROM trades_current", "view"),
        ("CREATE TRIGGER theirs AFTER DELETE ON core_answers BEGIN SELECT note FROM trades; END", "trigger"),
        ("CREATE TRIGGER theirs INSTEAD OF DELETE ON trades_current BEGIN SELECT OLD.note; END", "trigger"),
    ],
    ids=["all columns", "elsewhere", "on the view"],
)
def test_on_sqlite_what_names_a_column_that_goes_is_in_the_way_and_no_more(
    tmp_path: Path, sqlite_url: str, theirs: str, kind: str
) -> None:
    project = _migrated(tmp_path, sqlite_url)
    run(sqlite_url, theirs)
    run(
        sqlite_url,
        "CREATE TABLE notes (note)",
        "CREATE VIEW other AS SELECT note, trades FROM (SELECT 1 AS trades), notes",
    )
    project.build(SHARES)
    if kind == "trigger":
        assert "trigger theirs is over note of trades, which is dropped: drop it" in refused(
            sqlite_url, project
        )
        run(sqlite_url, "DROP TRIGGER theirs")
    upgrade(sqlite_url, project.generated)


def test_what_a_step_makes_on_the_way_is_looked_at_as_it_comes(project: Project, database_url: str) -> None:
    spec = project.folder / "spec.yaml"
    with contextlib.chdir(project.folder):
        Path("pyproject.toml").write_text("[tool.spine]\n", encoding="utf-8")
        begun = CliRunner().invoke(app, ["step", spec.name, "Make a view."])
    assert begun.exit_code == 0, begun.output
    (step,) = project.generated.glob("*/migrations/0002_*.py")
    text = re.sub(r" *raise NotImplementedError\(.*?\)\n(?=\n|\Z)", "", step.read_text(), flags=re.DOTALL)
    made = 'op.execute("CREATE VIEW of_a_step AS SELECT note FROM trades_current")'
    text = text.replace(
        "def upgrade() -> None:", f"def upgrade() -> None:\n    from alembic import op\n\n    {made}"
    )
    step.write_text(text.replace("def downgrade() -> None:", "def downgrade() -> None:\n    pass"))
    project.build(SHARES)
    before = schema_of(database_url)
    with pytest.raises(MigrationError, match="view of_a_step "):
        upgrade(database_url, project.generated)
    assert schema_of(database_url) == before
