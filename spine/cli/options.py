"""The options that several commands share, declared once."""

from typing import Annotated

import typer

from spine.cli.output import OutputFormat

DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database-url",
        metavar="URL",
        help="The database: sqlite:///file.db or postgresql://user@host/name. "
        "Overrides SPINE_DATABASE_URL and [tool.spine] database_url.",
    ),
]
FormatOption = Annotated[OutputFormat, typer.Option("--format", help="How to print the result.")]
TracebackOption = Annotated[
    bool, typer.Option("--traceback", help="On an error, show where in the code it came from.")
]
DomainArgument = Annotated[
    str | None, typer.Argument(metavar="DOMAIN", help="Only this domain, such as finra.otc.")
]
