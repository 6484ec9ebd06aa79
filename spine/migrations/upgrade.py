"""Which revisions a database lacks, and running them in one transaction.

The database's version table is Alembic's own, one row a branch: the core's and each generated package's.
Alembic itself is loaded only when there is something to run.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from spine.core.database.database import Database, DatabaseLike
from spine.core.database.schema import VERSION_TABLE
from spine.core.database.statements import execute_all
from spine.core.numbers import raise_horizon
from spine.errors import DatabaseAheadError, MigrationError

from .revisions import Revision, read_revisions, version_folders, with_ancestors

if TYPE_CHECKING:
    from alembic.runtime.migration import RevisionStep

CORE_BASE = "spine_core_0001"  # what every generated package depends on
_UPGRADE_LOCK = (
    7_377_696_601  # any number that nothing else locks: one upgrade of a PostgreSQL database at a time
)


def pending(database: DatabaseLike, generated: Path | None) -> tuple[str, ...]:
    """The revisions of the core, and of the packages in ``generated``, that the database lacks, in order.

    Raises DatabaseAheadError when it carries revisions of these that no file defines.
    """
    there = Database.of(database)
    revisions = read_revisions(version_folders(generated))
    with there.read() as connection:
        return _lacking(there, connection, revisions, whole=generated is not None)


def upgrade(database: DatabaseLike, generated: Path | None) -> tuple[str, ...]:
    """Run what is pending, all in one transaction; returns the revisions, in the order in which they ran.

    Safe to call from several processes at once: one works, the others wait and find nothing to do. Killed or
    failing anywhere, it leaves the database as it was.
    """
    there = Database.of(database)
    folders = version_folders(generated)
    revisions = read_revisions(folders)
    if not pending(there, generated):
        return ()
    with there.write() as connection:
        execute_all(connection, there.lock_commands(_UPGRADE_LOCK))
        lacking = _lacking(there, connection, revisions, whole=generated is not None)
        if lacking:
            VERSION_TABLE.create(connection, checkfirst=True)
            core = [name for name, revision in revisions.items() if revision.path.parent == folders[0]]
            _run(connection, folders, core[-1])
            for name in lacking:
                if destroys := revisions[name].destroys:
                    raise_horizon(connection, f"revision {name} destroyed {', '.join(destroys)}")
    return lacking


def _lacking(
    database: Database, connection: sa.Connection, revisions: dict[str, Revision], *, whole: bool
) -> tuple[str, ...]:
    applied: set[str] = set()
    if sa.inspect(connection).has_table(VERSION_TABLE.name):
        applied = set(connection.execute(sa.select(VERSION_TABLE.c.version_num)).scalars())
    unknown = {name for name in applied if name not in revisions}
    ahead = {name for name in unknown if whole or name.startswith("spine_core_")}
    if ahead:
        raise DatabaseAheadError(database.url, sorted(ahead))
    done = with_ancestors(revisions, applied)
    if unknown:  # packages', which were not asked about: what they depend on has no row of its own
        done.add(CORE_BASE)
    return tuple(name for name in revisions if name not in done)


def _run(connection: sa.Connection, folders: tuple[Path, ...], core: str) -> None:
    """All that is pending, up to the core's newest revision first: packages' write to those tables."""
    from alembic.operations import Operations  # noqa: PLC0415  # a quarter of a second
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    script = ScriptDirectory(str(folders[0].parent), version_locations=[str(folder) for folder in folders])
    for target in (core, "heads"):

        def steps(
            heads: Any, _context: Any, target: str = target
        ) -> "list[RevisionStep]":  # heads: a tuple, whatever Alembic's hint says
            return script._upgrade_revs(target, heads)

        context = MigrationContext.configure(
            connection=connection,
            # The transaction is the caller's. With it, DDL is transactional on SQLite too.
            opts={"fn": steps, "script": script, "transactional_ddl": True},
        )
        try:
            with Operations.context(context):
                context.run_migrations()
        except CommandError as error:
            raise MigrationError(f"the migrations do not fit together: {error}") from error
