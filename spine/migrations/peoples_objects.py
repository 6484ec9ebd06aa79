"""What people made around the generated tables and views: found before a migration could harm it.

On a connection only: a script for somebody else to run looks at nothing.
"""

import re

import sqlalchemy as sa
from alembic import op

from spine.errors import MigrationError

_DEPENDENTS = sa.text(
    "SELECT DISTINCT c.relname FROM pg_depend AS d "
    "JOIN pg_rewrite AS r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass "
    "JOIN pg_class AS c ON c.oid = r.ev_class "
    "WHERE d.refobjid = to_regclass(:view) AND d.refclassid = 'pg_class'::regclass "
    "AND c.oid <> d.refobjid ORDER BY 1"
)
_OF_SQLITE = sa.text(
    "SELECT type || ' ' || name AS name, sql FROM sqlite_master WHERE type IN ('view', 'trigger') ORDER BY 1"
)
_AROUND = sa.text(
    "SELECT type || ' ' || name, sql FROM sqlite_master "
    "WHERE tbl_name = :table AND type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY 1"
)


def check_nobody_reads(view: str) -> None:
    """MigrationError, naming them, where views of people's read one that has to go.

    PostgreSQL drops none under another; SQLite does, and then renames nothing.
    """
    if (connection := _connection()) is None:
        return
    if connection.dialect.name == "sqlite":
        readers = _naming(connection, view)
    else:
        readers = [f"view {name}" for name in connection.scalars(_DEPENDENTS, {"view": f'"{view}"'})]
    _refuse(readers, view, "has to be made anew")


def check_nobody_names(view: str) -> None:
    """MigrationError where views or triggers of people's on SQLite name one that is renamed.

    SQLite renames nothing while another view looks for something in vain.
    """
    if (connection := _connection()) is not None:
        _refuse(_naming(connection, view), view, "is renamed, or columns of it are")


def check_readers_go_on(view: str, *columns: str) -> None:
    """MigrationError where views of people's on SQLite read columns of one that it shows no longer."""
    if (connection := _connection()) is None:
        return
    readers = [name for name in _naming(connection, view) if not _works(connection, name)]
    _refuse(readers, f"{', '.join(columns)} of {view}", "it shows no longer")


def check_nothing_is_over(table: str, *columns: str) -> None:
    """MigrationError where an index or a trigger of people's on SQLite names columns that are dropped."""
    if (connection := _connection()) is None:
        return
    for column in columns:
        named = re.compile(rf"\s(?:OF|ON)\s.*(?<!\w){re.escape(column)}(?!\w)", re.IGNORECASE | re.DOTALL)
        over = [name for name, sql in connection.execute(_AROUND, {"table": table}) if named.search(sql)]
        if over:
            raise MigrationError(
                f"{', '.join(over)} is over {column} of {table}, which is dropped: drop it before "
                "`spine migrate`"
            )


def _works(connection: sa.Connection, reader: str) -> bool:
    """Whether a view finds what it reads; a trigger that does not fails when it is to do something."""
    kind, _, name = reader.partition(" ")
    query = sa.select(sa.text("1")).select_from(sa.table(name)).limit(0)
    try:
        connection.execute(query) if kind == "view" else None
    except sa.exc.OperationalError:
        return False
    return True


def _naming(connection: sa.Connection, view: str) -> list[str]:
    """The views and triggers on SQLite that name the view, but for itself."""
    named = re.compile(rf"(?<!\w){re.escape(view)}(?!\w)", re.IGNORECASE)
    return [
        name for name, sql in connection.execute(_OF_SQLITE) if name != f"view {view}" and named.search(sql)
    ]


def check_as_declared(table: sa.Table) -> None:
    """MigrationError where a table that SQLite makes anew has what no revision gave it."""
    if (connection := _connection()) is None:
        return
    there = [column["name"] for column in sa.inspect(connection).get_columns(table.name)]
    declared = {column.name for column in table.columns}
    more = [f"column {name}" for name in there if name not in declared]
    made = {f"index {index.name}" for index in table.indexes}
    more += (name for name in connection.scalars(_AROUND, {"table": table.name}) if name not in made)
    if more:
        raise MigrationError(
            f"{table.name} has {', '.join(more)}, which no revision made: SQLite makes the table anew for "
            "this change, and they would be gone. Drop them first, and make them again afterwards"
        )


def _connection() -> sa.Connection | None:
    context = op.get_context()
    return None if context.as_sql else context.connection


def _refuse(readers: list[str], view: str, why: str) -> None:
    if readers:
        reads, them = ("reads", "it") if len(readers) == 1 else ("read", "them")
        raise MigrationError(
            f"{', '.join(readers)} {reads} {view}, which {why}: drop {them} before `spine migrate`, and "
            f"make {them} again afterwards"
        )
