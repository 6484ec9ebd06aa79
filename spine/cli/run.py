"""`spine run`: run a workflow or a pipeline for one partition, and print what every step did."""

import sys
import traceback
from collections.abc import Mapping
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Annotated

import typer

from spine.cli.failures import FINDINGS, MISUSE, clear_failures, message_of, reason_of
from spine.cli.options import (
    ArchiveOption,
    DatabaseOption,
    FormatOption,
    FullIdsOption,
    LookOption,
    TracebackOption,
)
from spine.cli.output import note, print_json, print_lines, progress, warnings_as_notes
from spine.cli.tables import Column, counts, print_table
from spine.errors import PartitionError

if TYPE_CHECKING:
    from spine.core.database.database import Database
    from spine.orchestration.result import StepOutcome, WorkflowResult

AnomalyCounts = Mapping[str, Mapping[str, int]]  # capture → code → how many


def run_workflow(
    name: Annotated[
        str,
        typer.Argument(
            metavar="WORKFLOW|PIPELINE", help="What to run, such as finra.otc/weekly or finra.otc/ingest."
        ),
    ],
    *,
    partitions: Annotated[
        list[str] | None,
        typer.Option(
            "--partition",
            "-p",
            metavar="KEY",
            help="The partition, such as 2025-W51 or market=NYSE/date=2025-12-17; where it has several "
            "dimensions, they may also be given one by one: -p market=NYSE -p date=2025-12-17.",
        ),
    ] = None,
    params: Annotated[
        list[str] | None,
        typer.Option(
            "--param",
            metavar="NAME=VALUE",
            help="A parameter for the steps (repeatable). Numbers, true and false are read as such; "
            "quote a value that is text all the same: code='\"007\"'.",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Run every stage again, replacing what it made.")
    ] = False,
    restate: Annotated[
        bool,
        typer.Option(
            "--restate", help="Run stages again that are complete by an earlier definition or logic."
        ),
    ] = False,
    keep_stale: Annotated[
        bool, typer.Option("--keep-stale", help="Run no stage again that is complete, stale or not.")
    ] = False,
    upstream: Annotated[
        bool,
        typer.Option(
            "--upstream", help="First make again what these stages are made from, where it is stale."
        ),
    ] = False,
    look: LookOption = False,
    from_archive: ArchiveOption = False,
    full_ids: FullIdsOption = False,
    database_url: DatabaseOption = None,
    output_format: FormatOption = "text",
    show_traceback: TracebackOption = False,
) -> None:
    """Run a workflow, or one pipeline, for one partition.

    Stages that are complete are skipped, but for those whose inputs or files have changed since; of what is
    elsewhere that is asked only with --look. What another
    definition or logic made stands, as somebody may have published it, and is told: --restate makes it again,
    and spine accept says that the change alters no results.

    Where --upstream cannot make again what they are made from, they do not run.

    As JSON, workflow, partition_key, run_id, status, failed_step, error, and steps, each with name, kind,
    status, row_count, anomalies (how many by code), capture_id, seconds and reason.
    """
    with clear_failures(show_traceback=show_traceback):
        from spine.cli.packages import load_packages
        from spine.cli.project import open_for_running, project_settings
        from spine.cli.refresh import carry_out, tell_unmade
        from spine.cli.targets import context_of, partition_key_of, refuse_together, workflow_named
        from spine.core.data_root import DataRoot
        from spine.orchestration.planner import Planner
        from spine.orchestration.runner import WorkflowRunner
        from spine.pipelines.registry import default_registry

        refuse_together({"--force": force, "--restate": restate, "--keep-stale": keep_stale})
        refuse_together({"--look": look, "--from-archive": from_archive})
        settings = project_settings(database_url)
        data_root = DataRoot.of_project(settings, from_archive=from_archive, look=look)
        load_packages(settings.generated)
        workflow = workflow_named(name, default_registry)
        partition = partition_key_of(workflow, partitions or ())
        context = context_of(workflow, partition, params or ())
        with open_for_running(settings) as database:
            if upstream and partition is not None:
                with database.read() as connection:
                    planner = Planner(default_registry, data_root)
                    plan = planner.upstream(connection, workflow, partition)
                tell_unmade(plan)
                outcomes = carry_out(settings, data_root, database, plan)
                if failed := sum(not one.ended_well for one in outcomes):
                    what = "one of the stages" if failed == 1 else f"{failed} of the stages"
                    note(f"error: {name} was not run: {what} that it is made from could not be made again")
                    raise typer.Exit(FINDINGS)
            with progress() as show, warnings_as_notes(), redirect_stdout(sys.stderr):
                runner = WorkflowRunner(
                    database,
                    data_root=data_root,
                    force=force,
                    restate=restate,
                    keep_stale=keep_stale,
                    watch=lambda step: show(f"{name}: {step.name}"),
                )
                try:
                    result = runner.run(workflow, context)
                except SystemExit as error:
                    note(f"error: {name} failed: {reason_of(error, settings.generated)}")
                    raise typer.Exit(FINDINGS) from error
            anomalies = _anomaly_counts(database, result)
        reason = None if result.error is None else reason_of(result.error, settings.generated)
        if output_format == "json":
            print_json(_as_json(result, partition, anomalies, reason))
        else:
            _print_text(result, partition, anomalies, reason, full_ids=full_ids)
        if result.error is not None:
            if show_traceback:
                traceback.print_exception(result.error, file=sys.stderr)
            place = f" at {result.failed_step}" if result.failed_step else ""
            advice = "" if message_of(result.error) else " (--traceback shows how it came to that)"
            note(f"error: {name} failed{place}: {reason}{advice}")
            raise typer.Exit(MISUSE if isinstance(result.error, PartitionError) else FINDINGS)


def _anomaly_counts(database: "Database", result: "WorkflowResult") -> AnomalyCounts:
    """The anomalies of the run's captures, those that let a stage be skipped included."""
    import sqlalchemy as sa

    from spine.core.tables import NUMBER_OF_ANOMALIES, core_anomalies

    a = core_anomalies.c
    captures = [step.capture_id for step in result.steps if step.capture_id is not None]
    by = (a.capture_id, a.anomaly_code)
    query = sa.select(*by, NUMBER_OF_ANOMALIES).where(a.capture_id.in_(captures)).group_by(*by).order_by(*by)
    found: dict[str, dict[str, int]] = {}
    with database.read() as connection:
        for capture_id, code, count in connection.execute(query):
            found.setdefault(capture_id, {})[code] = count
    return found


def _print_text(
    result: "WorkflowResult",
    partition: str | None,
    anomalies: AnomalyCounts,
    reason: str | None,
    *,
    full_ids: bool,
) -> None:
    from spine.looking.captures import ShortIds

    short = ShortIds((step.capture_id for step in result.steps), full=full_ids)
    print_table(
        [
            Column(title="STEP"),
            Column(title="KIND"),
            Column(title="STATUS"),
            Column(title="ROWS", numeric=True),
            Column(title="SECONDS", numeric=True),
            Column(title="ANOMALIES", long=True),
            Column(title="CAPTURE", long=True),
            Column(title="REASON", long=True),
        ],
        (
            [
                step.name,
                step.kind,
                step.status,
                step.row_count,
                None if (seconds := _seconds(step)) is None else f"{seconds:.2f}",
                counts(anomalies.get(step.capture_id or "", {}).items()),
                short(step.capture_id),
                reason if step.name == result.failed_step else step.reason,
            ]
            for step in result.steps
        ),
    )
    where = f" {partition}" if partition else ""
    print_lines(["", f"{result.workflow}{where}: {result.status}, run {result.run_id}"])


def _as_json(
    result: "WorkflowResult", partition: str | None, anomalies: AnomalyCounts, reason: str | None
) -> dict[str, object]:
    return {
        "workflow": result.workflow,
        "partition_key": partition,
        "run_id": result.run_id,
        "status": result.status,
        "failed_step": result.failed_step,
        "error": reason,
        "steps": [
            {
                "name": step.name,
                "kind": step.kind,
                "status": step.status,
                "row_count": step.row_count,
                "anomalies": anomalies.get(step.capture_id or "", {}),
                "capture_id": step.capture_id,
                "seconds": _seconds(step),
                "reason": reason if step.name == result.failed_step else step.reason,
            }
            for step in result.steps
        ],
    }


def _seconds(step: "StepOutcome") -> float | None:
    if step.started_at is None or step.finished_at is None:
        return None
    return (step.finished_at - step.started_at).total_seconds()
