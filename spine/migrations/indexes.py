"""What generated revisions do to indexes, where the two databases have to do it differently.

As in ``stage_tables``: what a function here runs for given arguments stays as it is. One that is built
concurrently has a revision of its own, which the migration runs twice on PostgreSQL: outside of every
transaction, where the index is built, and then in the one that keeps the revision as applied.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from spine.errors import MigrationError
from spine.migrations.stage_tables import on_database, quoted

# The option of an Alembic context that says where such a revision runs: outside of every transaction, where
# it builds, or in the one after that. Without it, in the transaction in which its table is new.
BUILDING = "indexes_built"
OUTSIDE, AFTERWARDS = "outside", "afterwards"

_FOUND = sa.text(
    "SELECT i.indisvalid AND i.indisready AS is_valid, i.indrelid::regclass::text AS of_table, "
    "ARRAY(SELECT pg_get_indexdef(i.indexrelid, place, false) "
    "FROM generate_series(1, i.indnatts) AS place ORDER BY place) AS columns "
    "FROM pg_index AS i WHERE i.indexrelid = to_regclass(:index)"
)
_REFUSE = """\
DO $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM pg_index AS i WHERE i.indexrelid = to_regclass('{quoted}') AND i.indisvalid) THEN
        RAISE EXCEPTION 'index {index} is not there, or not valid: build it first, as above';
    END IF;
END $$"""


def create_index_concurrently(index: str, table: str, *columns: str) -> None:
    """See that there is such an index, and that it is valid.

    PostgreSQL builds it while others read and write the table, unless this runs in a transaction: then the
    table is new, or it was built before. What an attempt that was killed has left is dropped first.
    """
    if not on_database("postgresql"):
        op.create_index(index, table, [*columns])
        return
    context = op.get_context()
    where = context.opts.get(BUILDING)
    concurrently = "CONCURRENTLY " if where == OUTSIDE else ""
    drop = f"DROP INDEX {concurrently}IF EXISTS {quoted(index)}"
    if context.as_sql:
        if where == AFTERWARDS:
            op.execute(_REFUSE.format(index=index, quoted=quoted(index)))
            return
        if where == OUTSIDE:
            op.execute(drop)
    else:
        found = op.get_bind().execute(_FOUND, {"index": quoted(index)}).one_or_none()
        if found is not None:
            _check_own(index, table, columns, found)
            if found.is_valid:
                return
            op.execute(drop)
    op.create_index(index, table, [*columns], postgresql_concurrently=where == OUTSIDE)


def _check_own(index: str, table: str, columns: Sequence[str], found: sa.Row[Any]) -> None:
    """MigrationError where an index of that name is another one."""
    there = (found.of_table.strip('"'), [column.strip('"') for column in found.columns])
    if there != (table, [*columns]):
        raise MigrationError(
            f"there is an index {index} already, of {there[0]} over ({', '.join(there[1])}), which no "
            f"revision made: drop or rename it, then migrate again, as {index} is to be of {table} over "
            f"({', '.join(columns)})"
        )


def rename_index(before: str, after: str, table: str, *columns: str) -> None:
    """Rename an index; SQLite, which renames none, builds it again."""
    if on_database("postgresql"):
        op.execute(f"ALTER INDEX {quoted(before)} RENAME TO {quoted(after)}")
    else:
        op.drop_index(before, table, if_exists=True)
        op.create_index(after, table, [*columns])
