"""What a complete capture depends on changes afterwards: who notices, what is made again, what is told."""

from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from spine import (
    CsvSource,
    Input,
    IsoWeek,
    Partitioning,
    Registry,
    Step,
    Workflow,
    WorkflowRunner,
    register_pipeline,
    register_workflow,
)
from spine.core.acceptances import Accepted, accept
from spine.core.staleness import CAUSES
from spine.core.tables import (
    core_files,
    core_lineage,
    core_manifest,
    core_run_reads,
    core_run_steps,
)
from spine.core.tracking import Tracking
from spine.errors import AcceptanceError
from spine.looking.freshness import FreshnessOf
from spine.orchestration.ranges import PartitionRange
from spine.orchestration.stale import StaleCaptures
from spine.pipelines.stages import DeclaredStages
from tests.freshness.desk import TABLES, TIER, WEEKS, Desk, registry_of


def planned(desk: Desk, **narrowed: Any) -> list[tuple[str, str, str]]:
    return [(task.place.partition_key, task.place.stage, task.reason) for task in desk.plan(**narrowed).tasks]


def two_weeks(desk: Desk) -> None:
    """Weeks 2 and 3 are there, with everything made."""
    for week, numbers in (("2025-W02", [20]), ("2025-W03", [30])):
        desk.file(week, numbers)
        assert desk.run(week).status == "COMPLETE"
    assert desk.rows("MEAN") == {"2025-W03": [50]}


def test_a_partition_that_arrives_late_makes_its_windows_stale(desk: Desk) -> None:
    desk.file("2025-W02", [20])
    desk.file("2025-W04", [40])
    for week in ("2025-W02", "2025-W04"):
        desk.run(week)
    assert desk.rows("MEAN") == {"2025-W04": [40]}
    desk.file("2025-W03", [30])
    desk.run("2025-W03")

    again = desk.run("2025-W04")

    assert again.step("SUM").status == "SKIPPED"
    assert again.step("MEAN").status == "COMPLETE"
    assert again.step("MEAN").reason == "stale: SUM 2025-W03 arrived since"
    assert desk.rows("MEAN")["2025-W04"] == [70]
    assert desk.run("2025-W04").step("MEAN").status == "SKIPPED"


def test_a_refresh_makes_what_a_late_partition_made_stale(desk: Desk) -> None:
    two_weeks(desk)
    desk.file("2025-W01", [10])
    desk.run("2025-W01")
    assert planned(desk) == [
        ("2025-W02", "MEAN", "left out, and SUM is complete for 2 partitions, no longer 1")
    ]
    assert [outcome.status for outcome in desk.refresh()] == ["COMPLETE"]
    assert desk.rows("MEAN") == {"2025-W02": [30], "2025-W03": [50]}
    assert desk.plan().tasks == ()


def test_a_changed_file_is_loaded_again_and_what_was_made_of_it_too(desk: Desk) -> None:
    two_weeks(desk)
    desk.file("2025-W02", [21])
    assert planned(desk) == [
        ("2025-W02", "LOAD", "stale: file 2025-W02.csv changed since"),
        ("2025-W02", "SUM", "behind: LOAD 2025-W02 is made again"),
        ("2025-W03", "MEAN", "behind: SUM 2025-W02 is made again"),
    ]
    again = desk.run("2025-W02")
    assert desk.reasons(again) == {
        "LOAD": "stale: file 2025-W02.csv changed since",
        "SUM": "stale: LOAD 2025-W02 was restated since",
        "MEAN": None,
    }
    assert desk.run("2025-W03").step("MEAN").reason == "stale: SUM 2025-W02 was restated since"
    assert desk.rows("MEAN") == {"2025-W03": [51]}


def test_a_file_with_the_same_bytes_is_the_same_file(desk: Desk) -> None:
    two_weeks(desk)
    desk.file("2025-W02", [20])  # written anew: another modification time
    assert desk.plan().tasks == ()
    assert desk.run("2025-W02").step("LOAD").status == "SKIPPED"


def test_a_file_that_is_no_longer_there_makes_nothing_stale(desk: Desk) -> None:
    two_weeks(desk)
    desk.file("2025-W02", None)
    assert desk.plan().tasks == ()
    assert desk.run("2025-W02").step("LOAD").status == "SKIPPED"


@pytest.mark.parametrize(
    ("stage", "why"),
    [
        ("LOAD", "its definition changed (checks)"),
        ("SUM", "its definition changed (sql)"),
        ("MEAN", "its logic changed"),
    ],
)
def test_what_its_author_changed_is_told_and_kept_until_it_is_restated(
    desk: Desk, stage: str, why: str
) -> None:
    two_weeks(desk)
    before = desk.rows(stage)
    desk.versions[stage] = 2

    plain = desk.run("2025-W03")
    assert plain.step(stage).status == "SKIPPED"
    assert plain.step(stage).reason == (
        f"stale: {why}; kept, as it may have been published: --restate makes it again, "
        "spine accept says that the change alters no results"
    )
    assert desk.rows(stage) == before

    restated = desk.run("2025-W03", restate=True)
    assert restated.step(stage).reason == f"stale: {why}"
    after = desk.run("2025-W03").step(stage)
    assert (after.status, (after.reason or "").split(";")[0]) == ("SKIPPED", "already complete")


def test_a_refresh_makes_again_what_its_author_changed(desk: Desk) -> None:
    two_weeks(desk)
    desk.versions["SUM"] = 2
    assert {stage for _, stage, _ in planned(desk)} == {"SUM", "MEAN"}
    assert planned(desk, because=[one for one in CAUSES if one.startswith("file")]) == []
    desk.refresh()
    assert desk.rows("SUM") == {"2025-W02": [40], "2025-W03": [60]}
    assert desk.rows("MEAN") == {"2025-W03": [100]}


def test_a_refresh_keeps_to_the_partitions_that_it_is_asked_for(desk: Desk) -> None:
    two_weeks(desk)
    desk.versions["SUM"] = 2
    within = PartitionRange(first="2025-W03")
    assert [key for key, _, _ in planned(desk, within=within)] == ["2025-W03", "2025-W03"]
    desk.refresh(within=PartitionRange(partition="2025-W02"))
    assert desk.rows("SUM") == {"2025-W02": [40], "2025-W03": [30]}


@pytest.mark.parametrize("before", ["SUM", "two_weeks", "MEAN"])
def test_a_forced_run_that_was_killed_is_finished_by_a_plain_one(desk: Desk, before: str) -> None:
    two_weeks(desk)
    desk.file("2025-W03", [31])
    desk.run_and_die("2025-W03", before, force=True)
    again = desk.run("2025-W03")
    assert again.status == "COMPLETE"
    assert desk.rows("SUM")["2025-W03"] == [31]
    assert desk.rows("MEAN") == {"2025-W03": [51]}
    assert again.step("MEAN").reason == "stale: SUM 2025-W03 was restated since"


def test_a_killed_forced_run_of_a_changed_definition_is_finished_by_a_plain_one(desk: Desk) -> None:
    """Its rows change anyway, since what they were made from did."""
    two_weeks(desk)
    desk.versions["SUM"] = 2
    desk.file("2025-W03", [31])
    desk.run_and_die("2025-W03", "SUM", force=True)
    again = desk.run("2025-W03")
    assert again.step("SUM").reason == (
        "stale: its definition changed (sql); LOAD 2025-W03 was restated since"
    )
    assert desk.rows("SUM") == {"2025-W02": [20], "2025-W03": [62]}


def test_a_run_tells_what_is_behind_because_of_a_file(desk: Desk) -> None:
    two_weeks(desk)
    desk.file("2025-W02", [21])
    assert desk.run("2025-W03").step("MEAN").reason == (
        "already complete; behind: LOAD 2025-W02 is stale: file 2025-W02.csv changed since; "
        "--upstream makes that again"
    )


def test_partitions_with_something_behind_at_any_remove_are_found(desk: Desk) -> None:
    two_weeks(desk)
    desk.file("2025-W02", [21])
    declared = DeclaredStages(desk.registry)
    freshness = FreshnessOf(StaleCaptures(declared, desk.root))
    with desk.database.read() as connection:
        assert freshness.keys(connection) == {"desk": {"2025-W02", "2025-W03"}}


def test_a_start_that_moves_later_makes_stale_what_reached_before_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for week, number in (("2025-W02", 20), ("2025-W03", 30), ("2025-W04", 40)):
        desk.file(week, [number])
        desk.run(week)
    assert desk.rows("MEAN") == {"2025-W03": [50], "2025-W04": [70]}
    monkeypatch.setattr("tests.freshness.desk.WEEKS", Partitioning(week=IsoWeek(start="2025-W03")))
    assert planned(desk) == [("2025-W03", "MEAN", "stale: SUM 2025-W02 is no longer asked for")]


def test_further_lineage_hides_no_arrival(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a pipeline notes by itself is none of the inputs that its stage declares."""
    tracking = Tracking(desk.database)
    rates = tracking.manifest.record_start("reference", "2025", "RATES", "BRONZE")
    tracking.manifest.record_complete(rates, 1)
    weeks = Partitioning(week=IsoWeek(start="2025-W03"))
    monkeypatch.setattr("tests.freshness.desk.WEEKS", weeks)
    for week, number in (("2025-W03", 30), ("2025-W04", 40)):
        desk.file(week, [number])
        desk.run(week)
    [mean] = tracking.manifest.current_captures("desk", "MEAN", TIER, ["2025-W04"]).values()
    tracking.lineage.record(mean.capture_id, [rates])
    monkeypatch.setattr("tests.freshness.desk.WEEKS", WEEKS)
    first = tracking.manifest.current_captures("desk", "SUM", TIER, ["2025-W03"])["2025-W03"]
    with desk.database.write() as connection:  # as if it had read one partition only
        edge = (core_lineage.c.capture_id == mean.capture_id) & (
            core_lineage.c.input_capture_id == first.capture_id
        )
        connection.execute(core_lineage.delete().where(edge))
        this = core_manifest.c.capture_id == mean.capture_id
        connection.execute(core_manifest.update().where(this).values(inputs_asked=1))
    assert desk.run("2025-W04").step("MEAN").reason == "stale: SUM 2025-W03 arrived since"


def test_a_run_tells_what_is_behind_and_upstream_is_made_by_a_refresh(desk: Desk) -> None:
    two_weeks(desk)
    desk.versions["LOAD"] = 2  # drops numbers below 20
    result = desk.run("2025-W03")
    assert result.step("SUM").status == result.step("MEAN").status == "SKIPPED"
    behind = result.step("MEAN").reason
    assert behind is not None
    assert "behind: LOAD 2025-W02 is stale: its definition changed (checks)" in behind
    with desk.database.read() as connection:
        stored = connection.execute(
            sa.text("SELECT reason FROM core_run_steps WHERE name = 'MEAN'")
        ).scalars()
        assert behind in list(stored)


def test_keep_stale_makes_nothing_again(desk: Desk) -> None:
    two_weeks(desk)
    desk.file("2025-W03", [31])
    kept = desk.run("2025-W03", keep_stale=True)
    assert kept.step("LOAD").status == "SKIPPED"
    assert kept.step("LOAD").reason == "stale: file 2025-W03.csv changed since; kept as it is"


def test_partitions_of_two_definitions_do_not_mix_in_silence(desk: Desk) -> None:
    two_weeks(desk)
    desk.versions["SUM"] = 2
    desk.file("2025-W04", [40])
    result = desk.run("2025-W04")
    assert result.step("MEAN").reason == (
        "mixes definitions: SUM 2025-W03 was made by another than 2025-W04; "
        "behind: SUM 2025-W03 is stale: its definition changed (sql); --upstream makes that again"
    )
    assert ("2025-W04", "MEAN", "behind: SUM 2025-W03 is made again") in planned(desk)


def test_definitions_do_not_mix_in_silence_at_any_remove(desk: Desk) -> None:
    two_weeks(desk)
    desk.versions["LOAD"] = 2
    desk.file("2025-W04", [40])
    result = desk.run("2025-W04")
    assert result.step("SUM").reason is None
    assert result.step("MEAN").reason == (
        "mixes definitions: LOAD 2025-W03 was made by another than 2025-W04; "
        "behind: LOAD 2025-W03 is stale: its definition changed (checks); --upstream makes that again"
    )


def test_captures_without_recorded_dependencies_are_unknown_and_never_stale(desk: Desk) -> None:
    two_weeks(desk)
    with desk.database.write() as connection:
        connection.execute(core_manifest.update().values(definition=None))
        for table in ("core_lineage", "core_absent_inputs", "core_files"):
            connection.execute(sa.text(f"DELETE FROM {table}"))  # noqa: S608 - a name from above
    desk.versions = {"LOAD": 2, "SUM": 2, "MEAN": 2}
    desk.file("2025-W02", [99])
    assert desk.plan().tasks == ()
    assert {step.status for step in desk.run("2025-W03").steps if step.kind == "pipeline"} == {"SKIPPED"}


def test_where_it_is_not_known_which_files_were_read_none_has_changed(desk: Desk) -> None:
    two_weeks(desk)
    with desk.database.write() as connection:
        connection.execute(core_files.delete())
    desk.file("2025-W02", [99])
    assert desk.plan().tasks == ()
    assert desk.run("2025-W02").step("LOAD").status == "SKIPPED"


def test_what_a_choice_saw_is_kept_with_its_run(desk: Desk) -> None:
    desk.file("2025-W02", [20])
    result = desk.run("2025-W02")
    with desk.database.read() as connection:
        reads = connection.execute(sa.select(core_run_reads)).all()
    assert [(row.run_id, row.step, row.fact, row.stage, row.partition_key, row.value) for row in reads] == [
        (result.run_id, "two_weeks", "partitions", "SUM", "2025-W02", 1)
    ]


def test_a_failed_task_blocks_what_depends_on_it_and_nothing_else(desk: Desk) -> None:
    two_weeks(desk)
    (desk.root / "2025-W02.csv").write_text("n\nx\n")
    desk.file("2025-W03", [31])
    outcomes = {(one.task.place.partition_key, one.task.place.stage): one.status for one in desk.refresh()}
    assert outcomes == {
        ("2025-W02", "LOAD"): "FAILED",
        ("2025-W03", "LOAD"): "COMPLETE",
        ("2025-W02", "SUM"): "BLOCKED",
        ("2025-W03", "SUM"): "COMPLETE",
        ("2025-W03", "MEAN"): "BLOCKED",
    }
    desk.file("2025-W02", [20])
    assert {one.status for one in desk.refresh()} == {"COMPLETE"}
    assert desk.rows("MEAN") == {"2025-W03": [51]}


def accept_all(
    desk: Desk, reason: str = "only the spelling changed", definition: str | None = None
) -> list[Accepted]:
    tracking = Tracking(desk.database)
    return [
        one
        for makes in DeclaredStages(desk.registry)
        for one in accept(
            tracking,
            of=makes.stage_key,
            now=makes.definition,
            reason=reason,
            definition=definition,
        )
    ]


def test_an_accepted_change_is_fresh_and_so_is_going_back(desk: Desk) -> None:
    two_weeks(desk)
    desk.versions["SUM"] = 2
    [accepted] = accept_all(desk)
    assert (accepted.stage, accepted.captures, accepted.change) == ("SUM", 2, "its definition changed (sql)")
    assert desk.plan().tasks == ()
    assert desk.run("2025-W03").step("SUM").reason == "already complete"
    assert accept_all(desk) == []
    desk.versions["SUM"] = 1
    assert desk.plan().tasks == ()


def test_an_acceptance_of_one_change_accepts_no_other(desk: Desk) -> None:
    two_weeks(desk)
    desk.versions["SUM"] = 2
    accept_all(desk)
    desk.versions["MEAN"] = 2
    assert {stage for _, stage, _ in planned(desk)} == {"MEAN"}
    with pytest.raises(AcceptanceError, match="needs a reason"):
        accept_all(desk, " ")


def test_an_acceptance_is_of_the_last_change_and_lists_the_others(desk: Desk) -> None:
    two_weeks(desk)
    desk.versions["SUM"] = 2  # which doubles the sums; week 2 keeps what it has
    desk.run("2025-W03", restate=True)
    desk.versions["SUM"] = 3  # let it be that this alters nothing
    last, first = accept_all(desk)
    assert (last.captures, last.is_accepted) == (1, True)
    assert (first.captures, first.is_accepted) == (1, False)
    assert ("2025-W02", "SUM", "stale: its definition changed (sql)") in planned(desk)
    accept_all(desk, definition=first.definition[:12])
    assert planned(desk) == []


def test_what_was_accepted_as_the_accepted_definition_is_told_as_accepted(desk: Desk) -> None:
    two_weeks(desk)
    desk.versions["SUM"] = 2
    accept_all(desk)
    desk.run("2025-W03", force=True)
    desk.versions["SUM"] = 3
    assert [one.is_accepted for one in accept_all(desk)] == [True, True]
    assert planned(desk) == []


def test_a_declared_window_is_its_authors_change_and_no_input_that_arrived(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_weeks(desk)
    desk.file("2025-W04", [40])
    desk.run("2025-W04")
    monkeypatch.setattr("tests.freshness.desk.SUM", Input("SUM", tier=TIER, table=TABLES["SUM"], window=3))

    again = desk.run("2025-W04").step("MEAN")

    assert again.status == "SKIPPED"
    assert again.reason is not None
    assert again.reason.startswith("stale: its definition changed (inputs); kept, as it may have been")
    assert planned(desk, because=["input arrived", "input gone"]) == []
    accept_all(desk, "the mean of three weeks is that of two")
    assert desk.run("2025-W04").step("MEAN").reason == "already complete"
    assert planned(desk) == []


def test_a_declared_path_is_its_authors_change_and_no_file_that_arrived(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_weeks(desk)
    (desk.root / "new-2025-W03.csv").write_text("n\n31\n")
    monkeypatch.setattr("tests.freshness.desk.SOURCE", CsvSource(path="new-{week}.csv", columns={"n": "n"}))
    reason = desk.run("2025-W03").step("LOAD").reason
    assert reason is not None
    assert reason.startswith("stale: its definition changed (source); kept, as it may have been published")
    assert planned(desk, because=["file arrived"]) == []


def test_what_is_made_of_something_stale_is_told_to_be_behind(desk: Desk) -> None:
    two_weeks(desk)
    desk.file("2025-W03", [33])
    desk.file("2025-W04", [40])
    made = desk.run("2025-W04").step("MEAN")
    assert made.status == "COMPLETE"
    assert made.reason == (
        "behind: LOAD 2025-W03 is stale: file 2025-W03.csv changed since; --upstream makes that again"
    )


def with_another_workflow(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a workflow before the other one, whose choice leaves MEAN out whatever there is."""

    def registry_of_both(versions: Mapping[str, int]) -> Registry:
        registry, both = registry_of(versions), Registry()
        for name in registry.pipelines.names():
            register_pipeline(name, both)(registry.pipeline(name))
        steps = [
            Step.pipeline("SUM", "desk/sum"),
            Step.choice("never", lambda _ctx: False, else_step="end"),
            Step.pipeline("MEAN", "desk/mean"),
        ]
        register_workflow(Workflow(name="desk/another", steps=steps, domain="desk", partitions=WEEKS), both)
        weekly = registry.workflows.get("desk/weekly")
        assert isinstance(weekly, Workflow)
        register_workflow(weekly, both)
        return both

    monkeypatch.setattr("tests.freshness.desk.registry_of", registry_of_both)


def test_a_stage_is_made_by_the_workflow_that_made_it_also_where_that_was_killed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_another_workflow(desk, monkeypatch)
    two_weeks(desk)
    with desk.database.write() as connection:  # as where it is killed before the next step
        connection.execute(core_run_steps.delete().where(core_run_steps.c.name == "MEAN"))
    desk.versions["MEAN"] = 2
    assert [(task.place.stage, task.workflow) for task in desk.plan().tasks] == [("MEAN", "desk/weekly")]
    assert [outcome.status for outcome in desk.refresh()] == ["COMPLETE"]


def test_what_was_left_out_is_made_by_the_workflow_whose_choice_has_changed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_another_workflow(desk, monkeypatch)
    desk.file("2025-W02", [20])
    desk.run("2025-W02")
    runner = WorkflowRunner(desk.database, registry=desk.registry, data_root=desk.root)
    another = desk.registry.workflows.get("desk/another")
    assert isinstance(another, Workflow)
    assert runner.run(another, {"partition_key": "2025-W02"}).step("MEAN").status == "NOT_RUN"
    desk.file("2025-W01", [10])
    desk.run("2025-W01")
    assert [(task.place.stage, task.workflow) for task in desk.plan().tasks] == [("MEAN", "desk/weekly")]
    assert [outcome.status for outcome in desk.refresh()] == ["COMPLETE"]
    assert desk.rows("MEAN") == {"2025-W02": [30]}


def test_an_accepted_change_of_a_files_path_is_of_the_path_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_weeks(desk)
    (desk.root / "new").mkdir()
    for week in ("2025-W02", "2025-W03"):
        (desk.root / f"{week}.csv").rename(desk.root / "new" / f"{week}.csv")
    moved = CsvSource(path="new/{week}.csv", columns={"n": "n"})
    monkeypatch.setattr("tests.freshness.desk.SOURCE", moved)
    accept_all(desk, "the files moved")
    assert planned(desk) == []
    desk.file("new/2025-W03", [31])
    assert planned(desk)[0] == ("2025-W03", "LOAD", "stale: file new/2025-W03.csv arrived since")


def test_accepted_definitions_mix_without_a_word(desk: Desk) -> None:
    two_weeks(desk)
    desk.versions["SUM"] = 2
    accept_all(desk)
    desk.file("2025-W04", [40])
    assert desk.run("2025-W04").step("MEAN").reason is None


def test_what_was_left_out_is_made_after_what_it_asks_for(desk: Desk) -> None:
    desk.file("2025-W03", [30])
    desk.run("2025-W03")  # MEAN is left out: there is one week
    desk.file("2025-W02", [20])
    desk.run("2025-W02")
    desk.versions["SUM"] = 2
    order = [(task.place.stage, task.place.partition_key) for task in desk.plan().tasks]
    assert order == [("SUM", "2025-W02"), ("SUM", "2025-W03"), ("MEAN", "2025-W03")]
    desk.refresh()
    assert desk.rows("MEAN") == {"2025-W03": [100]}
    assert desk.plan().tasks == ()
