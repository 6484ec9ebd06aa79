"""The `spine` command: run workflows and look at what they did.

Each command is a module; what it needs beyond its options is imported when it runs, so that help is quick.
"""

import io
import sys
from typing import Annotated

import typer

from spine.cli.accept import accept_changes
from spine.cli.anomalies import show_anomalies
from spine.cli.captures import show_captures
from spine.cli.diff import show_diff
from spine.cli.examples import run_examples
from spine.cli.lineage import show_lineage
from spine.cli.migrate import migrate_database
from spine.cli.refresh import refresh_stale
from spine.cli.run import run_workflow
from spine.cli.status import show_status

__all__ = ["main"]

app = typer.Typer(
    name="spine",
    help="Run tracked pipelines and workflows, and look at what they did.",
    epilog="Exit status: 0 all well, 1 a run or an example failed, 2 misuse.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help: the same in a terminal, a log and a README
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"spine {version('spine-gen')}")
        raise typer.Exit


@app.callback()
def _common_options(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version and exit.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Options that stand before any command."""


app.command("migrate", short_help="Bring the database to the generated schema.")(migrate_database)
app.command("run", short_help="Run a workflow or a pipeline for one partition.")(run_workflow)
app.command("test", short_help="Run the examples of specs.")(run_examples)
app.command("refresh", short_help="Make again what is stale, and what that made stale.")(refresh_stale)
app.command("accept", short_help="Say that a changed definition alters no results.")(accept_changes)
app.command("status", short_help="Show partitions by stages: complete, failed, rows.")(show_status)
app.command("anomalies", short_help="Show what was odd, by code and partition.")(show_anomalies)
app.command("captures", short_help="Show every attempt at the stages of partitions.")(show_captures)
app.command("diff", short_help="Show which rows a capture changed, removed and added.")(show_diff)
app.command("lineage", short_help="Show what a capture was made from, and what from it.")(show_lineage)


def main() -> None:
    """The entry point: run the command line and exit with its status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal's narrow encoding never stops a run
    app(prog_name="spine")
