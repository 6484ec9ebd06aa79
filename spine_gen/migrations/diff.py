"""Compares the schema that the last build left with the one the spec now stands for: what has to change.

Renames are never guessed: a name that goes and one that comes are a drop and an add. The order of columns is
not schema (a database adds a column at the end), so moving one in the spec changes nothing.
"""

from collections.abc import Iterable, Iterator

from spine_gen.migrations.changes import (
    AddColumn,
    AlterColumn,
    Change,
    ChangeKey,
    ChangeTable,
    ColumnChange,
    CreateTable,
    CreateView,
    DropColumn,
    DropTable,
    DropView,
)
from spine_gen.migrations.schema import ColumnSchema, TableSchema


def diff_tables(before: Iterable[TableSchema], after: Iterable[TableSchema]) -> tuple[Change, ...]:
    """The changes that bring a database from one schema to the other."""
    old = {table.name: table for table in before}
    new = {table.name: table for table in after}
    return (
        *(change for name in reversed(old) if name not in new for change in _drop(old[name])),
        *(change for name in new if name in old for change in _change(old[name], new[name])),
        *(change for name in new if name not in old for change in _create(new[name])),
    )


def converts(before: ColumnSchema, after: ColumnSchema) -> bool:
    """Whether values can be carried over at all; where not, the column is dropped and added again."""
    return after.holds(before) or before.type == after.type


def _create(table: TableSchema) -> Iterator[Change]:
    yield CreateTable(table=table)
    yield CreateView(table=table)


def _drop(table: TableSchema) -> Iterator[Change]:
    yield DropView(table=table)
    yield DropTable(table=table)


def _change(before: TableSchema, after: TableSchema) -> Iterator[Change]:
    columns = tuple(_column_changes(before, after))
    replaced = {change.column.name for change in columns if isinstance(change, DropColumn)}
    key = None
    if before.key != after.key or replaced & set(after.key):
        key = ChangeKey(before=before.key, after=after.key)
    if columns or key:
        yield DropView(table=before)
        yield ChangeTable(before=before, after=after, columns=columns, key=key)
        yield CreateView(table=after)


def _column_changes(before: TableSchema, after: TableSchema) -> Iterator[ColumnChange]:
    """Drops first: a column may come back under its name with a type that its values do not convert to."""
    added: list[ColumnChange] = []
    for old in before.columns:
        new = after.column(old.name)
        if new is None or not converts(old, new):
            yield DropColumn(column=old)
        elif old != new:
            added.append(AlterColumn(before=old, after=new))
    for new in after.columns:
        earlier = before.column(new.name)
        if earlier is None or not converts(earlier, new):
            added.append(AddColumn(column=new))
    yield from added
