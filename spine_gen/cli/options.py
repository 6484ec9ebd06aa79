"""The arguments and options that several commands share, declared once."""

from pathlib import Path
from typing import Annotated, Literal

import typer

ReportFormat = Literal["text", "json", "github", "sarif"]
TableFormat = Literal["text", "json"]
DiffFormat = Literal["text", "markdown", "json"]

SpecArguments = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="SPEC",
        help="Spec files, or folders of them; none: every .yaml or .yml file in the project's specs folder.",
        show_default=False,
    ),
]
