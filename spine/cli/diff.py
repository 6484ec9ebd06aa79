"""`spine diff`: what one capture's rows are beside those of another, or of the one whose place it took."""

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from spine.cli.failures import clear_failures
from spine.cli.options import CaptureArgument, DatabaseOption, FullIdsOption, TracebackOption
from spine.cli.output import note, print_json, print_lines, visible, write_out
from spine.cli.tables import Column, print_table

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from spine.core.captures import CaptureRecord
    from spine.looking.diff import Change, RowChange, RowsCompared

DiffFormat = Literal["text", "json", "csv"]
NULL = "NULL"
SIGNS: "Mapping[Change, str]" = {"changed": "~", "removed": "-", "added": "+"}


def show_diff(
    capture: CaptureArgument,
    base: Annotated[
        str | None,
        typer.Argument(
            metavar="[CAPTURE]", help="The one to compare it with; the one that it superseded if not named."
        ),
    ] = None,
    *,
    limit: Annotated[
        int, typer.Option("--limit", min=0, help="Show so many rows at most; csv has all of them.")
    ] = 20,
    full_ids: FullIdsOption = False,
    database_url: DatabaseOption = None,
    output_format: Annotated[DiffFormat, typer.Option("--format", help="How to print the result.")] = "text",
    show_traceback: TracebackOption = False,
) -> None:
    """Show which rows a capture changed, removed and added, by the key of its table.

    As csv, every row: its change, its key, and each other column before (old.NAME) and after (new.NAME),
    empty where it did not change. Text and JSON are in quotes; a NULL is empty, without.

    As JSON, domain, stage, tier, partition_key, capture_id, compared_with, counts (changed, removed and
    added), and rows: a sample, each with change, key, old and new (the columns that changed; of a row that
    was removed or added, all).
    """
    with clear_failures(show_traceback=show_traceback):
        from spine.cli.looking import declared_and_freshness
        from spine.cli.project import open_for_reading, project_settings
        from spine.looking.diff import RowsCompared

        settings = project_settings(database_url)
        declared, _ = declared_and_freshness(settings)
        with open_for_reading(settings) as database, database.snapshot() as connection:
            new, old = _pair(connection, capture, base)
            compared = RowsCompared(connection, declared, old, new)
            for one in (old, new):
                if not set(compared.columns).isdisjoint(one.destroyed_columns):
                    note(f"capture {one.capture_id}: {one.migrated}, which compare as NULL")
            if output_format == "csv":
                _print_csv(compared)
                return
            counts = compared.counts()
            sample = list(compared.rows(limit))
        if output_format == "json":
            print_json(
                {
                    "domain": new.domain,
                    "stage": new.stage,
                    "tier": new.tier,
                    "partition_key": new.partition_key,
                    "capture_id": new.capture_id,
                    "compared_with": old.capture_id,
                    "counts": counts,
                    "rows": [
                        {"change": row.change, "key": row.key, "old": row.old, "new": row.new}
                        for row in sample
                    ],
                }
            )
            return
        _print_head(old, new, counts, full_ids=full_ids)
        _print_sample(compared, sample)
        if len(sample) < sum(counts.values()):
            note(
                f"{len(sample)} of {sum(counts.values())} rows are shown; --limit shows more, "
                "--format csv all of them"
            )


def _pair(connection: "Connection", capture: str, base: str | None) -> "tuple[CaptureRecord, CaptureRecord]":
    """The capture, and the one to compare it with."""
    from spine.errors import NotComparableError
    from spine.looking.captures import capture_by_prefix

    new = capture_by_prefix(connection, capture)
    if base is not None:
        return new, capture_by_prefix(connection, base)
    if new.supersedes is None:
        raise NotComparableError(
            f"capture {new.capture_id} of {new.place} superseded none: name the one to compare it with"
        )
    return new, capture_by_prefix(connection, new.supersedes)


def _print_head(
    old: "CaptureRecord", new: "CaptureRecord", counts: "Mapping[Change, int]", *, full_ids: bool
) -> None:
    from spine.looking.captures import ShortIds

    short = ShortIds((old.capture_id, new.capture_id), full=full_ids)
    total = f"{new.row_count} row{'' if new.row_count == 1 else 's'}, {old.row_count} before"
    print_lines(
        [
            f"{new.place} {short(new.capture_id)} beside "
            f"{'' if old.partition_key == new.partition_key else f'{old.partition_key} '}"
            f"{short(old.capture_id)}: {total}",
            ", ".join(f"{count} {change}" for change, count in counts.items()),
        ]
    )


def _print_sample(compared: "RowsCompared", sample: "list[RowChange]") -> None:
    if not sample:
        return
    print_lines([""])
    print_table(
        [
            Column(title=""),
            *(Column(title=name.upper()) for name in compared.key),
            Column(title="COLUMNS", long=True),
        ],
        (
            [
                SIGNS[row.change],
                *(_shown(row.key[name]) for name in compared.key),
                _changes(compared, row),
            ]
            for row in sample
        ),
    )


def _changes(compared: "RowsCompared", row: "RowChange") -> str:
    old, new = (_with_json_text(compared, side) for side in (row.old, row.new))
    if row.old is not None and row.new is not None:
        return ", ".join(f"{name} {_shown(old[name])} -> {_shown(new[name])}" for name in old)
    return ", ".join(f"{name} {_shown(value)}" for name, value in (new or old).items())


def _with_json_text(compared: "RowsCompared", side: "Mapping[str, object] | None") -> dict[str, object]:
    """The values of one side, those of JSON columns as JSON; none where there is no such row."""
    return {
        name: json.dumps(value, ensure_ascii=False)
        if name in compared.json_columns and value is not None
        else value
        for name, value in (side or {}).items()
    }


def _shown(value: object) -> str:
    """A value in a text: NULL, and text that could be taken for something else in quotes."""
    if value is None:
        return NULL
    if isinstance(value, str):
        return value if value and value != NULL and value == visible(value).strip() else repr(value)
    return str(value)


def _print_csv(compared: "RowsCompared") -> None:
    titles = [f"{side}.{name}" for name in compared.columns for side in ("old", "new")]
    write_out(_csv_line(["change", *compared.key, *titles]))
    for row in compared.rows():
        sides = [_with_json_text(compared, side) for side in (row.old, row.new)]
        values = [side.get(name) for name in compared.columns for side in sides]
        write_out(_csv_line([row.change, *(row.key[name] for name in compared.key), *values]))


def _csv_line(values: Iterable[object]) -> str:
    return ",".join(_field(value) for value in values) + "\n"


def _field(value: object) -> str:
    """Text in quotes, also where it is empty: a NULL is the only field with nothing in it."""
    if value is None:
        return ""
    return '"' + value.replace('"', '""') + '"' if isinstance(value, str) else str(value)
