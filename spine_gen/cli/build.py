"""`spine-gen build`: specs in, packages out."""

from typing import Annotated

import typer

from spine_gen.cli.options import AllowDestructive, AssumeEmpty, SpecArguments


def build_specs(
    specs: SpecArguments = None,
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit status 1 if a build would.")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing; print what would change.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing; list the files that would change.")
    ] = False,
    force: Annotated[
        bool,
        typer.Option("--force", help="Overwrite generated files that were edited by hand."),
    ] = False,
    allow_destructive: AllowDestructive = False,
    assume_empty: AssumeEmpty = False,
    keep_going: Annotated[
        bool,
        typer.Option(
            "--keep-going",
            help="Write the packages in which nothing is wrong though others cannot be written; "
            "exit status 1 all the same.",
        ),
    ] = False,
) -> None:
    """Write the packages that the specs stand for: all of it, or nothing if anything is wrong.

    Files that people write (logic/) are made once as stubs and never touched again. Where one does not fit
    what is written, the build says so, with exit status 1.
    """
    from spine_gen.cli.building import build
    from spine_gen.permits import Permits

    permits = Permits(overwrite=force, destroy=allow_destructive, assume_empty=assume_empty)
    build(specs, check=check, diff=diff, dry_run=dry_run, permits=permits, keep_going=keep_going)
