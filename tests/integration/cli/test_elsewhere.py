"""The commands on sources that are elsewhere: a URL of a server on this machine, and another database."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from spine_gen.generate import generate, write_build
from tests.integration.cli.project import Project
from tests.integration.remote import server as behaving
from tests.integration.remote.server import FileServer, running

SPEC = """\
spine: 1
domain: cli.elsewhere
description: Prices of a publisher, and trades of another database.
partitions: {{day: {{type: date}}}}
tiers: [BRONZE]
stages:
  PRICES:
    tier: BRONZE
    source: {{format: csv, path: "{url}/{{day}}.csv"}}
    table: {{name: cli_prices, key: [symbol], columns: {{symbol: {{type: string}}, price: {{type: float}}}}}}
    examples:
      plain:
        partition: 2025-12-17
        given: "symbol,price\\nA,1.5\\n"
        expect: [{{symbol: A, price: 1.5}}]
  TRADES:
    tier: BRONZE
    source: {{format: sql, database: desk, query: "SELECT symbol, shares FROM trades WHERE day = :day"}}
    table:
      name: cli_trades
      key: [symbol]
      columns: {{symbol: {{type: string}}, shares: {{type: integer}}}}
workflows:
  daily: {{description: Load both., steps: [{{stage: PRICES}}, {{stage: TRADES}}]}}
"""
SETTINGS = """\
[tool.spine]
[tool.spine.remotes."{url}"]
attempts = 2
backoff = 0.01
headers = {{Authorization = {{env = "PRICES_TOKEN"}}}}
[tool.spine.databases]
desk = {{env = "DESK_URL"}}
"""
DAY = "2025-12-17"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with running() as told:
        told.always = behaving.tagged
        told.files[f"/{DAY}.csv"] = b"symbol,price\nA,1.5\n"
        yield told


@pytest.fixture
def project(server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    desk = tmp_path / "desk.db"
    execute(desk, "CREATE TABLE trades (symbol text, shares integer, day date)")
    execute(desk, "INSERT INTO trades VALUES ('A', 1, '2025-12-17'), ('B', 2, '2025-12-18')")
    monkeypatch.setenv("DESK_URL", f"sqlite:///{desk}")
    monkeypatch.setenv("PRICES_TOKEN", "t0ps3cret")
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(SETTINGS.format(url=server.url), encoding="utf-8")
    (folder / "specs").mkdir()
    (folder / "specs" / "elsewhere.yaml").write_text(SPEC.format(url=server.url), encoding="utf-8")
    plan = generate([folder / "specs" / "elsewhere.yaml"], folder / "generated", project=folder)
    assert not plan.blocked
    write_build(plan)
    return Project(folder)


def execute(database: Path, statement: str) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute(statement)
    connection.close()


def statuses(project: Project, *arguments: str) -> list[tuple[str, str | None]]:
    ran = project.spine("run", "cli.elsewhere/daily", "-p", DAY, "--format", "json", *arguments)
    return [(step["status"], step["reason"]) for step in ran.json["steps"]]


def test_a_run_asks_once_and_again_only_with_look(
    project: Project, server: FileServer, tmp_path: Path
) -> None:
    assert [status for status, _ in statuses(project)] == ["COMPLETE", "COMPLETE"]
    assert server.requests[0][1]["Authorization"] == "t0ps3cret"
    server.files[f"/{DAY}.csv"] += b"B,2\n"
    execute(tmp_path / "desk.db", "UPDATE trades SET shares = 7")
    assert [status for status, _ in statuses(project)] == ["SKIPPED", "SKIPPED"]
    assert len(server.requests) == 1
    planned = project.spine("refresh", "--dry-run", "--look", "--format", "json").json["tasks"]
    assert [task["reason"] for task in planned] == [
        f"stale: file {server.url}/{DAY}.csv changed since",
        "stale: what the query of sql:desk returns changed since",
    ]
    assert project.spine("refresh", "--dry-run", "--format", "json").json["tasks"] == []
    assert DAY in project.spine("status", "--stale", "--look").out
    assert DAY not in project.spine("status", "--stale", "--check-files").out
    assert [status for status, _ in statuses(project, "--look")] == ["COMPLETE", "COMPLETE"]
    assert [status for status, _ in statuses(project, "--look")] == ["SKIPPED", "SKIPPED"]
    everything = b"".join(path.read_bytes() for path in project.folder.rglob("*") if path.is_file())
    assert b"t0ps3cret" not in everything


def test_a_rerun_from_the_archive_asks_nobody(
    project: Project, server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    statuses(project)
    server.always = behaving.status(500)
    (tmp_path / "desk.db").unlink()
    monkeypatch.delenv("PRICES_TOKEN")
    made = statuses(project, "--force", "--from-archive")
    assert [status for status, _ in made] == ["COMPLETE", "COMPLETE"]
    assert f"{server.url}/{DAY}.csv from the archive, fetched 20" in (made[0][1] or "")
    assert "sql:desk from the archive, fetched 20" in (made[1][1] or "")
    assert len(server.requests) == 1


def test_what_fails_is_told_in_one_line(project: Project, server: FileServer) -> None:
    server.always = behaving.status(500)
    ran = project.spine("run", "cli.elsewhere/daily", "-p", DAY)
    assert ran.status == 1
    assert f"{server.url}/{DAY}.csv cannot be fetched: the server answered HTTP 500" in ran.err
    assert "(attempt 2 of 2)" in ran.err
    assert "Traceback" not in ran.err
    ran = project.spine("run", "cli.elsewhere/daily", "-p", DAY, "--from-archive")
    assert ran.status == 1
    assert f"the archive has nothing of {server.url}/{DAY}.csv" in ran.err


def test_looking_and_not_asking_contradict_each_other(project: Project) -> None:
    for command in (("run", "cli.elsewhere/daily", "-p", DAY), ("refresh",)):
        project.spine(*command, "--look", "--from-archive").refused("--look and --from-archive contradict")


def test_an_example_of_a_remote_file_fetches_nothing(project: Project, server: FileServer) -> None:
    ran = project.spine("test")
    assert ran.status == 0, ran
    assert server.requests == []


def test_a_secret_in_the_settings_is_refused(project: Project) -> None:
    settings = project.folder / "pyproject.toml"
    settings.write_text(
        settings.read_text().replace('{env = "PRICES_TOKEN"}', '"Bearer x"'), encoding="utf-8"
    )
    project.spine("status").refused("Authorization is a secret, which is not written into a file")
