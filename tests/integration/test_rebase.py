"""Two branches that each add a revision: check says so, rebase makes one line, and databases follow."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from spine.errors import DatabaseAheadError, MigrationError
from spine.migrations import upgrade
from spine_gen.cli.commands import app
from tests.databases import emptied, schema_of

SPEC = """\
spine: 1
domain: desk.trades
description: Made for a test.
partitions: {day: {type: date}}
tiers: [BRONZE, SILVER]
stages:
  LOAD:
    tier: BRONZE
    source: {format: csv, path: "data/{day}.csv"}
    table:
      name: trades
      key: [symbol]
      columns:
        symbol: {type: string}
  SCORE:
    tier: SILVER
    inputs: [LOAD]
    python: score
    table:
      name: scores
      key: [symbol]
      columns:
        symbol: {type: string}
"""
VENUE = "        venue: {type: string, nullable: true}\n"
TRADER = "        trader: {type: string, nullable: true}\n"
OURS = "def score(*given, **inputs): return []  # ours, and nobody else's\n"
PACKAGE = Path("generated/desk_trades")
GIT = ("git", "-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "core.autocrlf=false")
Run = Callable[..., Result]


def git(*arguments: str, status: int = 0) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run([*GIT, *arguments], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == status, done
    return done.stdout


def commit(*columns: str, message: str) -> None:
    """The spec with those columns more in the first table, built."""
    head, tail = SPEC.split("  SCORE:")
    Path("specs/desk.yaml").write_text(f"{head}{''.join(columns)}  SCORE:{tail}", encoding="utf-8")
    result = CliRunner().invoke(app, ["build"])
    assert result.exit_code == 0, result.stderr
    git("add", "-A")
    git("commit", "-q", "-m", message)


def migrations() -> dict[str, str]:
    return {file.name: file.read_text() for file in sorted((PACKAGE / "migrations").glob("*.py"))}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    return lambda *arguments: CliRunner().invoke(app, arguments)


@pytest.fixture
def branches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a common past, a branch `main` with a column more, and `ours` with another."""
    project = tmp_path / "project"
    (project / "specs").mkdir(parents=True)
    (project / "pyproject.toml").write_text("[tool.spine]\n")
    (project / ".gitignore").write_text(".spine-gen/\n__pycache__/\n")
    monkeypatch.chdir(project)
    git("init", "-q", "-b", "main")
    commit(message="the common past")
    git("tag", "past")
    git("checkout", "-q", "-b", "ours")
    commit(VENUE, message="ours")
    (PACKAGE / "logic/score.py").write_text(OURS)
    git("commit", "-q", "-a", "-m", "logic")
    git("checkout", "-q", "main")
    commit(TRADER, message="theirs")
    git("checkout", "-q", "ours")
    return project


def merge() -> None:
    """Merge main; the spec is settled as people do, all that is generated is left as git leaves it."""
    git("merge", "main", status=1)
    assert "<<<<<<<" in (PACKAGE / "spine.lock.json").read_text()
    assert "<<<<<<<" in (PACKAGE / "tables.py").read_text()
    head, tail = SPEC.split("  SCORE:")
    Path("specs/desk.yaml").write_text(f"{head}{TRADER}{VENUE}  SCORE:{tail}", encoding="utf-8")


def at(revision: str, generated: Path) -> Path:
    """The generated packages as a commit has them."""
    git("worktree", "add", "-q", "--detach", f"{generated}", revision)
    return generated / "generated"


def test_after_a_merge_check_names_both_and_rebase_makes_one_line(branches: Path, run: Run) -> None:
    ours = migrations()
    merge()
    theirs = git("show", "main:generated/desk_trades/migrations/0002_add_trader_to_trades.py")
    checked = run("check")
    assert checked.exit_code == 1
    assert "SG605" in checked.stderr and "spine-gen rebase" in checked.stderr
    for name in ("0002_add_trader_to_trades.py", "0002_add_venue_to_trades.py"):
        assert name in checked.stderr
    assert run("build").exit_code == 1
    before = {path: path.read_bytes() for path in PACKAGE.rglob("*.*") if path.is_file()}
    dry = run("rebase", "--onto", "main", "--dry-run")
    assert dry.exit_code == 0 and "0003_add_venue_to_trades.py" in dry.stdout
    assert before == {path: path.read_bytes() for path in PACKAGE.rglob("*.*") if path.is_file()}

    rebased = run("rebase", "--onto", "main")

    assert rebased.exit_code == 0, rebased.stderr
    assert "onto main (" in rebased.stderr
    assert "is gone: a database that ran it" in rebased.stderr
    now = migrations()
    assert list(now) == ["0001_initial.py", "0002_add_trader_to_trades.py", "0003_add_venue_to_trades.py"]
    assert now["0001_initial.py"] == ours["0001_initial.py"]
    assert now["0002_add_trader_to_trades.py"] == theirs
    assert not (PACKAGE / "migrations/0002_add_venue_to_trades.sql").exists()
    assert not [file for file in PACKAGE.rglob("*.*") if file.is_file() and "<<<<<<<" in file.read_text()]
    assert (PACKAGE / "logic/score.py").read_text() == OURS
    assert run("check").exit_code == 0
    again = run("rebase", "--onto", "main")
    assert again.exit_code == 0
    assert migrations() == now


def test_logic_that_does_not_fit_is_told_when_all_is_written(branches: Path, run: Run) -> None:
    merge()
    (PACKAGE / "logic/score.py").write_text("def score(capture): return []\n")
    result = run("rebase", "--onto", "main")
    assert (result.exit_code, "error[SG703]: score does not take load" in result.stderr) == (1, True)
    assert run("check").stderr == result.stderr[result.stderr.index("error[SG703]") :]


def test_every_database_comes_to_the_same_schema_but_one_that_ran_what_is_gone(
    branches: Path, run: Run, database_url: str, tmp_path: Path
) -> None:
    merge()
    assert run("rebase", "--onto", "main").exit_code == 0
    schemas = []
    for number, start in enumerate((None, "past", "main")):
        url = emptied(database_url)
        if start is not None:
            upgrade(url, at(start, tmp_path / f"at_{number}"))
        upgrade(url, Path("generated").absolute())
        schemas.append(schema_of(url))
    assert schemas[0] == schemas[1] == schemas[2]
    assert {"trader", "venue"} <= {name for name, *_ in schemas[0]["trades_current"][0]}

    url = emptied(database_url)
    upgrade(url, at("ours", tmp_path / "at_ours"))
    with pytest.raises(DatabaseAheadError) as refused:
        upgrade(url, Path("generated").absolute())
    assert "desk_trades_0002_" in str(refused.value)
    assert "another branch or an older build made it" in str(refused.value)
    assert "spine migrate --to desk_trades_0001_" in str(refused.value)


def test_what_rows_would_break_needs_empty_tables_again(branches: Path, run: Run) -> None:
    merge()
    spec = Path("specs/desk.yaml")
    spec.write_text(spec.read_text().replace(VENUE, VENUE.replace(", nullable: true", "")))
    before = (PACKAGE / "spine.lock.json").read_text()
    refused = run("rebase", "--onto", "main")
    assert refused.exit_code == 1 and "SG602" in refused.stderr and "nothing was written" in refused.stderr
    assert (PACKAGE / "spine.lock.json").read_text() == before
    assert run("rebase", "--onto", "main", "--assume-empty").exit_code == 0


def test_the_default_is_the_remote_s_default_branch(branches: Path, run: Run, tmp_path: Path) -> None:
    nothing = run("rebase")
    assert nothing.exit_code == 2 and "--onto" in nothing.stderr
    git("clone", "-q", "--bare", ".", f"{tmp_path / 'remote.git'}")
    git("remote", "add", "origin", f"{tmp_path / 'remote.git'}")
    git("fetch", "-q", "origin")
    git("remote", "set-head", "origin", "main")
    merge()
    rebased = run("rebase")
    assert rebased.exit_code == 0, rebased.stderr
    assert "onto origin/main (" in rebased.stderr


def test_what_is_not_merged_or_not_there_is_told(branches: Path, run: Run, tmp_path: Path) -> None:
    before = migrations()
    early = run("rebase", "--onto", "main")
    assert early.exit_code == 2 and "git merge main" in early.stderr
    unknown = run("rebase", "--onto", "nowhere")
    assert unknown.exit_code == 2 and 'no revision "nowhere"' in unknown.stderr
    assert migrations() == before


def test_without_git_it_is_told(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs/desk.yaml").write_text(SPEC)
    (tmp_path / "pyproject.toml").write_text("[tool.spine]\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    told = run("rebase", "--onto", "main")
    assert told.exit_code == 2 and "no git repository" in told.stderr
    monkeypatch.setenv("PATH", "")
    told = run("rebase", "--onto", "main")
    assert told.exit_code == 2 and "git is not installed" in told.stderr


def test_a_revision_written_by_hand_is_not_lost(branches: Path, run: Run) -> None:
    merge()
    mine = PACKAGE / "migrations/0003_mine.py"
    mine.write_text('revision = "mine"\ndown_revision = None\n')
    told = run("rebase", "--onto", "main")
    assert told.exit_code == 2 and "0003_mine.py is not as spine-gen wrote it" in told.stderr
    assert mine.exists()
    mine.unlink()
    assert run("rebase", "--onto", "main").exit_code == 0


def test_the_same_name_on_both_sides_is_settled_too(branches: Path, run: Run) -> None:
    """Each adds the column, but of another type: one file name, two revisions, and git's marks in it."""
    git("checkout", "-q", "-B", "theirs", "past")
    other = VENUE.replace("string", "integer")
    commit(other, message="another venue")
    git("checkout", "-q", "ours")
    git("merge", "theirs", status=1)
    assert "<<<<<<<" in migrations()["0002_add_venue_to_trades.py"]
    head, tail = SPEC.split("  SCORE:")
    Path("specs/desk.yaml").write_text(f"{head}{other}{TRADER}  SCORE:{tail}", encoding="utf-8")
    checked = run("check")
    assert "0002_add_venue_to_trades.py has the marks of a merge conflict" in checked.stderr
    with pytest.raises(MigrationError, match="marks of a merge conflict"):
        upgrade("sqlite:///never.db", Path("generated").absolute())
    rebased = run("rebase", "--onto", "theirs")
    assert rebased.exit_code == 0, rebased.stderr
    assert list(migrations()) == [
        "0001_initial.py",
        "0002_add_venue_to_trades.py",
        "0003_add_trader_to_trades.py",
    ]
    assert run("check").exit_code == 0


STEP = PACKAGE / "migrations/0003_mend_symbols.py"


def begun(run: Run) -> str:
    """A step, written by hand and committed."""
    result = run("step", "specs/desk.yaml", "Mend symbols.")
    assert result.exit_code == 0, result.stderr
    text = STEP.read_text().replace("fills = ()", 'fills = ("trades.symbol",)  # mended')
    STEP.write_text(text)
    git("add", "-A")
    git("commit", "-q", "-m", "a step")
    return text


def test_a_step_of_the_other_branch_stays_and_ours_come_after_it(branches: Path, run: Run) -> None:
    git("checkout", "-q", "main")
    step = begun(run)
    git("checkout", "-q", "ours")
    merge()
    STEP.unlink()  # it comes back
    rebased = run("rebase", "--onto", "main")
    assert rebased.exit_code == 0, rebased.stderr
    assert STEP.read_text() == step
    assert list(migrations())[1:] == [
        "0002_add_trader_to_trades.py",
        "0003_mend_symbols.py",
        "0004_add_venue_to_trades.py",
    ]
    assert run("check").exit_code == 0
    now = migrations()
    assert run("rebase", "--onto", "main").exit_code == 0
    assert migrations() == now
    assert run("check").exit_code == 0


def test_a_step_of_this_branch_alone_is_not_moved_but_named(branches: Path, run: Run) -> None:
    step = begun(run)
    merge()
    refused = run("rebase", "--onto", "main")
    assert refused.exit_code == 2
    assert "0003_mend_symbols.py is a step of this branch alone" in refused.stderr
    assert "spine-gen step" in refused.stderr
    assert STEP.read_text() == step
    STEP.unlink()
    assert run("rebase", "--onto", "main").exit_code == 0
    assert run("check").exit_code == 0


def test_a_build_of_two_revisions_is_put_after_the_others(
    branches: Path, run: Run, database_url: str
) -> None:
    index = "      indexes: [{columns: [venue], concurrently: true}]\n"
    commit(VENUE, index, message="an index")
    merge()
    spec = Path("specs/desk.yaml")
    spec.write_text(spec.read_text().replace(VENUE, f"{VENUE}{index}"), encoding="utf-8")
    result = run("rebase", "--onto", "main")
    assert result.exit_code == 0, result.stderr
    assert [*migrations()] == [
        "0001_initial.py",
        "0002_add_trader_to_trades.py",
        "0003_add_venue_to_trades.py",
        "0004_create_ix_trades_venue.py",
    ]
    assert run("check").exit_code == 0
    upgrade(database_url, at("past", branches.parent / "past"))
    upgrade(database_url, Path("generated"))
    migrated = schema_of(database_url)
    assert migrated == schema_of(upgraded(emptied(database_url)))


def upgraded(url: str) -> str:
    upgrade(url, Path("generated"))
    return url
