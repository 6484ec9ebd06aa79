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
    select: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CODE[,CODE]",
            help="Tell only findings of these codes; SG3 stands for all that begin so.",
            show_default=False,
        ),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CODE[,CODE]",
            help="Do not tell findings of these codes; a build still refuses what is an error.",
            show_default=False,
        ),
    ] = None,
    max_findings: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Show no more than so many, errors first, and count the rest; 0: show all. "
            "By default 50 as text, all in other formats.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Report every problem of the specs: where it is, what is wrong, what to do. Writes nothing."""
    from spine_gen.cli.validating import validate

    validate(specs, form=form, select=select or (), ignore=ignore or (), most=max_findings)
