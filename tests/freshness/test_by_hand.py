"""Pipelines written by hand take part in a refresh by what they record, or it is told that they do not."""

import pytest

from spine import Context, Pipeline, Registry, Step, Workflow, WorkflowRunner, register_pipeline
from spine import register_workflow as register
from spine.core.remaking import Remaking
from spine.core.tracking import Tracking
from spine.orchestration.plan import Plan
from spine.orchestration.planner import Planner
from spine.orchestration.refresh import Refresher
from tests.freshness.desk import Desk

WEEK = "2025-W03"
TIER = "T"


class ByHand(Pipeline):
    """Makes stages one after the other, each from the one before it: the first from the prices."""

    stages: tuple[str, ...]
    given = ("p", "PRICES")

    def run(self, context: Context) -> dict[str, str]:
        """Make what is not complete and fresh."""
        key, made, given = context["partition_key"], False, self.given
        for stage in self.stages:
            if not self.manifest.check_complete("hand", key, stage, TIER):
                capture_id = self.manifest.record_start("hand", key, stage, TIER)
                inputs = self.manifest.current_captures(*given, TIER, [key])
                self.lineage.record(capture_id, [one.capture_id for one in inputs.values()])
                self.manifest.record_complete(capture_id, 1)
                made = True
            given = ("hand", stage)
        return {"status": "SUCCESS" if made else "SKIPPED"}


@pytest.fixture
def registry() -> Registry:
    """One pipeline that makes two stages in one step, and two that make one each."""
    made = Registry()

    @register_pipeline("hand/both", made)
    class Both(ByHand):
        stages = ("CLEAN", "SCORE")

    @register_pipeline("hand/one", made)
    class One(ByHand):
        stages = ("ONE",)

    @register_pipeline("hand/two", made)
    class Two(ByHand):
        stages = ("TWO",)
        given = ("hand", "ONE")

    for name in ("both", "one", "two"):
        register(Workflow(f"hand/weekly-{name}", [Step.pipeline(name, f"hand/{name}")], domain="hand"), made)
    return made


def prices(desk: Desk) -> None:
    """Publish, or restate, what they are made from."""
    manifest = Tracking(desk.database).manifest
    manifest.record_complete(manifest.record_start("p", WEEK, "PRICES", TIER), 1)


def run(desk: Desk, registry: Registry, name: str) -> str | None:
    """Run one of the workflows; what its step said."""
    result = WorkflowRunner(desk.database, registry=registry).run(
        workflow(registry, name), {"partition_key": WEEK}
    )
    result.raise_for_failure()
    return result.step(name).reason


def workflow(registry: Registry, name: str) -> Workflow:
    found = registry.workflows.get(f"hand/weekly-{name}")
    assert isinstance(found, Workflow)
    return found


def plan_of(desk: Desk, registry: Registry) -> Plan:
    with desk.database.read() as connection:
        return Planner(registry, desk.root).plan(connection)


def test_each_stage_of_a_step_that_makes_two_is_refreshed(desk: Desk, registry: Registry) -> None:
    prices(desk)
    run(desk, registry, "both")
    prices(desk)
    plan = plan_of(desk, registry)
    assert [(task.place.stage, task.workflow, task.step) for task in plan.tasks] == [
        ("CLEAN", "hand/weekly-both", "both"),
        ("SCORE", "hand/weekly-both", "both"),
    ]
    outcomes = list(Refresher(desk.database, registry=registry).execute(plan))
    assert [outcome.status for outcome in outcomes] == ["COMPLETE", "SKIPPED"]
    assert plan_of(desk, registry) == Plan(tasks=())


def test_each_is_refreshed_after_what_it_read(desk: Desk, registry: Registry) -> None:
    prices(desk)
    for name in ("one", "two"):
        run(desk, registry, name)
    prices(desk)
    tasks = plan_of(desk, registry).tasks
    assert [(task.place.stage, [one.stage for one in task.after]) for task in tasks] == [
        ("ONE", []),
        ("TWO", ["ONE"]),
    ]


def test_what_no_workflow_is_known_to_make_is_told(desk: Desk, registry: Registry) -> None:
    prices(desk)
    registry.pipeline("hand/both")(desk.database).run({"partition_key": WEEK})
    prices(desk)
    plan = plan_of(desk, registry)
    assert plan.tasks == ()
    assert [(one.place.stage, one.reason, one.obstacle) for one in plan.unmade] == [
        ("CLEAN", f"stale: p/PRICES {WEEK} was restated since", "no workflow is known that makes it")
    ]


@pytest.mark.parametrize("alone", [False, True])
def test_upstream_follows_what_they_recorded(desk: Desk, registry: Registry, *, alone: bool) -> None:
    prices(desk)
    for name in ("one", "two"):
        run(desk, registry, name)
    prices(desk)
    assert "--upstream makes that again" in (run(desk, registry, "two") or "")
    two = Workflow("hand/two", [Step.pipeline("two", "hand/two")]) if alone else workflow(registry, "two")
    with desk.database.read() as connection:
        plan = Planner(registry, desk.root).upstream(connection, two, WEEK)
    assert [task.place.stage for task in plan.tasks] == ["ONE"]


def test_a_definition_given_by_hand_is_compared(desk: Desk) -> None:
    place, version = ("hand", WEEK, "CLEAN", TIER), {"version": 1}
    manifest = Tracking(desk.database).manifest
    manifest.record_complete(manifest.record_start(*place, definition=version), 1)
    found = manifest.check_complete(*place, definition=version)
    assert found is not None
    assert found.standing is None

    found = manifest.check_complete(*place, definition={"version": 2})
    assert found is not None
    assert found.standing is not None
    assert found.standing.startswith("stale: its definition changed (declared); kept")
    restating = Tracking(desk.database, remaking=Remaking(restate=True)).manifest
    assert restating.check_complete(*place, definition={"version": 2}) is None
