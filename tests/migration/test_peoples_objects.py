"""What people made around generated tables and views outlives a migration, or keeps it from beginning."""

from pathlib import Path

import pytest

from spine.errors import MigrationError
from spine.migrations import migrate, plan, upgrade
from spine.migrations.revisions import version_folders
from spine.migrations.running import script_of
from tests.databases import emptied, rows_of, run_script, schema_of
from tests.migration.test_upgrade import Project

SHARES = "shares: {type: integer}"
NOTE = "note: {type: string, nullable: true}"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path, "test.domain")
    project.build(SHARES, NOTE)
    return project


def run(url: str, *statements: str) -> None:
    run_script(url, ";\n".join(statements))


def test_a_view_of_people_s_is_named_and_nothing_is_changed(project: Project, database_url: str) -> None:
    upgrade(database_url, project.generated)
    run(database_url, "CREATE VIEW theirs AS SELECT symbol, note FROM trades_current")
    before = schema_of(database_url)
    project.build(SHARES, "remark: {type: string, nullable: true, renamed_from: note}")
    if database_url.startswith("postgresql"):  # which renames under other views
        upgrade(database_url, project.generated)
        assert rows_of(database_url, "SELECT note FROM theirs") == []
        project.build(SHARES)
        before = schema_of(database_url)
    with pytest.raises(MigrationError, match="view theirs reads trades_current, which"):
        upgrade(database_url, project.generated)
    assert schema_of(database_url) == before
    run(database_url, "DROP VIEW theirs")
    assert len(upgrade(database_url, project.generated)) == 1


@pytest.mark.parametrize(
    ("columns", "kept_on"),
    [
        (("shares: {type: string}", NOTE), None),
        ((NOTE,), None),
        (("shares: {type: integer, nullable: true}", NOTE), "postgresql"),
    ],
    ids=["another type", "a column less", "may be NULL"],
)
def test_a_view_over_one_that_is_made_anew_is_named(
    project: Project, database_url: str, columns: tuple[str, ...], kept_on: str | None
) -> None:
    upgrade(database_url, project.generated)
    run(database_url, "CREATE VIEW theirs AS SELECT symbol, shares FROM trades_current")
    before = schema_of(database_url)
    project.build(*columns)
    if kept_on and database_url.startswith(kept_on):
        upgrade(database_url, project.generated)
    else:
        with pytest.raises(
            MigrationError,
            match="view theirs (reads trades_current|is over shares of trades), which",
        ):
            upgrade(database_url, project.generated)
        assert schema_of(database_url) == before
    assert rows_of(database_url, "SELECT shares FROM theirs") == []


def test_a_view_over_one_that_goes_is_named(tmp_path: Path, database_url: str) -> None:
    project = Project(tmp_path, "test.domain")
    project.build(SHARES)
    upgrade(database_url, project.generated)
    run(database_url, "CREATE VIEW theirs AS SELECT symbol FROM trades_current")
    project.build(SHARES, table="deals")
    with pytest.raises(MigrationError, match="view theirs reads trades_current, which .*: drop it before"):
        upgrade(database_url, project.generated)
    run(database_url, "CREATE VIEW too AS SELECT symbol FROM trades_current")
    with pytest.raises(MigrationError, match="view theirs, view too read trades_current, .*: drop them"):
        upgrade(database_url, project.generated)
    assert rows_of(database_url, "SELECT symbol FROM theirs") == []


@pytest.mark.parametrize(
    ("theirs", "named"),
    [
        ("ALTER TABLE trades ADD COLUMN mine TEXT", "column mine"),
        ("CREATE INDEX of_mine ON trades (note)", "index of_mine"),
        (
            "CREATE TRIGGER of_mine AFTER INSERT ON trades BEGIN DELETE FROM core_answers; END",
            "trigger of_mine",
        ),
    ],
    ids=["column", "index", "trigger"],
)
def test_sqlite_makes_no_table_anew_that_has_what_people_added(
    project: Project, sqlite_url: str, theirs: str, named: str
) -> None:
    upgrade(sqlite_url, project.generated)
    run(sqlite_url, theirs)
    before = schema_of(sqlite_url)
    project.build("shares: {type: decimal, precision: 22, scale: 2}", NOTE)
    with pytest.raises(MigrationError, match=f"trades has {named}, which no revision made"):
        upgrade(sqlite_url, project.generated)
    assert schema_of(sqlite_url) == before
    project.build(SHARES, NOTE, "flag: {type: boolean, nullable: true}")
    assert script_of(plan(sqlite_url, project.generated), "sqlite", version_folders(project.generated))


@pytest.mark.parametrize(
    ("kind", "theirs"),
    [
        ("INDEX", "ON trades (symbol, note)"),
        ("INDEX", "ON trades (symbol) WHERE note IS NULL"),
        ("TRIGGER", "AFTER UPDATE ON trades BEGIN SELECT NEW.note; END"),
        ("TRIGGER", "AFTER UPDATE OF note ON trades BEGIN SELECT 1; END"),
    ],
)
def test_sqlite_drops_no_column_that_something_of_people_s_is_over(
    project: Project, sqlite_url: str, kind: str, theirs: str
) -> None:
    upgrade(sqlite_url, project.generated)
    run(sqlite_url, f"CREATE {kind} of_mine {theirs}", "CREATE INDEX note ON trades (shares)")
    before = schema_of(sqlite_url)
    project.build(SHARES)
    with pytest.raises(MigrationError, match=f"^{kind.lower()} of_mine is over note of trades, which"):
        upgrade(sqlite_url, project.generated)
    assert schema_of(sqlite_url) == before
    run(sqlite_url, f"DROP {kind} of_mine")
    upgrade(sqlite_url, project.generated)
    assert [index[0] for index in schema_of(sqlite_url)["trades"][2]] == ["note"]


@pytest.mark.parametrize("by", ["migrate", "script"])
def test_options_and_owners_come_back_with_a_view(project: Project, postgresql_url: str, by: str) -> None:
    """One that keeps rows from its readers has to go on doing so."""
    upgrade(emptied(postgresql_url), project.generated)
    run(
        postgresql_url,
        "ALTER VIEW trades_current SET (security_barrier = true, security_invoker = true)",
        "ALTER VIEW trades_current OWNER TO pg_monitor",
    )
    asked = "SELECT reloptions::text, relowner::regrole::text FROM pg_class WHERE relname = 'trades_current'"
    kept = rows_of(postgresql_url, asked)
    assert kept == [("{security_barrier=true,security_invoker=true}", "pg_monitor")]
    project.build("shares: {type: decimal, precision: 22, scale: 2}")
    if by == "migrate":
        upgrade(postgresql_url, project.generated)
    else:
        found = plan(postgresql_url, project.generated)
        run_script(postgresql_url, script_of(found, "postgresql", version_folders(project.generated)))
    assert rows_of(postgresql_url, asked) == kept


@pytest.mark.parametrize("by", ["migrate", "script"])
def test_grants_and_comments_come_back_with_a_view(project: Project, postgresql_url: str, by: str) -> None:
    upgrade(emptied(postgresql_url), project.generated)
    run(
        postgresql_url,
        "GRANT SELECT ON trades_current TO PUBLIC",
        "GRANT SELECT (symbol), UPDATE (note) ON trades_current TO pg_monitor WITH GRANT OPTION",
        "COMMENT ON VIEW trades_current IS 'it''s 100% :mine é'",
        "COMMENT ON COLUMN trades_current.shares IS 'how many'",
        "COMMENT ON COLUMN trades_current.note IS 'goes'",
    )
    asked = (
        "SELECT relacl::text, obj_description(oid), "
        "(SELECT array_agg(attname || attacl::text) FROM pg_attribute "
        "WHERE attrelid = c.oid AND attacl IS NOT NULL), col_description(oid, 2) "
        "FROM pg_class AS c WHERE relname = 'trades_current'"
    )
    ((acl, said, of_columns, of_shares),) = rows_of(postgresql_url, asked)
    assert "=r/" in acl and of_shares == "how many"
    oid = rows_of(postgresql_url, "SELECT 'trades_current'::regclass::oid")
    project.build("shares: {type: decimal, precision: 22, scale: 2}")
    if by == "migrate":
        upgrade(postgresql_url, project.generated)
    else:
        found = plan(postgresql_url, project.generated)
        run_script(postgresql_url, script_of(found, "postgresql", version_folders(project.generated)))
    assert rows_of(postgresql_url, "SELECT 'trades_current'::regclass::oid") != oid
    assert rows_of(postgresql_url, asked) == [
        (acl, said, [one for one in of_columns if one.startswith("symbol")], of_shares)
    ]


def test_sqlite_s_triggers_on_a_view_stay_when_a_column_comes(project: Project, sqlite_url: str) -> None:
    upgrade(sqlite_url, project.generated)
    run(
        sqlite_url,
        "CREATE TABLE noted (text)",
        "CREATE TRIGGER mine INSTEAD OF INSERT ON trades_current "
        "BEGIN INSERT INTO noted VALUES (NEW.symbol || ': 100%'); END",
    )
    project.build(SHARES, NOTE, "venue: {type: string, nullable: true}")
    upgrade(sqlite_url, project.generated)
    run(sqlite_url, "INSERT INTO trades_current (symbol) VALUES ('A')")
    assert rows_of(sqlite_url, "SELECT text FROM noted") == [("A: 100%",)]


@pytest.mark.parametrize("by", ["migrate", "script"])
def test_rules_triggers_and_defaults_come_back_with_a_view(
    project: Project, postgresql_url: str, by: str
) -> None:
    upgrade(emptied(postgresql_url), project.generated)
    run(
        postgresql_url,
        "CREATE TABLE noted (text VARCHAR)",
        "CREATE FUNCTION note_it() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN INSERT INTO noted VALUES (NEW.symbol); RETURN NEW; END'",
        'CREATE TRIGGER "Its" INSTEAD OF INSERT ON trades_current FOR EACH ROW EXECUTE FUNCTION note_it()',
        "COMMENT ON TRIGGER \"Its\" ON trades_current IS 'it''s 100% mine'",
        "CREATE RULE noting AS ON DELETE TO trades_current DO INSTEAD INSERT INTO noted VALUES (OLD.symbol)",
        "COMMENT ON RULE noting ON trades_current IS 'my rule'",
        "ALTER VIEW trades_current ALTER COLUMN symbol SET DEFAULT 'none: given'",
    )
    asked = (
        "SELECT array_agg(pg_get_ruledef(oid) || COALESCE(obj_description(oid, 'pg_rewrite'), '')), "
        "(SELECT pg_get_triggerdef(t.oid) || obj_description(t.oid, 'pg_trigger') FROM pg_trigger AS t "
        "WHERE tgrelid = ev_class) FROM pg_rewrite WHERE ev_class = 'trades_current'::regclass "
        "AND rulename <> '_RETURN' GROUP BY ev_class"
    )
    kept = rows_of(postgresql_url, asked)
    assert len(kept) == 1
    project.build("shares: {type: decimal, precision: 22, scale: 2}")
    if by == "migrate":
        upgrade(postgresql_url, project.generated)
    else:
        found = plan(postgresql_url, project.generated)
        run_script(postgresql_url, script_of(found, "postgresql", version_folders(project.generated)))
    assert rows_of(postgresql_url, asked) == kept
    run(postgresql_url, "INSERT INTO trades_current (shares) VALUES (1)")
    assert rows_of(postgresql_url, "SELECT text FROM noted") == [("none: given",)]


@pytest.mark.parametrize("by", ["migrate", "script"])
@pytest.mark.parametrize("way", ["there", "there and back"])
def test_what_views_were_given_comes_back_with_them_under_other_names(
    project: Project, postgresql_url: str, by: str, way: str
) -> None:
    def migrated(to: str | None = None) -> None:
        if by == "migrate":
            migrate(postgresql_url, project.generated, to=to, may_destroy=True)
        else:
            found = plan(postgresql_url, project.generated, to=to)
            run_script(postgresql_url, script_of(found, "postgresql", version_folders(project.generated)))

    upgrade(emptied(postgresql_url), project.generated)
    run(
        postgresql_url,
        "GRANT SELECT ON trades_current TO PUBLIC",
        "GRANT SELECT (symbol) ON trades_current TO pg_monitor",
        "COMMENT ON VIEW trades_current IS 'read this'",
        "CREATE RULE mine AS ON DELETE TO trades_current DO INSTEAD SELECT OLD.symbol",
    )
    text = (project.folder / "spec.yaml").read_text()
    text = text.replace("name: trades", "name: deals\n      renamed_from: trades")
    text = text.replace("symbol: {type: string}", "ticker: {type: string, renamed_from: symbol}")
    text = text.replace("key: [symbol]", "key: [ticker]").replace("integer", "string")
    project.build_text(text)
    migrated()
    view, column = "deals_current", "ticker"
    if way == "there and back":
        migrated(to="test_domain_0001")
        view, column = "trades_current", "symbol"
    ((acl, said, of_columns, rule),) = rows_of(
        postgresql_url,
        "SELECT c.relacl::text, obj_description(c.oid), (SELECT attacl::text FROM pg_attribute "  # noqa: S608
        f"WHERE attrelid = c.oid AND attname = '{column}'), pg_get_ruledef(r.oid) FROM pg_class AS c "
        f"JOIN pg_rewrite AS r ON r.ev_class = c.oid AND r.rulename = 'mine' WHERE relname = '{view}'",
    )
    assert "=r/" in acl and said == "read this" and "pg_monitor=r/" in of_columns
    assert f"old.{column}" in rule
