"""The commands with their options and help, as Typer reads them from the command line.

Each command is a module; what it needs beyond its options is imported when it runs, so that help is quick.
"""

from typing import Annotated

import typer

from spine_gen.cli.breaking import show_breaking
from spine_gen.cli.build import build_specs
from spine_gen.cli.check import check_project
from spine_gen.cli.diff import show_diff
from spine_gen.cli.explain import explain_code
from spine_gen.cli.fmt import format_specs
from spine_gen.cli.init import start_project
from spine_gen.cli.rebase import rebase_packages
from spine_gen.cli.schema import show_schema
from spine_gen.cli.step import begin_step
from spine_gen.cli.validate import validate_specs

__all__ = ["app"]

app = typer.Typer(
    name="spine-gen",
    help="Declare a data domain once in YAML; get plain, tracked, reviewable pipelines.",
    epilog="Exit status: 0 all well, 1 findings (an invalid spec, drift), 2 misuse.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help: the same in a terminal, a log and a README
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"spine-gen {version('spine-gen')}")
        raise typer.Exit


@app.callback()
def _common_options(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version and exit.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Options that stand before any command."""


app.command("init", short_help="Start a project that builds and runs.")(start_project)
app.command("validate", short_help="Report every problem of the specs at once.")(validate_specs)
app.command("fmt", short_help="Lay the specs out evenly; comments stay.")(format_specs)
app.command("build", short_help="Write the packages that the specs stand for.")(build_specs)
app.command("check", short_help="For CI: specs valid, packages up to date.")(check_project)
app.command("step", short_help="Begin a revision that you write: a change of data.")(begin_step)
app.command("rebase", short_help="After a merge: make the revisions one line again.")(rebase_packages)
app.command("diff", short_help="Show what a build would change in code and schema.")(show_diff)
app.command("breaking", short_help="Show what would break readers of the data.")(show_breaking)
app.command("schema", short_help="Print the JSON Schema of the spec language.")(show_schema)
app.command("explain", short_help="Say what a diagnostic means.")(explain_code)
