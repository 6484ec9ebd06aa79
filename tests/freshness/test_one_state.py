"""A run sees one state: what its checks saw is what its stages read, whatever others publish meanwhile."""

from typing import Any

import pytest
import sqlalchemy as sa

from spine import Input, Step, Workflow, WorkflowRunner, register_pipeline
from spine.core.captures import Place
from spine.core.pins import Pins
from spine.core.tables import core_lineage
from spine.core.tracking import Tracking
from spine.data.inputs.current import resolve_inputs
from spine.errors import InputsRestatedError, MissingInputError
from spine.pipelines.pipeline import Pipeline
from tests.freshness.desk import LOAD, SUM, TABLES, TIER, WEEKS, Desk

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
