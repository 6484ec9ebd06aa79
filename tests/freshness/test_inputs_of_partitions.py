"""Inputs of other grains, of another domain, the latest, some of them, or none: what is read, who notices."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from spine import Date, Partitioning
from spine.core.tables import core_absent_inputs, core_awaited_inputs
from tests.freshness.ledger import TABLES, Ledger


@pytest.fixture
def ledger(database_url: str, tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(database_url, tmp_path)
    yield made
    made.database.dispose()


def days_of_week(monday: str) -> list[str]:
    first = date.fromisoformat(monday)
    return [(first + timedelta(days=number)).isoformat() for number in range(7)]


def a_week(ledger: Ledger) -> None:
    """The first ISO week of 2025, which begins in 2024."""
    for number, day in enumerate(days_of_week("2024-12-30")):
        ledger.file("DAY", day, 10**number)
        assert ledger.run("DAY", day).status == "COMPLETE"


def planned(ledger: Ledger) -> dict[tuple[str, str], str]:
    return {(task.place.stage, task.place.partition_key): task.reason for task in ledger.plan().tasks}


def reason(ledger: Ledger, stage: str, key: str) -> str | None:
    result = ledger.run(stage, key)
    assert result.status == "COMPLETE", result.error
    return result.step(stage).reason


def test_a_week_reads_its_seven_days_and_waits_for_all_of_them(ledger: Ledger) -> None:
    ledger.file("DAY", "2024-12-31", 5)
    ledger.run("DAY", "2024-12-31")
    failed = ledger.run("WEEK", "2025-W01")
    assert str(failed.error) == (
        "DAY (BRONZE) of ledger is not complete for 2024-12-30, 2025-01-01, 2025-01-02 and 3 more, of the 7 "
        "partitions of 2025-W01: run DAY for these first, or declare the input partial"
    )
    a_week(ledger)
    assert ledger.run("WEEK", "2025-W01").status == "COMPLETE"
    assert ledger.rows("WEEK") == {"2025-W01": 1_111_111}


def test_a_month_reads_the_days_that_there_are_and_is_stale_when_others_come(ledger: Ledger) -> None:
    assert "is not complete for any of the 31 partitions of 2025-01" in str(
        ledger.run("MONTH", "2025-01").error
    )
    a_week(ledger)
    ledger.run("MONTH", "2025-01")
    assert ledger.rows("MONTH") == {"2025-01": 1_111_100}  # without the two days of 2024
    ledger.file("DAY", "2025-02-01", 3)
    ledger.run("DAY", "2025-02-01")
    assert reason(ledger, "MONTH", "2025-01") == "already complete"
    ledger.file("DAY", "2025-01-31", 3)
    ledger.run("DAY", "2025-01-31")
    assert reason(ledger, "MONTH", "2025-01") == "stale: DAY 2025-01-31 arrived since"
    assert ledger.rows("MONTH") == {"2025-01": 1_111_103}


def test_a_day_reads_the_month_that_it_belongs_to(ledger: Ledger) -> None:
    a_week(ledger)
    failed = ledger.run("SHARE", "2025-01-02")
    assert "MONTH (BRONZE) of ledger is not complete for 2025-01: run MONTH" in str(failed.error)
    ledger.run("MONTH", "2025-01")
    ledger.run("SHARE", "2025-01-02")
    assert ledger.rows("SHARE") == {"2025-01-02": 1_111_100}


def test_the_latest_is_the_newest_at_or_before_and_a_newer_one_makes_stale(ledger: Ledger) -> None:
    a_week(ledger)
    for day, number in (("2024-12-15", 1000), ("2025-02-01", 5000)):
        ledger.file("LIST", day, number)
        ledger.run("LIST", day)
    ledger.run("MONTH", "2025-01")
    assert ledger.rows("MONTH")["2025-01"] == 1_111_100 + 1000
    ledger.file("LIST", "2024-12-10", 7)
    ledger.run("LIST", "2024-12-10")  # older than what was read
    assert planned(ledger) == {}
    ledger.file("LIST", "2025-01-31", 2000)
    ledger.run("LIST", "2025-01-31")
    assert planned(ledger) == {("MONTH", "2025-01"): "stale: ref/LIST 2025-01-31 arrived since"}
    assert reason(ledger, "MONTH", "2025-01") == "stale: ref/LIST 2025-01-31 arrived since"
    assert ledger.rows("MONTH")["2025-01"] == 1_111_100 + 2000
    ledger.file("LIST", "2025-01-31", 3000)
    assert set(planned(ledger)) == {("LIST", "2025-01-31"), ("MONTH", "2025-01")}
    ledger.refresh()
    assert ledger.rows("MONTH")["2025-01"] == 1_111_100 + 3000


def test_a_list_that_is_made_again_comes_before_what_reads_it(ledger: Ledger) -> None:
    """Also where the one that is made is not the one that was read."""
    a_week(ledger)
    for day in ("2025-01-01", "2025-01-02"):
        ledger.file("LIST", day, 100)
        ledger.run("LIST", day)
    ledger.run("MONTH", "2025-01")
    ledger.file("LIST", "2025-01-01", 200)
    ledger.file("LIST", "2025-01-02", 300)
    ledger.file("DAY", "2025-01-01", 0)
    stages = [task.place.stage for task in ledger.plan().tasks]
    assert sorted(stages) == ["DAY", "LIST", "LIST", "MONTH"]
    assert stages[-1] == "MONTH"


def test_an_optional_input_may_be_missing_and_makes_stale_when_it_comes(ledger: Ledger) -> None:
    a_week(ledger)
    ledger.run("MONTH", "2025-01")
    ledger.run("SHARE", "2025-01-03")
    assert planned(ledger) == {}
    ledger.file("NOTE", "2025-01-03", 9)
    ledger.run("NOTE", "2025-01-03")
    assert planned(ledger) == {("SHARE", "2025-01-03"): "stale: NOTE 2025-01-03 arrived since"}
    ledger.refresh()
    assert ledger.rows("SHARE") == {"2025-01-03": 1_111_109}


def test_a_stage_of_optional_inputs_alone_is_made_of_nothing(ledger: Ledger) -> None:
    assert ledger.run("REMARK", "2025-01-03").status == "COMPLETE"
    table = TABLES["REMARK"]
    with ledger.database.read() as connection:
        row = connection.execute(sa.select(table)).one()
        absent = connection.execute(sa.select(core_absent_inputs.c.partition_key)).scalars().all()
    assert (row.n, row.input_min_capture_id, row.input_max_capture_id) == (0, None, None)
    assert sorted(absent) == ["2025-01-01", "2025-01-02", "2025-01-03"]
    ledger.file("NOTE", "2025-01-02", 4)  # of the window, not of the day itself
    ledger.run("NOTE", "2025-01-02")
    assert reason(ledger, "REMARK", "2025-01-03") == "stale: NOTE 2025-01-02 arrived since"
    assert ledger.rows("REMARK") == {"2025-01-03": 4}


def test_what_is_awaited_is_recorded_with_the_capture(ledger: Ledger) -> None:
    a_week(ledger)
    ledger.run("MONTH", "2025-01")
    ledger.file("LIST", "2025-01-02", 1)
    ledger.run("LIST", "2025-01-02")
    ledger.run("MONTH", "2025-01")
    a = core_awaited_inputs.c
    query = sa.select(a.domain, a.stage, a.tier, a.after_key, a.up_to_key).order_by(a.capture_id)
    with ledger.database.read() as connection:
        found = [tuple(row) for row in connection.execute(query)]
    assert found == [
        ("ref", "LIST", "BRONZE", "", "2025-01-31"),
        ("ref", "LIST", "BRONZE", "2025-01-02", "2025-01-31"),
    ]


def test_as_many_days_that_are_others_make_a_week_stale(database_url: str, tmp_path: Path) -> None:
    """The domain begins and ends a day later: the number of its days in the week is the same."""
    before = Ledger(database_url, tmp_path, between(("2026-01-06", "2026-01-07")))
    for day, number in (("2026-01-06", 1), ("2026-01-07", 20)):
        before.file("DAY", day, number)
        before.run("DAY", day)
    before.run("WEEK", "2026-W02")
    assert before.rows("WEEK") == {"2026-W02": 21}
    assert planned(before) == {}
    before.database.dispose()
    after = Ledger(database_url, tmp_path, between(("2026-01-07", "2026-01-08")))
    after.file("DAY", "2026-01-08", 300)
    after.run("DAY", "2026-01-08")
    assert set(planned(after)) == {("WEEK", "2026-W02")}
    told = reason(after, "WEEK", "2026-W02") or ""
    assert "DAY 2026-01-08 arrived since" in told and "2026-01-06 is no longer asked for" in told
    assert after.rows("WEEK") == {"2026-W02": 320}
    after.database.dispose()


def between(days: tuple[str, str]) -> Partitioning:
    return Partitioning(day=Date(start=days[0], end=days[1]))
