"""`spine-gen validate`: every problem of the specs at once."""

from typing import Annotated

import typer

from spine_gen.cli.failures import FINDINGS, clear_failures
from spine_gen.cli.options import ReportFormat, SpecArguments


def validate_specs(
    specs: SpecArguments = None,
    *,
    form: Annotated[
        ReportFormat, typer.Option("--format", help="How to print what was found; all but text go to stdout.")
    ] = "text",
) -> None:
    """Report every problem of the specs: where it is, what is wrong, what to do. Writes nothing."""
    with clear_failures():
        from spine.settings import load_settings
        from spine_gen.cli.report import report_specs
        from spine_gen.cli.spec_files import find_specs, read_specs
        from spine_gen.cli.terminal import write_out
        from spine_gen.diagnostics.as_text import summary

        checked = read_specs(find_specs(specs, load_settings()))
        failed = report_specs(checked, form=form)
        if form == "text":
            lines = (f"{spec.path}: {summary(spec.diagnostics) or 'valid'}\n" for spec in checked)
            write_out("".join(lines))
    if failed:
        raise typer.Exit(FINDINGS)
