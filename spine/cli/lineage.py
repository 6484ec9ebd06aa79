"""`spine lineage`: what a capture was made from, and what was made from it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from spine.cli.failures import clear_failures
from spine.cli.options import DatabaseOption, FormatOption, TracebackOption
from spine.cli.output import print_json, print_lines

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from spine.cli.captures import CaptureRecord

Edges = Mapping[str, Sequence[str]]  # capture → its neighbours in one direction


def show_lineage(
    capture: Annotated[
        str, typer.Argument(metavar="CAPTURE", help="A capture id, or as much of its start as is unique.")
    ],
    *,
    database_url: DatabaseOption = None,
    output_format: FormatOption = "text",
    show_traceback: TracebackOption = False,
) -> None:
    """Show a capture with its inputs, theirs, and so on, and everything that was built from it.

    As JSON, capture_id, inputs and outputs (the ids next to it), and captures: all that the lines lead to,
    each with capture_id, domain, partition_key, stage, tier, status, current, stale, row_count, completed_at,
    inputs and outputs.
    """
    with clear_failures(show_traceback=show_traceback):
        from spine.cli.captures import capture_by_prefix, records_of
        from spine.cli.project import open_for_reading, project_settings

        with open_for_reading(project_settings(database_url)) as database, database.read() as connection:
            root = capture_by_prefix(connection, capture)
            inputs = _edges(connection, root, down=False)
            outputs = _edges(connection, root, down=True)
            records = records_of(connection, sorted({*inputs, *outputs}))
        if output_format == "json":
            print_json(
                {
                    "capture_id": root,
                    "inputs": list(inputs[root]),
                    "outputs": list(outputs[root]),
                    "captures": [_as_json(record, inputs, outputs) for record in records.values()],
                }
            )
            return
        print_lines(
            [
                _line(records[root]),
                "inputs:" if inputs[root] else "inputs: none, it reads a source",
                *_tree(root, inputs, records),
                "outputs:" if outputs[root] else "outputs: none yet",
                *_tree(root, outputs, records),
            ]
        )


def _edges(connection: "Connection", root: str, *, down: bool) -> dict[str, tuple[str, ...]]:
    """Every capture reachable from the root in one direction, with its neighbours, a query per level."""
    import sqlalchemy as sa

    from spine.core.tables import core_lineage

    here, there = core_lineage.c.capture_id, core_lineage.c.input_capture_id
    if down:
        here, there = there, here
    edges: dict[str, tuple[str, ...]] = {}
    level = [root]
    while level:
        found: dict[str, list[str]] = {capture_id: [] for capture_id in level}
        for source, neighbour in connection.execute(
            sa.select(here, there).where(here.in_(level)).order_by(here, there)
        ):
            found[source].append(neighbour)
        edges.update({capture_id: tuple(neighbours) for capture_id, neighbours in found.items()})
        level = sorted({near for neighbours in found.values() for near in neighbours} - edges.keys())
    return edges


def _tree(root: str, edges: Edges, records: Mapping[str, "CaptureRecord"]) -> Iterator[str]:
    """The tree below the root; a capture met again is named, and its own branch not repeated."""
    seen: set[str] = set()

    def below(capture_id: str, indent: str) -> Iterator[str]:
        neighbours = edges[capture_id]
        for at, near in enumerate(neighbours):
            last = at == len(neighbours) - 1
            again = near in seen and bool(edges[near])
            seen.add(near)
            branch = "└─" if last else "├─"
            yield f"{indent}{branch} {_line(records[near])}{' (shown above)' if again else ''}"
            if not again:
                yield from below(near, indent + ("   " if last else "│  "))

    yield from below(root, "")


def _line(record: "CaptureRecord") -> str:
    rows = (
        "" if record.row_count is None else f" {record.row_count} row{'' if record.row_count == 1 else 's'}"
    )
    superseded = record.status == "COMPLETE" and not record.current
    standing = "superseded" if superseded else f"{record.status}{', stale,' if record.stale else ''}"
    return f"{record.domain} {record.partition_key} {record.stage} {standing}{rows}  {record.capture_id}"


def _as_json(record: "CaptureRecord", inputs: Edges, outputs: Edges) -> dict[str, object]:
    """A capture with its direct neighbours, as far as they lie on a way to or from the capture asked for."""
    return {
        "capture_id": record.capture_id,
        "domain": record.domain,
        "partition_key": record.partition_key,
        "stage": record.stage,
        "tier": record.tier,
        "status": record.status,
        "current": record.current,
        "stale": record.stale,
        "row_count": record.row_count,
        "completed_at": record.completed_at,
        "inputs": list(inputs.get(record.capture_id, ())),
        "outputs": list(outputs.get(record.capture_id, ())),
    }
