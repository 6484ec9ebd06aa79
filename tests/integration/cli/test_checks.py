"""Checks of a built project, run as people run it: what readers keep, and what they are told of it."""

from pathlib import Path
from typing import Any

import pytest

from tests.databases import rows_of
from tests.integration.cli.project import ROOT, Project, Ran, make_project

DAY, NEXT = "2025-12-18", "2025-12-19"
HEADER = "symbol,issuer,quoted,price\n"
ISSUERS = "issuer\nACME\nB&C\n"


class Desk:
    """The generated package of the checked case, with files of its own."""

    def __init__(self, project: Project, root: Path, url: str) -> None:
        self._project, self._root, self._url = project, root, url

    def deliver(self, day: str, quotes: str, issuers: str = ISSUERS) -> None:
        (self._root / "data").mkdir(exist_ok=True)
        (self._root / "data" / f"quotes_{day}.csv").write_text(HEADER + quotes, encoding="utf-8")
        (self._root / "data" / f"issuers_{day}.csv").write_text(issuers, encoding="utf-8")

    def spine(self, *arguments: str) -> Ran:
        return self._project.spine(*arguments, SPINE_DATABASE_URL=self._url, SPINE_DATA_ROOT=str(self._root))

    def run(self, day: str, *options: str) -> Ran:
        return self.spine("run", "case.quotes/daily", "-p", day, "--format", "json", *options)

    def step(self, ran: Ran, name: str) -> dict[str, Any]:
        [found] = [step for step in ran.json["steps"] if step["name"] == name]
        return dict(found)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return rows_of(self._url, query)


@pytest.fixture
def desk(tmp_path: Path, database_url: str) -> Desk:
    project = make_project(tmp_path / "project", ROOT / "tests" / "cases" / "checks_whole" / "expected")
    made = Desk(project, tmp_path, database_url)
    migrated = made.spine("migrate")
    assert migrated.status == 0, migrated.err
    return made


def quotes(number: int, day: str = DAY) -> str:
    return "".join(f"S{place:03},ACME,{day}T15:30:00Z,{place + 1}.5\n" for place in range(number))


def test_a_file_of_a_header_alone_does_not_empty_the_day_for_readers(desk: Desk) -> None:
    desk.deliver(DAY, quotes(120))
    first = desk.run(DAY)
    assert first.status == 0, first.err
    desk.deliver(DAY, "")
    again = desk.run(DAY, "--force")
    assert again.status == 1
    assert "FEW: COUNT(*) < 100 holds, with COUNT(*) = 0" in again.err
    assert "readers keep what they had" in again.err
    assert desk.rows("SELECT COUNT(*) FROM quotes_load_current") == [(120,)]
    assert desk.rows("SELECT status FROM core_manifest WHERE stage = 'LOAD' ORDER BY attempt") == [
        ("COMPLETE",),
        ("FAILED",),
    ]
    assert desk.rows(
        "SELECT m.status, a.anomaly_code FROM core_anomalies a JOIN core_manifest m USING (capture_id) "
        "WHERE m.stage = 'LOAD' ORDER BY a.anomaly_code"
    ) == [("FAILED", "FEW")]


def test_every_kind_of_check_is_told_of_its_rows(desk: Desk) -> None:
    odd = (
        f"S000,ACME,{DAY}T15:31:00Z,99\n"  # again: the last is kept
        f"X1,ACME,{NEXT}T00:00:00Z,1\n"  # the next day
        f"X2,NOBODY,{DAY}T15:31:00Z,1\n"
    )
    desk.deliver(DAY, quotes(200) + odd)
    ran = desk.run(DAY)
    assert ran.status == 0, ran.err
    load = desk.step(ran, "LOAD")
    assert load["anomalies"] == {"ASTRAY": 1, "TWICE": 1, "UNKNOWN": 1}
    assert load["row_count"] == 201
    assert "LESS was not judged: no partition before is complete" in load["reason"]
    assert desk.rows("SELECT price FROM quotes_load_current WHERE symbol = 'S000'")[0][0] == 99
    read = "SELECT input_min_capture_id = input_max_capture_id FROM quotes_load_current"
    assert desk.rows(f"{read} GROUP BY 1") in ([(1,)], [(True,)])


def test_what_a_check_looks_into_makes_stale_and_what_it_compares_with_does_not(desk: Desk) -> None:
    for day, number in ((DAY, 250), (NEXT, 110)):
        desk.deliver(day, quotes(number, day))
        ran = desk.run(day)
        assert ran.status == 0, ran.err
    assert desk.step(ran, "LOAD")["anomalies"] == {"LESS": 1}

    def stale(day: str) -> list[str]:
        found = desk.spine("status", "--format", "json").json
        return [one["stage"] for one in found if one["partition_key"] == day and one["stale"]]

    before = stale(NEXT)
    desk.deliver(DAY, quotes(251))
    assert desk.run(DAY, "--force").status == 0
    assert stale(NEXT) == before
    desk.deliver(NEXT, quotes(110, NEXT), ISSUERS + "D\n")
    assert desk.spine("run", "case.quotes/issuers", "-p", NEXT, "--force").status == 0
    assert "LOAD" in stale(NEXT)
