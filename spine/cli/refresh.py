"""`spine refresh`: make again exactly what is stale, and then what that made stale."""

import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import redirect_stdout
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from spine.cli.failures import FINDINGS, clear_failures, reason_of
from spine.cli.options import (
    ArchiveOption,
    DatabaseOption,
    FormatOption,
    FromOption,
    LookOption,
    PartitionOption,
    ToOption,
    TracebackOption,
)
from spine.cli.output import note, print_json, progress, visible, warnings_as_notes
from spine.cli.tables import Column, print_table

if TYPE_CHECKING:
    from spine.core.data_root import DataRoot
    from spine.core.database.database import Database
    from spine.orchestration.plan import Plan, Task
    from spine.orchestration.refresh import TaskOutcome, TaskStatus
    from spine.settings import Settings


class Because(StrEnum):
    """What may have changed, as the option names it."""

    INPUT = "input"
    FILE = "file"
    DEFINITION = "definition"
    LOGIC = "logic"


MOST_TOLD = 20  # of what cannot be made

WORDS: "dict[TaskStatus, str]" = {
    "COMPLETE": "made",
    "SKIPPED": "fresh already",
    "LEFT_OUT": "left out",
    "FAILED": "failed",
    "BLOCKED": "blocked",
}


def refresh_stale(
    name: Annotated[
        str | None,
        typer.Argument(metavar="DOMAIN|WORKFLOW", help="Only this domain, or the stages of this workflow."),
    ] = None,
    *,
    partition: PartitionOption = None,
    first: FromOption = None,
    last: ToOption = None,
    because: Annotated[
        list[Because] | None,
        typer.Option(
            "--because",
            metavar="REASON",
            help="Only what is stale because of its input, file, definition or logic, and what comes after "
            "it (repeatable).",
        ),
    ] = None,
    look: LookOption = False,
    from_archive: ArchiveOption = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be made, and make nothing.")
    ] = False,
    database_url: DatabaseOption = None,
    output_format: FormatOption = "text",
    show_traceback: TracebackOption = False,
) -> None:
    """Make again what is stale, over all partitions, and then what that made stale.

    Each stage of each partition is made at most once, inputs before what is made of them. Stopped anywhere,
    it goes on from there when it is run again. What is complete and fresh is left alone, what is missing too.

    As JSON, tasks, each with domain, partition_key, stage, tier, workflow, step, reason and after; without
    --dry-run also status, row_count, capture_id and error. And unmade, what is stale and cannot be made here,
    each with domain, partition_key, stage, tier, reason and obstacle.
    """
    with clear_failures(show_traceback=show_traceback):
        from spine.cli.packages import load_packages
        from spine.cli.project import open_for_running, project_settings
        from spine.cli.targets import domain_or_workflow, partitionings_of, refuse_together
        from spine.core.data_root import DataRoot
        from spine.core.staleness import CAUSES
        from spine.orchestration.planner import Planner
        from spine.orchestration.ranges import PartitionRange
        from spine.pipelines.registry import default_registry

        refuse_together({"--look": look, "--from-archive": from_archive})
        settings = project_settings(database_url)
        data_root = DataRoot.of_project(settings, from_archive=from_archive, look=look)
        load_packages(settings.generated)
        domain, workflow = domain_or_workflow(name, default_registry)
        partitionings = partitionings_of(domain, workflow, default_registry)
        within = PartitionRange(partition=partition, first=first, last=last).as_recorded(partitionings)
        within.check(partitionings)
        causes = [one for one in CAUSES if because is None or one.split(" ", 1)[0] in because]
        with open_for_running(settings) as database:
            with database.read() as connection:
                plan = Planner(default_registry, data_root).plan(
                    connection,
                    domain=domain,
                    workflow=workflow,
                    within=within,
                    because=causes,
                )
            tell_unmade(plan)
            outcomes = [] if dry_run else carry_out(settings, data_root, database, plan)
        if not plan.tasks:
            note("nothing else is stale" if plan.unmade else "nothing is stale")
        if output_format == "json":
            planned = plan.as_json()
            print_json(planned if dry_run else {**planned, "tasks": [_as_json(one) for one in outcomes]})
        elif plan.tasks:
            _print_text(plan, None if dry_run else outcomes, settings)
        if not all(outcome.ended_well for outcome in outcomes):
            raise typer.Exit(FINDINGS)


def tell_unmade(plan: "Plan") -> None:
    """Say what nothing here can make again, the first of many."""
    for one in plan.unmade[:MOST_TOLD]:
        place = f"{visible(str(one.place))} ({visible(one.reason)})"
        note(f"warning: cannot be made: {place}: {visible(one.obstacle)}")
    if len(plan.unmade) > MOST_TOLD:
        note(f"warning: and {len(plan.unmade) - MOST_TOLD} more, which refresh --format json names")


def carry_out(
    settings: "Settings", data_root: "DataRoot", database: "Database", plan: "Plan"
) -> "list[TaskOutcome]":
    """Make what is planned, showing progress on a terminal; how each task ended."""
    from spine.orchestration.refresh import Refresher

    refresher = Refresher(database, data_root=data_root)
    outcomes: list[TaskOutcome] = []
    with progress() as show, warnings_as_notes(), redirect_stdout(sys.stderr):

        def watch(task: "Task") -> None:
            done = f"{len(outcomes) + 1} of {len(plan.tasks)}"
            show(f"{done}: {task.place.stage} {task.place.partition_key}")

        for outcome in refresher.execute(plan, watch):
            outcomes.append(outcome)
            if outcome.status == "FAILED":
                place, why = outcome.task.place, _reason(outcome, settings)
                note(f"error: {place.stage} {visible(place.partition_key)} failed: {why}")
    if outcomes:
        counted = Counter(outcome.status for outcome in outcomes)
        note(", ".join(f"{counted[status]} {word}" for status, word in WORDS.items() if counted[status]))
    return outcomes


def _print_text(plan: "Plan", outcomes: "list[TaskOutcome] | None", settings: "Settings") -> None:
    columns = [Column(title="PARTITION"), Column(title="STAGE"), Column(title="WORKFLOW")]
    if outcomes is None:
        print_table(
            [*columns, Column(title="REASON", long=True)],
            ([*_place(task), task.reason] for task in plan.tasks),
        )
        note(f"{len(plan.tasks)} would be made; without --dry-run they are")
        return
    print_table(
        [
            *columns,
            Column(title="STATUS"),
            Column(title="ROWS", numeric=True),
            Column(title="REASON", long=True),
        ],
        (
            [
                *_place(outcome.task),
                outcome.status,
                outcome.row_count,
                _reason(outcome, settings) or outcome.task.reason,
            ]
            for outcome in outcomes
        ),
    )


def _place(task: "Task") -> tuple[str, str, str]:
    return task.place.partition_key, task.place.stage, task.workflow


def _reason(outcome: "TaskOutcome", settings: "Settings") -> str | None:
    if outcome.error is None:
        return outcome.reason
    return reason_of(outcome.error, settings.generated)


def _as_json(outcome: "TaskOutcome") -> Mapping[str, object]:
    return {
        **outcome.task.as_json(),
        **({"reason": outcome.reason} if outcome.ended_well and outcome.reason else {}),
        "status": outcome.status,
        "row_count": outcome.row_count,
        "capture_id": outcome.capture_id,
        "error": None if outcome.ended_well else outcome.reason,
    }
