"""What a refresh plans, and in which order, when declarations, calendars and runs are not what they were."""

from threading import Thread
from typing import cast

import pytest
import sqlalchemy as sa

from spine import (
    Context,
    Enum,
    IsoWeek,
    Partitioning,
    Registry,
    Stage,
    StageResult,
    Step,
    Workflow,
    WorkflowRunner,
    register_pipeline,
    register_workflow,
)
from spine.core.captures import Place
from spine.core.staleness import CAUSES
from spine.core.tracking import Tracking
from spine.data.inputs.declared import Input
from spine.data.publish import Publication, publish
from spine.errors import CircularInputsError
from spine.orchestration.plan import Plan
from spine.orchestration.planner import Planner
from spine.orchestration.refresh import Refresher, TaskOutcome
from spine.orchestration.step import LambdaFunction
from tests.freshness import desk as desk_module
from tests.freshness.desk import SOURCE, TIER, WEEKS, Desk, StagePipeline

META = sa.MetaData()
TABLES = {
    name: sa.Table(
        f"round_{name.lower()}",
        META,
        sa.Column("n", sa.BigInteger, nullable=False),
        sa.Column("partition_key", sa.String, nullable=False),
        sa.Column("capture_id", sa.String(36), nullable=False),
        sa.Column("input_min_capture_id", sa.String(36)),
        sa.Column("input_max_capture_id", sa.String(36)),
        sa.PrimaryKeyConstraint("capture_id", "n", name=f"pk_round_{name.lower()}"),
    )
    for name in "ABC"
}


def in_a_row(order: str) -> Registry:
    """Stages of which the first reads the file and each further one the one before it."""
    registry, before = Registry(), ""
    for name in order:
        made = _from_file(name) if not before else _from(name, before)
        register_pipeline(f"round/{name}", registry)(made)
        before = name
    steps = [Step.pipeline(name, f"round/{name}") for name in order]
    register_workflow(Workflow("round/weekly", steps, domain="round", partitions=WEEKS), registry)
    return registry


def _from_file(name: str) -> type[StagePipeline]:
    class FromFile(StagePipeline):
        makes = Stage("round", name, TIER, partitions=WEEKS, table=TABLES[name], source=SOURCE)

        def work(self, capture: Publication) -> None:
            capture.read(SOURCE)

    return FromFile


def _from(name: str, before: str) -> type[StagePipeline]:
    given = (Input(before, tier=TIER, table=TABLES[before]),)
    query = f"SELECT n + 1 AS n FROM {before}"  # noqa: S608 - a name from above

    class FromStage(StagePipeline):
        makes = Stage("round", name, TIER, partitions=WEEKS, table=TABLES[name], inputs=given, sql=query)

        def work(self, capture: Publication) -> None:
            capture.select(query, inputs=given)

    return FromStage


@pytest.fixture
def round_desk(desk: Desk) -> Desk:
    """A desk with tables for stages in a row."""
    with desk.database.write() as connection:
        META.create_all(connection)
    desk.file("2025-W02", [1])
    return desk


def plan_of(desk: Desk, registry: Registry) -> Plan:
    with desk.database.read() as connection:
        return Planner(registry, desk.root).plan(connection)


def refreshed(desk: Desk, registry: Registry) -> list[TaskOutcome]:
    refresher = Refresher(desk.database, registry=registry, data_root=desk.root)
    return list(refresher.execute(plan_of(desk, registry)))


def ran(desk: Desk, registry: Registry, name: str, week: str) -> None:
    workflow = registry.workflows.get(name)
    assert isinstance(workflow, Workflow)
    runner = WorkflowRunner(desk.database, registry=registry, data_root=desk.root)
    runner.run(workflow, {"partition_key": week}).raise_for_failure()


def planned(plan: Plan) -> list[tuple[str, str]]:
    return [(task.place.stage, task.place.partition_key) for task in plan.tasks]


def start_at(monkeypatch: pytest.MonkeyPatch, week: str) -> None:
    monkeypatch.setattr(desk_module, "WEEKS", Partitioning(week=IsoWeek(start=week)))


def test_a_dependency_that_was_turned_round_is_made_as_it_is_declared(round_desk: Desk) -> None:
    ran(round_desk, in_a_row("ABC"), "round/weekly", "2025-W02")
    outcomes = refreshed(round_desk, in_a_row("ACB"))
    assert [(one.task.place.stage, one.status) for one in outcomes] == [("C", "COMPLETE"), ("B", "COMPLETE")]
    assert plan_of(round_desk, in_a_row("ACB")).tasks == ()


def test_a_stage_does_not_wait_for_what_it_reads_no_more(round_desk: Desk) -> None:
    ran(round_desk, in_a_row("ABC"), "round/weekly", "2025-W02")
    round_desk.file("2025-W02", [2])
    registry = in_a_row("AB")
    register_pipeline("round/C", registry)(_from("C", "A"))
    steps = [Step.pipeline("C", "round/C")]
    register_workflow(Workflow("round/apart", steps, domain="round", partitions=WEEKS), registry)
    after = {
        task.place.stage: [one.stage for one in task.after] for task in plan_of(round_desk, registry).tasks
    }
    assert after == {"A": [], "B": ["A"], "C": ["A"]}


def test_what_history_says_of_the_order_gives_way_to_what_is_declared(round_desk: Desk) -> None:
    ran(round_desk, in_a_row("AB"), "round/weekly", "2025-W02")
    tracking = Tracking(round_desk.database)
    [b] = tracking.manifest.current_captures("round", "B", TIER, ["2025-W02"]).values()
    hand = tracking.manifest.record_start("round", "2025-W02", "A", TIER)
    tracking.lineage.record(hand, [b.capture_id])  # A by hand, once, from B
    tracking.manifest.record_complete(hand, 1)
    hand = tracking.manifest.record_start("round", "2025-W02", "B", TIER)
    tracking.manifest.record_complete(hand, 1)
    tracking.lineage.record(hand, [])
    assert planned(plan_of(round_desk, in_a_row("AB"))) == [("A", "2025-W02")]


def test_so_does_what_was_asked_for_in_vain(round_desk: Desk) -> None:
    tracking = Tracking(round_desk.database)
    hand = tracking.manifest.record_start("round", "2025-W02", "A", TIER)  # before there was B
    tracking.attempt_of(hand).read((), [Place("round", "2025-W02", "B", TIER)])
    tracking.manifest.record_complete(hand, 1)
    ran(round_desk, in_a_row("AB"), "round/weekly", "2025-W02")
    plan = plan_of(round_desk, in_a_row("AB"))
    assert [(task.place.stage, task.reason) for task in plan.tasks] == [
        ("A", "stale: B 2025-W02 arrived since"),
        ("B", "behind: A 2025-W02 is made again"),
    ]


def test_stages_that_are_made_from_each_other_are_refused_by_name(round_desk: Desk) -> None:
    ran(round_desk, in_a_row("AB"), "round/weekly", "2025-W02")
    registry = Registry()
    register_pipeline("round/A", registry)(_from("A", "B"))
    register_pipeline("round/B", registry)(_from("B", "A"))
    with pytest.raises(CircularInputsError, match="round [AB] 2025-W02 → round [AB] 2025-W02 → "):
        plan_of(round_desk, registry)


def test_a_partition_before_the_start_is_not_planned_and_stops_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for week, numbers in (("2025-W02", [20]), ("2025-W03", [30]), ("2025-W04", [40])):
        desk.file(week, numbers)
        desk.run(week)  # of the first, MEAN is left out
    start_at(monkeypatch, "2025-W03")
    desk.versions["SUM"] = 2
    plan = desk.plan()
    assert {key for _, key in planned(plan)} == {"2025-W03", "2025-W04"}
    [unmade] = plan.unmade
    assert (unmade.place.stage, unmade.place.partition_key) == ("SUM", "2025-W02")
    assert unmade.reason == "stale: its definition changed (sql)"
    assert unmade.obstacle.endswith("'2025-W02' is before the first partition, '2025-W03'")
    assert all(outcome.ended_well for outcome in desk.refresh())
    assert desk.rows("SUM") == {"2025-W02": [20], "2025-W03": [60], "2025-W04": [80]}


def test_a_killed_run_does_not_hide_what_was_left_out(desk: Desk) -> None:
    desk.file("2025-W03", [30])
    desk.run("2025-W03")  # MEAN is left out: there is one week
    desk.run_and_die("2025-W03", "two_weeks", force=True)
    desk.file("2025-W02", [20])
    desk.run("2025-W02")
    assert planned(desk.plan()) == [("MEAN", "2025-W03")]


def test_nor_does_one_that_failed_before(desk: Desk) -> None:
    desk.file("2025-W03", [30])
    desk.run("2025-W03")
    (desk.root / "2025-W03.csv").write_text("n\nx\n")
    assert desk.run("2025-W03").failed_step == "LOAD"
    desk.file("2025-W03", [30])
    desk.file("2025-W02", [20])
    desk.run("2025-W02")
    assert planned(desk.plan()) == [("MEAN", "2025-W03")]


@pytest.mark.parametrize(("cause", "expected"), [("logic", []), ("input", [("MEAN", "2025-W03")])])
def test_causes_hold_for_what_was_left_out(desk: Desk, cause: str, expected: list[tuple[str, str]]) -> None:
    for week, numbers in (("2025-W03", [30]), ("2025-W02", [20])):
        desk.file(week, numbers)
        desk.run(week)
    assert planned(desk.plan(because=[one for one in CAUSES if one.startswith(cause)])) == expected


def enough_rows(registry: Registry, stage: str, *, loaded: bool = True) -> None:
    """A workflow that leaves MEAN out where the stage has fewer than two rows."""
    steps = [
        Step.pipeline("LOAD", "desk/load"),
        *([Step.pipeline("SUM", "desk/sum")] if loaded else []),
        Step.choice("enough", lambda ctx: ctx.rows(stage) >= 2, else_step="end"),
        Step.pipeline("MEAN", "desk/mean"),
    ]
    register_workflow(Workflow("desk/enough", steps, domain="desk", partitions=WEEKS), registry)


@pytest.mark.parametrize("loaded", [True, False])
def test_a_stage_of_two_tiers_does_not_look_restated_for_ever(desk: Desk, *, loaded: bool) -> None:
    registry = desk.registry
    enough_rows(registry, "SUM", loaded=loaded)
    desk.file("2025-W03", [30])
    desk.run("2025-W03")
    manifest = Tracking(desk.database).manifest
    manifest.record_complete(manifest.record_start("desk", "2025-W03", "SUM", "SILVER"), 1)
    ran(desk, registry, "desk/enough", "2025-W03")
    assert planned(plan_of(desk, registry)) == []


def test_what_a_choice_saw_is_worth_another_look_once_it_is_made_again(desk: Desk) -> None:
    registry = desk.registry
    enough_rows(registry, "LOAD")
    desk.file("2025-W03", [30])
    ran(desk, registry, "desk/enough", "2025-W03")
    desk.file("2025-W03", [30, 31])
    assert [task.reason for task in plan_of(desk, registry).tasks] == [
        "stale: file 2025-W03.csv changed since",
        "behind: LOAD 2025-W03 is made again",
        "left out, and LOAD 2025-W03 is made again",
    ]
    workflow = registry.workflows.get("desk/enough")
    assert isinstance(workflow, Workflow)
    runner = WorkflowRunner(desk.database, registry=registry, data_root=desk.root)
    runner.run(workflow, {"partition_key": "2025-W03"}, only="LOAD").raise_for_failure()
    assert [task.reason for task in plan_of(desk, registry).tasks] == [
        "stale: LOAD 2025-W03 was restated since",
        "left out, and LOAD 2025-W03 was restated since",
    ]
    assert [outcome.status for outcome in refreshed(desk, registry)] == ["COMPLETE"] * 2
    assert desk.rows("MEAN") == {"2025-W03": [61]}
    assert plan_of(desk, registry).tasks == ()


@pytest.mark.parametrize(
    "asked",
    [
        lambda ctx: ctx["size"] >= 2,
        lambda ctx: ctx.get("size") == 2,
        lambda ctx: ctx.get("large") is not None,
        lambda ctx: "large" in ctx,
        lambda ctx: any(key == "large" for key in ctx),
    ],
)
def test_so_is_what_a_capture_left_in_the_context(desk: Desk, asked: LambdaFunction) -> None:
    registry = desk.registry
    load = registry.pipeline("desk/load")

    class Telling(load):  # type: ignore[misc, valid-type]
        def run(self, context: Context) -> StageResult:
            result = super().run(context)
            if result.status != "SKIPPED":
                context["size"] = result.row_count
                if result.row_count >= 2:
                    context["large"] = True
            return cast(StageResult, result)

    register_pipeline("desk/telling", registry)(Telling)
    steps = [
        Step.pipeline("LOAD", "desk/telling"),
        Step.choice("enough", asked, else_step="end"),
        Step.pipeline("SUM", "desk/sum"),
    ]
    register_workflow(Workflow("desk/enough", steps, domain="desk", partitions=WEEKS), registry)
    desk.file("2025-W03", [30])
    for _ in range(2):  # made, and found: what was left comes back
        ran(desk, registry, "desk/enough", "2025-W03")
        assert plan_of(desk, registry).tasks == ()
    desk.file("2025-W03", [30, 31])
    assert [task.reason for task in plan_of(desk, registry).tasks] == [
        "stale: file 2025-W03.csv changed since",
        "left out, and LOAD 2025-W03 is made again",
    ]
    assert [outcome.status for outcome in refreshed(desk, registry)] == ["COMPLETE"] * 2
    assert desk.rows("SUM") == {"2025-W03": [61]}


def test_of_a_window_only_what_arrives_is_worth_another_look(desk: Desk) -> None:
    registry = desk.registry
    steps = [
        Step.pipeline("LOAD", "desk/load"),
        Step.pipeline("SUM", "desk/sum"),
        Step.choice("whole", lambda ctx: ctx.window("SUM", 2) == 2, else_step="end"),
        Step.pipeline("MEAN", "desk/mean"),
    ]
    register_workflow(Workflow("desk/whole", steps, domain="desk", partitions=WEEKS), registry)
    desk.file("2025-W03", [30])
    ran(desk, registry, "desk/whole", "2025-W03")
    restated = Tracking(desk.database).manifest
    restated.record_complete(restated.record_start("desk", "2025-W03", "SUM", TIER), 1)
    assert plan_of(desk, registry).tasks == ()
    desk.file("2025-W02", [20])
    desk.run("2025-W02")
    [task] = plan_of(desk, registry).tasks
    assert (task.place.stage, task.place.partition_key) == ("MEAN", "2025-W03")
    assert task.reason == "left out, and SUM 2025-W02 arrived since"


def test_what_is_expected_changes_with_the_start_and_with_nothing_that_is_made(desk: Desk) -> None:
    def from_week(start: str) -> Registry:
        registry = desk.registry
        steps = [
            Step.pipeline("LOAD", "desk/load"),
            Step.choice("whole", lambda ctx: ctx.expected("LOAD") <= 1, else_step="end"),
            Step.pipeline("SUM", "desk/sum"),
        ]
        weeks = Partitioning(week=IsoWeek(start=start))
        register_workflow(Workflow("desk/whole", steps, domain="desk", partitions=weeks), registry)
        return registry

    desk.file("2025-W03", [30])
    ran(desk, from_week("2025-W02"), "desk/whole", "2025-W03")
    desk.file("2025-W03", [31])
    assert planned(plan_of(desk, from_week("2025-W02"))) == [("LOAD", "2025-W03")]
    refreshed(desk, from_week("2025-W02"))
    [task] = plan_of(desk, from_week("2025-W03")).tasks
    assert task.place.stage == "SUM"
    assert task.reason == "left out, and LOAD should be complete for 1 partitions, no longer 2"


def test_what_asked_in_vain_for_what_was_left_out_is_made_after_it(desk: Desk) -> None:
    registry = desk.registry
    steps = [
        Step.pipeline("LOAD", "desk/load"),
        Step.choice("enough", lambda ctx: ctx.rows("LOAD") >= 2, else_step="end"),
        Step.pipeline("SUM", "desk/sum"),
        Step.pipeline("MEAN", "desk/mean"),
    ]
    register_workflow(Workflow("desk/enough", steps, domain="desk", partitions=WEEKS), registry)
    for week, numbers in (("2025-W03", [30]), ("2025-W04", [40, 41])):
        desk.file(week, numbers)
        ran(desk, registry, "desk/enough", week)
    desk.file("2025-W03", [30, 31])
    tasks = plan_of(desk, registry).tasks
    assert [(task.place.stage, task.place.partition_key, task.reason) for task in tasks] == [
        ("LOAD", "2025-W03", "stale: file 2025-W03.csv changed since"),
        ("SUM", "2025-W03", "left out, and LOAD 2025-W03 is made again"),
        ("MEAN", "2025-W03", "left out, and LOAD 2025-W03 is made again"),
        ("MEAN", "2025-W04", "behind: SUM 2025-W03 is made again"),
    ]
    assert [outcome.status for outcome in refreshed(desk, registry)] == ["COMPLETE"] * 4
    assert desk.rows("MEAN") == {"2025-W03": [61], "2025-W04": [142]}


def test_a_stale_stage_that_a_choice_leaves_out_now_is_told(desk: Desk) -> None:
    registry = desk.registry
    enough_rows(registry, "LOAD")
    desk.file("2025-W03", [30, 31])
    ran(desk, registry, "desk/enough", "2025-W03")
    desk.file("2025-W03", [40])
    workflow = registry.workflows.get("desk/enough")
    assert isinstance(workflow, Workflow)
    runner = WorkflowRunner(desk.database, registry=registry, data_root=desk.root)
    plain = runner.run(workflow, {"partition_key": "2025-W03"}).step("MEAN")
    told = (
        "stale: SUM 2025-W03 was restated since; choice 'enough' leaves it out, so its rows stay as they are"
    )
    assert (plain.status, plain.reason) == ("NOT_RUN", told)
    [task] = plan_of(desk, registry).tasks
    assert task.reason == "stale: SUM 2025-W03 was restated since; enough left it out of its last run"
    [outcome] = refreshed(desk, registry)
    assert (outcome.status, outcome.reason, outcome.ended_well) == ("LEFT_OUT", told, True)
    assert desk.rows("MEAN") == {"2025-W03": [61]}
    desk.file("2025-W03", [40, 41])
    assert [outcome.status for outcome in refreshed(desk, registry)] == ["COMPLETE"] * 3
    assert desk.rows("MEAN") == {"2025-W03": [81]}


def test_what_another_refresh_made_meanwhile_is_done(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for week, numbers in (("2025-W02", [20]), ("2025-W03", [30])):
        desk.file(week, numbers)
        desk.run(week)
    desk.versions["SUM"] = 2
    registry = desk.registry
    plan = plan_of(desk, registry)
    pipeline = registry.pipeline("desk/sum")
    assert issubclass(pipeline, StagePipeline)
    work, others = pipeline.work, [Thread(target=desk.refresh)]

    def overtaken(self: StagePipeline, capture: Publication) -> None:
        work(self, capture)
        if others:
            other = others.pop()
            other.start()
            other.join()

    monkeypatch.setattr(pipeline, "work", overtaken)
    refresher = Refresher(desk.database, registry=registry, data_root=desk.root)
    outcomes = list(refresher.execute(plan))
    assert [(one.status, one.ended_well) for one in outcomes] == [("SKIPPED", True)] * 3
    assert outcomes[0].reason == "another run made it meanwhile"
    assert desk.rows("MEAN") == {"2025-W03": [100]}


def test_a_workflow_that_cannot_run_fails_its_own_tasks_only(desk: Desk) -> None:
    for week in ("2025-W02", "2025-W03"):
        desk.file(week, [30])
        desk.run(week)
    desk.file("2025-W02", [20])
    registry, plan = desk.registry, desk.plan()
    late = Partitioning(week=IsoWeek(start="2025-W03"))
    steps = registry.workflows.get("desk/weekly")
    assert isinstance(steps, Workflow)
    other = Registry()
    for name in steps.pipeline_names:
        register_pipeline(name, other)(registry.pipeline(name))
    register_workflow(Workflow("desk/weekly", steps.steps, domain="desk", partitions=late), other)
    outcomes = list(Refresher(desk.database, registry=other, data_root=desk.root).execute(plan))
    assert [one.status for one in outcomes] == ["FAILED", "BLOCKED", "BLOCKED"]
    assert "is before the first partition" in (outcomes[0].reason or "")


def test_a_plan_keeps_to_its_domain(desk: Desk) -> None:
    for week, number in (("2025-W02", 20), ("2025-W04", 40), ("2025-W03", 30), ("2025-W01", 10)):
        desk.file(week, [number])
        desk.run(week)
    planner = Planner(desk.registry, desk.root)
    with desk.database.read() as connection:
        own = planner.plan(connection, domain="desk")
        other = planner.plan(connection, domain="other")
    assert planned(own) == [("MEAN", "2025-W02"), ("MEAN", "2025-W04")]
    assert planned(other) == []


def test_a_start_that_moves_cuts_windows_of_several_dimensions_too(round_desk: Desk) -> None:
    given = Input("A", tier=TIER, table=TABLES["A"], window=2)
    query = "SELECT n FROM A"

    def b_from(start: str) -> Stage:
        partitions = Partitioning(week=IsoWeek(start=start), market=Enum(values=("X", "Y")))
        return Stage("round", "B", TIER, partitions=partitions, table=TABLES["B"], inputs=(given,), sql=query)

    tracking, makes = Tracking(round_desk.database), b_from("2025-W02")
    manifest = tracking.manifest
    for key in ("week=2025-W02/market=X", "week=2025-W03/market=X"):
        manifest.record_complete(manifest.record_start("round", key, "A", TIER), 0)
    made = manifest.record_start("round", "week=2025-W03/market=X", "B", TIER)
    partition = makes.partitions.parse("week=2025-W03/market=X")
    with publish(tracking, made, partition, TABLES["B"], round_desk.root, makes=makes) as capture:
        capture.select(query, inputs=(given,))
        capture.write()
        manifest.record_complete(made, 0)

    def reasons(start: str) -> list[str]:
        registry = Registry()
        register_pipeline("round/B", registry)(type("FromA", (StagePipeline,), {"makes": b_from(start)}))
        return [task.reason for task in plan_of(round_desk, registry).tasks]

    assert reasons("2025-W02") == []
    assert reasons("2025-W03") == ["stale: A week=2025-W02/market=X is no longer asked for"]


def test_a_choice_tells_that_it_passes_over_a_changed_file(desk: Desk) -> None:
    registry = desk.registry
    steps = [
        Step.choice("wanted", lambda ctx: ctx["wanted"], else_step="end"),
        Step.pipeline("LOAD", "desk/load"),
    ]
    workflow = Workflow("desk/wanted", steps, domain="desk", partitions=WEEKS)
    register_workflow(workflow, registry)
    runner = WorkflowRunner(desk.database, registry=registry, data_root=desk.root)
    desk.file("2025-W03", [30])
    runner.run(workflow, {"partition_key": "2025-W03", "wanted": True}).raise_for_failure()
    desk.file("2025-W03", [31])
    left_out = runner.run(workflow, {"partition_key": "2025-W03", "wanted": False}).step("LOAD")
    assert left_out.reason == (
        "stale: file 2025-W03.csv changed since; choice 'wanted' leaves it out, so its rows stay as they are"
    )


def test_a_failed_task_tells_which_other_step_failed(desk: Desk) -> None:
    registry = desk.registry
    steps = [
        Step.pipeline("LOAD", "desk/load"),
        Step.lambda_("few", lambda ctx: ctx.rows("LOAD") < 2),
        Step.pipeline("SUM", "desk/sum"),
    ]
    register_workflow(Workflow("desk/few", steps, domain="desk", partitions=WEEKS), registry)
    desk.file("2025-W03", [30])
    ran(desk, registry, "desk/few", "2025-W03")
    desk.file("2025-W03", [30, 31])
    loaded, summed = refreshed(desk, registry)
    assert (loaded.status, summed.status) == ("COMPLETE", "FAILED")
    assert (summed.reason or "").startswith("at few: ")
    (desk.root / "2025-W03.csv").write_text("n\nx\n")
    assert (refreshed(desk, registry)[0].reason or "").startswith("2025-W03.csv has 1 malformed line")
