"""Two branches that change different things, and at most one of them the tables: git merges, and all fits."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from spine_gen.cli.commands import app
from tests.integration.test_rebase import git

SPEC = """\
spine: 1
domain: desk.trades
description: Made for a test.
partitions: {day: {type: date}}
tiers: [BRONZE, SILVER]
anomalies:
  BAD_PRICE:
    severity: ERROR
    description: A price of zero or below.
  NO_SHARES:
    severity: WARNING
    description: Nothing was traded.
stages:
  LOAD:
    tier: BRONZE
    description: Load the day.
    source: {format: csv, path: "data/{day}.csv"}
    table:
      name: trades
      key: [symbol]
      columns:
        symbol: {type: string}
        price: {type: integer}
        shares: {type: integer}
    checks:
      - {code: BAD_PRICE, when: "price <= 0", action: fail}

  SUMS:
    tier: SILVER
    description: Add them up.
    inputs: [LOAD]
    sql: |
      SELECT symbol, SUM(shares) AS shares
      FROM LOAD
      GROUP BY symbol
    table:
      name: sums
      key: [symbol]
      columns:
        symbol: {type: string}
        shares: {type: integer}
    checks:
      - {code: NO_SHARES, when: "shares = 0", action: record}

  TOPS:
    tier: SILVER
    description: The highest price.
    inputs: [LOAD]
    sql: |
      SELECT symbol, MAX(price) AS price
      FROM LOAD
      GROUP BY symbol
    table:
      name: tops
      key: [symbol]
      columns:
        symbol: {type: string}
        price: {type: integer}

workflows:
  daily:
    description: One day.
    schedule: "0 6 * * *"
    steps:
      - {stage: LOAD}
      - {stage: SUMS}

  late:
    description: What is late.
    schedule: "0 9 * * *"
    steps:
      - {stage: LOAD}
      - {stage: TOPS}
"""
NEW_STAGE = """\
  DEALS:
    tier: SILVER
    inputs: [LOAD]
    sql: SELECT symbol, COUNT(*) AS deals FROM LOAD GROUP BY symbol
    table:
      name: deals
      key: [symbol]
      columns:
        symbol: {type: string}
        deals: {type: integer}

workflows:
"""
NEW_WORKFLOW = """\

  weekly:
    description: Once more.
    steps:
      - {stage: SUMS}
"""
Change = tuple[str, str]  # a text in the spec, and what comes in its place; an empty one: at the end
FIRST_SQL: Change = ("SUM(shares) AS shares\n      FROM LOAD", "SUM(shares * 2) AS shares\n      FROM LOAD")
SECOND_SQL: Change = ("MAX(price) AS price\n      FROM LOAD", "MIN(price) AS price\n      FROM LOAD")
FIRST_CHECK: Change = ('when: "price <= 0"', 'when: "price < 0"')
SECOND_CHECK: Change = ('when: "shares = 0"', 'when: "shares < 1"')
NEW_CHECK: Change = (
    "        price: {type: integer}\n\nworkflows",
    "        price: {type: integer}\n    checks:\n"
    '      - {code: BAD_PRICE, when: "price > 1000000", action: record}\n\nworkflows',
)
FIRST_TEXT: Change = ("description: One day.", "description: One day, early.")
SECOND_TEXT: Change = ("description: What is late.", "description: What comes late.")
STAGE: Change = ("workflows:\n", NEW_STAGE)
WORKFLOW: Change = ("", NEW_WORKFLOW)
COLUMN: Change = (
    "        price: {type: integer}\n        shares",
    "        price: {type: float}\n        shares",
)
MORE: Change = (
    "        shares: {type: integer}\n    checks:\n      - {code: BAD",
    "        shares: {type: integer}\n        venue: {type: string, nullable: true}\n"
    "    checks:\n      - {code: BAD",
)
CODE: Change = (
    "  NO_SHARES:\n    severity: WARNING\n    description: Nothing was traded.\n",
    "  NO_SHARES:\n    severity: WARNING\n    description: Nothing was traded.\n"
    "  LATE:\n    severity: INFO\n    description: It came late.\n",
)
SEVERITY: Change = ("severity: ERROR\n", "severity: WARNING\n")
OWNER: Change = ("partitions:", "owner: the desk\npartitions:")
PAIRS = {
    "the SQL of two stages": (FIRST_SQL, SECOND_SQL),
    "the checks of two stages": (FIRST_CHECK, SECOND_CHECK),
    "one's SQL and another's check": (SECOND_SQL, FIRST_CHECK),
    "one's check and another's first one": (SECOND_CHECK, NEW_CHECK),
    "two workflows": (FIRST_TEXT, SECOND_TEXT),
    "a workflow more and another's text": (WORKFLOW, FIRST_TEXT),
    "a workflow more and the text of the last": (WORKFLOW, SECOND_TEXT),
    "a stage more and the SQL of the last": (STAGE, SECOND_SQL),
    "a stage more and the SQL of an earlier one": (STAGE, FIRST_SQL),
    "a stage more and a workflow": (STAGE, SECOND_TEXT),
    "a column more and the same table's check": (MORE, SECOND_CHECK),
    "a column more and another's SQL": (MORE, SECOND_SQL),
    "a code more and another's severity": (CODE, SEVERITY),
    "a code more and a check": (CODE, NEW_CHECK),
    "the owner and a stage more": (OWNER, STAGE),
}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def changed(change: Change, spec: str = SPEC) -> str:
    before, after = change
    assert not before or spec.count(before) == 1, before
    return spec.replace(before, after) if before else spec + after


def commit(spec: str, name: str = "desk") -> None:
    Path(f"specs/{name}.yaml").write_text(spec, encoding="utf-8")
    built = run("build")
    assert built.exit_code == 0, built.stderr
    git("add", "-A")
    git("commit", "-q", "-m", "change")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "specs").mkdir()
    (tmp_path / "pyproject.toml").write_text("[tool.spine]\n")
    (tmp_path / ".gitignore").write_text(".spine-gen/\n__pycache__/\n")
    monkeypatch.chdir(tmp_path)
    git("init", "-q", "-b", "main")
    commit(SPEC)
    return tmp_path


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_git_merges_them_and_nothing_is_left_to_build(project: Path, pair: tuple[Change, Change]) -> None:
    ours, theirs = pair
    git("checkout", "-q", "-b", "ours")
    commit(changed(ours))
    git("checkout", "-q", "main")
    commit(changed(theirs))
    merged = changed(theirs, changed(ours))
    for branch, other in (("main", "ours"), ("ours", "main")):
        git("checkout", "-q", branch)
        before = git("rev-parse", "HEAD").strip()
        git("merge", "-q", "--no-edit", other)
        assert Path("specs/desk.yaml").read_text(encoding="utf-8") == merged
        checked = run("check")
        assert checked.exit_code == 0, checked.stderr
        git("reset", "-q", "--hard", before)


def test_two_domains_have_nothing_in_common(project: Path) -> None:
    other = SPEC.replace("desk.trades", "desk.quotes")
    for name in ("trades", "sums", "tops"):
        other = other.replace(f"name: {name}\n", f"name: quote_{name}\n")
    git("checkout", "-q", "-b", "ours")
    commit(changed(MORE))
    git("checkout", "-q", "main")
    commit(other, "quotes")
    git("merge", "-q", "--no-edit", "ours")
    assert run("check").exit_code == 0


def test_what_git_could_not_merge_is_built_anew_without_force(project: Path) -> None:
    """The rows of two stages that follow each other are neighbours in the domain's page."""
    page, lock = Path("generated/desk_trades/README.md"), Path("generated/desk_trades/spine.lock.json")
    git("checkout", "-q", "-b", "ours")
    commit(changed(("Add them up.", "Add all of them up.")))
    git("checkout", "-q", "main")
    commit(changed(("The highest price.", "The highest price of all.")))
    git("merge", "-q", "--no-edit", "ours", status=1)
    assert "<<<<<<<" in page.read_text(encoding="utf-8")
    git("checkout", "--ours", f"{lock}")
    built = run("build")
    assert built.exit_code == 0, built.stderr
    assert "<<<<<<<" not in page.read_text(encoding="utf-8")
    assert run("check").exit_code == 0


def test_a_file_that_a_person_changed_stops_a_build_after_a_merge_too(project: Path) -> None:
    page = Path("generated/desk_trades/README.md")
    git("checkout", "-q", "-b", "ours")
    commit(changed(FIRST_CHECK))
    git("checkout", "-q", "main")
    commit(changed(SECOND_TEXT))
    git("merge", "-q", "--no-edit", "ours")
    page.write_text(
        page.read_text(encoding="utf-8").replace("Made for a test.", "By hand."), encoding="utf-8"
    )
    Path("specs/desk.yaml").write_text(changed(OWNER), encoding="utf-8")
    built = run("build")
    assert built.exit_code == 1 and "SG501" in built.stderr
