"""Whether a database has the core tables, and creating them in a SQLite database that has none.

The tables made here are those that the core migrations leave, stamped with their revision, so that a later
``spine migrate`` goes on from there. Nothing here needs Alembic.
"""

import sqlalchemy as sa

from spine.core.tables import core_answers, core_manifest, core_revisions, metadata
from spine.errors import DatabaseBehindError

from .database import Database
from .database_clock import database_now

CORE_REVISIONS = tuple(f"spine_core_{number:04}" for number in range(1, 7))
CORE_REVISION = CORE_REVISIONS[-1]  # what the newest core migration is called

VERSION_TABLE = sa.Table(
    "alembic_version",
    sa.MetaData(),
    sa.Column("version_num", sa.String(255), nullable=False),  # Alembic's 32 are few for a package's name
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def ensure_core(database: Database) -> bool:
    """Make sure of the core tables; True if they were created now.

    A SQLite database without them gets them; any other raises DatabaseBehindError, naming `spine migrate`.
    """
    if database.core_ready:
        return False
    with database.read() as connection:
        found = has_core(connection)
    if not found:
        if database.dialect != "sqlite":
            raise DatabaseBehindError(database.url)
        with database.write() as connection:
            found = has_core(connection)  # another process may have been quicker
            if not found:
                create_core(connection)
    database.core_ready = not database.in_callers_transaction  # else the tables may go with their rollback
    return not found


def has_core(connection: sa.Connection) -> bool:
    """Whether the core tables are there."""
    return sa.inspect(connection).has_table(core_manifest.name)


def create_core(connection: sa.Connection) -> None:
    """Create the core tables in the connection's transaction, always by the same statements in one order."""
    for table in metadata.sorted_tables:
        connection.execute(sa.schema.CreateTable(table))
        for index in sorted(table.indexes, key=lambda each: str(each.name)):
            connection.execute(sa.schema.CreateIndex(index))
    connection.execute(core_answers.insert().values(id=1))
    VERSION_TABLE.create(connection, checkfirst=True)
    connection.execute(VERSION_TABLE.insert().values(version_num=CORE_REVISION))
    for position, revision in enumerate(CORE_REVISIONS, start=1):
        connection.execute(
            core_revisions.insert().values(revision=revision, position=position, applied_at=database_now())
        )
