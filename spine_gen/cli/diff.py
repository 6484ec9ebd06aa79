"""`spine-gen diff`: what a build would change in code and schema."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spine_gen.cli.failures import FINDINGS, clear_failures
from spine_gen.cli.options import DiffFormat, SpecArguments

if TYPE_CHECKING:
    from spine_gen.generate import PackagePlan


def show_diff(
    specs: SpecArguments = None,
    *,
    form: Annotated[DiffFormat, typer.Option("--format", help="How to print it.")] = "text",
) -> None:
    """Show what a build would change: the tables first, then every file. Writes nothing."""
    with clear_failures():
        from spine_gen.cli.planning import plan_build
        from spine_gen.cli.report import report_build
        from spine_gen.cli.terminal import note, print_json, write_out

        plan = plan_build(specs)
        failed = report_build(plan)
        if form == "json":
            print_json([_as_json(package) for package in plan.packages])
        elif changed := [package for package in plan.packages if _changes(package)]:
            show = _as_markdown if form == "markdown" else _as_text
            write_out("\n".join(show(package) for package in changed))
        elif not failed:
            note("a build would change nothing")
    if failed:
        raise typer.Exit(FINDINGS)


def _changes(package: "PackagePlan") -> bool:
    return bool(package.schema_changes) or any(change.status.writes for change in package.changes)


def _as_text(package: "PackagePlan") -> str:
    lines = [f"{package.domain}\n"]
    for item in _schema(package):
        mark = "!" if item["destroys_data"] else " "
        lines.append(f"  {mark} {item['table']}: {item['change']}\n")
    return "".join([*lines, "\n", package.diff()])


def _as_markdown(package: "PackagePlan") -> str:
    """For a pull request's comment; a file may hold fences, so the fence is longer than any in it."""
    lines = [f"## {package.domain}\n\n"]
    if schema := list(_schema(package)):
        lines.append("| table | change | destroys data |\n| --- | --- | --- |\n")
        lines += [
            f"| `{item['table']}` | {item['change']} | {'**yes**' if item['destroys_data'] else 'no'} |\n"
            for item in schema
        ]
        lines.append("\n")
    for change in package.changes:
        if text := change.diff(f"{package.package}/"):
            fence = _fence(text)
            title = f"{change.status.value} <code>{package.package}/{change.path}</code>"
            lines.append(f"<details><summary>{title}</summary>\n\n{fence}diff\n{text}{fence}\n\n</details>\n")
    return "".join(lines)


def _as_json(package: "PackagePlan") -> dict[str, Any]:
    return {
        "domain": package.domain,
        "package": package.package,
        "schema": list(_schema(package)),
        "files": [
            {
                "path": change.path,
                "status": change.status.value,
                "diff": change.diff(f"{package.package}/"),
            }
            for change in package.changes
            if change.status.writes or change.status.stops
        ],
    }


def _schema(package: "PackagePlan") -> Iterator[dict[str, Any]]:
    """What the next revision does, a change a row; the views around it are left out."""
    from spine_gen.migrations.changes import ChangeTable, told_changes

    for change in told_changes(package.schema_changes):
        for part in change.parts if isinstance(change, ChangeTable) else (change,):
            yield {"table": change.subject, "change": part.reason, "destroys_data": part.destroys}


def _fence(text: str) -> str:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    return "`" * max(3, longest + 1)
