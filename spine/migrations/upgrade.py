"""Which revisions a database lacks, and running them in one transaction.

The database's version table is Alembic's own, one row a branch: the core's and each generated package's.
Alembic itself is loaded only when there is something to run.
"""

from pathlib import Path

import sqlalchemy as sa

from spine.core.database.database import Database, DatabaseLike
from spine.core.database.schema import VERSION_TABLE
from spine.core.numbers import raise_horizon
from spine.errors import MigrationError

from .applied import ONE_AT_A_TIME, Applied, forgetting, read_applied, read_heads, recording
from .locks import ONCE, Patience, with_patience
from .plan import MigrationPlan, plan_migration
from .refusals import check_known
from .revisions import Revision, read_revisions, version_folders
from .watching import MigrationWatch


def pending(database: DatabaseLike, generated: Path | None) -> tuple[str, ...]:
    """The revisions of the core, and of the packages in ``generated``, that the database lacks, in order.

    Raises DatabaseAheadError when it carries revisions of these that no file defines.
    """
    there = Database.of(database)
    revisions = read_revisions(version_folders(generated))
    with there.read() as connection:
        applied = Applied(heads=read_heads(connection), kept={})
    check_known(there.url, applied, revisions, whole=generated is not None)
    done = applied.done(revisions)
    return tuple(name for name in revisions if name not in done)


def plan(database: DatabaseLike, generated: Path | None, *, to: str | None = None) -> MigrationPlan:
    """What ``migrate`` would do now; raises what it would raise before it runs anything."""
    there = Database.of(database)
    with there.read() as connection:
        return _plan(there, connection, read_revisions(version_folders(generated)), generated, to)


def upgrade(database: DatabaseLike, generated: Path | None) -> tuple[str, ...]:
    """Run what is pending, all in one transaction; returns the revisions, in the order in which they ran.

    Safe to call from several processes at once: one works, the others wait and find nothing to do. Killed or
    failing anywhere, it leaves the database as it was. Raises MigrationError or DatabaseAheadError, before
    anything runs, where revisions are not as they were written or not as the database has run them.
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
    if not found.steps and not found.unrecorded:
        return found
    if not may_destroy:
        _check_harmless(found)
    watch = watch or MigrationWatch()

    def run() -> MigrationPlan:
        with there.write() as connection:
            for statement, values in there.lock_commands(ONE_AT_A_TIME):
                connection.execute(statement, values)  # type: ignore[call-overload]
            found = _plan(there, connection, revisions, generated, to)
            if found.steps:
                from .running import run_steps  # noqa: PLC0415  # a quarter of a second

                VERSION_TABLE.create(connection, checkfirst=True)
                run_steps(connection, folders, found.steps, watch)
            _keep(connection, found)
        return found

    return with_patience(there, patience, watch, run)


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
    return plan_migration(database.url, applied, revisions, whole=generated is not None, to=to)


def _keep(connection: sa.Connection, done: MigrationPlan) -> None:
    """Note in the database what it has run, and what was destroyed."""
    undone = [step.revision for step in done.steps if step.undoing]
    ran = [step.revision for step in done.steps if not step.undoing]
    for statement in (*forgetting(undone), *recording(done.unrecorded, earlier=True), *recording(ran)):
        connection.execute(statement)
    for step in done.steps:
        if step.destroys:
            raise_horizon(connection, step.loss)
