"""Captures start, complete, fail and supersede each other, alike on both databases."""

from typing import Any

import pytest
import sqlalchemy as sa

from spine.core.capture_records import of_stage
from spine.core.captures import StageKey
from spine.core.clock import utc_now
from spine.core.database.database import Database
from spine.core.database.schema import ensure_core
from spine.core.manifest import CoreManifest
from spine.core.remaking import Remaking
from spine.core.tables import IS_CURRENT, core_manifest
from spine.core.tracking import Tracking
from spine.errors import (
    CaptureConflictError,
    CaptureFinishedError,
    CapturePlaceError,
    GlobalPartitionError,
    PartitionError,
    RowCountError,
    UnknownCaptureError,
)

PLACE = ("finra.otc", "2025-W51", "INGEST", "BRONZE")


def row_of(database: Database, capture_id: str) -> sa.Row[tuple[object, ...]]:
    with database.read() as connection:
        return connection.execute(
            core_manifest.select().where(core_manifest.c.capture_id == capture_id)
        ).one()


def complete(tracking: Tracking, rows: int = 1) -> str:
    capture = tracking.manifest.record_start(*PLACE)
    tracking.manifest.record_complete(capture, rows)
    return capture


def test_a_capture_that_completed_is_found(database: Database) -> None:
    manifest = CoreManifest(database)
    assert manifest.check_complete(*PLACE) is None
    capture = manifest.record_start(*PLACE)
    assert manifest.check_complete(*PLACE) is None
    manifest.record_complete(capture, 3)
    found = manifest.check_complete(*PLACE)
    assert found is not None
    assert (found.capture_id, found.row_count, found.partition_key) == (capture, 3, "2025-W51")
    assert found.completed_at is not None
    assert found.completed_at.tzinfo is not None


@pytest.mark.parametrize(
    "other", [("x", *PLACE[1:]), (PLACE[0], "2025-W50", *PLACE[2:]), (*PLACE[:3], "SILVER")]
)
def test_another_place_is_not_complete(tracking: Tracking, other: tuple[str, str, str, str]) -> None:
    complete(tracking)
    assert tracking.manifest.check_complete(*other) is None


def test_a_failed_capture_keeps_its_reason_and_is_tried_again(tracking: Tracking) -> None:
    capture = tracking.manifest.record_start(*PLACE)
    tracking.manifest.record_failed(capture, ValueError("bad \0 \udc80 row"))
    row = row_of(tracking.database, capture)
    assert (row.status, row.error, row.run_id) == ("FAILED", "bad \\x00 \\udc80 row", "run")
    assert row.completed_at is not None
    assert tracking.manifest.check_complete(*PLACE) is None
    assert complete(tracking) > capture


def test_a_failure_without_a_text_is_told_by_its_name(tracking: Tracking) -> None:
    def reason(error: str | BaseException) -> object:
        capture = tracking.manifest.record_start(*PLACE)
        tracking.manifest.record_failed(capture, error)
        return row_of(tracking.database, capture).error

    assert reason(NotImplementedError()) == "NotImplementedError"
    assert reason("") == "no reason was given"
    try:
        raise ZeroDivisionError
    except ZeroDivisionError as error:
        assert reason(str(error)) == "ZeroDivisionError"


def test_a_newer_capture_supersedes_the_one_it_replaces(tracking: Tracking) -> None:
    first, second = complete(tracking), complete(tracking, 2)
    old, new = row_of(tracking.database, first), row_of(tracking.database, second)
    assert (old.status, old.superseded_by) == ("COMPLETE", second)
    assert old.superseded_at == new.completed_at
    assert new.supersedes == first
    found = tracking.manifest.check_complete(*PLACE)
    assert found is not None and found.capture_id == second


def test_so_does_one_that_another_process_started(tracking: Tracking) -> None:
    before = tracking.manifest.record_start(*PLACE)
    tracking.manifest.record_complete(before, 1)
    with tracking.database.write() as connection:  # as nothing of this process knows it
        connection.execute(
            core_manifest.insert(),
            {
                **dict(zip(("domain", "partition_key", "stage", "tier"), PLACE, strict=True)),
                "capture_id": "of-another-process",
                "status": "RUNNING",
                "attempt": 2,
                "started_at": utc_now(),
                "supersedes": before,
            },
        )
    tracking.manifest.record_complete("of-another-process", 2)
    found = tracking.manifest.check_complete(*PLACE)
    assert found is not None
    assert found.capture_id == "of-another-process"


def test_force_does_not_find_what_is_complete(database: Database) -> None:
    forced = Tracking(database, remaking=Remaking(force=True))
    complete(forced)
    assert forced.manifest.check_complete(*PLACE) is None
    complete(forced)


@pytest.mark.parametrize("complete_before", [False, True])
def test_the_slower_of_two_processes_is_refused(database: Database, complete_before: bool) -> None:
    one, other = Tracking(database), Tracking(database)
    if complete_before:
        complete(one)
    else:
        one.manifest.check_complete(*PLACE)
        other.manifest.check_complete(*PLACE)
    slow, fast = one.manifest.record_start(*PLACE), other.manifest.record_start(*PLACE)
    other.manifest.record_complete(fast, 2)
    with pytest.raises(
        CaptureConflictError, match=f"capture {fast} completed it meanwhile.*Nothing is left to do"
    ) as caught:
        one.manifest.record_complete(slow, 1)
    assert caught.value.winner == fast
    assert row_of(database, slow).status == "RUNNING"
    one.manifest.record_failed(slow, caught.value)
    found = one.manifest.check_complete(*PLACE)
    assert found is not None and found.capture_id == fast


def test_two_complete_captures_are_refused_by_the_database_itself(tracking: Tracking) -> None:
    capture = complete(tracking)
    row = dict(row_of(tracking.database, capture)._mapping) | {"capture_id": "another"}
    with pytest.raises(sa.exc.IntegrityError), tracking.database.write() as connection:
        connection.execute(core_manifest.insert(), row)


def test_an_unknown_capture_cannot_end(tracking: Tracking) -> None:
    with pytest.raises(UnknownCaptureError, match="no capture 'x' in core_manifest.*record_start"):
        tracking.manifest.record_complete("x", 1)
    with pytest.raises(UnknownCaptureError):
        tracking.manifest.record_failed("x", "why")


def test_a_capture_ends_once(tracking: Tracking) -> None:
    capture = complete(tracking)
    with pytest.raises(CaptureFinishedError, match="COMPLETE already and cannot become FAILED"):
        tracking.manifest.record_failed(capture, "why")
    with pytest.raises(CaptureFinishedError):
        tracking.manifest.record_complete(capture, 1)
    found = tracking.manifest.check_complete(*PLACE)
    assert found is not None and found.capture_id == capture


def test_completing_again_supersedes_nothing(tracking: Tracking) -> None:
    first = complete(tracking)
    second = tracking.manifest.record_start(*PLACE)
    tracking.manifest.record_failed(second, "why")
    with pytest.raises(CaptureFinishedError):
        Tracking(tracking.database).manifest.record_complete(second, 1)
    assert row_of(tracking.database, first).superseded_at is None


@pytest.mark.parametrize("key", ["ALL", "all", "*", "", " ", "GLOBAL", "None", None])
def test_a_global_key_is_refused(tracking: Tracking, key: str) -> None:
    with pytest.raises(GlobalPartitionError, match="names no partition"):
        tracking.manifest.check_complete("d", key, "S", "T")
    with pytest.raises(GlobalPartitionError):
        tracking.manifest.record_start("d", key, "S", "T")


@pytest.mark.parametrize("key", [20250101, "a\nb", "a\0b"])
def test_a_key_that_is_no_printable_text_is_refused(tracking: Tracking, key: str) -> None:
    with pytest.raises(PartitionError):
        tracking.manifest.record_start("d", key, "S", "T")


def test_complete_partitions_and_their_captures(tracking: Tracking) -> None:
    captures = {}
    for week in ("2025-W02", "2025-W01", "2025-W03"):
        captures[week] = tracking.manifest.record_start("d", week, "S", "T")
        tracking.manifest.record_complete(captures[week], 1)
    tracking.manifest.record_start("d", "2025-W04", "S", "T")
    assert tracking.manifest.complete_partitions("d", "S", "T") == ("2025-W01", "2025-W02", "2025-W03")
    found = tracking.manifest.current_captures("d", "S", "T", ["2025-W04", "2025-W03", "2025-W01"])
    assert {key: one.capture_id for key, one in found.items()} == {
        "2025-W03": captures["2025-W03"],
        "2025-W01": captures["2025-W01"],
    }
    assert tracking.manifest.current_captures("d", "S", "T", []) == {}


@pytest.mark.parametrize("query", ["check", "current"])
def test_the_index_on_current_captures_is_used_on_sqlite(sqlite_url: str, query: str) -> None:
    """With 'COMPLETE' as a bound value no database would use it; PostgreSQL scans small tables anyway."""
    from spine.core import manifest  # noqa: PLC0415

    tracking = Tracking(sqlite_url)
    ensure_core(tracking.database)
    current = sa.select(core_manifest.c.partition_key).where(*of_stage(StageKey("d", "S", "T")), IS_CURRENT)
    statement = {"check": manifest._CHECK, "current": current}[query]
    compiled = statement.compile(tracking.database.engine)
    with tracking.database.read() as connection:
        plan = connection.exec_driver_sql(
            f"EXPLAIN QUERY PLAN {compiled.string}", tuple("x" for _ in compiled.positiontup or ())
        ).all()
    assert "USING INDEX uq_core_manifest_current" in str(plan) or "COVERING INDEX uq_core" in str(plan)


@pytest.mark.parametrize("wrong", [None, "", " ", 1, "a\0b", "a\nb"])
@pytest.mark.parametrize("position", [0, 2, 3])
def test_a_place_without_a_name_is_refused(tracking: Tracking, position: int, wrong: Any) -> None:
    place: list[Any] = ["d", "2025-W51", "S", "T"]
    place[position] = wrong
    for call in (tracking.manifest.check_complete, tracking.manifest.record_start):
        with pytest.raises(CapturePlaceError, match="is no name: pass printable text for domain"):
            call(*place)


@pytest.mark.parametrize("wrong", [None, "many", [1, 2], -1, 2**63, 1.5])
def test_what_is_no_number_of_rows_is_refused(tracking: Tracking, wrong: Any) -> None:
    capture = tracking.manifest.record_start("d", "2025-W51", "S", "T")
    with pytest.raises(RowCountError, match=r"is no number of rows: call .*len\(rows\)"):
        tracking.manifest.record_complete(capture, wrong)
    tracking.manifest.record_complete(capture, 2**63 - 1)
