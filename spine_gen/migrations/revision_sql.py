"""Runs changes as Alembic operations; offline, that gives a revision's SQL for both databases."""

import re
import textwrap
from collections.abc import Iterable
from dataclasses import replace
from functools import cache, lru_cache
from io import StringIO

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.operations.base import BatchOperations

from spine.migrations import descriptions, indexes, renaming, stage_tables
from spine_gen.migrations.changes import (
    ChangeOwner,
    ChangeTable,
    CreateTable,
    CreateView,
    DropTable,
    DropView,
    RenewTable,
    SchemaChange,
    values_lost,
)
from spine_gen.migrations.column_changes import AddColumn, AlterColumn, ColumnChange, DropColumn
from spine_gen.migrations.column_types import conversion_sql, type_of
from spine_gen.migrations.descriptions import TABLE, Describe, Said
from spine_gen.migrations.index_changes import CreateIndex, DropIndex, IndexChange, RenameIndex
from spine_gen.migrations.partition_keys import ChangePartitions
from spine_gen.migrations.rename_changes import Rename, RenameColumns, RenameName, RenameStage, RenameTable
from spine_gen.migrations.sql_file import DIALECTS, Dialect, both
from spine_gen.migrations.table_schema import ColumnSchema, TableSchema

SQL_WIDTH = 100
_QUOTED = re.compile(r"'(?:[^']|'')*'")
_NAMED = {"paramstyle": "named"}  # which doubles no percent sign
_HELD = "\0"  # for a blank where no line may end; no SQL has it


def sql_for(changes: Iterable[SchemaChange]) -> str:
    """The statements that the changes run on each database, under their reasons; touches no database."""
    return "\n".join(
        _comments(change) + both({dialect: _sql(change, dialect) for dialect in DIALECTS})
        for change in changes
    )


def _sql(change: SchemaChange, dialect: Dialect) -> str:
    context, buffer = _context(dialect)
    buffer.seek(0)
    buffer.truncate()
    with Operations.context(context) as op:
        _apply(op, change)
    return _tidy(buffer.getvalue())


@cache
def _context(dialect: Dialect) -> tuple[MigrationContext, StringIO]:
    """A context without a database, and where its statements go; it knows how names and types are written."""
    buffer = StringIO()
    options = {"as_sql": True, "output_buffer": buffer, indexes.BUILDING: indexes.OUTSIDE}
    return MigrationContext.configure(dialect_name=dialect, dialect_opts=_NAMED, opts=options), buffer


def _apply(op: Operations, change: SchemaChange) -> None:
    """Run one change through Alembic, as the revision's Python does."""
    match change:
        case CreateTable(table=table):
            _create_table(op, table)
        case DropTable(table=table):
            stage_tables.forget_rows(table.name)
            op.drop_table(table.name)
        case RenewTable(table=table, view=view):
            if not change.undoing:
                stage_tables.renew_table(table.name, _table(table), view.listed)
        case CreateView(view=view):
            make = stage_tables.replace_view if change.replaces else stage_tables.create_view
            make(view.table, view.listed)
            _describe(view.table, change.said)
        case DropView(view=view):
            stage_tables.drop_view(view.table, on="sqlite" if change.replaced else None)
        case ChangeOwner(after=table):
            stage_tables.retire_captures(table.name)
        case ChangePartitions():
            stage_tables.retire_partitions(change.domain, *change.looks, stage=change.stage)
        case RenameName() | RenameStage() | RenameTable() | RenameColumns():
            _rename(change)
        case Describe(table=table, after=said):
            _describe(table, said)
        case CreateIndex() | DropIndex() | RenameIndex():
            _change_index(op, change)
        case ChangeTable():
            _change(change)


def _change(change: ChangeTable) -> None:
    if lost := values_lost(change):
        stage_tables.forget_values(change.before.name, *lost)
    if change.in_place:
        _change_columns(change)
    else:
        _change_table(change)


def _create_table(op: Operations, table: TableSchema) -> None:
    op.impl.create_table(_new_table(table))  # as `op.create_table` does with a table of its own
    for index in table.indexes:
        op.create_index(index.name, table.name, [*index.columns])


def _describe(table: str, said: Said) -> None:
    texts = dict(said)
    if TABLE in texts:
        descriptions.describe_table(table, texts.pop(TABLE))
    descriptions.describe_columns(table, texts)


def _change_index(op: Operations, change: IndexChange) -> None:
    table, index = change.table, change.index
    match change:
        case CreateIndex() if change.concurrently:
            indexes.create_index_concurrently(index.name, table, *index.columns)
        case CreateIndex():
            op.create_index(index.name, table, [*index.columns])
        case DropIndex():
            op.drop_index(index.name, table, if_exists=True)
        case RenameIndex(after=after):
            indexes.rename_index(index.name, after, table, *index.columns)


def _rename(change: Rename) -> None:
    match change:
        case RenameName(kind="domain"):
            renaming.rename_domain(change.before, change.after)
        case RenameName(kind="tier"):
            renaming.rename_tier(change.domain, change.before, change.after)
        case RenameName(kind="anomaly code"):
            renaming.rename_code(change.domain, change.before, change.after)
        case RenameName(kind="workflow"):
            renaming.rename_workflow(change.domain, change.before, change.after)
        case RenameName():
            renaming.rename_dimension(change.domain, change.before, change.after, *change.tables)
        case RenameStage():
            renaming.rename_stage(change.domain, change.before, change.after)
        case RenameTable():
            renaming.rename_table(change.before, change.after, change.view.listed)
        case RenameColumns(after=view):
            renaming.rename_columns(view.table, view.listed, dict(change.names))


def _change_columns(change: ChangeTable) -> None:
    table, shown = change.before.name, ", ".join(change.shown)
    if change.dropped:
        stage_tables.drop_columns(table, shown, *(column.name for column in change.dropped))
    if change.added:
        stage_tables.add_columns(
            table, shown, *(sa.Column(column.name, type_of(column)) for column in change.added)
        )


def _change_table(change: ChangeTable) -> None:
    for part in change.filled:
        assert part.fill is not None
        stage_tables.fill_column(
            change.before.name, part.after.name, part.fill.postgresql, sqlite=part.fill.sqlite
        )
    order = [column.name for column in change.after.stored] if change.key else []
    with stage_tables.change_table(change.before.name, _table(change.before), order) as batch:
        if change.key:
            batch.drop_constraint(change.before.primary_key_name, type_="primary")
        for column_change in change.columns:
            _change_column(batch, column_change)
        if change.key:
            batch.create_primary_key(change.after.primary_key_name, [*change.after.primary_key])


def _change_column(batch: BatchOperations, change: ColumnChange) -> None:
    match change:
        case AddColumn(column=column):
            batch.add_column(sa.Column(column.name, type_of(column), nullable=True))
            if change.required:
                batch.alter_column(column.name, existing_type=type_of(column), nullable=False)
        case DropColumn(column=column):
            batch.drop_column(column.name)
        case AlterColumn(before=before, after=after) if change.retypes:
            batch.alter_column(
                after.name,
                existing_type=type_of(before),
                type_=type_of(after),
                nullable=change.nullable,
                postgresql_using=conversion_sql(after),
            )
        case AlterColumn(before=before, after=after):
            batch.alter_column(after.name, existing_type=type_of(before), nullable=change.nullable)


@lru_cache(maxsize=1)  # each dialect asks for it, and neither changes it
def _new_table(table: TableSchema) -> sa.Table:
    return _table(replace(table, indexes=()))  # which follow, in their order


def _table(table: TableSchema) -> sa.Table:
    columns = (_column(column) for column in table.stored)
    indexes = (sa.Index(index.name, *index.columns) for index in table.indexes)
    made = (*columns, _primary_key(table), *indexes)
    return sa.Table(table.name, sa.MetaData(), *made, sqlite_with_rowid=False)


def _column(column: ColumnSchema) -> sa.Column[object]:
    return sa.Column(column.name, type_of(column), nullable=column.nullable)


def _primary_key(table: TableSchema) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*table.primary_key, name=table.primary_key_name)


def _comments(change: SchemaChange) -> str:
    reasons = [part.reason for part in change.told] if isinstance(change, ChangeTable) else [change.reason]
    return "".join(f"-- {reason}\n" for reason in reasons)


def _tidy(sql: str) -> str:
    """Alembic's output without trailing blanks, blank lines inside a statement, or very long lines."""
    lines = [line.rstrip().replace("\t", "    ") for line in sql.splitlines() if line.strip()]
    text = (
        "\n".join(lines)
        .replace("\n)\n WITHOUT ROWID", "\n) WITHOUT ROWID")
        .replace(") SELECT ", ")\nSELECT ")
    )
    return "\n".join(_folded(line) for line in text.split("\n"))


def _folded(line: str) -> str:
    """A long line in several, parted between words; what stands in quotes stays as it is."""
    if len(line) <= SQL_WIDTH:
        return line
    indent = line[: len(line) - len(line.lstrip())]
    folded = textwrap.fill(
        _QUOTED.sub(lambda text: text[0].replace(" ", _HELD), line),
        SQL_WIDTH,
        subsequent_indent=f"{indent}    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return folded.replace(_HELD, " ")
