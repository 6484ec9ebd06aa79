"""`spine-gen validate`: every problem of the specs at once."""

from typing import Annotated

import typer

from spine_gen.cli.options import ReportFormat, SpecArguments


def validate_specs(
    specs: SpecArguments = None,
    *,
    form: Annotated[
        ReportFormat, typer.Option("--format", help="How to print what was found; all but text go to stdout.")
    ] = "text",
) -> None:
    """Report every problem of the specs: where it is, what is wrong, what to do. Writes nothing."""
    from spine_gen.cli.validating import validate

    validate(specs, form=form)
