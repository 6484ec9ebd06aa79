"""`spine-gen diff`: what a build would change in code and schema."""

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spine_gen.cli.failures import FINDINGS, MISUSE, clear_failures
from spine_gen.cli.options import DiffFormat, SpecArguments

if TYPE_CHECKING:
    from spine_gen.generate import PackagePlan


def show_diff(
    specs: SpecArguments = None,
    *,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="REF|FILE",
            help="Show instead what changes since an older state, a git revision or for one spec a file: "
            "for readers, in the schema, and whose results become stale.",
            show_default=False,
        ),
    ] = None,
    database_url: Annotated[
        str | None,
        typer.Option(
            "--database-url",
            metavar="URL",
            help="With --against: count the partitions whose results become stale in that database.",
            show_default=False,
        ),
    ] = None,
    form: Annotated[DiffFormat, typer.Option("--format", help="How to print it.")] = "text",
) -> None:
    """Show what a build would change: the tables first, then every file. Writes nothing.

    With --against, show what a reviewer of the specs should know instead.
    """
    with clear_failures():
        from spine_gen.cli.terminal import note

        if against is not None:
            from spine_gen.cli.reviewing import review_specs

            if review_specs(specs, against, form=form, database_url=database_url):
                raise typer.Exit(FINDINGS)
            return
        if database_url is not None:
            note("error: --database-url counts what becomes stale since --against: give both")
            raise typer.Exit(MISUSE)
        from spine_gen.cli.planning import plan_build
        from spine_gen.cli.report import report_build
        from spine_gen.cli.terminal import print_json, write_out

        plan = plan_build(specs)
        failed = report_build(plan, plan.logic)
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
    from spine_gen.reviewing.formats import schema_line
    from spine_gen.reviewing.review import schema_rows

    lines = [f"{schema_line(row)}\n" for row in schema_rows(package.schema_changes)]
    return "".join([f"{package.domain}\n", *lines, "\n", package.diff()])


def _as_markdown(package: "PackagePlan") -> str:
    """For a pull request's comment; a file may hold fences, so the fence is longer than any in it."""
    from spine_gen.reviewing.formats import schema_cells
    from spine_gen.reviewing.review import schema_rows

    lines = [f"## {package.domain}\n\n"]
    if schema := list(schema_rows(package.schema_changes)):
        lines.append("| table | change | destroys data |\n| --- | --- | --- |\n")
        lines += [f"{schema_cells(row)}\n" for row in schema]
        lines.append("\n")
    for change in package.changes:
        if text := change.diff(f"{package.package}/"):
            fence = _fence(text)
            title = f"{change.status.value} <code>{package.package}/{change.path}</code>"
            lines.append(f"<details><summary>{title}</summary>\n\n{fence}diff\n{text}{fence}\n\n</details>\n")
    return "".join(lines)


def _as_json(package: "PackagePlan") -> dict[str, Any]:
    from spine_gen.reviewing.formats import schema_as_data
    from spine_gen.reviewing.review import schema_rows

    return {
        "domain": package.domain,
        "package": package.package,
        "schema": [schema_as_data(row) for row in schema_rows(package.schema_changes)],
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


def _fence(text: str) -> str:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    return "`" * max(3, longest + 1)
