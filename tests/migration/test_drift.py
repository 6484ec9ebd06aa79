"""What differs in a database from what its revisions made of it, whoever changed it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from spine.core.database.database import Database
from spine.errors import DatabaseBehindError, MigrationError
from spine.migrations import drift, migrate, upgrade
from spine.migrations.drift import Drift
from spine_gen.generate import generate, write_build
from spine_gen.permits import EVERY
from tests.databases import run_script
from tests.migration.test_upgrade import Project

EVERY_TYPE = (
    "a_text: {type: string, nullable: true}",
    "an_integer: {type: integer}",
    "a_float: {type: float}",
    "a_decimal: {type: decimal, precision: 15, scale: 2}",
    "a_boolean: {type: boolean}",
    "a_day: {type: date}",
    "an_instant: {type: timestamp, nullable: true}",
    "a_json: {type: json}",
    '"order": {type: string}',
)
SHARES, NOTE = "shares: {type: integer}", "note: {type: string, nullable: true}"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path, "test.domain")


@pytest.fixture
def migrated(project: Project, database_url: str) -> Iterator[Database]:
    project.build(SHARES, NOTE)
    upgrade(database_url, project.generated)
    database = Database.of(database_url)
    yield database
    database.dispose()


def found(project: Project, database: Database | str, *statements: str) -> Drift:
    database = Database.of(database)
    if statements:
        run_script(database.engine.url.render_as_string(hide_password=False), ";\n".join([*statements, ""]))
    return drift(database, project.generated)


def told(found: Drift) -> list[str]:
    return [f"{each.what} {each.says}" for each in found.differences]


def test_what_revisions_make_is_no_difference(project: Project, database_url: str) -> None:
    for columns in (
        EVERY_TYPE,
        (*EVERY_TYPE, SHARES, NOTE),
        (
            "a_number: {type: decimal, precision: 22, scale: 0, renamed_from: an_integer}",
            *EVERY_TYPE[2:],
            NOTE,
        ),
        (NOTE.replace("nullable: true", "default: none"), *EVERY_TYPE[3:]),
    ):
        project.build(*columns)
        upgrade(database_url, project.generated)
        assert found(project, database_url) == Drift(differences=(), added=(), pending=())


def test_a_table_that_was_renamed_and_has_another_key_is_no_difference(
    project: Project, database_url: str
) -> None:
    project.build(SHARES, NOTE)
    spec = project.folder / "spec.yaml"
    renamed = spec.read_text().replace("name: trades", "name: deals\n      renamed_from: trades")
    spec.write_text(renamed.replace("[symbol]", "[symbol, shares]"))
    write_build(generate([spec], project.generated, permits=EVERY))
    upgrade(database_url, project.generated)
    assert found(project, database_url) == Drift(differences=(), added=(), pending=())


def test_columns_that_are_not_as_declared(project: Project, migrated: Database) -> None:
    if migrated.dialect == "sqlite":
        there = found(
            project,
            migrated,
            "DROP VIEW trades_current",
            "ALTER TABLE trades DROP COLUMN note",
            "ALTER TABLE trades ADD COLUMN mine TEXT",
        )
        assert told(there) == [
            "column trades.note is not there",
            "column trades.mine was made by no revision",
            "view trades_current is not there",
        ]
        return
    there = found(
        project,
        migrated,
        "DROP VIEW trades_current",
        "ALTER TABLE trades DROP COLUMN note",
        "ALTER TABLE trades ADD COLUMN mine TEXT",
        "ALTER TABLE trades ALTER COLUMN shares TYPE numeric(9, 2)",
        "ALTER TABLE trades ALTER COLUMN partition_key TYPE varchar, "
        "ALTER COLUMN partition_key DROP NOT NULL",
    )
    assert told(there) == [
        "column trades.shares is NUMERIC(9,2) NOT NULL, and declared BIGINT NOT NULL",
        "column trades.note is not there",
        "column trades.partition_key is CHARACTER VARYING, and declared "
        'CHARACTER VARYING COLLATE "C" NOT NULL',
        "column trades.mine was made by no revision",
        "view trades_current is not there",
    ]


def test_a_table_that_was_made_again_by_hand(project: Project, migrated: Database) -> None:
    there = found(
        project,
        migrated,
        "DROP VIEW trades_current",
        "DROP TABLE trades",
        "CREATE TABLE trades (capture_id VARCHAR(36) REFERENCES core_manifest(capture_id), "
        "shares TEXT NOT NULL CHECK (LENGTH(shares) < 9), symbol VARCHAR(9) NOT NULL, UNIQUE (symbol))",
    )
    said = told(there)
    assert "constraint PRIMARY KEY (capture_id, symbol) of trades is not there" in said
    assert "constraint UNIQUE (symbol) of trades was made by no revision" in said
    assert any(re.fullmatch(r"constraint CHECK .* of trades was made by no revision", text) for text in said)
    other = "FOREIGN KEY (capture_id) REFERENCES core_manifest(capture_id)"
    assert f"constraint {other} of trades was made by no revision" in said
    assert [text.partition(" is ")[0] for text in said if text.startswith("column")] == [
        "column trades.capture_id",
        "column trades.symbol",
        "column trades.shares",
        "column trades.note",
        "column trades.partition_key",
    ]


def test_tables_and_views_that_are_gone_or_others(project: Project, migrated: Database) -> None:
    there = found(
        project,
        migrated,
        "DROP VIEW trades_current",
        "CREATE VIEW trades_current AS SELECT t.symbol FROM trades AS t",
        "DROP TABLE core_horizons",
    )
    assert told(there) == ["table core_horizons is not there", "view trades_current has another text"]
    [_, view] = there.differences
    assert view.there in ("select t.symbol from trades t", "select symbol from trades t")
    assert view.declared is not None and "join core_manifest m on" in view.declared
    gone = found(project, migrated, "DROP VIEW trades_current", "DROP TABLE trades")
    assert told(gone)[1:] == ["table trades is not there", "view trades_current is not there"]


def test_a_view_that_shows_other_rows(project: Project, migrated: Database) -> None:
    there = found(
        project,
        migrated,
        "DROP VIEW trades_current",
        "CREATE VIEW trades_current AS SELECT t.symbol, t.shares, t.note, m.partition_key, t.capture_id "
        "FROM trades AS t JOIN core_manifest AS m ON m.capture_id = t.capture_id "
        "WHERE m.status = 'COMPLETE'",
    )
    assert told(there) == ["view trades_current has another text"]


def test_indexes_of_the_core_that_are_gone_or_others(project: Project, migrated: Database) -> None:
    there = found(
        project,
        migrated,
        "DROP INDEX ix_core_manifest_place",
        "DROP INDEX uq_core_manifest_current",
        "CREATE UNIQUE INDEX uq_core_manifest_current ON core_manifest (domain) WHERE status = 'COMPLETE'",
    )
    assert told(there) == [
        "index ix_core_manifest_place on core_manifest is not there",
        "index uq_core_manifest_current on core_manifest is UNIQUE domain where status = 'COMPLETE', and "
        "declared UNIQUE domain, stage, tier, partition_key "
        "where status = 'COMPLETE' and superseded_at is null",
    ]


def test_an_index_that_no_query_uses(project: Project, postgresql_url: str) -> None:
    project.build(SHARES)
    upgrade(postgresql_url, project.generated)
    invalid = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_core_lineage_input'::regclass"
    assert told(found(project, postgresql_url, invalid)) == [
        "index ix_core_lineage_input on core_lineage is INVALID, and declared input_capture_id"
    ]


def test_what_people_made_beside_a_table_is_theirs(project: Project, migrated: Database) -> None:
    by_hand = ["CREATE INDEX by_note ON trades (lower(note))", "CREATE TABLE theirs (id INTEGER)"]
    if migrated.dialect == "sqlite":
        by_hand.append("CREATE TRIGGER noted AFTER INSERT ON trades BEGIN DELETE FROM theirs; END")
    else:
        by_hand += [
            "CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
            "CREATE TRIGGER noted AFTER INSERT ON trades EXECUTE FUNCTION noted()",
        ]
    there = found(project, migrated, *by_hand, "CREATE VIEW of_theirs AS SELECT id FROM theirs")
    assert there == Drift(
        differences=(), added=("index by_note on trades", "trigger noted on trades"), pending=()
    )


def test_what_did_not_run_is_not_compared(project: Project, migrated: Database) -> None:
    project.build(SHARES, NOTE, "venue: {type: string, nullable: true}")
    there = found(project, migrated)
    assert there.differences == () and len(there.pending) == 1
    upgrade(migrated, project.generated)
    assert found(project, migrated).pending == ()
    (last,) = there.pending
    first = next(each for each in project.generated.glob("*/migrations/0001*.py"))
    migrate(migrated, project.generated, to="test_domain_0001", may_destroy=True)
    assert found(project, migrated) == there
    assert last.startswith("test_domain_0002")
    first.write_text(f"{first.read_text()}\n")
    with pytest.raises(MigrationError, match="it was edited|was changed since"):
        drift(migrated, project.generated)


def test_a_step_is_not_run_to_know(project: Project, migrated: Database) -> None:
    step = project.generated / "test_domain" / "migrations" / "0002_step.py"
    [first] = [name for name in upgrade_names(migrated) if name.startswith("test_domain_0001")]
    step.write_text(
        '"""A step that only rows of a real database make sense to."""\n'
        "from alembic import op\n"
        f'revision = "test_domain_0002_step_00000000"\ndown_revision = "{first}"\n'
        "def upgrade() -> None:\n"
        '    """Fill shares, as no other database would."""\n'
        "    assert op.get_bind().engine.url.database, 'this is in memory'\n"
    )
    upgrade(migrated, project.generated)
    assert found(project, migrated) == Drift(differences=(), added=(), pending=())


def upgrade_names(database: Database) -> list[str]:
    with database.read() as connection:
        return list(connection.scalars(sa.text("SELECT revision FROM core_revisions")))


def test_a_database_that_nothing_ran_on(project: Project, database_url: str) -> None:
    project.build(SHARES)
    with pytest.raises(DatabaseBehindError, match="spine migrate"):
        drift(database_url, project.generated)


def test_reading_is_enough_in_whatever_schema(project: Project, postgresql_url: str) -> None:
    project.build(SHARES, NOTE)
    run_script(postgresql_url, "CREATE SCHEMA desk; CREATE TABLE trades (symbol text)")
    url = sa.make_url(postgresql_url)
    inside = url.update_query_dict({"options": "-csearch_path=desk"})
    owner = Database.of(inside)
    upgrade(owner, project.generated)
    run_script(
        postgresql_url,
        "CREATE ROLE looker LOGIN; GRANT USAGE ON SCHEMA desk TO looker; "
        "GRANT SELECT ON desk.alembic_version, desk.core_revisions TO looker",
    )
    run_script(postgresql_url, f"REVOKE TEMPORARY ON DATABASE {url.database} FROM PUBLIC")
    looker = Database.of(inside.set(username="looker"))
    assert drift(looker, project.generated) == Drift(differences=(), added=(), pending=())
    looker.dispose()
    owner.dispose()
    run_script(postgresql_url, "DROP OWNED BY looker; DROP ROLE looker")
