"""Compares the schema that the last build left with the one the spec now stands for: what has to change.

Renames are never guessed: a name that goes and one that comes are a drop and an add. The order of columns is
not schema (a database adds a column at the end), so moving one in the spec changes nothing: tables and views
keep the order that they have.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import replace
from types import MappingProxyType

from spine_gen.migrations.changes import (
    ChangeOwner,
    ChangeTable,
    CreateTable,
    CreateView,
    DropTable,
    DropView,
    SchemaChange,
)
from spine_gen.migrations.column_changes import AddColumn, AlterColumn, ChangeKey, ColumnChange, DropColumn
from spine_gen.migrations.descriptions import description_changes, said_of
from spine_gen.migrations.fills import NO_FILLS, Fill, Fills
from spine_gen.migrations.index_diff import IndexDiff, diff_indexes
from spine_gen.migrations.table_schema import ColumnSchema, TableSchema
from spine_gen.migrations.views import Shown, View, first_view, view_now

_UNKNOWN: Shown = MappingProxyType({})


def diff_tables(
    before: Iterable[TableSchema],
    after: Iterable[TableSchema],
    shown: Shown = _UNKNOWN,
    fills: Fills = NO_FILLS,
) -> tuple[SchemaChange, ...]:
    """The changes that bring a database from one schema to the other.

    `shown` is what the views show now; one that it does not name has its columns in the first schema's order.
    `fills` are the values of columns that become required, for the rows that have none.
    """
    old = {table.name: table for table in before}
    new = {table.name: table for table in after}
    taken = {index.name for table in old.values() for index in table.indexes}
    indexes = {name: _index_diff(old[name], new[name], taken) for name in new if name in old}
    return (
        *(change for each in indexes.values() for change in each.dropped),  # names are free for others then
        *(change for each in indexes.values() for change in each.renamed),
        *(change for name in reversed(old) if name not in new for change in _drop(old[name], shown)),
        *(
            change
            for name, each in indexes.items()
            for change in _change(
                replace(old[name], indexes=each.stay), replace(new[name], indexes=each.stay), shown, fills
            )
        ),
        *(
            change
            for name in indexes
            for change in description_changes(old[name], new[name], _gone(old[name], new[name]))
        ),
        *(change for name in new if name not in old for change in _create(new[name])),
        *(change for each in indexes.values() for change in each.created),
    )


def converts(before: ColumnSchema, after: ColumnSchema) -> bool:
    """Whether values can be carried over at all; where not, the column is dropped and added again."""
    return after.holds(before) or before.type == after.type


def _index_diff(before: TableSchema, after: TableSchema, taken: Set[str]) -> IndexDiff:
    return diff_indexes(before, after, gone=_gone(before, after), taken=taken)


def _gone(before: TableSchema, after: TableSchema) -> frozenset[str]:
    """The columns that are dropped, to come back perhaps."""
    columns = ((old.name, old, after.column(old.name)) for old in before.columns)
    return frozenset(name for name, old, new in columns if new is None or not converts(old, new))


def _create(table: TableSchema) -> Iterator[SchemaChange]:
    yield CreateTable(table=table)
    yield CreateView(view=first_view(table), said=said_of(table))


def _drop(table: TableSchema, shown: Shown) -> Iterator[SchemaChange]:
    yield DropView(view=view_now(table, shown), said=said_of(table))
    yield DropTable(table=table)


def _change(before: TableSchema, after: TableSchema, shown: Shown, fills: Fills) -> Iterator[SchemaChange]:
    """In one go; or, where rows are to be filled, in two: all that fits NULL, and then what does not."""
    filled = dict(_filled(before, after, fills.get(after.name, {})))
    if filled:
        between = _between(before, after, filled)
        yield from _change_once(before, between, shown, {})
        shown = {**shown, after.view: _shown_after(before, between, shown)}
        before = between
    yield from _change_once(before, after, shown, filled)


def _filled(before: TableSchema, after: TableSchema, fills: Mapping[str, Fill]) -> Iterator[tuple[str, Fill]]:
    """The columns with a fill that become required: new, or with NULLs so far."""
    for column in after.declared:
        old = before.column(column.name)
        had_value = old is not None and not old.nullable and converts(old, column)
        if column.name in fills and not column.nullable and not had_value:
            yield column.name, fills[column.name]


def _between(before: TableSchema, after: TableSchema, filled: Collection[str]) -> TableSchema:
    """With the types of the table as it is to be, but NULL where it is to be filled, and with the old key.

    Without the key's columns that are filled: those are made anew, as their values do not convert.
    """
    going = tuple(column for column in before.columns if after.column(column.name) is None)
    return replace(
        after,
        declared=tuple(
            replace(column, nullable=column.nullable or column.name in filled) for column in after.declared
        ),
        added=(*going, *after.added),
        key=tuple(name for name in before.key if name not in filled),
    )


def _shown_after(before: TableSchema, after: TableSchema, shown: Shown) -> tuple[str, ...]:
    columns = tuple(_column_changes(before, after, {}))
    dropped = {change.column.name for change in columns if isinstance(change, DropColumn)}
    stay = (column.name for column in view_now(before, shown).columns if column.name not in dropped)
    return tuple(column.name for column in _later_view(after, stay, columns).columns)


def _change_once(
    before: TableSchema, after: TableSchema, shown: Shown, fills: Mapping[str, Fill]
) -> Iterator[SchemaChange]:
    columns = tuple(_column_changes(before, after, fills))
    dropped = {change.column.name for change in columns if isinstance(change, DropColumn)}
    if not after.has_owner_of(before):
        yield ChangeOwner(before=before, after=after)
    key = None
    if before.key != after.key or dropped & set(after.key):
        key = ChangeKey(before=before.key, after=after.key)
    if not columns and not key:
        return
    old = view_now(before, shown)
    stay = tuple(column.name for column in old.columns if column.name not in dropped)
    change = ChangeTable(
        before=before,
        after=after,
        columns=columns,
        key=key,
        in_place=key is None and all(_in_place(part) for part in columns),
        shown=stay,
        shown_first=tuple(column.name for column in old.columns),
    )
    if change.in_place:
        yield change
    else:
        new = _later_view(after, stay, columns)
        yield DropView(view=old, later=new)
        yield change
        yield CreateView(view=new, earlier=old)


def _in_place(change: ColumnChange) -> bool:
    return isinstance(change, DropColumn) or (isinstance(change, AddColumn) and not change.required)


def _later_view(table: TableSchema, stay: Iterable[str], changes: Iterable[ColumnChange]) -> View:
    """What stays, in its order, and then what is new, wherever the spec lists it."""
    added = (change.column.name for change in changes if isinstance(change, AddColumn))
    named = {column.name: column for column in table.columns}
    return View(table=table.name, columns=tuple(named[name] for name in (*stay, *added)))


def _column_changes(
    before: TableSchema, after: TableSchema, fills: Mapping[str, Fill]
) -> Iterator[ColumnChange]:
    """Drops first: a column may come back under its name with a type that its values do not convert to."""
    added: list[ColumnChange] = []
    for old in before.columns:
        new = after.column(old.name)
        if new is None or not converts(old, new):
            yield DropColumn(column=old, becomes=new)
        elif old != new:
            added.append(AlterColumn(before=old, after=new, fill=fills.get(new.name)))
    for new in after.columns:
        earlier = before.column(new.name)
        if earlier is None or not converts(earlier, new):
            added.append(AddColumn(column=new, instead_of=earlier))
    yield from added
