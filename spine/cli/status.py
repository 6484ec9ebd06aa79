"""`spine status`: partitions by stages, with each one's standing and rows."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from spine.cli.failures import clear_failures
from spine.cli.options import DatabaseOption, DomainArgument, FormatOption, TracebackOption
from spine.cli.output import note, print_json, print_lines
from spine.cli.tables import Cell, Column, print_table

if TYPE_CHECKING:
    from spine.cli.captures import CaptureRecord


def show_status(
    domain: DomainArgument = None,
    *,
    database_url: DatabaseOption = None,
    output_format: FormatOption = "text",
    show_traceback: TracebackOption = False,
) -> None:
    """Show which stages are complete for which partitions, and what failed.

    As JSON, a list of captures, each with domain, partition_key, stage, tier, status, row_count, capture_id,
    started_at, completed_at, error, current (its rows are what readers see) and stale (made from a capture
    that was superseded since).
    """
    with clear_failures(show_traceback=show_traceback):
        from spine.cli.captures import check_domain, counting_records
        from spine.cli.packages import declared_domains
        from spine.cli.project import open_for_reading, project_settings

        settings = project_settings(database_url)
        with open_for_reading(settings) as database, database.read() as connection:
            check_domain(connection, domain, declared_domains(settings.generated))
            records = counting_records(connection, domain)
        if output_format == "json":
            print_json([_as_json(record) for record in records])
        elif not records:
            note(f"nothing {f'of {domain} ' if domain else ''}has run here yet; start with spine run")
        else:
            for at, (name, of_domain) in enumerate(
                groupby(sorted(records, key=attrgetter("domain")), key=attrgetter("domain"))
            ):
                print_lines(["", name] if at else [name])
                _print_domain(tuple(of_domain))


def _print_domain(records: Sequence["CaptureRecord"]) -> None:
    stages = tuple(dict.fromkeys((record.stage, record.tier) for record in records))  # as they first ran
    names = [stage for stage, _ in stages]
    titles = [stage if names.count(stage) == 1 else f"{stage} ({tier})" for stage, tier in stages]
    partitions = sorted({record.partition_key for record in records})
    by_place: dict[tuple[str, str, str], list[CaptureRecord]] = {}
    for record in records:
        by_place.setdefault((record.partition_key, record.stage, record.tier), []).append(record)
    print_table(
        [Column(title="PARTITION"), *(Column(title=title) for title in titles)],
        (
            [partition, *(_cell(by_place.get((partition, *stage), ())) for stage in stages)]
            for partition in partitions
        ),
    )
    failed = [record for record in records if record.newest and record.status == "FAILED"]
    if failed:
        print_lines([""])
        print_table(
            [
                Column(title="FAILED"),
                Column(title="STAGE"),
                Column(title="CAPTURE", long=True),
                Column(title="REASON", long=True),
            ],
            ([record.partition_key, record.stage, record.capture_id, record.error] for record in failed),
        )


def _cell(records: Iterable["CaptureRecord"]) -> Cell:
    """`COMPLETE 31`, `COMPLETE 31, stale`, `FAILED`, or `FAILED, kept 31` where earlier rows stay."""
    kept = None
    newest = None
    for record in records:
        kept = record if record.current else kept
        newest = record if record.newest else newest
    if newest is None:
        return None
    if newest is kept or newest.status == "COMPLETE":
        return f"{newest.status} {newest.row_count}{', stale' if newest.stale else ''}"
    return newest.status if kept is None else f"{newest.status}, kept {kept.row_count}"


def _as_json(record: "CaptureRecord") -> dict[str, object]:
    return {
        "domain": record.domain,
        "partition_key": record.partition_key,
        "stage": record.stage,
        "tier": record.tier,
        "status": record.status,
        "row_count": record.row_count,
        "capture_id": record.capture_id,
        "started_at": record.started_at,
        "completed_at": record.completed_at,
        "error": record.error,
        "current": record.current,
        "stale": record.stale,
    }
