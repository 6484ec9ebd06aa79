"""A source that reads several files a partition, as they come, change and go."""

import sqlite3
from pathlib import Path

import pytest

from spine_gen.generate import generate, write_build
from tests.integration.cli.project import Project, make_project

SPEC = """\
spine: 1
domain: desk.trades
partitions: {day: {type: date}}
tiers: [BRONZE, SILVER]
stages:
  LOAD:
    tier: BRONZE
    source: {format: csv, path: "data/{day}/part-*.csv", files: {at_least: 2}}
    table:
      name: trades
      key: [symbol]
      columns: {symbol: {type: string}, shares: {type: integer}}
  TOTAL:
    tier: SILVER
    inputs: [LOAD]
    sql: SELECT SUM(shares) AS shares FROM LOAD
    table:
      name: trades_total
      key: []
      columns: {shares: {type: integer}}
workflows:
  daily:
    steps: [{stage: LOAD}, {stage: TOTAL}]
"""
RUN = ("run", "desk.trades/daily", "-p", "2025-01-02")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    spec, generated = tmp_path / "desk.yaml", tmp_path / "generated"
    spec.write_text(SPEC, encoding="utf-8")
    write_build(generate([spec], generated, project=tmp_path))
    part(tmp_path, 1, "A,1")
    return make_project(tmp_path / "project", generated, tmp_path)


def part(root: Path, number: int, *lines: str) -> Path:
    file = root / "data" / "2025-01-02" / f"part-{number}.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f"{line}\n" for line in ("symbol,shares", *lines)), encoding="utf-8")
    return file


def made(project: Project) -> list[tuple[str, str]]:
    """What a refresh makes, and why."""
    tasks = project.spine("refresh", "--dry-run", "--format", "json").json["tasks"]
    return [(task["stage"], task["reason"]) for task in tasks]


def test_one_that_is_missing_is_waited_for_and_one_that_comes_later_makes_it_stale(project: Project) -> None:
    failed = project.spine(*RUN)
    assert failed.status == 1
    assert "1 of at least 2 files match data/2025-01-02/part-*.csv" in failed.err
    part(project.folder.parent, 2, "B,2")
    assert project.spine(*RUN).status == 0
    assert made(project) == []

    part(project.folder.parent, 3, "C,4")
    assert made(project) == [
        ("LOAD", "stale: file data/2025-01-02/part-3.csv arrived since"),
        ("TOTAL", "behind: LOAD 2025-01-02 is made again"),
    ]
    assert project.spine("refresh").status == 0
    with sqlite3.connect(project.database) as connection:
        read = "SELECT path FROM core_files JOIN core_manifest USING (capture_id) WHERE superseded_at IS NULL"
        paths = {path for (path,) in connection.execute(read)}
    connection.close()
    assert paths == {f"data/2025-01-02/part-{number}.csv" for number in (1, 2, 3)}

    part(project.folder.parent, 1, "A,8")
    assert made(project)[0] == ("LOAD", "stale: file data/2025-01-02/part-1.csv changed since")
