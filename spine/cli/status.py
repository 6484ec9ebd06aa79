"""`spine status`: partitions by stages, with each one's standing and rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from spine.cli.failures import clear_failures
from spine.cli.options import (
    AsOfOption,
    DatabaseOption,
    DomainArgument,
    FormatOption,
    FromOption,
    FullIdsOption,
    LookOption,
    PartitionOption,
    ToOption,
    TracebackOption,
)
from spine.cli.output import note, print_json, print_lines, visible
from spine.cli.tables import Cell, Column, print_table

if TYPE_CHECKING:
    from spine.core.captures import CaptureRecord
    from spine.core.database.database import Database
    from spine.looking.freshness import Freshness
    from spine.looking.status import DomainStatus, Question, Standing
    from spine.settings import Settings


def show_status(
    domain: DomainArgument = None,
    *,
    stale: Annotated[
        bool, typer.Option("--stale", help="Only partitions of which something is stale or behind.")
    ] = False,
    failed: Annotated[
        bool, typer.Option("--failed", help="Only partitions of which the newest attempt at a stage failed.")
    ] = False,
    missing: Annotated[
        bool,
        typer.Option(
            "--missing",
            help="Only partitions without a complete capture of a declared stage, also those that never ran: "
            "from the domain's start to the newest that did, or between --from and --to.",
        ),
    ] = False,
    partition: PartitionOption = None,
    first: FromOption = None,
    last: ToOption = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, help="Show so many partitions of a domain, the newest.")
    ] = 50,
    before: Annotated[
        str | None,
        typer.Option("--before", metavar="KEY", help="Show those before this partition: the next page."),
    ] = None,
    check_files: Annotated[
        bool, typer.Option("--check-files", help="Also look whether source files have changed since.")
    ] = False,
    look: LookOption = False,
    as_of: AsOfOption = None,
    every: Annotated[
        bool,
        typer.Option("--all", help="With --format json: superseded captures and earlier failures, too."),
    ] = False,
    full_ids: FullIdsOption = False,
    database_url: DatabaseOption = None,
    output_format: FormatOption = "text",
    show_traceback: TracebackOption = False,
) -> None:
    """Show which stages are complete for which partitions, what failed, and what is stale or behind.

    A capture is stale when something that it was made from, or its definition, has changed since; it is
    behind when that holds for one of its ancestors; gone, where nothing is complete, when a migration took
    its rows from readers. Of several of --stale, --failed and --missing, one is
    enough.

    As JSON, a list of captures, each with domain, partition_key, stage, tier, status, row_count, capture_id,
    attempt, number (in the order of publication), started_at, completed_at, host, error, current (its rows
    are what readers see), stale, behind, reasons (of either, or how a migration took its rows from readers),
    supersedes and superseded_by.
    """
    with clear_failures(show_traceback=show_traceback):
        from spine.cli.looking import moment_of, tell_moment
        from spine.cli.packages import declared_domains
        from spine.cli.project import open_for_reading, project_settings
        from spine.cli.targets import refuse_together
        from spine.looking.captures import check_domain
        from spine.looking.status import Question
        from spine.orchestration.ranges import PartitionRange

        for name, given in {"--stale": stale, "--failed": failed, "--missing": missing}.items():
            refuse_together({"--as-of": as_of is not None, name: given})
        for name, given in {"--check-files": check_files, "--look": look}.items():
            refuse_together({"--as-of": as_of is not None, name: given})
        settings = project_settings(database_url)
        with open_for_reading(settings) as database:
            with database.read() as connection:
                check_domain(connection, domain, declared_domains(settings.generated))
            moment = moment_of(database, as_of)
            asked = Question(
                within=PartitionRange(partition=partition, first=first, last=last),
                before=before,
                limit=limit,
                stale=stale,
                failed=failed,
                missing=missing,
                as_of=moment,
                superseded=every,
            )
            found, now = _look(settings, database, domain, asked, check_files=check_files, look=look)
        pages = [page for page in found if page.partitions]
        tell_moment(moment, output_format)
        if output_format == "json":
            print_json(
                [_as_json(record, freshness) for page in pages for record, freshness in page.captures()]
            )
        for at, page in enumerate(pages):
            if output_format == "text":
                print_lines(["", page.domain] if at else [page.domain])
                _print_page(page, now, full_ids=full_ids)
            if page.has_more:
                note(
                    f"{visible(page.domain)}: only the newest {limit} are shown; --limit shows more, "
                    f"--before {visible(page.partitions[0])} the next"
                )
        if not pages:
            note(_nothing(domain, asked))


def _look(
    settings: "Settings",
    database: "Database",
    domain: str | None,
    asked: "Question",
    *,
    check_files: bool,
    look: bool,
) -> "tuple[list[DomainStatus], datetime]":
    """A page of each domain, all from one state of the database, and that state's time."""
    import sqlalchemy as sa

    from spine.cli.looking import declared_and_freshness
    from spine.cli.targets import partitionings_of
    from spine.core.database.database_clock import database_now
    from spine.errors import NoPackagesError, ParameterError
    from spine.looking.partition_keys import captured_domains
    from spine.looking.status import StatusOf
    from spine.pipelines.registry import default_registry

    declared, freshness = declared_and_freshness(settings, look_at_files=check_files or look, look=look)
    asked = asked.as_recorded(partitionings_of(domain, None, default_registry))
    declared_names = {makes.domain for makes in declared}
    if asked.missing and (not declared_names or (domain is not None and domain not in declared_names)):
        raise NoPackagesError(
            "--missing needs the generated packages, which say what should be there: "
            "make them with spine-gen build, or mend what keeps them from being imported"
        )
    with database.snapshot() as connection:
        status = StatusOf(connection, declared, freshness)
        captured = captured_domains(connection)
        names = sorted({*captured, *declared_names}) if asked.missing else captured
        if domain is None and len(names) > 1 and asked.is_about_one_domain:
            raise ParameterError("--from, --to and --before are about the partitions of one domain: name it")
        domains = names if domain is None else [domain]
        pages = [page for name in domains for page in status.pages(name, asked)]
        now: datetime = connection.execute(sa.select(database_now())).scalar_one()
    return pages, now


def _nothing(domain: str | None, asked: "Question") -> str:
    """Why there is nothing to show."""
    of = f" of {visible(domain)}" if domain else ""
    if asked.as_of is not None:
        return f"nothing{of} stood then"
    words = [word for word in ("stale", "failed", "missing") if getattr(asked, word)]
    if words:
        return f"nothing{of} is {' or '.join(words)}"
    if asked.before is not None or asked.within.is_bounded:
        return f"nothing{of} has run in that range"
    return f"nothing{of} has run here yet; start with spine run"


def _print_page(page: "DomainStatus", now: datetime, *, full_ids: bool) -> None:
    names = [one.stage for one in page.stages]
    titles = [
        one.stage if names.count(one.stage) == 1 else f"{one.stage} ({one.tier})" for one in page.stages
    ]
    print_table(
        [Column(title="PARTITION"), *(Column(title=title) for title in titles)],
        ([key, *(_cell(page.standing(key, stage), now) for stage in page.stages)] for key in page.partitions),
    )
    shown = [page.standing(key, stage) for key in page.partitions for stage in page.stages]
    _print_freshness(shown)
    _print_failures(shown, now, full_ids=full_ids)


def _print_freshness(shown: "Sequence[Standing]") -> None:
    changed: list[tuple[CaptureRecord, str, str | None]] = [
        (one.complete, one.freshness.word, _reasons(one.freshness))
        for one in shown
        if one.complete is not None and one.freshness.word
    ]
    changed += [(one.gone, "gone", one.gone.taken) for one in shown if one.gone is not None]
    if not changed:
        return
    print_lines([""])
    print_table(
        [
            Column(title="PARTITION"),
            Column(title="STAGE"),
            Column(title="IS"),
            Column(title="REASON", long=True),
        ],
        ([record.partition_key, record.stage, word, reason] for record, word, reason in changed),
    )


def _print_failures(shown: "Sequence[Standing]", now: datetime, *, full_ids: bool) -> None:
    from spine.cli.looking import age
    from spine.looking.captures import ShortIds

    failed = [one.attempt for one in shown if one.attempt is not None and one.attempt.status == "FAILED"]
    if not failed:
        return
    short = ShortIds((one.capture_id for one in failed), full=full_ids)
    print_lines([""])
    print_table(
        [
            Column(title="FAILED"),
            Column(title="STAGE"),
            Column(title="AGE"),
            Column(title="HOST"),
            Column(title="CAPTURE", long=True),
            Column(title="REASON", long=True),
        ],
        (
            [
                one.partition_key,
                one.stage,
                age(one.started_at, now),
                one.host,
                short(one.capture_id),
                one.error,
            ]
            for one in failed
        ),
    )


def _reasons(freshness: "Freshness") -> str:
    """The first few of them."""
    from spine.core.staleness import told

    return told(freshness.stale).removeprefix("stale: ") if freshness.stale else "; ".join(freshness.reasons)


def _cell(standing: "Standing", now: datetime) -> Cell:
    """`COMPLETE 31`, `COMPLETE 31, stale`, or `FAILED, kept 31` where earlier rows stay."""
    from spine.cli.looking import age

    complete, attempt = standing.complete, standing.attempt
    word = standing.freshness.word
    if attempt is None:
        if complete is None:
            return None if standing.gone is None else "gone"
        return f"COMPLETE {complete.row_count}{f', {word}' if word else ''}"
    text: str = attempt.status
    if text == "RUNNING":
        text += f" {age(attempt.started_at, now)}{f' on {attempt.host}' if attempt.host else ''}"
    if complete is not None:
        text += f", kept {complete.row_count}{f', {word}' if word else ''}"
    return text


def _as_json(record: "CaptureRecord", freshness: "Freshness") -> dict[str, object]:
    return {
        **record.place._asdict(),
        "status": record.status,
        "row_count": record.row_count,
        "capture_id": record.capture_id,
        "attempt": record.attempt,
        "number": record.number,
        "started_at": record.started_at,
        "completed_at": record.completed_at,
        "host": record.host,
        "error": record.error,
        "current": record.is_current,
        "stale": freshness.word == "stale",
        "behind": freshness.word == "behind",
        "reasons": (*freshness.reasons, *([record.taken] if record.taken else [])),
        "supersedes": record.supersedes,
        "superseded_by": record.superseded_by,
    }
