"""Writes changes as the statements of a revision's Python, each with its reason; templates do the rest."""

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

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
from spine_gen.migrations.column_types import TYPES, conversion_sql, type_source
from spine_gen.migrations.table_schema import ColumnSchema, TableSchema
from spine_gen.migrations.views import drop_view_sql, view_sql
from spine_gen.plan.imports import LINE

COPY_REASON = "What the table is before: SQLite copies its rows into a new one."


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement of upgrade() or downgrade()."""

    reason: str
    code: str


def statements(changes: Iterable[SchemaChange]) -> tuple[Statement, ...]:
    """The Python statements that run the changes, in order."""
    return tuple(statement for change in changes for statement in _statements(change))


def imports_for(changes: Iterable[SchemaChange]) -> tuple[str, ...]:
    """The names that the statements use from spine.core.types, sorted."""
    columns = (column for change in changes for column in _columns_named(change))
    return tuple(sorted({name for column in columns if (name := TYPES[column.type].runtime_name)}))


def _statements(change: SchemaChange) -> Iterator[Statement]:
    match change:
        case CreateTable(table=table):
            yield Statement(reason=change.reason, code=f"op.create_table({_table_items(table)})")
        case DropTable(table=table):
            yield Statement(reason=change.reason, code=f"op.drop_table({table.name!r})")
        case CreateView(table=table):
            yield Statement(reason=change.reason, code=_execute(view_sql(table)))
        case DropView(table=table):
            yield Statement(reason=change.reason, code=_execute(drop_view_sql(table)))
        case ChangeTable(before=before):
            if change.rebuilds:
                items = _table_items(before, "sa.MetaData()")
                yield Statement(reason=COPY_REASON, code=f"table = sa.Table({items})")
            yield Statement(reason=change.reason, code=_batch(change))


def _batch(change: ChangeTable) -> str:
    copy_from = ", copy_from=table" if change.rebuilds else ""
    lines = [f"with op.batch_alter_table({change.before.name!r}{copy_from}) as batch:"]
    if change.key:
        lines.append(f'    batch.drop_constraint({change.before.primary_key_name!r}, type_="primary")')
    for part in change.columns:
        if len(change.parts) > 1:
            lines += _inner_comment(part.reason)
        lines += [f"    {line}" for line in _column_change(part)]
    if change.key:
        if len(change.parts) > 1:
            lines += _inner_comment(change.key.reason)
        key = list(change.after.primary_key)
        lines.append(f"    batch.create_primary_key({change.after.primary_key_name!r}, {key!r})")
    return "\n".join(lines)


def _column_change(change: ColumnChange) -> Iterator[str]:
    match change:
        case AddColumn(column=column):
            yield f"batch.add_column(sa.Column({column.name!r}, {type_source(column)}, nullable=True))"
            if change.required:
                yield _alter(column.name, existing_type=type_source(column), nullable="False")
        case DropColumn(column=column):
            yield f"batch.drop_column({column.name!r})"
        case AlterColumn(before=before, after=after) if before.same_type(after):
            yield _alter(after.name, existing_type=type_source(before), nullable=str(after.nullable))
        case AlterColumn(before=before, after=after):
            yield _alter(
                after.name,
                existing_type=type_source(before),
                existing_nullable=str(before.nullable),
                type_=type_source(after),
                nullable=str(after.nullable),
                postgresql_using=repr(conversion_sql(after)),
            )


def _inner_comment(reason: str) -> list[str]:
    """A comment within the batch, wrapped to what its indentation leaves."""
    return [f"    # {line}" for line in textwrap.wrap(reason, LINE - 10, break_long_words=False)]


def _alter(name: str, **options: str) -> str:
    listed = ", ".join(f"{option}={value}" for option, value in options.items())
    return f"batch.alter_column({name!r}, {listed})"


def _table_items(table: TableSchema, *first: str) -> str:
    """The arguments of a table, one a line, as ruff keeps them."""
    key = ", ".join(repr(name) for name in table.primary_key)
    items = [
        repr(table.name),
        *first,
        *(
            f"sa.Column({column.name!r}, {type_source(column)}, nullable={column.nullable})"
            for column in table.columns
        ),
        f"sa.PrimaryKeyConstraint({key}, name={table.primary_key_name!r})",
        "sqlite_with_rowid=False",
    ]
    return "\n" + "".join(f"    {item},\n" for item in items)


def _execute(sql: str) -> str:
    """`op.execute` with the SQL's lines as adjacent literals, which no layout can change."""
    lines = sql.split("\n")
    if len(lines) == 1:
        return f"op.execute({sql!r})"
    literals = [f"    {line + ' '!r}\n" for line in lines[:-1]]
    return f"op.execute(\n{''.join(literals)}    {lines[-1]!r}\n)"


def _columns_named(change: SchemaChange) -> Iterator[ColumnSchema]:
    """Every column whose type the change's statements spell."""
    match change:
        case CreateTable(table=table):
            yield from table.columns
        case ChangeTable(before=before):
            if change.rebuilds:
                yield from before.columns
            for part in change.columns:
                match part:
                    case AddColumn(column=column):
                        yield column
                    case AlterColumn() as altered:
                        yield altered.before
                        if not altered.before.same_type(altered.after):
                            yield altered.after
        case _:
            return
