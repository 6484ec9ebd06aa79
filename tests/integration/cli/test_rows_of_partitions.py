"""A file that holds all days, as it grows, is mended, loses days and breaks."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from spine_gen.generate import generate, write_build
from tests.integration.cli.project import ROOT, Project, make_project

CASE = ROOT / "tests" / "cases" / "source_rows" / "expected" / "case_ledger"
SPEC = """\
spine: 1
domain: desk.trades
partitions: {day: {type: date}}
tiers: [BRONZE]
anomalies: {BAD: {severity: ERROR}}
stages:
  LOAD:
    tier: BRONZE
    source: {format: csv, path: "data/*.csv", rows: {day: traded}, malformed: BAD}
    table:
      name: trades
      key: [symbol]
      columns: {symbol: {type: string}, traded: {type: date}, shares: {type: integer}}
workflows:
  daily:
    steps: [{stage: LOAD}]
"""
ONE, TWO, THREE = "2025-01-02", "2025-01-03", "2025-01-04"
LINES = [f"A,{ONE},1", f"B,{ONE},2", f"A,{TWO},3"]


def build(root: Path, spec: str = SPEC) -> Project:
    (root / "desk.yaml").write_text(spec, encoding="utf-8")
    write_build(generate([root / "desk.yaml"], root / "generated", project=root))
    return make_project(root / "project", root / "generated", root)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = build(tmp_path)
    write(made, *LINES)
    assert run(made, ONE) == run(made, TWO) == 0
    return made


def write(project: Project, *lines: str, name: str = "all") -> Path:
    file = project.folder.parent / "data" / f"{name}.csv"
    file.parent.mkdir(exist_ok=True)
    file.write_text("".join(f"{line}\n" for line in ("symbol,traded,shares", *lines)), encoding="utf-8")
    return file


def run(project: Project, day: str) -> int:
    return project.spine("run", "desk.trades/daily", "-p", day).status


def made(project: Project) -> list[tuple[str, str]]:
    """What a refresh would make, and why."""
    tasks = project.spine("refresh", "--dry-run", "--format", "json").json["tasks"]
    return [(task["partition_key"], task["reason"]) for task in tasks]


def captures(project: Project) -> dict[str, int]:
    """How many complete captures each day has had."""
    with sqlite3.connect(project.database) as connection:
        query = "SELECT partition_key, count(*) FROM core_manifest WHERE status = 'COMPLETE' GROUP BY 1"
        found = dict(connection.execute(query))
    connection.close()
    return found


def rows(project: Project) -> list[tuple[str, str, int]]:
    with sqlite3.connect(project.database) as connection:
        found = connection.execute(
            "SELECT symbol, traded, shares FROM trades_current ORDER BY traded, symbol"
        )
        read = [tuple(row) for row in found]
    connection.close()
    return read


def test_a_day_that_comes_restates_nothing(project: Project) -> None:
    missing = project.spine("run", "desk.trades/daily", "-p", THREE)
    assert missing.status == 1
    assert f"data/all.csv has no rows of day {THREE}, by traded: it has day {ONE} to {TWO}" in missing.err, (
        missing.err
    )
    write(project, *LINES, f"C,{THREE},4")
    assert made(project) == []
    assert [run(project, day) for day in (ONE, TWO, THREE)] == [0, 0, 0]
    assert captures(project) == {ONE: 1, TWO: 1, THREE: 1}  # nothing was made again
    assert rows(project) == [("A", ONE, 1), ("B", ONE, 2), ("A", TWO, 3), ("C", THREE, 4)]
    assert made(project) == []


def test_a_row_that_is_mended_restates_its_day(project: Project) -> None:
    write(project, f"A,{ONE},1", f"B,{ONE},2", f"A,{TWO},30", f"C,{THREE},4")
    assert made(project) == [(TWO, "stale: file data/all.csv changed since")]
    assert run(project, TWO) == 0  # which follows its files by itself
    assert rows(project) == [("A", ONE, 1), ("B", ONE, 2), ("A", TWO, 30)]
    assert made(project) == []


@pytest.mark.parametrize(
    ("lines", "stale"),
    [
        (
            [f"A,{TWO},3", f"A,{ONE},1", f"B,{ONE},2"],
            [],
        ),  # where its rows stand in the file is nothing to a day
        ([f"B,{ONE},2", f"A,{ONE},1", f"A,{TWO},3"], [ONE]),  # in which order they do may be
        ([f"A,{ONE},1", f"A,{TWO},3"], [ONE]),
        ([f"A,{ONE},1", f"B,{ONE},2"], []),  # a day that is gone makes nothing stale, as a file does not
        ([f"A,{ONE},1", f"B,{ONE},2", "no line", f"A,{TWO},3"], [ONE]),
        ([f"A,{ONE},1", f"B,{ONE},2", f"A,{TWO},3", f"A,{TWO}x,3"], [TWO]),
        (["nothing", "of this"], [ONE, TWO]),  # it is another file
    ],
    ids=[
        "days in another order",
        "rows in another",
        "a row less",
        "a day less",
        "malformed",
        "no day",
        "no rows",
    ],
)
def test_what_changes_and_what_does_not(project: Project, lines: list[str], stale: list[str]) -> None:
    write(project, *lines)
    assert made(project) == [(day, "stale: file data/all.csv changed since") for day in stale]


def test_a_file_without_its_columns_is_another(project: Project) -> None:
    file = write(project)
    file.write_text("some,other,names\n1,2,3\n", encoding="utf-8")
    assert [day for day, _ in made(project)] == [ONE, TWO]
    failed = project.spine("run", "desk.trades/daily", "-p", ONE)
    assert failed.status == 1
    assert rows(project) == [("A", ONE, 1), ("B", ONE, 2), ("A", TWO, 3)]


def test_a_line_that_is_being_written_is_of_no_day_yet(project: Project) -> None:
    file = write(project, *LINES)
    whole = file.read_text(encoding="utf-8")
    for torn in (f"C,{THREE}"[:6], f"C,{THREE}", f"C,{THREE},"):
        file.write_text(whole + torn, encoding="utf-8")
        assert made(project) == []
    assert run(project, THREE) == 1


def test_files_that_come_restate_what_they_have_rows_of(project: Project) -> None:
    write(project, f"C,{THREE},4", name="later")
    assert made(project) == []
    write(project, f"C,{TWO},4", name="later")
    assert made(project) == [(TWO, "stale: file data/later.csv arrived since")]
    assert project.spine("refresh").status == 0
    assert rows(project) == [("A", ONE, 1), ("B", ONE, 2), ("A", TWO, 3), ("C", TWO, 4)]
    assert made(project) == []


def test_a_file_that_had_nothing_of_a_day_restates_it_once_it_has(project: Project) -> None:
    write(project, f"C,{THREE},4", name="later")
    assert project.spine("run", "desk.trades/daily", "-p", ONE, "--force").status == 0
    write(project, f"C,{THREE},4", f"D,{THREE},5", name="later")
    assert made(project) == []
    write(project, f"C,{THREE},4", f"D,{ONE},5", name="later")
    assert made(project) == [(ONE, "stale: file data/later.csv changed since")]


def test_days_that_move_to_another_file_are_what_they_were(project: Project) -> None:
    write(project, *LINES, name="2025")
    write(project, f"C,{THREE},4")
    assert made(project) == []


def test_other_columns_wait_as_every_definition_does(project: Project) -> None:
    shares = SPEC.replace("shares: {type: integer}", "shares: {type: integer, from: place}")
    build(project.folder.parent, shares)
    content = "".join(f"{line},7\n" for line in LINES)
    write(project).write_text(f"symbol,traded,shares,place\n{content}", encoding="utf-8")
    assert [reason for _, reason in made(project)] == ["stale: its definition changed (source)"] * 2
    ran = project.spine("run", "desk.trades/daily", "-p", ONE)
    assert ran.status == 0
    assert rows(project) == [("A", ONE, 1), ("B", ONE, 2), ("A", TWO, 3)]


def test_examples_leave_other_rows_out(tmp_path: Path, postgresql_url: str) -> None:
    shutil.copytree(CASE, tmp_path / "generated" / "case_ledger")
    project = make_project(tmp_path / "project", generated=tmp_path / "generated")
    ran = project.spine("test", "--database-url", postgresql_url)
    assert ran.status == 0, ran
    assert ran.out.splitlines()[-1] == "6 passed, 0 failed: 3 on SQLite and 3 on PostgreSQL"
