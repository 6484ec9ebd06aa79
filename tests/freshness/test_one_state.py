"""A run sees one state: what its checks saw is what its stages read, whatever others publish meanwhile."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa

from spine import Input, Step, Workflow, WorkflowRunner, register_pipeline
from spine.core.captures import Place
from spine.core.pins import Pins
from spine.core.tables import core_lineage
from spine.core.tracking import Tracking
from spine.data.inputs.current import resolve_inputs
from spine.data.publish import Publication, publish
from spine.errors import InputsRestatedError, MissingInputError, SpineError
from spine.pipelines.pipeline import Pipeline
from tests.freshness.desk import LOAD, SUM, TABLES, TIER, WEEKS, Desk, Total

WEEK = "2025-W03"


@pytest.fixture
def made(desk: Desk) -> Desk:
    for week, numbers in (("2025-W02", [20]), (WEEK, [30])):
        desk.file(week, numbers)
        desk.run(week)
    return desk


def restate(desk: Desk, week: str, numbers: list[int]) -> None:
    """Another process restates the week."""
    desk.file(week, numbers)
    assert desk.run(week, force=True).status == "COMPLETE"


def pinned(desk: Desk, *stages: str, week: str = WEEK) -> Tracking:
    """The tracking of a run that has seen those stages of the week."""
    pins = Pins()
    tracking = Tracking(desk.database, pins=pins)
    for stage in stages:
        for record in tracking.manifest.current_captures("desk", stage, TIER, [week]).values():
            pins.see(record)
    return tracking


def resolved(tracking: Tracking, *inputs: Input, week: str = WEEK) -> dict[str, dict[str, str]]:
    found = resolve_inputs(tracking, "desk", inputs, WEEKS.parse(week))
    return {
        given.stage: {key: record.capture_id for key, record in captures.items()}
        for given, captures in found.captures.items()
    }


def test_inputs_restated_between_two_look_ups_are_not_mixed(made: Desk) -> None:
    """Both inputs are forced while a run goes on that has seen one of them."""
    before = resolved(Tracking(made.database), LOAD, SUM)
    run = pinned(made, "LOAD")
    restate(made, WEEK, [31])
    assert resolved(run, LOAD, SUM) == before
    assert resolved(Tracking(made.database), LOAD, SUM) != before


def test_a_stage_says_which_state_it_was_made_of(made: Desk) -> None:
    run = pinned(made, "LOAD")
    restate(made, WEEK, [31])
    found = resolve_inputs(run, "desk", (LOAD, SUM), WEEKS.parse(WEEK))
    [note] = found.notes
    assert note.startswith("made of what stood at number ")
    assert note.endswith(f": LOAD {WEEK} was restated while this run went on")


def test_what_was_absent_when_a_check_looked_stays_absent_for_the_run(desk: Desk) -> None:
    desk.file(WEEK, [30])
    desk.run(WEEK)
    run = pinned(desk, "SUM")
    run.pins.see_none("desk", "SUM", "2025-W02")
    desk.file("2025-W02", [20])
    desk.run("2025-W02")
    found = resolve_inputs(run, "desk", (SUM,), WEEKS.parse(WEEK))
    assert list(found.captures[SUM]) == [WEEK]
    assert found.absent == (Place("desk", "2025-W02", "SUM", TIER),)


def test_a_run_that_saw_two_states_is_told_to_run_again(made: Desk) -> None:
    run = pinned(made, "LOAD")
    restate(made, WEEK, [31])
    run.pins.see(*run.manifest.current_captures("desk", "SUM", TIER, [WEEK]).values())
    with pytest.raises(InputsRestatedError, match="no longer belongs together: run it again"):
        resolved(run, LOAD, SUM)


def test_an_input_that_is_missing_is_named(desk: Desk) -> None:
    with pytest.raises(MissingInputError, match=rf"LOAD \({TIER}\) of desk is not complete for {WEEK}"):
        resolved(Tracking(desk.database), LOAD)


def test_what_a_check_saw_is_what_the_next_stage_reads(made: Desk) -> None:
    """Between the check and the stage, another process restates what the check saw."""
    made.versions["SUM"] = 2
    registry = made.registry
    seen: dict[str, Any] = {}

    @register_pipeline("desk/meanwhile", registry)
    class Meanwhile(Pipeline):
        def run(self, context: Any) -> dict[str, str]:
            self.manifest.check_complete("other", WEEK, "X", TIER)
            restate(made, WEEK, [31, 32])
            return {"status": "SUCCESS"}

    steps = [
        Step.lambda_("one_row", lambda ctx: ctx.rows("LOAD") == 1),
        Step.pipeline("MEANWHILE", "desk/meanwhile"),
        Step.lambda_("still_one_row", lambda ctx: ctx.rows("LOAD") == 1),
        Step.pipeline("SUM", "desk/sum"),
    ]
    workflow = Workflow(name="desk/raced", steps=steps, domain="desk", partitions=WEEKS)
    with made.database.read() as connection:
        c = TABLES["LOAD"].c
        seen["load"] = connection.execute(sa.select(c.capture_id).where(c.n == 30)).scalar_one()
    runner = WorkflowRunner(made.database, registry=registry, data_root=made.root, restate=True, force=True)
    result = runner.run(workflow, {"partition_key": WEEK})
    assert result.error is None, result.error
    with made.database.read() as connection:
        inputs = sa.select(core_lineage.c.input_capture_id).where(
            core_lineage.c.capture_id == result.step("SUM").capture_id
        )
        assert connection.execute(inputs).scalars().all() == [seen["load"]]
    reason = result.step("SUM").reason
    assert reason is not None
    assert f"LOAD {WEEK} was restated while this run went on" in reason
    assert made.run(WEEK).step("SUM").reason == f"stale: LOAD {WEEK} was restated since"


class Number(NamedTuple):
    n: int


def hand_written(desk: Desk, work: Callable[[Publication], Iterable[object]]) -> str | None:
    """What a pipeline that declares no inputs makes of what it reads: in MEAN's table; what it tells."""
    tracking, partition = Tracking(desk.database), WEEKS.parse(WEEK)
    capture_id = tracking.manifest.record_start("desk", WEEK, "BY_HAND", TIER)
    try:
        with publish(tracking, capture_id, partition, TABLES["MEAN"], desk.root) as capture:
            capture.insert(work(capture))
            capture.write()
            tracking.manifest.record_complete(capture_id, capture.row_count)
    except SpineError as error:
        tracking.manifest.record_failed(capture_id, error)
        raise
    return capture.result.reason


def made_by_hand(desk: Desk) -> list[int]:
    with desk.database.read() as connection:
        return list(connection.execute(sa.select(TABLES["MEAN"].c.mean).order_by("mean")).scalars())


@pytest.fixture
def alone(desk: Desk) -> Desk:
    """One week only, so that MEAN has not been made."""
    desk.file(WEEK, [30])
    desk.run(WEEK)
    return desk


def test_inputs_asked_for_one_by_one_are_of_one_state(alone: Desk) -> None:
    """Between the two, another process restates both."""

    def work(capture: Publication) -> Iterable[object]:
        loaded = sum(row.n for row in capture.rows_of(LOAD, Number))
        restate(alone, WEEK, [31])
        total = sum(row.total for row in capture.rows_of(SUM, Total))
        return [(loaded * 100 + total,)]

    reason = hand_written(alone, work)
    assert made_by_hand(alone) == [3030]
    assert reason is not None
    assert reason.endswith(f": LOAD {WEEK} was restated while this run went on")
    assert reason.count("made of what stood at number") == 1


def test_an_input_asked_for_later_is_read_as_it_stands_where_the_first_one_does(alone: Desk) -> None:
    def work(capture: Publication) -> Iterable[object]:
        loaded = sum(row.n for row in capture.rows_of(LOAD, Number))
        alone.versions["SUM"] = 2
        alone.run(WEEK, restate=True)
        total = sum(row.total for row in capture.rows_of(SUM, Total))
        return [(loaded * 100 + total,)]

    assert hand_written(alone, work) is None
    assert made_by_hand(alone) == [3060]


def test_what_was_absent_from_a_window_stays_absent_for_later_inputs(alone: Desk) -> None:
    windowed = replace(LOAD, window=2)

    def work(capture: Publication) -> Iterable[object]:
        weeks = len(capture.rows_of(windowed, Number).partition_keys)
        alone.file("2025-W02", [20])
        alone.run("2025-W02")
        return [(weeks * 10 + len(capture.rows_of(SUM, Total).partition_keys),)]

    hand_written(alone, work)
    assert made_by_hand(alone) == [11]


def test_inputs_that_never_stood_together_fail_the_stage(alone: Desk) -> None:
    """The second one was made only after the first had been restated."""
    other = replace(SUM, stage="OTHER", window=1)

    def work(capture: Publication) -> Iterable[object]:
        list(capture.rows_of(LOAD, Number))
        restate(alone, WEEK, [31])
        tracking = Tracking(alone.database)
        tracking.manifest.record_complete(tracking.manifest.record_start("desk", WEEK, "OTHER", TIER), 0)
        return list(capture.rows_of(other, Total))

    with pytest.raises(InputsRestatedError, match="run it again"):
        hand_written(alone, work)
    assert made_by_hand(alone) == []
