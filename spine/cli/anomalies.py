"""`spine anomalies`: what was odd, counted by code and partition, or one by one."""

from pathlib import Path
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
    from collections.abc import Iterator

    from spine.looking.anomalies import Found

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
    export: Annotated[
        Path | None,
        typer.Option(
            "--export",
            metavar="FILE",
            help="Write the records that were left out to a file, as theirs had them: malformed and dropped.",
        ),
    ] = None,
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

    With --as-of, those of the captures that stood then. With --export, what was left out of them is written
    to a file: a line of text as it was, records of other files as JSON, in the order of their publication.

    As JSON, a list of counts, each with domain, partition_key, stage, code, severity, count, capture_status
    and capture_id; with --details a list of anomalies, with message, recorded_at and context, without count.
    """
    with clear_failures(show_traceback=show_traceback):
        from spine.cli.looking import moment_of, partition_as_recorded, tell_moment
        from spine.cli.packages import declared_domains
        from spine.cli.project import open_for_reading, project_settings
        from spine.cli.targets import refuse_together
        from spine.looking.anomalies import counted, held_back, one_by_one, wanted
        from spine.looking.captures import check_domain, has_captures

        refuse_together({"--export": export is not None, "--details": details})
        settings = project_settings(database_url)
        partition = partition_as_recorded(settings, domain, partition)
        with open_for_reading(settings) as database:
            with database.read() as connection:
                check_domain(connection, domain, declared_domains(settings.generated))
            moment = moment_of(database, as_of)
            these = wanted(domain=domain, partition=partition, code=code, as_of=moment)
            if export is not None:
                with database.snapshot() as connection:
                    _export(held_back(connection, these), export)
                return
            with database.snapshot() as connection:
                found = one_by_one(connection, these, limit + 1) if details else counted(connection, these)
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
            _print_text([name for name in found[0] if name not in left_out], found, full_ids=full_ids)


def _export(held: "Iterator[Any]", into: Path) -> None:
    """Write each record, and then have the file in its place."""
    import json
    import tempfile
    from contextlib import ExitStack

    from spine.looking.anomalies import Counted

    written = others = counted = 0
    with ExitStack() as stack:
        opened = stack.enter_context(
            tempfile.NamedTemporaryFile(
                "w", dir=into.parent, prefix=f".{into.name}-", encoding="utf-8", newline="", delete=False
            )
        )
        beside = Path(opened.name)
        stack.callback(beside.unlink, missing_ok=True)
        for content in held:
            if content is None:
                others += 1
                continue
            if isinstance(content, Counted):
                counted += content.number
                continue
            text = (
                content if isinstance(content, str) else json.dumps(content, ensure_ascii=False, default=str)
            )
            opened.write(f"{text}\n")
            written += 1
        opened.flush()
        beside.replace(into)
    note(f"{written} record{'s'[: written != 1]} written to {into}")
    if counted:
        note(
            f"{counted} more anomal{'y is' if counted == 1 else 'ies are'} past the limit of "
            f"{'its' if counted == 1 else 'their'} code (stored), which no record is kept of"
        )
    if others:
        note(f"{others} anomal{'y is' if others == 1 else 'ies are'} of no record that was left out")


def _print_text(names: list[str], found: "list[Found]", *, full_ids: bool) -> None:
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
