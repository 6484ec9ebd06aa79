"""`spine anomalies --export`: what was left out of the tables, as its files had it."""

import json
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa

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


def test_what_is_past_the_limit_is_counted_everywhere_and_told(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a refresh after the spec was mended takes in all that was held back, stored or counted."""
    spec, generated = tmp_path / "desk.yaml", tmp_path / "generated"
    limited = SPEC[: SPEC.index("  ROWS:")].replace("not parse.}", "not parse., stored: 2}") + (
        "workflows:\n  daily:\n    steps:\n      - {stage: LINES}\n"
        '      - {check: few, expect: "anomalies(LINES, BAD) = 5 and anomalies(LINES) = 6"}\n'
    )
    spec.write_text(limited, encoding="utf-8")
    write_build(generate([spec], generated, project=tmp_path))
    project = make_project(tmp_path / "project", generated, tmp_path)
    monkeypatch.chdir(tmp_path)
    at = ("--database-url", database_url)
    assert project.spine("migrate", *at).status == 0
    (tmp_path / f"{DAYS[0]}.csv").write_text("symbol,shares\nA,1\nB,-1\nC,2.0\nD,3.0\nE,4.0\nF\nG,x\n")
    ran = project.spine("run", "desk.trades/daily", "-p", DAYS[0], *at, "--format", "json")
    assert ran.status == 0, ran
    (step, *_) = ran.json["steps"]
    assert step["anomalies"] == {"BAD": 5, "ODD": 1}
    counts = project.spine("anomalies", *at, "--format", "json").json
    assert [(one["code"], one["count"]) for one in counts] == [("BAD", 5), ("ODD", 1)]
    details = project.spine("anomalies", "--details", *at, "--format", "json").json
    assert [one["message"] for one in details][2:] == [
        "line 3 (symbol='B', shares=-1): shares < 0 OR shares = 7",
        "3 more, which are counted only",
    ]
    exported = project.spine("anomalies", "--export", str(tmp_path / "left.txt"), *at)
    assert (tmp_path / "left.txt").read_text() == "C,2.0\nD,3.0\nB,-1\n"
    assert exported.err.splitlines() == [
        f"3 records written to {tmp_path / 'left.txt'}",
        "3 more anomalies are past the limit of their code (stored), which no record is kept of",
    ]

    mended = limited.replace("shares: {type: integer}", "shares: {type: decimal, precision: 20, scale: 1}")
    mended = mended.replace("shares < 0 OR shares = 7", "shares = 7").replace("BAD) = 5", "BAD) = 2")
    spec.write_text(mended.replace("anomalies(LINES) = 6", "anomalies(LINES) = 2"), encoding="utf-8")
    write_build(generate([spec], generated, project=tmp_path))
    assert project.spine("migrate", *at).status == 0
    refreshed = project.spine("refresh", *at)
    assert refreshed.status == 0, refreshed
    query = "SELECT symbol, CAST(shares AS INTEGER) FROM lines_current ORDER BY symbol"
    assert ask(database_url, query) == [("A", 1), ("B", -1), ("C", 2), ("D", 3), ("E", 4)]
    counts = project.spine("anomalies", *at, "--format", "json").json
    assert [(one["code"], one["count"]) for one in counts] == [("BAD", 2)]


def ask(url: str, query: str) -> list[tuple[object, ...]]:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(sa.text(query))]
    engine.dispose()
    return rows
