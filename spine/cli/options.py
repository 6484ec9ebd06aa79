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
PartitionOption = Annotated[
    str | None, typer.Option("--partition", "-p", metavar="KEY", help="Only this partition.")
]
FromOption = Annotated[
    str | None, typer.Option("--from", metavar="KEY", help="Only this partition and later ones.")
]
ToOption = Annotated[
    str | None, typer.Option("--to", metavar="KEY", help="Only this partition and earlier ones.")
]
CaptureArgument = Annotated[
    str, typer.Argument(metavar="CAPTURE", help="A capture id, or as much of its start as is unique.")
]
AsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="TIME|NUMBER",
        help="What stood then: at a time, such as 2025-12-17T09:30 (UTC where it has no offset), or at a "
        "number that a command printed.",
    ),
]
LookOption = Annotated[
    bool,
    typer.Option(
        "--look",
        help="Also ask whether remote files and the rows of sql sources have changed since.",
    ),
]
ArchiveOption = Annotated[
    bool,
    typer.Option(
        "--from-archive",
        help="Fetch nothing: read the newest that the archive has of remote files and sql sources.",
    ),
]
FullIdsOption = Annotated[
    bool, typer.Option("--full-ids", help="Capture ids whole, not just what tells them apart.")
]
