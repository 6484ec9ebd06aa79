"""Runs changes as Alembic operations; offline, that gives a revision's SQL for one database."""

import textwrap
from collections.abc import Iterable
from io import StringIO
from typing import Literal

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.operations.base import BatchOperations

from spine_gen.migrations.changes import (
    AddColumn,
    AlterColumn,
    ChangeTable,
    ColumnChange,
    CreateTable,
    CreateView,
    DropColumn,
    DropTable,
    DropView,
    SchemaChange,
)
from spine_gen.migrations.column_types import conversion_sql, type_of
from spine_gen.migrations.table_schema import ColumnSchema, TableSchema
from spine_gen.migrations.views import drop_view_sql, view_sql

Dialect = Literal["sqlite", "postgresql"]
SQL_WIDTH = 100


def sql_for(changes: Iterable[SchemaChange], dialect: Dialect) -> str:
    """The statements that the changes run on one database, each under its reason; touches no database."""
    parts = []
    for change in changes:
        buffer = StringIO()
        context = MigrationContext.configure(
            dialect_name=dialect, opts={"as_sql": True, "output_buffer": buffer}
        )
        apply(Operations(context), change)
        parts.append(f"{_comments(change)}{_tidy(buffer.getvalue())}\n")
    return "\n".join(parts)


def apply(op: Operations, change: SchemaChange) -> None:
    """Run one change through Alembic, as the revision's Python does."""
    match change:
        case CreateTable(table=table):
            op.create_table(table.name, *_columns(table), _primary_key(table), sqlite_with_rowid=False)
        case DropTable(table=table):
            op.drop_table(table.name)
        case CreateView(table=table):
            op.execute(view_sql(table))
        case DropView(table=table):
            op.execute(drop_view_sql(table))
        case ChangeTable():
            _change_table(op, change)


def _change_table(op: Operations, change: ChangeTable) -> None:
    table = _table(change.before) if change.rebuilds else None
    with op.batch_alter_table(change.before.name, copy_from=table) as batch:
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
        case AlterColumn(before=before, after=after) if before.same_type(after):
            batch.alter_column(after.name, existing_type=type_of(before), nullable=after.nullable)
        case AlterColumn(before=before, after=after):
            batch.alter_column(
                after.name,
                existing_type=type_of(before),
                existing_nullable=before.nullable,
                type_=type_of(after),
                nullable=after.nullable,
                postgresql_using=conversion_sql(after),
            )


def _table(table: TableSchema) -> sa.Table:
    return sa.Table(table.name, sa.MetaData(), *_columns(table), _primary_key(table), sqlite_with_rowid=False)


def _columns(table: TableSchema) -> list[sa.Column[object]]:
    return [_column(column) for column in table.columns]


def _column(column: ColumnSchema) -> sa.Column[object]:
    return sa.Column(column.name, type_of(column), nullable=column.nullable)


def _primary_key(table: TableSchema) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*table.primary_key, name=table.primary_key_name)


def _comments(change: SchemaChange) -> str:
    reasons = [part.reason for part in change.parts] if isinstance(change, ChangeTable) else [change.reason]
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
    """A long line in several, parted between words: only names and keywords stand in these statements."""
    indent = line[: len(line) - len(line.lstrip())]
    return textwrap.fill(
        line,
        SQL_WIDTH,
        subsequent_indent=f"{indent}    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
