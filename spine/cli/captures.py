"""`spine captures`: every attempt at the stages of partitions, in order."""

from typing import TYPE_CHECKING, Annotated

import typer

from spine.cli.failures import clear_failures
from spine.cli.options import (
    DatabaseOption,
    DomainArgument,
    FormatOption,
    FullIdsOption,
    PartitionOption,
    TracebackOption,
)
from spine.cli.output import note, print_json, print_lines
from spine.cli.tables import Column, print_table

if TYPE_CHECKING:
    from spine.core.captures import CaptureRecord


def show_captures(
    domain: DomainArgument = None,
    *,
    partition: PartitionOption = None,
    stage: Annotated[
        str | None, typer.Option("--stage", metavar="STAGE", help="Only this stage, such as INGEST.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Show so many at most.")] = 200,
    full_ids: FullIdsOption = False,
    database_url: DatabaseOption = None,
    output_format: FormatOption = "text",
    show_traceback: TracebackOption = False,
) -> None:
    """Show the attempts at stages of partitions: the newest partitions first, each one's attempts in order.

    NUMBER is the place in the order of publication; a run that ends gives it, or whoever asks for --as-of.

    As JSON, a list of captures, each with domain, partition_key, stage, tier, attempt, status, current (its
    rows are what readers see), reason (why it was made, where something was complete before), started_at,
    completed_at, seconds, row_count, host, number, capture_id, supersedes, superseded_by, error, destroyed
    (by migrations: "*" for its rows, or the columns whose values are gone) and migrated (that in words, or
    that its table is another stage's now).
    """
    with clear_failures(show_traceback=show_traceback):
        from spine.cli.looking import partition_as_recorded
        from spine.cli.packages import declared_domains
        from spine.cli.project import open_for_reading, project_settings
        from spine.looking.captures import attempts, check_domain

        settings = project_settings(database_url)
        with open_for_reading(settings) as database, database.snapshot() as connection:
            check_domain(connection, domain, declared_domains(settings.generated))
            key = partition_as_recorded(settings, domain, partition)
            found = list(attempts(connection, domain=domain, partition=key, stage=stage, limit=limit + 1))
        if len(found) > limit:
            note(f"only the first {limit} are shown; --limit shows more")
            found = found[:limit]
        if output_format == "json":
            print_json([_as_json(one) for one in found])
        else:
            _print_text(found, full_ids=full_ids)
        if not found:
            note("nothing has run there yet")


def _print_text(found: "list[CaptureRecord]", *, full_ids: bool) -> None:
    from spine.looking.captures import ShortIds

    short = ShortIds((one.capture_id for one in found), full=full_ids)
    domains = list(dict.fromkeys(one.domain for one in found))
    for at, domain in enumerate(domains):
        print_lines(["", domain] if at else [domain])
        print_table(
            [
                Column(title="PARTITION"),
                Column(title="STAGE"),
                Column(title="ATTEMPT", numeric=True),
                Column(title="STATUS"),
                Column(title="ROWS", numeric=True),
                Column(title="STARTED"),
                Column(title="SECONDS", numeric=True),
                Column(title="NUMBER", numeric=True),
                Column(title="CAPTURE"),
                Column(title="HOST", long=True),
                Column(title="REASON", long=True),
            ],
            (
                [
                    one.partition_key,
                    one.stage,
                    one.attempt,
                    _standing(one),
                    one.row_count,
                    None if one.started_at is None else f"{one.started_at:%Y-%m-%d %H:%M:%S}",
                    None if (seconds := _seconds(one)) is None else f"{seconds:.2f}",
                    one.number,
                    short(one.capture_id),
                    one.host,
                    "; ".join(text for text in (one.reason, one.error, one.migrated) if text),
                ]
                for one in found
                if one.domain == domain
            ),
        )


def _standing(one: "CaptureRecord") -> str:
    if one.destroyed == "*":
        return "destroyed"
    return "superseded" if one.superseded_at is not None else one.status


def _seconds(one: "CaptureRecord") -> float | None:
    if one.started_at is None or one.completed_at is None:
        return None
    return (one.completed_at - one.started_at).total_seconds()


def _as_json(one: "CaptureRecord") -> dict[str, object]:
    return {
        **one.place._asdict(),
        "attempt": one.attempt,
        "status": one.status,
        "current": one.is_current,
        "reason": one.reason,
        "started_at": one.started_at,
        "completed_at": one.completed_at,
        "seconds": _seconds(one),
        "row_count": one.row_count,
        "host": one.host,
        "number": one.number,
        "capture_id": one.capture_id,
        "supersedes": one.supersedes,
        "superseded_by": one.superseded_by,
        "error": one.error,
        "destroyed": ", ".join(one.destroyed_columns) or one.destroyed,
        "migrated": one.migrated,
    }
