"""`spine lineage`: what a capture was made from, and what was made from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spine.cli.failures import clear_failures
from spine.cli.options import (
    AsOfOption,
    CaptureArgument,
    DatabaseOption,
    FormatOption,
    FullIdsOption,
    TracebackOption,
)
from spine.cli.output import print_json, print_lines

if TYPE_CHECKING:
    from spine.core.captures import CaptureRecord
    from spine.looking.captures import ShortIds
    from spine.looking.freshness import Freshness
    from spine.looking.lineage import Edges


def show_lineage(
    capture: CaptureArgument,
    *,
    as_of: AsOfOption = None,
    full_ids: FullIdsOption = False,
    database_url: DatabaseOption = None,
    output_format: FormatOption = "text",
    show_traceback: TracebackOption = False,
) -> None:
    """Show a capture with its inputs, theirs, and so on, and everything that was built from it.

    With --as-of, what was built from it by then, and which of all that readers saw then.

    As JSON, capture_id, inputs and outputs (the ids next to it), and captures: all that the lines lead to,
    each with capture_id, domain, partition_key, stage, tier, status, current, stale, behind, row_count,
    number, completed_at, inputs and outputs.
    """
    with clear_failures(show_traceback=show_traceback):
        from spine.cli.looking import declared_and_freshness, moment_of, tell_moment
        from spine.cli.project import open_for_reading, project_settings
        from spine.core.capture_records import records_of
        from spine.looking.captures import ShortIds, capture_by_prefix
        from spine.looking.lineage import check_published, edges_from, that_stood

        settings = project_settings(database_url)
        freshness: dict[str, Freshness] = {}
        with open_for_reading(settings) as database:
            moment = moment_of(database, as_of)
            with database.snapshot() as connection:
                root = capture_by_prefix(connection, capture).capture_id
                if moment is not None:
                    check_published(connection, root, moment)
                inputs = edges_from(connection, root, down=False, as_of=moment)
                outputs = edges_from(connection, root, down=True, as_of=moment)
                records = records_of(connection, {*inputs, *outputs})
                if moment is None:
                    current = {one.capture_id for one in records.values() if one.is_current}
                    _, judge = declared_and_freshness(settings)
                    freshness = judge.captures(connection, [records[one] for one in sorted(current)])
                else:
                    current = that_stood(connection, list(records), moment)
        seen = _Seen(current=current, freshness=freshness, short=ShortIds(records, full=full_ids))
        tell_moment(moment, output_format)
        if output_format == "json":
            print_json(
                {
                    "capture_id": root,
                    "inputs": list(inputs[root]),
                    "outputs": list(outputs[root]),
                    "captures": [
                        _as_json(records[one], seen, inputs, outputs) for one in [*inputs, *list(outputs)[1:]]
                    ],
                }
            )
            return
        print_lines(
            [
                seen.line(records[root]),
                "inputs:" if inputs[root] else "inputs: none, it reads a source",
                *_tree(root, inputs, records, seen),
                "outputs:" if outputs[root] else "outputs: none yet",
                *_tree(root, outputs, records, seen),
            ]
        )


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """What is known of the captures shown, beside their records."""

    current: set[str]  # what readers see, or saw at the moment
    freshness: "Mapping[str, Freshness]"
    short: "ShortIds"

    def word(self, record: "CaptureRecord") -> str | None:
        """``stale``, ``behind``, or None."""
        found = self.freshness.get(record.capture_id)
        return None if found is None else found.word

    def line(self, record: "CaptureRecord") -> str:
        """The capture in one line."""
        count = record.row_count
        rows = "" if count is None else f" {count} row{'' if count == 1 else 's'}"
        word = self.word(record)
        superseded = record.status == "COMPLETE" and record.capture_id not in self.current
        standing = "superseded" if superseded else f"{record.status}{f', {word},' if word else ''}"
        place = f"{record.domain} {record.partition_key} {record.stage}"
        return f"{place} {standing}{rows}  {self.short(record.capture_id)}"


def _tree(root: str, edges: "Edges", records: "Mapping[str, CaptureRecord]", of: _Seen) -> Iterator[str]:
    """The tree below the root; a capture met again is named, and its own branch not repeated."""
    seen: set[str] = set()

    def below(capture_id: str, indent: str) -> Iterator[str]:
        neighbours = edges[capture_id]
        for at, near in enumerate(neighbours):
            last = at == len(neighbours) - 1
            again = near in seen and bool(edges[near])
            seen.add(near)
            branch = "└─" if last else "├─"
            yield f"{indent}{branch} {of.line(records[near])}{' (shown above)' if again else ''}"
            if not again:
                yield from below(near, indent + ("   " if last else "│  "))

    yield from below(root, "")


def _as_json(record: "CaptureRecord", seen: _Seen, inputs: "Edges", outputs: "Edges") -> dict[str, object]:
    """A capture with its direct neighbours, as far as they lie on a way to or from the capture asked for."""
    return {
        "capture_id": record.capture_id,
        **record.place._asdict(),
        "status": record.status,
        "current": record.capture_id in seen.current,
        "stale": seen.word(record) == "stale",
        "behind": seen.word(record) == "behind",
        "row_count": record.row_count,
        "number": record.number,
        "completed_at": record.completed_at,
        "inputs": list(inputs.get(record.capture_id, ())),
        "outputs": list(outputs.get(record.capture_id, ())),
    }
