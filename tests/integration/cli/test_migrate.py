"""spine migrate as operators use it: looking first, a script, a check, and back."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from spine.core.database.schema import CORE_REVISIONS
from spine.core.revision_ids import place_of
from tests.databases import FORGET_REVISIONS, run_script
from tests.integration.cli.project import Project, make_project
from tests.migration.test_upgrade import Project as Built

CORE = list(CORE_REVISIONS)
DROPPED = "column trades.note"


@pytest.fixture
def built(tmp_path: Path) -> Project:
    """A package of three revisions: the second drops a column, for the third SQLite makes a table anew."""
    package = Built(tmp_path, "test.domain")
    package.build("shares: {type: integer}", "note: {type: string, nullable: true}")
    package.build("shares: {type: integer}")
    package.build("shares: {type: decimal, precision: 22, scale: 2}")
    return make_project(tmp_path / "project", generated=package.generated)


def places(rows: list[dict[str, str]]) -> list[str]:
    return [place_of(row["revision"]) for row in rows]


def test_what_would_run_is_shown_and_nothing_is_changed(built: Project, database_url: str) -> None:
    at = ("--database-url", database_url)
    shown = built.spine("migrate", "--plan", "--format", "json", *at)
    assert shown.status == 0, shown.err
    assert places(shown.json) == [*CORE, "test_domain_0001", "test_domain_0002", "test_domain_0003"]
    assert {row["action"] for row in shown.json} == {"apply"}
    assert [row["destroys"] for row in shown.json][-2:] == [[DROPPED], []]
    rebuilt = ["trades"] if database_url.startswith("sqlite") else []
    assert [row["rebuilds"] for row in shown.json][-2:] == [[], rebuilt]
    text = built.spine("migrate", "--plan", *at)
    assert DROPPED in text.out and f"{len(CORE) + 3} revisions to run" in text.err
    assert ("MAKES ANEW" in text.out) == bool(rebuilt)
    behind = built.spine("migrate", "--check", *at)
    assert (behind.status, behind.out) == (1, text.out)
    assert places(built.spine("migrate", "--format", "json", *at).json)[-1] == "test_domain_0003"
    after = built.spine("migrate", "--check", "--format", "json", *at)
    assert (after.status, after.json) == (0, [])
    assert "is up to date" in after.err


def test_what_is_in_the_way_is_told_by_the_plan(built: Project, database_url: str) -> None:
    at = ("--database-url", database_url)
    assert built.spine("migrate", "--to", "test_domain_0001", *at).status == 0
    run_script(database_url, "CREATE VIEW theirs AS SELECT note FROM trades")
    why = "error: view theirs is over note of trades, which is dropped: drop it before `spine migrate`"
    for option in ("--plan", "--check"):
        looked = built.spine("migrate", option, *at)
        assert (looked.status, DROPPED in looked.out) == (2, True)
        assert "2 revisions to run" in looked.err and why in looked.err
    assert built.spine("migrate", "--sql", *at).status == 0
    ran = built.spine("migrate", *at)
    assert (ran.status, ran.out) == (2, "") and ran.err.startswith(why)
    run_script(database_url, "DROP VIEW theirs")
    assert built.spine("migrate", "--plan", *at).status == 0
    assert built.spine("migrate", *at).status == 0


def test_looking_makes_no_file(built: Project) -> None:
    for option in ("--plan", "--sql", "--check"):
        assert built.spine("migrate", option).status == (1 if option == "--check" else 0)
    assert not built.database.exists()
    built.spine("migrate", "--plan", "--sql").refused("--plan and --sql contradict each other")


def test_the_script_is_for_the_database_s_own_client(built: Project, database_url: str) -> None:
    at = ("--database-url", database_url)
    printed = built.spine("migrate", "--sql", *at)
    assert printed.status == 0, printed.err
    assert "\nBEGIN" in printed.out and printed.out.endswith("COMMIT;\n")
    assert printed.out == built.spine("migrate", "--sql", "--format", "json", *at).json["sql"]
    run_script(database_url, printed.out)
    assert built.spine("migrate", "--check", *at).status == 0
    assert built.spine("migrate", "--sql", *at).out == ""


def test_up_to_a_revision_and_back(built: Project, database_url: str) -> None:
    at = ("--database-url", database_url)
    up = built.spine("migrate", "--to", "test_domain_0002", "--format", "json", *at)
    assert places(up.json) == [*CORE, "test_domain_0001", "test_domain_0002"]
    assert built.spine("migrate", *at).status == 0
    back = ("migrate", "--to", "test_domain_0001", *at)
    plan = built.spine(*back, "--plan", "--format", "json")
    assert [(place_of(row["revision"]), row["action"]) for row in plan.json] == [
        ("test_domain_0003", "undo"),
        ("test_domain_0002", "undo"),
    ]
    assert plan.json[0]["destroys"] == ["column trades.shares"]
    built.spine(*back).refused("undoing test_domain_0003_", "destroys column trades.shares", "--yes")
    assert built.spine("migrate", "--check", *at).status == 0
    undone = built.spine(*back, "--yes")
    assert undone.status == 0, undone.err
    assert "UNDONE" in undone.out
    assert places(built.spine("migrate", "--plan", "--format", "json", *at).json) == [
        "test_domain_0002",
        "test_domain_0003",
    ]
    assert built.spine("migrate", *at).status == 0


def test_a_revision_that_is_not_there_or_not_clear_is_told(built: Project) -> None:
    built.spine("migrate", "--to", "nothing").refused("no revision here is called nothing", "--plan")
    built.spine("migrate", "--to", "test_domain_").refused("begins 3 revisions", "give more of the name")
    assert built.spine("migrate").status == 0
    built.spine("migrate", "--to", "spine_core_0002").refused("past spine_core_0002", "restore a backup")


def test_a_database_that_kept_nothing_is_told_what_cannot_be_known(built: Project, database_url: str) -> None:
    at = ("--database-url", database_url)
    assert built.spine("migrate", *at).status == 0
    run_script(database_url, "; ".join(FORGET_REVISIONS) + ";")
    told = built.spine("migrate", *at)
    assert told.status == 0
    assert "test_domain_0001_" in told.err and "nothing else can be known" in told.err
    assert "known" not in built.spine("migrate", *at).err


def test_what_differs_is_shown_and_what_people_added_is_named(built: Project, database_url: str) -> None:
    at = ("--database-url", database_url)
    built.spine("migrate", "--drift").refused("has no spine tables: run `spine migrate`")
    assert not built.database.exists()
    assert built.spine("migrate", "--to", "test_domain_0002", *at).status == 0
    run_script(database_url, "CREATE INDEX by_shares ON trades (shares)")
    as_made = built.spine("migrate", "--drift", *at)
    assert (as_made.status, as_made.out) == (0, "")
    assert "made by others, and left alone: index by_shares on trades" in as_made.err
    assert "not compared, as it did not run yet: test_domain_0003_" in as_made.err
    assert "is as its revisions made it" in as_made.err
    run_script(database_url, "DROP VIEW trades_current; ALTER TABLE trades ADD COLUMN mine BIGINT")
    differs = built.spine("migrate", "--drift", *at)
    assert differs.status == 1 and "2 differences from what its revisions made" in differs.err
    assert "column trades.mine   was made by no revision" in differs.out
    assert "view trades_current  is not there" in differs.out
    shown = built.spine("migrate", "--drift", "--format", "json", *at)
    assert shown.status == 1
    assert shown.json["differences"][0] == {
        "what": "column trades.mine",
        "says": "was made by no revision",
        "declared": None,
        "there": "BIGINT",
    }
    assert shown.json["added"] == ["index by_shares on trades"]
    assert places([{"revision": name} for name in shown.json["pending"]]) == ["test_domain_0003"]
    built.spine("migrate", "--drift", "--check").refused("--check and --drift contradict each other")
    built.spine("migrate", "--drift", "--to", "x").refused("--drift and --to contradict each other")


def test_each_revision_is_told_with_its_time_and_a_lock_with_its_holder(
    built: Project, database_url: str
) -> None:
    at = ("--database-url", database_url)
    told = built.spine("migrate", "--to", "test_domain_0002", *at).err
    assert re.search(r"test_domain_0002_\w+: applying\ntest_domain_0002_\w+: took \d+\.\d s\n", told)
    assert "applying" not in built.spine("migrate", "--to", "test_domain_0002", *at).err
    engine = sa.create_engine(database_url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as holder:
        holder.exec_driver_sql("BEGIN IMMEDIATE" if database_url.startswith("sqlite") else "BEGIN")
        holder.exec_driver_sql("SELECT * FROM trades")
        held = built.spine("migrate", "--lock-timeout", "0.1", "--lock-retries", "1", *at)
        held.refused("more than 0.1 s", "begins again in 0.1 s", "2 times. What it did is undone")
    assert built.spine("migrate", *at).status == 0
    assert built.spine("migrate", "--lock-timeout", "0", *at).status == 2


def test_an_index_that_is_built_while_others_write_is_shown(tmp_path: Path, database_url: str) -> None:
    package = Built(tmp_path, "test.domain")
    package.build("shares: {type: integer}")
    project = make_project(tmp_path / "project", generated=package.generated)
    at = ("--database-url", database_url)
    assert project.spine("migrate", *at).status == 0
    flag = "flag: {type: boolean, nullable: true}"
    package.build("shares: {type: integer}", flag, indexes=("{columns: [shares], concurrently: true}",))
    shown = project.spine("migrate", "--plan", "--format", "json", *at)
    on_postgresql = database_url.startswith("postgresql")
    built = ["ix_trades_shares"] if on_postgresql else []
    assert [row["builds"] for row in shown.json] == [[], built]
    assert ("BUILDS CONCURRENTLY" in project.spine("migrate", "--plan", *at).out) == on_postgresql
    script = project.spine("migrate", "--sql", *at).out
    assert script.startswith("-- 2 transactions" if on_postgresql else "-- One transaction")
    assert project.spine("migrate", "--check", *at).status == 1
    assert project.spine("migrate", *at).status == 0
    assert project.spine("migrate", "--check", *at).status == 0


STEP = """\
from alembic import op

revision = "test_domain_0004_step_1f2e3d4c"
down_revision = {after!r}
fills = ()


def upgrade() -> None:
    {code}


def downgrade() -> None:
    pass
"""


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ('raise ValueError("no rate for EUR")', "ValueError: no rate for EUR"),
        ('op.execute("UPDATE nothing_here SET a = 1")', "the database refused: "),
        ('op.execute("INSERT INTO trades (symbol) VALUES (NULL)")', "the database refused: "),
    ],
)
def test_what_the_code_of_a_step_raises_is_told_with_its_place(
    built: Project, tmp_path: Path, database_url: str, code: str, said: str
) -> None:
    (newest,) = tmp_path.rglob("migrations/0003*.py")
    after = newest.read_text().partition('revision = "')[2].partition('"')[0]
    step = newest.with_name("0004_mine.py")
    step.write_text(STEP.format(after=after, code=code))
    failed = built.spine("migrate", "--database-url", database_url)
    assert failed.status == 2
    assert f"{step}:9: {said}" in failed.err and "nothing that its transaction did was kept" in failed.err
    assert ("built with --assume-empty" in failed.err) == ("INSERT" in code)
    assert "Traceback" not in failed.err
    assert "Traceback" in built.spine("migrate", "--traceback", "--database-url", database_url).err
