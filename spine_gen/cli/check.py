"""`spine-gen check`: what CI asks."""

from typing import Annotated

import typer

from spine_gen.cli.failures import FINDINGS, clear_failures
from spine_gen.cli.options import ReportFormat, SpecArguments


def check_project(
    specs: SpecArguments = None,
    *,
    form: Annotated[
        ReportFormat, typer.Option("--format", help="How to print what was found; all but text go to stdout.")
    ] = "text",
) -> None:
    """For CI: specs valid, generated packages what the specs make, migrations in one line, logic fits. Writes
    nothing."""
    with clear_failures():
        from spine_gen.cli.planning import orphaned_packages, plan_build
        from spine_gen.cli.report import report_build
        from spine_gen.cli.terminal import write_out

        plan = plan_build(specs)
        orphans = () if specs else orphaned_packages(plan)
        failed = report_build(plan, (*plan.stale(), *plan.logic, *orphans), form=form)
        if form == "text" and not failed:
            count = len(plan.packages)
            write_out(f"{count} package{'' if count == 1 else 's'} up to date\n")
    if failed:
        raise typer.Exit(FINDINGS)
