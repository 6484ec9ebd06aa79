"""COMPLETE is refused wherever it would not be true, and nothing of such a publish is left."""

from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from spine.core.anomalies import anomaly_row
from spine.core.clock import utc_now
from spine.core.manifest import CoreManifest
from spine.core.tables import IS_CURRENT, IS_TAKEN, core_manifest
from spine.core.tracking import Tracking
from spine.data.publish import publish
from spine.errors import (
    CaptureFinishedError,
    PublishRefusedError,
    RowRejectedError,
    SourceError,
    TransactionBrokenError,
)
from tests.freshness.desk import SOURCE, TABLES, TIER, WEEKS, Desk

WEEK = WEEKS.parse("2025-W03")
TABLE = TABLES["LOAD"]
_c = core_manifest.c


@pytest.fixture
def tracking(desk: Desk) -> Tracking:
    return Tracking(desk.database)


def start(tracking: Tracking, week: str = WEEK.key, stage: str = "LOAD") -> str:
    return tracking.manifest.record_start("desk", week, stage, TIER)


def standing(tracking: Tracking) -> list[tuple[str, int | None]]:
    c = core_manifest.c
    with tracking.read() as connection:
        rows = connection.execute(sa.select(c.status, c.row_count)).all()
        assert connection.execute(sa.select(sa.func.count()).select_from(TABLE)).scalar_one() == 0
    return [(row.status, row.row_count) for row in rows]


def test_complete_without_write_is_refused(desk: Desk, tracking: Tracking) -> None:
    capture_id = start(tracking)
    refused = pytest.raises(PublishRefusedError, match=r"nothing was written; call capture\.write\(\) before")
    with refused, publish(tracking, capture_id, WEEK, TABLE, desk.root) as capture:
        capture.insert([{"n": 1}])
        tracking.manifest.record_complete(capture_id, 99)
    assert standing(tracking) == [("RUNNING", None)]


def test_complete_with_another_number_of_rows_is_refused(desk: Desk, tracking: Tracking) -> None:
    capture_id = start(tracking)
    refused = pytest.raises(PublishRefusedError, match="with 99 rows: 1 were written; .*capture.row_count")
    with refused, publish(tracking, capture_id, WEEK, TABLE, desk.root) as capture:
        capture.insert([{"n": 1}])
        capture.write()
        tracking.manifest.record_complete(capture_id, 99)
    assert standing(tracking) == [("RUNNING", None)]


@pytest.mark.parametrize("where", ["read", "insert", "write"])
def test_complete_after_a_swallowed_error_is_refused(desk: Desk, tracking: Tracking, where: str) -> None:
    capture_id = start(tracking)
    refused = pytest.raises(PublishRefusedError, match="its work failed .*Let it leave the publish block")
    with refused, publish(tracking, capture_id, WEEK, TABLE, desk.root) as capture:
        if where == "read":
            with suppress(SourceError):
                capture.read(SOURCE)
            capture.insert([{"n": 1}])
            capture.write()
        else:
            with suppress(RowRejectedError):
                capture.insert([{"n": 1}, {"n": 1}] if where == "write" else [{"n": "x"}])
                capture.write()
        tracking.manifest.record_complete(capture_id, 1)
    tracking.manifest.record_failed(capture_id, "refused")
    assert standing(tracking) == [("FAILED", None)]


def test_a_publish_for_another_partition_is_refused(desk: Desk, tracking: Tracking) -> None:
    capture_id = start(tracking, "2025-W02")
    refused = pytest.raises(PublishRefusedError, match="started for desk LOAD 2025-W02, not for .* 2025-W03")
    with refused, publish(tracking, capture_id, WEEK, TABLE, desk.root):
        pass


def test_a_publish_for_another_stage_is_refused(desk: Desk, tracking: Tracking) -> None:
    capture_id = start(tracking, stage="SUM")
    makes = desk.registry.pipeline("desk/load").makes
    with (
        pytest.raises(PublishRefusedError, match="started for desk SUM 2025-W03, not for desk LOAD"),
        publish(tracking, capture_id, WEEK, TABLE, desk.root, makes=makes),
    ):
        pass


def test_completing_after_the_publish_was_rolled_back_is_refused(desk: Desk, tracking: Tracking) -> None:
    capture_id = start(tracking)
    with suppress(ZeroDivisionError), publish(tracking, capture_id, WEEK, TABLE, desk.root) as capture:
        capture.insert([{"n": 1}])
        capture.write()
        raise ZeroDivisionError
    with pytest.raises(PublishRefusedError, match=r"its publish was rolled back.*record_failed"):
        tracking.manifest.record_complete(capture_id, 1)
    tracking.manifest.record_failed(capture_id, "rolled back")
    assert standing(tracking) == [("FAILED", None)]


def test_a_driver_error_that_is_swallowed_ends_in_no_silent_rollback(
    postgresql_url: str, tmp_path: Path
) -> None:
    """PostgreSQL answers ROLLBACK to the COMMIT of a transaction that an error has broken."""
    desk = Desk(postgresql_url, tmp_path)
    tracking = Tracking(desk.database)
    capture_id = start(tracking)
    broken = pytest.raises(TransactionBrokenError, match="an error in it was swallowed")
    with broken, publish(tracking, capture_id, WEEK, TABLE, desk.root) as capture:
        capture.insert([{"n": 1}])
        capture.write()
        tracking.manifest.record_complete(capture_id, 1)
        with suppress(sa.exc.DBAPIError):
            capture._transaction.begin().execute(sa.text("SELECT no_such_column FROM desk_loaded"))
    assert standing(tracking) == [("RUNNING", None)]
    with pytest.raises(TransactionBrokenError), desk.database.write() as connection:
        connection.execute(TABLE.insert(), {"n": 1, "partition_key": "k", "capture_id": "c"})
        with suppress(sa.exc.DBAPIError):
            connection.execute(sa.text("SELECT no_such_column FROM desk_loaded"))
    assert standing(tracking) == [("RUNNING", None)]
    desk.database.dispose()


def test_a_transaction_that_sqlite_ended_by_itself_is_not_complete(sqlite_url: str, tmp_path: Path) -> None:
    """As it does for a full disk: what is executed then would commit by itself."""
    desk = Desk(sqlite_url, tmp_path)
    tracking = Tracking(desk.database)
    capture_id = start(tracking)
    broken = pytest.raises(TransactionBrokenError, match="an error in it was swallowed")
    with broken, publish(tracking, capture_id, WEEK, TABLE, desk.root) as capture:
        capture.insert([{"n": 1}])
        capture.write()
        with suppress(sa.exc.DBAPIError):
            capture._transaction.begin().execute(
                sa.text(
                    "INSERT OR ROLLBACK INTO desk_loaded (n, partition_key, capture_id) VALUES (1, 'x', :id)"
                ),
                {"id": capture_id},
            )
        tracking.manifest.record_complete(capture_id, 1)
    assert standing(tracking) == [("RUNNING", None)]
    desk.database.dispose()


@pytest.mark.parametrize("starts", ["the publishing one", "the other one"])
def test_another_manifest_knows_of_the_publish(desk: Desk, tracking: Tracking, starts: str) -> None:
    """It may complete what is published, within the same transaction, and no more than that."""
    other = CoreManifest(desk.database)
    starter = other if starts == "the other one" else tracking.manifest
    capture_id = starter.record_start("desk", WEEK.key, "LOAD", TIER)
    refused = pytest.raises(PublishRefusedError, match=r"nothing was written; call capture\.write\(\) before")
    with refused, publish(tracking, capture_id, WEEK, TABLE, desk.root) as capture:
        capture.insert([{"n": 1}])
        other.record_complete(capture_id, 99)
    with pytest.raises(PublishRefusedError, match="its publish was rolled back"):
        other.record_complete(capture_id, 1)
    assert standing(tracking) == [("RUNNING", None)]
    capture_id = starter.record_start("desk", WEEK.key, "LOAD", TIER)
    with publish(tracking, capture_id, WEEK, TABLE, desk.root) as capture:
        capture.insert([{"n": 1}])
        capture.write()
        other.record_complete(capture_id, 1)
    assert desk.rows("LOAD") == {WEEK.key: [1]}
    with pytest.raises(CaptureFinishedError):
        other.record_complete(capture_id, 1)


def test_failed_is_noted_even_when_the_anomalies_cannot_be(desk: Desk, tracking: Tracking) -> None:
    capture_id = start(tracking)

    def broken() -> list[object]:
        raise OSError("the file is gone")

    with suppress(ZeroDivisionError), publish(tracking, capture_id, WEEK, TABLE, desk.root) as capture:
        capture.record("ODD")
        bad = anomaly_row("BAD", None, None, None, utc_now())
        tracking.attempt_of(capture_id).anomalies.attach(broken, 3, bad)  # type: ignore[arg-type]
        raise ZeroDivisionError
    tracking.manifest.record_failed(capture_id, "why")
    with tracking.read() as connection:
        error = connection.execute(sa.select(core_manifest.c.error)).scalar_one()
    assert error == "why (its 4 anomalies could not be stored: the file is gone)"
    assert standing(tracking) == [("FAILED", None)]


def test_what_another_stage_has_in_the_table_is_not_shown_beside_what_is_written(desk: Desk) -> None:
    """A migration may rename a stage while a process that began before goes on under the earlier name."""
    for week in ("2025-W02", "2025-W03"):
        desk.file(week, [10, 20])
        desk.run(week)
    with desk.database.write() as connection:  # as the migration does; the code here is the earlier one
        connection.execute(sa.update(core_manifest).where(_c.stage == "LOAD").values(stage="INGEST"))
    desk.run("2025-W03")
    with desk.database.read() as connection:
        current = sa.select(_c.stage, _c.partition_key, TABLE.c.n).where(
            _c.capture_id == TABLE.c.capture_id, IS_CURRENT
        )
        shown = sorted(tuple(row) for row in connection.execute(current))
        taken = connection.scalars(sa.select(_c.stage).where(IS_TAKEN)).all()
    assert shown == [
        ("INGEST", "2025-W02", 10),
        ("INGEST", "2025-W02", 20),
        ("LOAD", "2025-W03", 10),
        ("LOAD", "2025-W03", 20),
    ]
    assert taken == ["INGEST"]  # so that a refresh with the code of the migration makes it again
