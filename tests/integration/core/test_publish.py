"""Rows, anomalies, lineage and COMPLETE commit together or not at all, and what waited is never lost."""

import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from spine.core.anomalies import CoreAnomalies
from spine.core.anomaly_rows import ROWS_IN_MEMORY, AnomalyRow
from spine.core.clock import utc_now
from spine.core.database.database import Database
from spine.core.database.statements import MOST_ROWS_AT_ONCE, gathered
from spine.core.manifest import CoreManifest
from spine.core.recording import current_step
from spine.core.tables import core_anomalies, core_manifest, core_runs
from spine.core.tracking import Tracking
from spine.errors import (
    CaptureConflictError,
    CaptureFinishedError,
    PublishNotCompletedError,
    PublishOpenError,
    UnknownCaptureError,
)

PLACE = ("d", "2025-W51", "S", "T")
ROWS = sa.Table("some_rows", sa.MetaData(), sa.Column("n", sa.Integer))


@pytest.fixture(autouse=True)
def rows_table(database: Database) -> None:
    with database.write() as connection:
        ROWS.create(connection)


def stored_rows(database: Database) -> list[int]:
    with database.read() as connection:
        return list(connection.execute(sa.select(ROWS.c.n).order_by(ROWS.c.n)).scalars())


def status(database: Database, capture_id: str) -> str:
    with database.read() as connection:
        statement = sa.select(core_manifest.c.status).where(core_manifest.c.capture_id == capture_id)
        return str(connection.execute(statement).scalar_one())


def run_row(run_id: str) -> dict[str, object]:
    return {"run_id": run_id, "workflow": "w", "status": "RUNNING", "started_at": utc_now()}


def runs(database: Database) -> list[str]:
    with database.read() as connection:
        return list(connection.execute(sa.select(core_runs.c.run_id)).scalars())


def test_everything_commits_together(tracking: Tracking) -> None:
    source = tracking.manifest.record_start("d", "2025-W51", "SOURCE", "T")
    tracking.manifest.record_complete(source, 1)
    capture = tracking.manifest.record_start(*PLACE)
    with tracking.publishing(capture) as publish:
        tracking.anomalies.record(capture, "EARLY")
        publish.begin().execute(ROWS.insert(), [{"n": 1}, {"n": 2}])
        tracking.lineage.record(capture, [source])
        tracking.manifest.record_complete(capture, 2)
        tracking.anomalies.record(capture, "LATE")
        assert stored_rows(tracking.database) == []  # another connection sees nothing yet
        assert tracking.manifest.check_complete(*PLACE) is None
        assert tracking.anomalies.count(capture) == 2  # but the capture's own count is right
    assert stored_rows(tracking.database) == [1, 2]
    assert tracking.anomalies.counts(capture) == {"EARLY": 1, "LATE": 1}
    assert tracking.lineage.upstream(capture) == (source,)
    assert tracking.lineage.downstream(source) == (capture,)
    assert status(tracking.database, capture) == "COMPLETE"


@pytest.mark.parametrize("moment", ["before", "begun", "completed"])
def test_a_failure_leaves_no_rows_and_keeps_the_anomalies(tracking: Tracking, moment: str) -> None:
    capture = tracking.manifest.record_start(*PLACE)
    with pytest.raises(ZeroDivisionError), tracking.publishing(capture) as publish:
        tracking.anomalies.record(capture, "ODD", "what was odd", context={"line": 3})
        if moment != "before":
            publish.begin().execute(ROWS.insert(), {"n": 1})
        if moment == "completed":
            tracking.manifest.record_complete(capture, 1)
        raise ZeroDivisionError
    assert stored_rows(tracking.database) == []
    assert status(tracking.database, capture) == "RUNNING"
    assert tracking.anomalies.count(capture) == 0  # they come with FAILED, in one transaction
    tracking.manifest.record_failed(capture, "division by zero")
    assert status(tracking.database, capture) == "FAILED"
    assert tracking.anomalies.counts(capture) == {"ODD": 1}


def test_a_publish_that_was_not_completed_is_rolled_back(tracking: Tracking) -> None:
    capture = tracking.manifest.record_start(*PLACE)
    expected = pytest.raises(PublishNotCompletedError, match="inside the publish block")
    with expected, tracking.publishing(capture) as publish:
        publish.begin().execute(ROWS.insert(), {"n": 1})
    assert stored_rows(tracking.database) == []


def test_the_slower_publish_is_refused_with_its_rows(database: Database) -> None:
    one, other = Tracking(database), Tracking(database)
    slow, fast = one.manifest.record_start(*PLACE), other.manifest.record_start(*PLACE)
    for tracking, capture in ((other, fast), (one, slow)):
        try:
            with tracking.publishing(capture) as publish:
                publish.begin().execute(ROWS.insert(), {"n": 1 if tracking is one else 2})
                tracking.manifest.record_complete(capture, 1)
        except CaptureConflictError as error:
            assert tracking is one
            tracking.manifest.record_failed(capture, error)
    assert stored_rows(database) == [2]
    assert (status(database, slow), status(database, fast)) == ("FAILED", "COMPLETE")


def test_what_another_process_ended_meanwhile_is_not_completed(tracking: Tracking) -> None:
    capture = tracking.manifest.record_start(*PLACE)
    with pytest.raises(CaptureFinishedError, match="FAILED"), tracking.publishing(capture) as publish:
        with tracking.database.write() as connection:
            connection.execute(core_manifest.update().values(status="FAILED", completed_at=utc_now()))
        publish.begin().execute(ROWS.insert(), {"n": 1})
        tracking.manifest.record_complete(capture, 1)
    assert stored_rows(tracking.database) == []
    assert status(tracking.database, capture) == "FAILED"


def test_anomalies_spill_and_keep_their_order(tracking: Tracking) -> None:
    number = 2 * ROWS_IN_MEMORY + 10
    capture = tracking.manifest.record_start(*PLACE)
    with tracking.publishing(capture) as publish:
        for line in range(number):
            tracking.anomalies.record(capture, "ODD", f"line {line}\n“…”", context={"line": line})
        publish.begin()
        tracking.manifest.record_complete(capture, 0)
    with tracking.read() as connection:
        stored = connection.execute(
            sa.select(core_anomalies.c.message, core_anomalies.c.context).order_by(core_anomalies.c.id)
        ).all()
    assert [tuple(row) for row in stored] == [(f"line {line}\n“…”", {"line": line}) for line in range(number)]


def test_attached_anomalies_are_produced_again_after_a_rollback(tracking: Tracking) -> None:
    calls: list[str] = []

    def produce() -> Iterator[AnomalyRow]:
        calls.append("produced")
        for line in range(3):
            yield AnomalyRow("BAD", f"line {line}", "ERROR", '{"raw": "x"}', utc_now())

    capture = tracking.manifest.record_start(*PLACE)
    with pytest.raises(UnknownCaptureError), tracking.publishing(capture) as publish:
        publish.spool.attach(produce, 3, next(produce()))
        publish.spool.on_close(lambda: calls.append("closed"))
        calls.clear()
        assert tracking.anomalies.count(capture, "BAD") == 3
        tracking.lineage.record(capture, ["unknown"])
        tracking.manifest.record_complete(capture, 0)
    assert calls == ["produced"]
    tracking.manifest.record_failed(capture, "unknown input")
    assert calls == ["produced", "produced", "closed"]
    assert tracking.anomalies.counts(capture) == {"BAD": 3}


def test_deferred_rows_ride_with_the_next_write(tracking: Tracking) -> None:
    tracking.writer.defer(core_runs.insert(), run_row("one"))
    assert runs(tracking.database) == []
    tracking.manifest.record_start(*PLACE)
    assert runs(tracking.database) == ["one"]
    tracking.writer.flush()
    assert runs(tracking.database) == ["one"]


def test_deferred_rows_of_one_table_are_inserted_together(tracking: Tracking) -> None:
    capture = tracking.manifest.record_start(*PLACE)
    insert, number = core_runs.insert(), 2 * MOST_ROWS_AT_ONCE + 1
    rows = [run_row(f"{place:03}") | {"params": {"n": place}} for place in range(number)]
    for row in rows:
        tracking.writer.defer(insert, row)
    nothing: dict[str, object] = {}
    end = (core_runs.update().values(domain="d"), nothing)
    assert [len(gathered([(insert, row) for row in rows[:some]])) for some in (0, 1, 2, number)] == [
        0,
        1,
        1,
        3,
    ]
    assert gathered([end, end]) == [end, end]

    tracking.manifest.record_complete(capture, 1)  # told apart from what was written along with it

    stored = sa.select(core_runs.c.run_id, core_runs.c.params, core_runs.c.started_at).order_by("run_id")
    with tracking.database.read() as connection:
        assert [tuple(row) for row in connection.execute(stored)] == [
            (row["run_id"], row["params"], row["started_at"]) for row in rows
        ]


def test_deferred_rows_survive_a_write_that_fails(tracking: Tracking) -> None:
    capture = tracking.manifest.record_start(*PLACE)
    tracking.writer.defer(core_runs.insert(), run_row("one"))
    with pytest.raises(UnknownCaptureError):
        tracking.manifest.record_complete("unknown", 1)
    with pytest.raises(ZeroDivisionError), tracking.publishing(capture) as publish:
        publish.begin()
        tracking.writer.defer(core_runs.insert(), run_row("two"))
        raise ZeroDivisionError
    assert runs(tracking.database) == []
    tracking.manifest.record_failed(capture, "why")
    assert sorted(runs(tracking.database)) == ["one", "two"]


def test_deferred_rows_alone_are_flushed(tracking: Tracking) -> None:
    tracking.writer.defer(core_runs.insert(), run_row("one"))
    tracking.writer.defer(core_runs.insert(), run_row("two"))
    tracking.writer.flush()
    assert sorted(runs(tracking.database)) == ["one", "two"]


def test_other_writes_wait_for_an_open_publish_with_an_error(tracking: Tracking) -> None:
    capture = tracking.manifest.record_start(*PLACE)
    with tracking.publishing(capture) as publish:
        other = tracking.manifest.record_start("d", "2025-W50", "S", "T")  # not begun yet: fine
        publish.begin()
        with pytest.raises(PublishOpenError, match="until it ends"):
            tracking.manifest.record_start("d", "2025-W52", "S", "T")
        with pytest.raises(PublishOpenError):
            tracking.anomalies.record(other, "ODD")
        with pytest.raises(PublishOpenError, match="already"), tracking.publishing(capture):
            pass
        tracking.manifest.record_complete(capture, 0)


def test_a_free_manifest_joins_the_running_step(database: Database, database_url: str) -> None:
    """As a module that says ``manifest = CoreManifest(engine)`` does, inside a workflow."""
    engine = sa.create_engine(database_url)
    manifest, anomalies = CoreManifest(engine), CoreAnomalies(engine)
    tracking = Tracking(database, run_id="run")
    token = current_step.set(tracking)
    try:
        capture = manifest.record_start(*PLACE)
        with tracking.publishing(capture) as publish:
            publish.begin().execute(ROWS.insert(), {"n": 1})
            anomalies.record(capture, "ODD")
            manifest.record_complete(capture, 1)
    finally:
        current_step.reset(token)
        engine.dispose()
    assert tracking.log.touched
    assert stored_rows(database) == [1]
    assert tracking.anomalies.count(capture) == 1
    with database.read() as connection:
        assert connection.execute(sa.select(core_manifest.c.run_id)).scalar_one() == "run"


def test_a_manifest_of_another_database_keeps_to_it(database: Database) -> None:
    other = CoreManifest("sqlite://")
    tracking = Tracking(database)
    token = current_step.set(tracking)
    try:
        other.record_complete(other.record_start(*PLACE), 1)
    finally:
        current_step.reset(token)
    assert tracking.log.touched  # the step did track itself
    assert tracking.manifest.check_complete(*PLACE) is None
    assert other.check_complete(*PLACE) is not None


def test_threads_track_side_by_side(database: Database) -> None:
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            tracking = Tracking(database)
            for week in range(10):
                capture = tracking.manifest.record_start("d", f"{number}-{week}", "S", "T")
                with tracking.publishing(capture) as publish:
                    publish.begin().execute(ROWS.insert(), {"n": number})
                    tracking.manifest.record_complete(capture, 1)
        except BaseException as error:  # noqa: BLE001  # shown by the assertion below
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(stored_rows(database)) == 40
