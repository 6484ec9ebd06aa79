"""Published captures are numbered in the order in which readers saw them; answers about the past stay."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from spine import Context, Pipeline, Registry, Step, Workflow, WorkflowRunner, register_pipeline
from spine.core.anomaly_rows import insert_anomalies
from spine.core.database.database import Database
from spine.core.database.database_clock import database_now
from spine.core.manifest import CoreManifest
from spine.core.numbers import AGAIN_AFTER_SECONDS, AsOf, number_all, raise_horizon, resolve
from spine.core.tables import core_horizons, core_lineage, core_manifest
from spine.core.tracking import Tracking
from spine.errors import AsOfError, HorizonError
from spine.looking.anomalies import counted, wanted
from spine.looking.captures import attempts
from spine.looking.lineage import edges_from

KEY = "2025-W51"
_c = core_manifest.c


def complete(tracking: Tracking, stage: str, *inputs: str, key: str = KEY) -> str:
    capture = tracking.manifest.record_start("d", key, stage, "T")
    tracking.lineage.record(capture, inputs)
    tracking.manifest.record_complete(capture, 1)
    return capture


def numbers(database: Database) -> dict[str, Any]:
    with database.write() as connection:
        number_all(connection)
        rows = connection.execute(sa.select(_c.capture_id, _c.number))
        return {row.capture_id: row.number for row in rows}


def column(database: Database, capture: str, name: str) -> Any:
    with database.read() as connection:
        return connection.execute(sa.select(_c[name]).where(_c.capture_id == capture)).scalar_one()


def set_column(database: Database, capture: str, **values: object) -> None:
    with database.write() as connection:
        connection.execute(core_manifest.update().where(_c.capture_id == capture).values(values))


def test_a_capture_gets_its_number_after_its_commit(tracking: Tracking) -> None:
    first, second = complete(tracking, "A"), complete(tracking, "B")
    assert column(tracking.database, first, "number") is None
    assert numbers(tracking.database) == {first: 1, second: 2}
    third = complete(tracking, "C")
    assert numbers(tracking.database) == {first: 1, second: 2, third: 3}


def test_a_run_numbers_what_it_made_when_it_ends(tracking: Tracking) -> None:
    registry = Registry()
    made: list[str] = []

    class Stage(Pipeline):
        def run(self, context: Context) -> dict[str, object]:
            made.append(complete(self.tracking, f"S{len(made)}", *made[-1:]))
            return {"status": "SUCCESS", "rows": 1}

    register_pipeline("d/stage", registry)(Stage)
    steps = [Step.pipeline(name, "d/stage") for name in ("one", "two", "three")]
    runner = WorkflowRunner(tracking.database, registry=registry)
    workflow = Workflow("d/run", steps, domain="d")
    runner.run(workflow, {})
    assert [column(tracking.database, capture, "number") for capture in made] == [1, 2, 3]

    tracking.database.numbered_at = time.monotonic() + 60  # however long a run takes here
    runner.run(workflow, {})  # whoever asks gives them theirs
    assert [column(tracking.database, capture, "number") for capture in made[3:]] == [None] * 3
    assert resolve(tracking.database, "6").number == 6

    runner.run(workflow, {})
    tracking.database.numbered_at = time.monotonic() - AGAIN_AFTER_SECONDS
    runner.run(workflow, {})
    assert [column(tracking.database, capture, "number") for capture in made[6:]] == [7, 8, 9, 10, 11, 12]


@pytest.mark.parametrize("first", ["made", "restated"])
def test_inputs_and_what_is_superseded_come_first_whatever_the_clocks_say(
    tracking: Tracking, first: str
) -> None:
    source = complete(tracking, "A")
    made = complete(tracking, "B", source)
    restated = complete(tracking, "A")
    with tracking.database.write() as connection:
        connection.execute(core_manifest.update().values(number=None, visible_at=None))
    now = datetime.now(UTC)
    others = (restated, made) if first == "made" else (made, restated)
    for ago, capture in enumerate((source, *others)):  # the later, the earlier by its clock
        set_column(tracking.database, capture, published_at=now - timedelta(hours=ago))
    found = numbers(tracking.database)
    assert found[source] < found[made]
    assert found[source] < found[restated]


def test_of_two_the_input_comes_first(tracking: Tracking) -> None:
    source = complete(tracking, "A")
    made = complete(tracking, "B", source)
    earlier = column(tracking.database, source, "published_at") - timedelta(hours=1)
    set_column(tracking.database, made, published_at=earlier)
    assert numbers(tracking.database) == {source: 1, made: 2}


def test_lineage_that_goes_round_is_numbered_too(tracking: Tracking) -> None:
    """Whoever notes lineage by hand may note anything; a number is given all the same."""
    one, other = complete(tracking, "A"), complete(tracking, "B")
    tracking.lineage.record(one, [other])
    tracking.lineage.record(other, [one])
    with tracking.database.write() as connection:
        itself = {"capture_id": one, "input_capture_id": one}
        connection.execute(core_lineage.insert(), itself)
    assert sorted(numbers(tracking.database).values()) == [1, 2]


def test_what_runs_or_failed_has_no_number(tracking: Tracking) -> None:
    running = tracking.manifest.record_start("d", KEY, "A", "T")
    failed = tracking.manifest.record_start("d", KEY, "B", "T")
    tracking.manifest.record_failed(failed, "why")
    assert numbers(tracking.database) == {running: None, failed: None}


def test_the_past_is_told_by_number_and_by_time(tracking: Tracking) -> None:
    database, manifest = tracking.database, CoreManifest(tracking.database)
    assert resolve(database, "0") == AsOf(number=0)
    first = complete(tracking, "A")
    before = resolve(database, "1")
    instant = column(database, first, "visible_at")
    second = complete(tracking, "A")
    other = complete(tracking, "A", key="2025-W52")
    now = resolve(database, "3")

    def standing(moment: AsOf) -> dict[str, str]:
        keys = [KEY, "2025-W52"]
        found = manifest.current_captures("d", "A", "T", keys, as_of=moment)
        assert manifest.complete_partitions("d", "A", "T", as_of=moment) == tuple(found)
        return {key: record.capture_id for key, record in found.items()}

    assert standing(AsOf(number=0)) == {}
    assert standing(before) == {KEY: first}
    assert standing(now) == {KEY: second, "2025-W52": other}
    assert resolve(database, instant.isoformat()) == before
    assert resolve(database, (instant - timedelta(days=1)).isoformat()) == AsOf(number=0)
    assert resolve(database, "2000-01-01").number == 0  # in UTC, where it has no offset


def test_an_answer_stays_though_an_earlier_publish_commits_later(tracking: Tracking) -> None:
    """A capture's clock was read before the question, and its commit came after the answer."""
    database = tracking.database
    first = complete(tracking, "A")
    assert resolve(database, "1").number == 1
    with database.read() as connection:
        asked = connection.execute(sa.text("SELECT answered_until FROM core_answers")).scalar_one()
    late = complete(tracking, "B")
    set_column(database, late, published_at=column(database, first, "published_at") - timedelta(hours=1))
    numbers(database)
    visible = column(database, late, "visible_at")
    stored = asked if isinstance(asked, datetime) else datetime.fromisoformat(asked).replace(tzinfo=UTC)
    assert visible > stored
    assert resolve(database, stored.isoformat()).number == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("yesterday", "'yesterday' is neither a number nor a time: write a number"),
        ("7", "there is no number 7 yet: the last one is 1"),
        ("9998-01-01T00:00:00Z", "has not come yet: it is "),
    ],
)
def test_what_is_no_moment_of_the_past_is_refused(tracking: Tracking, given: str, said: str) -> None:
    complete(tracking, "A")
    with pytest.raises(AsOfError, match=said):
        resolve(tracking.database, given)


def test_below_a_horizon_nothing_is_told(tracking: Tracking) -> None:
    complete(tracking, "A")
    complete(tracking, "B")
    with tracking.database.write() as connection:
        raise_horizon(connection, "revision desk_0002 destroyed table desk_sum")
    told = "cannot be told any more: revision desk_0002 destroyed table desk_sum, at number 3. Ask about 3 or"
    for number in (1, 2):
        with pytest.raises(HorizonError, match=f"at number {number} {told}"):
            resolve(tracking.database, str(number))
    assert resolve(tracking.database, "3").number == 3
    later = complete(tracking, "A")
    assert numbers(tracking.database)[later] == 4


def test_a_horizon_lies_between_what_was_visible_before_and_after_it(tracking: Tracking) -> None:
    database = tracking.database
    instants = [column(database, complete(tracking, "A"), "published_at")]
    with database.write() as connection:
        raise_horizon(connection, "why")
        instants += connection.execute(sa.select(core_horizons.c.raised_at)).scalars()
    late = complete(tracking, "B")
    set_column(database, late, published_at=instants[0] - timedelta(hours=1))  # committed later than it says
    with pytest.raises(HorizonError):
        resolve(database, (instants[1] - timedelta(milliseconds=1)).isoformat())
    assert resolve(database, instants[1].isoformat()).number == 2
    assert column(database, late, "number") == 3
    assert column(database, late, "visible_at") > instants[1]


def test_where_nothing_was_published_no_horizon_is_raised(tracking: Tracking) -> None:
    with tracking.database.write() as connection:
        raise_horizon(connection, "why")
    assert resolve(tracking.database, "0").number == 0


def test_attempts_are_counted_at_their_place(tracking: Tracking) -> None:
    captures = [complete(tracking, "A"), complete(tracking, "A"), complete(tracking, "A", key="2025-W50")]
    assert [column(tracking.database, capture, "attempt") for capture in captures] == [1, 2, 1]
    assert column(tracking.database, captures[0], "host")


def told(database: Database, moment: AsOf | None) -> tuple[list[str], dict[str, tuple[str, ...]]]:
    """The codes of anomalies and the edges of lineage at the moment, or now."""
    with database.read() as connection:
        odd = counted(connection, wanted(domain="d", partition=None, code=None, as_of=moment))
        captures = connection.execute(sa.select(_c.capture_id)).scalars()
        edges = {one: edges_from(connection, one, down=False, as_of=moment)[one] for one in list(captures)}
        return [one["code"] for one in odd], {one: inputs for one, inputs in edges.items() if inputs}


def test_what_is_recorded_afterwards_counts_from_the_next_number_on(tracking: Tracking) -> None:
    database = tracking.database
    source = complete(tracking, "A")
    made = tracking.manifest.record_start("d", KEY, "B", "T")
    tracking.anomalies.record(made, "BEFORE")
    tracking.manifest.record_complete(made, 1)
    tracking.anomalies.record(made, "AFTER")
    tracking.lineage.record(made, [source])
    before = resolve(database, "2")
    assert told(database, before) == (["BEFORE"], {})
    assert told(database, None) == (["AFTER", "BEFORE"], {made: (source,)})
    complete(tracking, "C")
    assert told(database, before) == (["BEFORE"], {})
    assert told(database, resolve(database, "3")) == told(database, None)
    tracking.lineage.record(made, [source])  # again: it stays as it is
    assert told(database, AsOf(number=3)) == told(database, None)


def test_what_is_recorded_while_a_capture_ends_was_before_it_or_is_after_it(tracking: Tracking) -> None:
    """Whoever records and has seen it RUNNING waits for a COMPLETE that is about to be committed."""
    database = tracking.database
    made = tracking.manifest.record_start("d", KEY, "A", "T")
    with ThreadPoolExecutor(1) as pool:
        with database.write() as connection:
            ended = {"status": "COMPLETE", "row_count": 1, "published_at": database_now()}
            connection.execute(core_manifest.update().where(_c.capture_id == made).values(ended))
            recording = pool.submit(Tracking(database).anomalies.record, made, "AFTER")
            with pytest.raises(TimeoutError):
                recording.result(timeout=0.3)
        recording.result()
    assert told(database, resolve(database, "1")) == ([], {})
    assert told(database, None) == (["AFTER"], {})


@pytest.mark.parametrize("by_publish", [False, True])
def test_a_capture_is_published_when_its_anomalies_are_stored(
    tracking: Tracking, monkeypatch: pytest.MonkeyPatch, by_publish: bool
) -> None:
    """Whoever commits meanwhile is seen before."""
    stored: list[datetime] = []

    def slowly(database: Database, connection: sa.Connection, *rest: Any) -> None:
        insert_anomalies(database, connection, *rest)
        stored.append(connection.execute(sa.select(database_now())).scalar_one())

    module = "spine.core.publish_transaction" if by_publish else "spine.core.endings"
    monkeypatch.setattr(f"{module}.insert_anomalies", slowly)
    tracking.begin_step()  # whose anomalies wait for the end
    capture = tracking.manifest.record_start("d", KEY, "S", "T")
    tracking.anomalies.record(capture, "ODD", "is odd", "INFO")
    if by_publish:
        with tracking.publishing(capture) as publish:
            publish.begin()
            tracking.manifest.record_complete(capture, 1)
    else:
        tracking.manifest.record_complete(capture, 1)
    assert column(tracking.database, capture, "published_at") >= stored[0]


def test_captures_without_a_number_are_in_the_order_of_their_starts(tracking: Tracking) -> None:
    for stage in ("Z", "A", "M"):
        complete(tracking, stage)

    def stages() -> list[str]:
        with tracking.database.read() as connection:
            found = attempts(connection, domain="d", partition=KEY, stage=None, limit=9)
            return [one.stage for one in found]

    assert stages() == ["Z", "A", "M"]
    numbers(tracking.database)
    assert stages() == ["Z", "A", "M"]
