"""`spine anomalies --export`: what was left out of the tables, as its files had it."""

import json
from pathlib import Path

import duckdb
import pytest

from spine_gen.generate import generate, write_build
from tests.integration.cli.project import Project, make_project

SPEC = """\
spine: 1
domain: desk.trades
partitions: {day: {type: date}}
tiers: [BRONZE]
anomalies:
  BAD: {severity: ERROR, description: It does not parse.}
  ODD: {severity: WARNING, description: It is odd.}
  NOTED: {severity: INFO, description: It is noted.}
stages:
  LINES:
    tier: BRONZE
    source: {format: csv, path: "{day}.csv", malformed: BAD}
    table: &table
      name: lines
      key: [symbol]
      columns: {symbol: {type: string}, shares: {type: integer}}
    checks: &checks
      - {code: ODD, when: shares < 0 OR shares = 7, action: drop}
      - {code: NOTED, when: shares = 0, action: record}
  ROWS:
    tier: BRONZE
    source: {format: parquet, path: "{day}.parquet", malformed: BAD}
    table: {<<: *table, name: rows_of}
    checks: *checks
workflows:
  daily: {steps: [{stage: LINES}, {stage: ROWS}]}
"""
DAYS = ("2025-01-02", "2025-01-03")


@pytest.fixture
def project(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Project:
    spec, generated = tmp_path / "desk.yaml", tmp_path / "generated"
    spec.write_text(SPEC, encoding="utf-8")
    write_build(generate([spec], generated, project=tmp_path))
    project = make_project(tmp_path / "project", generated, tmp_path)
    monkeypatch.chdir(tmp_path)
    assert project.spine("migrate", "--database-url", database_url).status == 0
    for number, day in enumerate(DAYS):
        lines = f'symbol,shares\nA,{number}\nB,-1\n"C ""x""",many\nD,é,\n"E\n",-2\n'
        (tmp_path / f"{day}.csv").write_text(lines, encoding="utf-8", newline="")
        rows = "VALUES ('A', 0::UBIGINT), ('Ü', 7), ('C', 9223372036854775808)"
        duckdb.sql(f"COPY (FROM ({rows}) AS t(symbol, shares)) TO '{day}.parquet'")
        ran = project.spine("run", "desk.trades/daily", "-p", day, "--database-url", database_url)
        assert ran.status == 0, ran.err
    return project


def test_what_was_left_out_is_written_as_its_file_had_it(
    project: Project, tmp_path: Path, database_url: str
) -> None:
    into = tmp_path / "left.txt"
    into.write_text("of before")
    at = ("--database-url", database_url)
    ran = project.spine("anomalies", "--export", str(into), "-p", DAYS[1], *at, "desk.trades")
    assert (ran.status, ran.out) == (0, ""), ran.err
    assert ran.err.splitlines() == [
        f"6 records written to {into}",
        "1 anomaly is of no record that was left out",
    ]
    malformed, dropped = '"C ""x""",many\nD,é,\n', 'B,-1\n"E\n",-2\n'
    lines = into.read_text(encoding="utf-8")
    assert lines.startswith(malformed + dropped)
    rows = [json.loads(text) for text in lines.removeprefix(malformed + dropped).splitlines()]
    assert rows == [{"symbol": "C", "shares": 2**63}, {"symbol": "Ü", "shares": 7}]

    only = project.spine("anomalies", "--export", "left.txt", "--code", "NOTED", *at)
    assert only.err.splitlines()[0] == "0 records written to left.txt"
    assert [*tmp_path.glob(".left*")] == []
    project.spine("anomalies", "--export", "x", "--details", *at).refused("--export and --details")
    project.spine("anomalies", "--export", "no/x", *at).refused("no")
