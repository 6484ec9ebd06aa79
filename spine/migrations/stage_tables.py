"""What generated revisions do to a stage's table and to the view of its newest complete captures.

A revision is written once and run for good: what a function here runs for given arguments stays as it is.
Columns are named in one text, ``symbol, price, capture_id``: names of columns hold no commas.
"""

import sqlite3
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import sqlalchemy as sa
from alembic import op
from alembic.operations.base import BatchOperations
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.dialects.sqlite.base import SQLiteDialect

from spine.core.types import Json, Text
from spine.errors import MigrationError
from spine.migrations.catalog import ColumnFound, TableFound
from spine.migrations.in_the_way import LOOKED, check_nothing_in_the_way
from spine.migrations.touched import Touch
from spine.migrations.view_grants import GIVE_BACK, KEEP, KEEPS_VIEWS

POSTGRESQL: sa.Dialect = PGDialect()  # type: ignore[no-untyped-call]
_DIALECTS: tuple[sa.Dialect, ...] = (SQLiteDialect(), POSTGRESQL)
_DROPS_COLUMNS = (3, 35, 5)  # SQLite has DROP COLUMN since 3.35.0; before 3.35.5 it could harm the table
_WIDTH = 100


def add_columns(table: str, shown: str, *columns: sa.Column[Any]) -> None:
    """Add columns that may be NULL; the view shows them after those that it has, `shown`."""
    if on_database("postgresql"):
        # Readers lock the view, then the table: in the other order, each could wait for the other. This
        # changes nothing, and locks the view alone.
        op.execute(f"ALTER VIEW {view_name(table)} ALTER COLUMN capture_id DROP DEFAULT /* locks it first */")
    for column in columns:
        op.add_column(table, column)
    replace_view(table, ", ".join([shown, *(column.name for column in columns)]))


def bring_back_columns(table: str, shown: str, *columns: sa.Column[Any]) -> None:
    """Add columns that were dropped; the view shows them in their places again, `shown`.

    PostgreSQL puts none before those that a view has, so that it makes the view anew.
    """
    anew = on_database("postgresql")
    if anew:
        drop_view(table)  # first: see `add_columns`
    for column in columns:
        op.add_column(table, column)
    make = create_view if anew else replace_view
    make(table, shown)


def drop_columns(table: str, shown: str, *columns: str) -> None:
    """Drop columns; the view goes on with those that stay, `shown`.

    The view is there again before the columns go: SQLite drops none while another view, made over this one,
    reads what is not there. Raises MigrationError where one reads such a column, or any on PostgreSQL, or
    where something of people's is over such a column.
    """
    _check_version()
    look(*(Touch(what="column dropped", table=table, column=column) for column in columns))
    if on_database("sqlite"):
        with _triggers_kept(f"{table}_current"):
            op.execute(f"DROP VIEW {view_name(table)}")
            create_view(table, shown)
    else:
        drop_view(table)
        create_view(table, shown)
    for column in columns:
        op.drop_column(table, column)


def fill_column(table: str, column: str, value: str, *, sqlite: str | None = None) -> None:
    """Give rows that have NULL in a column the value, an expression over the row (`sqlite`: SQLite's own).

    Raises MigrationError where it is NULL for some row.
    """
    filled = sa.table(table, sa.column(column))
    empty = filled.c[column].is_(None)
    text = sqlite if sqlite is not None and on_database("sqlite") else value
    op.execute(sa.update(filled).values({column: sa.literal_column(f"({text})")}).where(empty))
    if not op.get_context().as_sql:
        left = op.get_bind().scalar(sa.select(sa.func.count()).select_from(filled).where(empty))
        if left:
            raise MigrationError(
                f"column {table}.{column} has to be filled, and {text} is NULL for {left} "
                f"row{'' if left == 1 else 's'}: nothing was changed. Give these rows a value, then migrate "
                "again; or, if no database ran this revision yet, restore generated/ from version control, "
                "write a default that is never NULL, and build again"
            )


def has_nulls(table: str, column: str) -> bool:
    """Whether rows have NULL in a column: then it goes on so when what allowed it is undone."""
    if op.get_context().as_sql:
        return False
    found = sa.table(table, sa.column(column))
    return bool(op.get_bind().scalar(sa.select(sa.exists().where(found.c[column].is_(None)))))


def create_view(table: str, columns: str) -> None:
    """Make the view that readers query."""
    op.execute(f"CREATE VIEW {view_name(table)} AS\n{_select(table, columns)}")
    _call(GIVE_BACK, table)


def replace_view(table: str, columns: str) -> None:
    """Make the view anew. PostgreSQL keeps the one that is there, and with it what readers were granted; on
    SQLite people's triggers on it come again.

    The columns are those that it has, in their order and of their types, and then the new ones.
    """
    if on_database("sqlite"):
        with _triggers_kept(f"{table}_current"):
            op.execute(f"DROP VIEW IF EXISTS {view_name(table)}")
            create_view(table, columns)
    else:
        op.execute(f"CREATE OR REPLACE VIEW {view_name(table)} AS\n{_select(table, columns)}")


def drop_view(table: str, *, on: Literal["sqlite", "postgresql"] | None = None) -> None:
    """Drop the view; with `on`, on that database only.

    Raises MigrationError where a view of people's reads it.
    """
    if on is None or on_database(on):
        look(Touch(what="view made anew", table=table))
        _call(KEEP, table)
        op.execute(f"DROP VIEW {view_name(table)}")


@contextmanager
def change_table(name: str, table: sa.Table, order: Sequence[str] = ()) -> Iterator[BatchOperations]:
    """Change a table that is as `table` says; SQLite makes it anew, with the columns of the key in `order`,
    and then its indexes.

    Raises MigrationError on SQLite where the table has what no revision gave it, as that would be gone.
    """
    if on_database("sqlite"):
        look(*_made_anew(name), ours=_as_declared(table))
        _take_nulls(table)
    indexes = sorted(table.indexes, key=lambda each: str(each.name))
    table.indexes.clear()  # Alembic would make them in any order
    reordering = [tuple(order)] if order else []
    with op.batch_alter_table(name, copy_from=table, partial_reordering=reordering) as batch:
        yield batch
    for index in indexes if on_database("sqlite") else ():
        op.create_index(index.name, name, [column.name for column in index.columns])


def renew_table(name: str, table: sa.Table, shown: str) -> None:
    """Give a table of an earlier build the form of new ones: text by its bytes, JSON, the key first.

    `table` says what columns it has, in the order that a new table has; the view shows `shown`, as it did.
    Raises MigrationError as `drop_view` and `change_table` do.
    """
    drop_view(name)
    if on_database("sqlite"):
        look(*_made_anew(name), ours=_as_declared(table))
        _take_nulls(table)
        with op.batch_alter_table(name, copy_from=table, recreate="always"):
            pass
    else:  # its columns keep their places, which mean nothing there
        op.execute(f"ALTER TABLE {quoted(name)}\n    {_retyped(table)}")
    create_view(name, shown)


def look(*touches: Touch, ours: Mapping[str, TableFound] | None = None) -> None:
    """MigrationError where things of people's hang on what is touched, unless that was looked for before.

    A script looks at nothing.
    """
    context = op.get_context()
    if context.connection is not None and not context.as_sql and not context.opts.get(LOOKED):
        check_nothing_in_the_way(context.connection, touches, ours or {})


def _made_anew(table: str) -> tuple[Touch, ...]:
    return Touch(what="table made anew", table=table), Touch(what="additions lost", table=table)


def _call(procedure: str, table: str) -> None:
    """Have what people gave a table's view kept, or given back, where the transaction began so."""
    if op.get_context().opts.get(KEEPS_VIEWS):
        op.execute(f"CALL {procedure}('{table}_current')")


def _as_declared(table: sa.Table) -> dict[str, TableFound]:
    """What the revision says of a table, as far as what people add to one is told by it."""
    found = TableFound(
        columns={column.name: ColumnFound("", not column.nullable) for column in table.columns},
        constraints=(),
        indexes={str(index.name): "" for index in table.indexes},
        triggers=(),
    )
    return {table.name: found}


@contextmanager
def _triggers_kept(view: str) -> Iterator[None]:
    """Make the triggers on a view of SQLite's again, which go with it; a script knows of none."""
    query = sa.text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :view ORDER BY name")
    as_sql = op.get_context().as_sql
    triggers = () if as_sql else tuple(op.get_bind().scalars(query, {"view": view}))
    yield
    for trigger in triggers:
        op.execute(sa.DDL(trigger.replace("%", "%%")))  # type: ignore[no-untyped-call]


def _retyped(table: sa.Table) -> str:
    """Every column whose type earlier builds spelt otherwise, of its type; only indexes are made anew."""
    spelt = ((quoted(column.name), column.type) for column in table.columns)
    return ",\n    ".join(
        f"ALTER COLUMN {name} TYPE {type_.compile(dialect=POSTGRESQL)} USING CAST({name} AS "
        f"{'JSONB' if isinstance(type_, Json) else 'VARCHAR'})"
        for name, type_ in spelt
        if isinstance(type_, Text | Json)
    )


def _take_nulls(table: sa.Table) -> None:
    """Let columns be NULL that may be so in the database, since they came back when revisions were undone."""
    if op.get_context().as_sql:
        return
    for there in sa.inspect(op.get_bind()).get_columns(table.name):
        column = table.columns[there["name"]]
        column.nullable = column.nullable or (there["nullable"] and not column.primary_key)


def forget_rows(table: str) -> None:
    """Before a table's rows are destroyed: captures that have some are not current any more."""
    op.execute(
        "UPDATE core_manifest\n"
        "SET destroyed = '*', superseded_at = COALESCE(superseded_at, CURRENT_TIMESTAMP)\n"
        f"WHERE {_has_rows(table)}"
    )


def retire_captures(table: str) -> None:
    """Where another stage takes a table over: captures that have rows there are not current any more."""
    op.execute(
        "UPDATE core_manifest\n"
        "SET superseded_at = CURRENT_TIMESTAMP\n"
        f"WHERE superseded_at IS NULL AND {_has_rows(table)}"
    )


def retire_partitions(domain: str, *looks: str, stage: tuple[str, str] | None = None) -> None:
    """Where partition keys look otherwise from here on: captures of others are not current any more.

    ``looks`` are for LIKE, as ``market=%/day=____-__-__``, whose % may stand for no other dimension. Of a
    ``stage`` (and its tier) that has partitions of its own, only its captures are meant.
    """
    of = f"domain = '{domain}'" + (f" AND stage = '{stage[0]}' AND tier = '{stage[1]}'" if stage else "")
    fits = "\n        OR ".join(f"partition_key LIKE '{look}'" for look in looks)
    between = looks[0].count("/")
    if between:
        slashes = "LENGTH(partition_key) - LENGTH(REPLACE(partition_key, '/', ''))"
        fits = f"({fits})\n        AND {slashes} = {between}"
    op.execute(
        "UPDATE core_manifest\n"
        "SET superseded_at = CURRENT_TIMESTAMP\n"
        f"WHERE {of} AND status = 'COMPLETE' AND superseded_at IS NULL\n"
        f"    AND NOT ({fits})"
    )


def forget_values(table: str, *columns: str) -> None:
    """Before values of columns are destroyed: captures are stale if their stage has such columns.

    A column whose values were destroyed before is listed once.
    """
    others = "', ' || destroyed || ', '"
    for name in columns:
        others = f"REPLACE({others}, ', {name}, ', ', ')"
    op.execute(
        "UPDATE core_manifest\n"
        f"SET destroyed = TRIM(COALESCE({others}, '') || '{', '.join(columns)}', ', ')\n"
        f"WHERE COALESCE(destroyed, '') <> '*' AND {_has_rows(table)}"
    )


def quoted(name: str) -> str:
    """The identifier, in quotes where either database needs them (both quote alike)."""
    spellings = {dialect.identifier_preparer.quote(name) for dialect in _DIALECTS}
    return max(spellings, key=len)


def view_name(table: str) -> str:
    """The name of a table's view, as SQL has it."""
    return quoted(f"{table}_current")


def on_database(dialect: str) -> bool:
    """Whether the revision runs on that database, or its SQL is written for that one."""
    return op.get_context().dialect.name == dialect


def _has_rows(table: str) -> str:
    """True for captures that have rows in the table, whose key begins with their ids."""
    return f"EXISTS (SELECT 1 FROM {quoted(table)} AS t WHERE t.capture_id = core_manifest.capture_id)"  # noqa: S608


def _select(table: str, columns: str) -> str:
    """What the view reads, the same on both databases.

    The partition key is the manifest's, whose index then serves a query for one partition.
    """
    listed = ", ".join(
        f"{'m' if name == 'partition_key' else 't'}.{quoted(name)}" for name in columns.split(", ")
    )
    select = textwrap.fill(
        f"SELECT {listed}", _WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    )
    return (
        f"{select}\n"
        f"FROM {quoted(table)} AS t\n"
        "JOIN core_manifest AS m ON m.capture_id = t.capture_id\n"
        "WHERE m.status = 'COMPLETE' AND m.superseded_at IS NULL"
    )


def _check_version() -> None:
    """Say what is missing rather than fail on the syntax: some systems bring an old SQLite."""
    runs = on_database("sqlite") and not op.get_context().as_sql
    if runs and sqlite3.sqlite_version_info < _DROPS_COLUMNS:
        raise MigrationError(
            f"SQLite {sqlite3.sqlite_version} cannot drop columns: "
            f"run this with a Python that has SQLite {'.'.join(map(str, _DROPS_COLUMNS))} or newer"
        )
