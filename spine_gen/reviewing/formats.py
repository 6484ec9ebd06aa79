"""A review as text, as Markdown for a pull request, and as data."""

from collections.abc import Iterator
from typing import Any

from spine_gen.breaking.formats import as_data
from spine_gen.reviewing.review import Review, SchemaRow, Stale


def review_as_text(review: Review) -> str:
    """Headings with a line for each thing; what destroys rows or values is marked."""
    return "".join(f"{line}\n" for line in (f"{review.domain} ({review.path})", *_text(review)))


def review_as_markdown(review: Review) -> str:
    """Tables, under the domain's name."""
    lines = [f"## {review.domain}", ""]
    if review.changes:
        lines += ["| judged | change |", "| --- | --- |"]
        for each in review.changes:
            mark = "**breaking**" if each.change.judgement == "breaking" else each.change.judgement
            meant = f" (meant: {each.change.ignored})" if each.change.ignored else ""
            lines.append(f"| {mark} | {_cell(each.change.message + meant)} |")
        lines.append("")
    if review.schema:
        lines += ["| table | migration | destroys data |", "| --- | --- | --- |"]
        lines += [schema_cells(row) for row in review.schema]
        lines.append("")
    if review.stale:
        lines += ["| stale | because | partitions |", "| --- | --- | --- |"]
        lines += [
            f"| `{each.stage.after.name}` | {each.stage.reason} | {_count(each)} |" for each in review.stale
        ]
        lines.append("")
    return "\n".join(lines)


def review_as_data(review: Review) -> dict[str, Any]:
    """All of it, as plain data."""
    return {
        "domain": review.domain,
        "path": review.path,
        "changes": as_data(review.changes),
        "schema": [schema_as_data(row) for row in review.schema],
        "stale": [
            {
                "stage": each.stage.after.name,
                "parts": list(each.stage.parts),
                "behind": list(each.stage.behind),
                "partitions": each.partitions,
            }
            for each in review.stale
        ],
    }


def schema_line(row: SchemaRow) -> str:
    """A change of the schema as a line of text."""
    return f"  {'!' if row.destroys else ' '} {row.table}: {row.change}"


def schema_cells(row: SchemaRow) -> str:
    """A change of the schema as a row of a table."""
    return f"| `{row.table}` | {row.change} | {'**yes**' if row.destroys else 'no'} |"


def schema_as_data(row: SchemaRow) -> dict[str, Any]:
    """A change of the schema as plain data."""
    return {"table": row.table, "change": row.change, "destroys_data": row.destroys}


def _text(review: Review) -> Iterator[str]:
    if review.changes:
        yield "  what changes"
        for each in review.changes:
            meant = f" (meant: {each.change.ignored})" if each.change.ignored else ""
            yield f"    {each.change.judgement}: {each.change.message}{meant}"
    if review.schema:
        yield "  the migration (! destroys rows or values)"
        yield from (f"  {schema_line(row)}" for row in review.schema)
    if review.stale:
        yield "  what becomes stale"
        for item in review.stale:
            count = "" if item.partitions is None else f" ({_partitions(item.partitions)})"
            yield f"    {item.stage.after.name}: {item.stage.reason}{count}"


def _partitions(count: int) -> str:
    return f"{count} partition{'' if count == 1 else 's'}"


def _count(each: Stale) -> str:
    return "" if each.partitions is None else str(each.partitions)


def _cell(text: str) -> str:
    """A text within a table: a bar or a line break would end its cell."""
    return " ".join(text.replace("|", "\\|").split())
