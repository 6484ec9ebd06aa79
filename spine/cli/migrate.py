"""`spine migrate`: bring the database to the generated schema, or say what that would do."""

from typing import TYPE_CHECKING, Annotated

import typer

from spine.cli.failures import FINDINGS, clear_failures, step_failures
from spine.cli.options import DatabaseOption, FormatOption, TracebackOption
from spine.cli.output import note, print_json, write_out
from spine.cli.tables import Column, print_table

if TYPE_CHECKING:
    from spine.cli.output import OutputFormat
    from spine.core.database.backend import DialectName
    from spine.migrations.plan import MigrationPlan, Step
    from spine.settings import Settings


def migrate_database(
    *,
    show_plan: Annotated[
        bool,
        typer.Option(
            "--plan", help="Change nothing; show what would run, what it destroys, and what is in its way."
        ),
    ] = False,
    show_sql: Annotated[
        bool,
        typer.Option(
            "--sql", help="Change nothing; print the SQL, in its transactions, for somebody to run."
        ),
    ] = False,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Change nothing; show what is pending, with exit status 1 if anything is."
        ),
    ] = False,
    show_drift: Annotated[
        bool,
        typer.Option(
            "--drift",
            help="Change nothing; show what differs from what the applied revisions made, with exit status 1 "
            "if anything does.",
        ),
    ] = False,
    to: Annotated[
        str | None,
        typer.Option(
            metavar="REVISION",
            help="Up to this revision with all that it needs, or back to it; the first letters will do.",
            show_default=False,
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Go back though that destroys rows or values.")] = False,
    lock_timeout: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            min=0.001,
            help="How long a lock is waited for. Overrides [tool.spine] migrate_lock_timeout, which is 5.",
            show_default=False,
        ),
    ] = None,
    lock_retries: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=0,
            help="How often all begins again, after longer and longer pauses, where a lock was not had. "
            "Overrides [tool.spine] migrate_lock_retries, which is 3.",
            show_default=False,
        ),
    ] = None,
    database_url: DatabaseOption = None,
    output_format: FormatOption = "text",
    show_traceback: TracebackOption = False,
) -> None:
    """Bring the database to the generated schema: all pending revisions, or none when one fails.

    An index that PostgreSQL builds concurrently parts them: what comes before it is kept, whatever becomes
    of it; run it again to go on.

    Nothing runs where a revision was changed since it ran, is gone, was edited, or follows the same one as
    another, nor where a view, an index or the like that people made hangs on what would change; the message
    says what to do. --plan and --check end with the same message.

    As JSON, a list of revisions in the order in which they run, each with revision, action (apply or undo),
    destroys, rebuilds (the tables that SQLite makes anew), and builds (the indexes that PostgreSQL builds
    while others write, in no transaction); with --sql, an object with sql; with --drift, one with differences
    (each with what, says, declared and there), added (indexes and triggers that people made on the tables,
    which are no difference) and pending (revisions that did not run).
    """
    with clear_failures(show_traceback=show_traceback):
        from dataclasses import replace

        from spine.cli.drift import print_drift
        from spine.cli.migration_progress import migration_progress
        from spine.cli.packages import package_names
        from spine.cli.project import opened, project_settings
        from spine.cli.targets import refuse_together
        from spine.migrations import migrate
        from spine.migrations.locks import Patience
        from spine.settings import hide_password

        refuse_together({"--plan": show_plan, "--sql": show_sql, "--check": check, "--drift": show_drift})
        refuse_together({"--drift": show_drift, "--to": to is not None})
        settings = project_settings(database_url)
        package_names(settings.generated)
        shown = hide_password(settings.database_url)
        if show_drift:
            if print_drift(settings, shown, output_format):
                raise typer.Exit(FINDINGS)
            return
        if show_plan or show_sql or check:
            if _show(settings, shown, to, output_format, sql=show_sql) and check:
                raise typer.Exit(FINDINGS)
            return
        seconds = settings.migrate_lock_timeout if lock_timeout is None else lock_timeout
        retries = settings.migrate_lock_retries if lock_retries is None else lock_retries
        with (
            opened(replace(settings, lock_timeout=seconds)) as database,
            migration_progress() as watch,
            step_failures(settings.generated),
        ):
            done = migrate(
                database,
                settings.generated,
                to=to,
                may_destroy=yes,
                patience=Patience(retries=retries),
                watch=watch,
            )
            dialect = database.dialect
        if earlier := [revision.revision for revision in done.unrecorded if not revision.is_core]:
            note(
                f"{', '.join(earlier)}: applied before {shown} kept what it ran; kept now as the files "
                "are, since nothing else can be known"
            )
        if output_format == "json":
            print_json(_as_json(done, dialect))
            return
        for title, undoing in (("APPLIED", False), ("UNDONE", True)):
            if names := [step.revision.revision for step in done.steps if step.undoing is undoing]:
                print_table([Column(title=title)], ([name] for name in names))
        at = "the generated schema" if to is None else to
        note(f"{shown} is at {at}" if done.steps else f"{shown} was up to date already")


def _show(settings: "Settings", shown: str, to: str | None, form: "OutputFormat", *, sql: bool) -> bool:
    """Print what would be done, and change nothing; whether there is anything.

    Raises MigrationError where it could not be done, but for a script, which somebody may run elsewhere.
    """
    from spine.cli.project import open_for_planning
    from spine.errors import MigrationError
    from spine.migrations import plan
    from spine.migrations.revisions import version_folders

    with open_for_planning(settings) as database:
        found, dialect = plan(database, settings.generated, to=to), database.dialect
    if sql:
        from spine.migrations.running import script_of

        text = script_of(found, dialect, version_folders(settings.generated))
        if form == "json":
            print_json({"sql": text})
        else:
            write_out(text)
    elif form == "json":
        print_json(_as_json(found, dialect))
    elif found.steps:
        _print_plan(found, dialect)
    count = len(found.steps)
    note(
        f"{shown}: {count} revision{'' if count == 1 else 's'} to run" if count else f"{shown} is up to date"
    )
    if found.in_the_way and not sql:
        raise MigrationError("; ".join(found.in_the_way))
    return bool(found.steps)


def _print_plan(found: "MigrationPlan", dialect: "DialectName") -> None:
    last = "MAKES ANEW" if dialect == "sqlite" else "BUILDS CONCURRENTLY"
    columns = [Column(title="REVISION"), Column(title="ACTION"), Column(title="DESTROYS", long=True)]
    columns.append(Column(title=last, long=True))
    print_table(columns, (_cells(found, step, dialect) for step in found.steps))


def _cells(found: "MigrationPlan", step: "Step", dialect: "DialectName") -> list[str | None]:
    listed = (
        step.destroys,
        step.rebuilds if dialect == "sqlite" else found.built_concurrently(step, dialect),
    )
    return [step.revision.revision, _action(step), *(", ".join(names) or None for names in listed)]


def _action(step: "Step") -> str:
    return "undo" if step.undoing else "apply"


def _as_json(plan: "MigrationPlan", dialect: "DialectName") -> list[dict[str, object]]:
    return [
        {
            "revision": step.revision.revision,
            "action": _action(step),
            "destroys": step.destroys,
            "rebuilds": step.rebuilds if dialect == "sqlite" else (),
            "builds": plan.built_concurrently(step, dialect),
        }
        for step in plan.steps
    ]
