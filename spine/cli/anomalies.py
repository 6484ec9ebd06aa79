"""`spine anomalies`: what was odd, counted by code and partition, or one by one."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from spine.cli.failures import clear_failures
from spine.cli.options import (
    AsOfOption,
    DatabaseOption,
    DomainArgument,
    FormatOption,
    FullIdsOption,
    PartitionOption,
    TracebackOption,
)
from spine.cli.output import note, print_json, visible
from spine.cli.tables import Column, print_table

if TYPE_CHECKING:
    import sqlalchemy as sa

COUNT_COLUMNS = (
    "domain",
    "partition_key",
    "stage",
    "code",
    "severity",
    "count",
    "capture_status",
    "capture_id",
)
DETAIL_COLUMNS = (
    "domain",
    "partition_key",
    "stage",
    "code",
    "severity",
    "message",
    "recorded_at",
    "capture_status",
    "capture_id",
    "context",
)
TITLES = {"partition_key": "PARTITION", "capture_status": "CAPTURE IS", "capture_id": "CAPTURE"}
LONG = {"message", "context", "capture_id"}
DETAILS_NOT_IN_TEXT = {"recorded_at", "capture_status", "capture_id"}


def show_anomalies(
    domain: DomainArgument = None,
    *,
    partition: PartitionOption = None,
    code: Annotated[
        str | None, typer.Option("--code", metavar="CODE", help="Only this code, such as NULL_SYMBOL.")
    ] = None,
    details: Annotated[
        bool, typer.Option("--details", help="Each anomaly with its message and context.")
    ] = False,
    limit: Annotated[
        int, typer.Option("--limit", min=1, help="With --details: print so many at most.")
    ] = 1000,
    as_of: AsOfOption = None,
    full_ids: FullIdsOption = False,
    database_url: DatabaseOption = None,
    output_format: FormatOption = "text",
    show_traceback: TracebackOption = False,
) -> None:
    """Show anomalies of the current captures, and of newer attempts that failed or still run.

    With --as-of, those of the captures that stood then.

    As JSON, a list of counts, each with domain, partition_key, stage, code, severity, count, capture_status
    and capture_id; with --details a list of anomalies, with message, recorded_at and context, without count.
    """
    with clear_failures(show_traceback=show_traceback):
        from spine.cli.looking import moment_of, partition_as_recorded, tell_moment
        from spine.cli.packages import declared_domains
        from spine.cli.project import open_for_reading, project_settings
        from spine.core.numbers import stood_at
        from spine.core.standing import COUNTS
        from spine.looking.captures import check_domain, has_captures

        settings = project_settings(database_url)
        partition = partition_as_recorded(settings, domain, partition)
        names = DETAIL_COLUMNS if details else COUNT_COLUMNS
        query = _details_query() if details else _counts_query()
        query = _narrowed(query, domain=domain, partition=partition, code=code)
        if details:
            query = query.limit(limit + 1)
        with open_for_reading(settings) as database:
            with database.read() as connection:
                check_domain(connection, domain, declared_domains(settings.generated))
            moment = moment_of(database, as_of)
            query = query.where(COUNTS if moment is None else stood_at(moment))
            with database.snapshot() as connection:
                found: list[dict[str, object]] = [
                    dict(zip(names, row, strict=True)) for row in connection.execute(query)
                ]
                ran = bool(found) or has_captures(connection, domain, partition)
        if details and len(found) > limit:
            note(f"only the first {limit} are shown; --limit shows more")
            found = found[:limit]
        if not ran:
            note(f"nothing has run here{f' for partition {visible(partition)}' if partition else ''}")
        elif not found:
            note(f"no anomalies{f' with code {visible(code)}' if code else ''}")
        tell_moment(moment, output_format)
        if output_format == "json":
            print_json(found)
        elif found:
            left_out = DETAILS_NOT_IN_TEXT if details else set()
            _print_text([name for name in names if name not in left_out], found, full_ids=full_ids)


def _print_text(names: list[str], found: list[dict[str, object]], *, full_ids: bool) -> None:
    import json

    from spine.looking.captures import ShortIds

    short = ShortIds((str(row["capture_id"]) for row in found), full=full_ids)

    def cell(name: str, value: object) -> str | int | None:
        if name == "capture_id":
            return short(str(value))
        if value is None or isinstance(value, int | str):
            return value
        return json.dumps(value, ensure_ascii=False, default=str)

    print_table(
        [
            Column(title=TITLES.get(name, name.upper()), numeric=name == "count", long=name in LONG)
            for name in names
        ],
        ([cell(name, row[name]) for name in names] for row in found),
    )


def _counts_query() -> "sa.Select[tuple[object, ...]]":
    import sqlalchemy as sa

    from spine.core.tables import core_anomalies, core_manifest

    a, c = core_anomalies.c, core_manifest.c
    by = (c.domain, c.partition_key, c.stage, a.anomaly_code, a.severity)
    return (
        sa.select(*by, sa.func.count(), c.status, c.capture_id)
        .join_from(core_anomalies, core_manifest, a.capture_id == c.capture_id)
        .group_by(*by, c.status, c.capture_id, c.number, c.attempt)
        .order_by(*_as_published(), a.anomaly_code, a.severity)
    )


def _details_query() -> "sa.Select[tuple[object, ...]]":
    import sqlalchemy as sa

    from spine.core.tables import core_anomalies, core_manifest

    a, c = core_anomalies.c, core_manifest.c
    return (
        sa.select(
            c.domain,
            c.partition_key,
            c.stage,
            a.anomaly_code,
            a.severity,
            a.message,
            a.recorded_at,
            c.status,
            c.capture_id,
            a.context,
        )
        .join_from(core_anomalies, core_manifest, a.capture_id == c.capture_id)
        .order_by(*_as_published(), a.id)
    )


def _as_published() -> "tuple[sa.ColumnElement[Any], ...]":
    """The order of captures: a partition's in that of their publication, then those without a number."""
    from spine.core.tables import core_manifest

    c = core_manifest.c
    return c.domain, c.partition_key, c.number.is_(None), c.number, c.stage, c.attempt, c.capture_id


def _narrowed(
    query: "sa.Select[tuple[object, ...]]", *, domain: str | None, partition: str | None, code: str | None
) -> "sa.Select[tuple[object, ...]]":
    named = {column.name: column for column in query.selected_columns}
    for name, value in (("domain", domain), ("partition_key", partition), ("anomaly_code", code)):
        if value is not None:
            query = query.where(named[name] == value)
    return query
