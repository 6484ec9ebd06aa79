"""`spine-gen breaking`: what a changed spec breaks for readers of its data."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spine_gen.cli.failures import FINDINGS, clear_failures
from spine_gen.cli.options import TableFormat

if TYPE_CHECKING:
    from spine_gen.spec.check import CheckedSpec


def show_breaking(
    spec: Annotated[Path, typer.Argument(metavar="SPEC", help="The spec as it is now.", show_default=False)],
    *,
    against: Annotated[
        str,
        typer.Option(
            metavar="REF|FILE", help="The older spec: a git revision, or a file.", show_default=False
        ),
    ],
    form: Annotated[TableFormat, typer.Option("--format", help="How to print the result.")] = "text",
) -> None:
    """Show what readers of the data may rely on and is not so any more: names, types, codes, keys.

    Exit status 1 if there is any such change; what is only added breaks nobody.
    """
    with clear_failures():
        from dataclasses import asdict

        from spine_gen.cli.report import report_specs
        from spine_gen.cli.revisions import read_older
        from spine_gen.cli.spec_files import read_specs
        from spine_gen.cli.terminal import note, print_json, write_out
        from spine_gen.migrations.breaking import find_breakages

        (new,) = read_specs((spec,))
        old = read_older(spec, against)
        checked = (new,) if old is None else (old, new)
        if report_specs(_only_errors(checked)):
            raise typer.Exit(FINDINGS)
        if old is None:
            note(f"{spec} is not in {against} yet: there is nothing to break")
        found = find_breakages(old.spec, new.spec) if old and old.spec and new.spec else ()
        if form == "json":
            print_json([asdict(item) for item in found])
        else:
            write_out("".join(f"{item.kind}: {item.message}\n" for item in found))
            note(f"{len(found)} breaking change{'' if len(found) == 1 else 's'} since {against}")
    if found:
        raise typer.Exit(FINDINGS)


def _only_errors(specs: "tuple[CheckedSpec, ...]") -> "tuple[CheckedSpec, ...]":
    """Specs without a model: their warnings are validate's business, their errors are in the way."""
    return tuple(spec for spec in specs if not spec.ok)
