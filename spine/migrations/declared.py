"""What revisions declare: the tables and views that they make in an empty SQLite database in memory.

Whatever database is meant, nothing is written to it and no right is needed there but to read. SQLite keeps a
column's type as it is written, so for PostgreSQL the types are written as PostgreSQL calls them. Steps do not
run: they change rows, and may say it in SQL that only one database has.
"""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext

from spine.core.database.backend import DialectName
from spine.core.database.database import Database
from spine.core.revision_ids import is_step
from spine.migrations.stage_tables import POSTGRESQL

from .catalog import Catalog, read_catalog
from .revisions import CORE_VERSIONS, Revision
from .running import run_unrecorded


class _PostgresqlTypes:
    """Writes types for SQLite in quotes, as PostgreSQL's catalog has them."""

    def process(self, type_: sa.types.TypeEngine[Any], **options: Any) -> str:
        """The type's name."""
        written = POSTGRESQL.type_compiler_instance.process(type_, **options)
        name, collate, collation = written.partition(" COLLATE ")
        name = name.replace("VARCHAR", "CHARACTER VARYING").replace(", ", ",")
        collation = collation.replace('"', '""')
        return f'"{name}{collate}{collation}"'


def declared_by(revisions: Iterable[Revision], dialect: DialectName) -> Catalog:
    """The tables and views that they make, one after another, on that kind of database."""
    ran = [revision for revision in revisions if not is_step(revision.revision)]
    folders = tuple(dict.fromkeys([CORE_VERSIONS, *(revision.path.parent for revision in ran)]))
    scratch = Database.of("sqlite://")
    try:
        with scratch.write() as connection:
            if dialect == "postgresql":
                connection.dialect.type_compiler_instance = _PostgresqlTypes()  # type: ignore[assignment]
            run_unrecorded(MigrationContext.configure(connection=connection), folders, ran)
            return read_catalog(connection)
    finally:
        scratch.dispose()
