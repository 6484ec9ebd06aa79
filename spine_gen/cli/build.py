"""`spine-gen build`: specs in, packages out."""

from typing import TYPE_CHECKING, Annotated

import typer

from spine_gen.cli.failures import FINDINGS, clear_failures
from spine_gen.cli.options import SpecArguments

if TYPE_CHECKING:
    from spine_gen.generate import BuildPlan


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
        typer.Option(
            "--force",
            help="Overwrite generated files that were edited by hand, and accept schema changes "
            "that fail on a database with rows.",
        ),
    ] = False,
) -> None:
    """Write the packages that the specs stand for: all of it, or nothing if anything is wrong.

    Files that people write (logic/) are made once as stubs and never touched again.
    """
    with clear_failures():
        from spine_gen.cli.planning import note_stops, plan_build
        from spine_gen.cli.report import report_build
        from spine_gen.cli.terminal import note, write_out
        from spine_gen.generate import write_build

        writing = not (check or diff or dry_run)
        plan = plan_build(specs, force=force, writing=writing)
        report_build(plan, plan.stale() if check else ())
        if plan.blocked:
            note_stops(plan)
            note("nothing was written")
            raise typer.Exit(FINDINGS)
        if writing:
            write_build(plan)
        if diff:
            write_out(plan.diff())
        elif not check:
            write_out(_listing(plan))
        if writing:
            _note_next(plan)
        else:
            note("nothing was written")
    if check and not plan.up_to_date:
        raise typer.Exit(FINDINGS)


def _listing(plan: "BuildPlan") -> str:
    """A line for every file that changes, and a count of them all."""
    from spine_gen.cli.planning import place

    lines = [f"{change.status.value:<6}  {place(plan, package, change)}\n" for package, change in plan.writes]
    statuses = [change.status.value for package in plan.packages for change in package.changes]
    written = ((statuses.count(name), done) for name, done in _DONE.items())
    counts = [f"{count} {done}" for count, done in written if count]
    unchanged = len(statuses) - len(lines)
    return "".join(lines) + ", ".join([*counts, f"{unchanged} unchanged"]) + "\n"


def _note_next(plan: "BuildPlan") -> None:
    """What the build leaves to people."""
    from spine_gen.cli.planning import place
    from spine_gen.cli.terminal import note
    from spine_gen.output.compare import Status

    for package in plan.packages:
        for change in package.changes:
            path = place(plan, package, change)
            if change.status is Status.LEFT:
                note(f"{path} is yours and stays, though the spec does not use it any more")
            elif change.status is Status.CREATE and _is_stub(change.path):
                note(f"next: write {path}")
    if any(package.schema_changes for package in plan.packages):
        note("next: spine migrate (a new SQLite database needs none)")


def _is_stub(path: str) -> bool:
    return path.startswith("logic/") and not path.endswith("__init__.py")


_DONE = {"create": "created", "update": "updated", "remove": "removed"}
