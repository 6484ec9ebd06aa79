"""Which revisions a database lacks, and running them: in one transaction, unless indexes are built between.

The database's version table is Alembic's own, one row a branch: the core's and each generated package's.
Alembic itself is loaded only when there is something to run.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from spine.core.database.database import Database, DatabaseLike
from spine.core.database.schema import VERSION_TABLE
from spine.core.numbers import raise_horizon
from spine.errors import MigrationError

from .applied import ONE_AT_A_TIME, Applied, read_applied, read_heads
from .catalog import Catalog
from .effects import built_concurrently
from .in_the_way import what_is_in_the_way
from .locks import ONCE, Patience, with_patience
from .plan import MigrationPlan, Step, plan_migration, recording_steps
from .refusals import check_known
from .revisions import Revision, read_revisions, version_folders
from .watching import MigrationWatch


def pending(
    database: DatabaseLike, generated: Path | None, *, may_lack_indexes: bool = False
) -> tuple[str, ...]:
    """The revisions of the core, and of the packages in ``generated``, that the database lacks, in order.

    None if it ``may_lack_indexes`` and lacks only those that are built while others write. Raises
    DatabaseAheadError when it carries revisions of these that no file defines.
    """
    there = Database.of(database)
    revisions = read_revisions(version_folders(generated))
    with there.read() as connection:
        applied = Applied(heads=read_heads(connection), kept={})
    check_known(there.url, applied, revisions, whole=generated is not None)
    done = applied.done(revisions)
    lacking = tuple(name for name in revisions if name not in done)
    if may_lack_indexes and all(built_concurrently(revisions[name]) for name in lacking):
        return ()
    return lacking


def plan(database: DatabaseLike, generated: Path | None, *, to: str | None = None) -> MigrationPlan:
    """What ``migrate`` would do now, with what of people's is in the way.

    Raises what ``migrate`` would raise before it runs anything, but for that.
    """
    there = Database.of(database)
    with there.read() as connection:
        return _plan(there, connection, read_revisions(version_folders(generated)), generated, to)


def upgrade(database: DatabaseLike, generated: Path | None) -> tuple[str, ...]:
    """Run what is pending, all in one transaction; returns the revisions, in the order in which they ran.

    Safe to call from several processes at once: one works, the others wait and find nothing to do. Killed or
    failing anywhere, it leaves the database as it was. Where PostgreSQL builds an index concurrently, there
    is one transaction before that and one after, and a rerun goes on with what was not reached. Raises
    MigrationError or DatabaseAheadError, before anything runs, where revisions are not as they were written
    or not as the database has run them, or something of people's is in the way.
    """
    return migrate(database, generated).names


def migrate(
    database: DatabaseLike,
    generated: Path | None,
    *,
    to: str | None = None,
    may_destroy: bool = False,
    patience: Patience = ONCE,
    watch: MigrationWatch | None = None,
) -> MigrationPlan:
    """Run what is pending as ``upgrade`` does, or go up or back to one revision; returns what was done.

    Where it does not get a lock it begins again as often as its ``patience`` has it; the ``watch`` hears how
    it goes. Unless it ``may_destroy``, MigrationError is raised where going back would destroy something.
    """
    there = Database.of(database)
    folders = version_folders(generated)
    revisions = read_revisions(folders)
    with there.read() as connection:
        found = _plan(there, connection, revisions, generated, to)
    _check_free(found)
    if not may_destroy:
        _check_harmless(found)
    watch = watch or MigrationWatch()
    done = replace(found, steps=(), unrecorded=())
    while found.steps or found.unrecorded:
        if (built := found.first_apart(there.dialect)) is not None:
            from .building import build_indexes  # noqa: PLC0415

            build_indexes(there.engine, folders, built, watch)
        plan_now = partial(_plan, there, revisions=revisions, generated=generated, to=to)
        run = partial(_run_part, there, plan_now, folders, built, watch)
        found, part = with_patience(there, patience, watch, run)
        if part is not None:
            done = replace(done, steps=(*done.steps, *part), unrecorded=(*done.unrecorded, *found.unrecorded))
            found = replace(found, steps=found.steps[len(part) :], unrecorded=())
    return done


def _run_part(
    there: Database,
    plan_now: Callable[[sa.Connection], MigrationPlan],
    folders: tuple[Path, ...],
    built: Step | None,
    watch: MigrationWatch,
) -> tuple[MigrationPlan, tuple[Step, ...] | None]:
    """Run what comes next in a transaction, of what is to be done by now.

    None of it where that begins with a step whose indexes were not built, as another process was quicker.
    """
    with there.write() as connection:
        for statement, values in there.lock_commands(ONE_AT_A_TIME):
            connection.execute(statement, values)  # type: ignore[call-overload]
        found = plan_now(connection)
        _check_free(found)
        if found.first_apart(there.dialect) not in (None, built):
            return found, None
        part = found.first_part(there.dialect)
        if part:
            from .running import run_steps  # noqa: PLC0415  # a quarter of a second

            VERSION_TABLE.create(connection, checkfirst=True)
            run_steps(connection, folders, part, watch)
        _keep(connection, part, found.unrecorded)
    return found, part


def _check_free(found: MigrationPlan) -> None:
    if found.in_the_way:
        raise MigrationError("; ".join(found.in_the_way))


def _check_harmless(found: MigrationPlan) -> None:
    losses = [
        f"undoing {step.revision.revision} destroys {', '.join(step.destroys)}"
        for step in found.steps
        if step.undoing and step.destroys
    ]
    if losses:
        raise MigrationError(f"{'; '.join(losses)}: nothing was done; with --yes it is")


def _plan(
    database: Database,
    connection: sa.Connection,
    revisions: dict[str, Revision],
    generated: Path | None,
    to: str | None,
) -> MigrationPlan:
    applied = read_applied(connection)
    found = plan_migration(database.url, applied, revisions, whole=generated is not None, to=to)

    def declared() -> Catalog:
        from .declared import declared_by  # noqa: PLC0415  # Alembic is a quarter of a second

        return declared_by((revisions[name] for name in applied.done(revisions)), database.dialect)

    return replace(found, in_the_way=what_is_in_the_way(connection, found.steps, declared))


def _keep(connection: sa.Connection, steps: tuple[Step, ...], unrecorded: Iterable[Revision]) -> None:
    """Note in the database what it has run, and what was destroyed."""
    for statement in recording_steps(steps, unrecorded):
        connection.execute(statement)
    for step in steps:
        if step.destroys:
            raise_horizon(connection, step.loss)
