"""`spine-gen rebase`: after a merge, this branch's revisions come after the other's."""

from typing import TYPE_CHECKING, Annotated

import typer

from spine_gen.cli.failures import FINDINGS, clear_failures
from spine_gen.cli.options import AllowDestructive, AssumeEmpty, SpecArguments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spine_gen.generate import BuildPlan


def rebase_packages(
    specs: SpecArguments = None,
    *,
    onto: Annotated[
        str | None,
        typer.Option(
            metavar="REF",
            help="The git revision that others build on; none: the default branch of the remote.",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing; list the files that would change.")
    ] = False,
    allow_destructive: AllowDestructive = False,
    assume_empty: AssumeEmpty = False,
) -> None:
    """After a merge: make the revisions one line again. Settle the specs first.

    What REF has stays byte for byte, as databases may have run it. The revisions that only this branch has
    are removed, and what they did is written as the next one, from REF's schema to the specs'. All that is
    generated is written anew, also where it has the marks of a conflict; files that people write (logic/)
    are not touched. Where the revisions are one line already, they stay.
    """
    with clear_failures():
        from spine.settings import load_settings
        from spine_gen.cli.building import listing
        from spine_gen.cli.planning import take_back
        from spine_gen.cli.rebasing import find_branch
        from spine_gen.cli.report import report_build, report_logic
        from spine_gen.cli.spec_files import find_specs
        from spine_gen.cli.terminal import note, write_out
        from spine_gen.generate import generate, write_build
        from spine_gen.permits import Permits

        settings = load_settings()
        take_back(settings.generated)
        branch = find_branch(settings.generated, onto)
        note(f"onto {branch.name} ({branch.commit[:10]})")
        plan = generate(
            find_specs(specs, settings),
            settings.generated,
            project=settings.root,
            permits=Permits(destroy=allow_destructive, assume_empty=assume_empty),
            onto=branch.onto,
            specs_folder=settings.specs,
        )
        failed = report_build(plan)
        if not failed and not dry_run:
            write_build(plan)
        if not failed:
            write_out(listing(plan))
            for said in _removed(plan):
                note(said)
        if failed or dry_run:
            note("nothing was written")
        failed = report_logic(plan) or failed
    if failed:
        raise typer.Exit(FINDINGS)


def _removed(plan: "BuildPlan") -> "Iterator[str]":
    """What becomes of a database that ran a revision which is not there any more."""
    from spine_gen.migrations.chain import revisions_in

    for package in plan.packages:
        before = revisions_in({change.path: change.before for change in package.changes})
        after = revisions_in({change.path: change.after for change in package.changes})
        for revision in before:
            if revision not in after:
                yield (
                    f"{revision} is gone: a database that ran it goes back with the files from before, by "
                    "`spine migrate --to` the revision before it, or is made anew"
                )
