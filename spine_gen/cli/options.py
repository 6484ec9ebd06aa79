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
AllowDestructive = Annotated[
    bool,
    typer.Option(
        "--allow-destructive",
        help="Accept schema changes that destroy rows or values and that the spec does not acknowledge.",
    ),
]
AssumeEmpty = Annotated[
    bool,
    typer.Option(
        "--assume-empty",
        help="Accept schema changes that fail where a table has rows: no database has any there yet.",
    ),
]
