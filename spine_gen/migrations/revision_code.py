"""Writes changes as the statements of a revision's Python, each with its reason; templates do the rest."""

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

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
from spine_gen.migrations.column_types import TYPES, conversion_sql, type_source
from spine_gen.migrations.description_code import description_code
from spine_gen.migrations.descriptions import Describe, Said
from spine_gen.migrations.index_changes import CreateIndex, DropIndex, RenameIndex
from spine_gen.migrations.index_code import create_index, index_code
from spine_gen.migrations.partition_keys import ChangePartitions
from spine_gen.migrations.rename_changes import (
    NameKind,
    Rename,
    RenameColumns,
    RenameName,
    RenameStage,
    RenameTable,
)
from spine_gen.migrations.table_schema import ColumnSchema, TableSchema
from spine_gen.migrations.text_code import text_code
from spine_gen.plan.imports import LINE

COPY_REASON = "What the table is before: SQLite copies its rows into a new one."
SHOWN = "shown"  # the name for what a view shows of the columns that stay, where one table changes in place
_CALLS = {
    "descriptions": re.compile(r"\bdescribe_(?:columns|table)(?=\()"),
    "indexes": re.compile(r"\b(?:create_index_concurrently|rename_index)(?=\()"),
    "renaming": re.compile(r"\brename_(?:columns|table|domain|tier|stage|code|workflow|dimension)(?=\()"),
    "stage_tables": re.compile(
        r"\b(?:(?:add|drop|bring_back)_columns|fill_column|(?:create|drop|replace)_view|renew_table"
        r"|forget_(?:rows|values)|has_nulls|retire_(?:captures|partitions)|change_table)(?=\()"
    ),
}
_RENAMES: Mapping[NameKind, str] = {
    "domain": "rename_domain",
    "tier": "rename_tier",
    "anomaly code": "rename_code",
    "workflow": "rename_workflow",
    "dimension": "rename_dimension",
}


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement of upgrade() or downgrade()."""

    reason: str
    code: str


@dataclass(frozen=True, kw_only=True)
class Constant:
    """One name that both upgrade() and downgrade() use."""

    name: str
    code: str


def constants(changes: Iterable[SchemaChange]) -> tuple[Constant, ...]:
    """What the views show of the columns that stay: the same there and back, so written once."""
    changes = tuple(changes)
    names = _shown_names(changes)
    return tuple(
        Constant(name=names[change.before.name], code=f"({text_code(', '.join(change.shown))})")
        for change in _in_place(changes)
    )


def statements(changes: Iterable[SchemaChange]) -> tuple[Statement, ...]:
    """The Python statements that run the changes, in order."""
    changes = tuple(changes)
    names = _shown_names(changes)
    return tuple(statement for change in changes for statement in _statements(change, names))


def calls_in(statements: Iterable[Statement]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The modules of spine.migrations that the statements use, with the names from each, sorted."""
    code = "\n".join(each.code for each in statements)
    used = ((module, tuple(sorted({*calls.findall(code)}))) for module, calls in _CALLS.items())
    return tuple((module, names) for module, names in used if names)


def types_in(changes: Iterable[SchemaChange]) -> tuple[str, ...]:
    """The names that the changes' statements use from spine.core.types, sorted."""
    columns = (column for change in changes for column in _columns_named(change))
    return tuple(sorted({name for column in columns if (name := TYPES[column.type].runtime_name)}))


def _in_place(changes: Iterable[SchemaChange]) -> tuple[ChangeTable, ...]:
    return tuple(change for change in changes if isinstance(change, ChangeTable) and change.in_place)


def _shown_names(changes: Iterable[SchemaChange]) -> Mapping[str, str]:
    """The constant of each table that changes in place."""
    tables = [change.before.name for change in _in_place(changes)]
    return {table: SHOWN if len(tables) == 1 else f"{table}_{SHOWN}" for table in tables}


def _statements(change: SchemaChange, shown: Mapping[str, str]) -> Iterator[Statement]:
    match change:
        case CreateTable(table=table):
            yield Statement(reason=change.reason, code=f"op.create_table({_table_items(table)})")
            for index in table.indexes:
                reason = f"Queries look rows up by ({', '.join(index.columns)})."
                yield Statement(reason=reason, code=create_index(table.name, index))
        case DropTable(table=table):
            yield Statement(
                reason=f"Captures that have rows in {table.name} are not current any more.",
                code=f"forget_rows({table.name!r})",
            )
            yield Statement(reason=change.reason, code=f"op.drop_table({table.name!r})")
        case RenewTable(undoing=True):
            yield Statement(reason=change.reason, code="pass")
        case RenewTable(table=table, view=view):
            yield _table(table)
            code = f"renew_table({table.name!r}, table, {text_code(view.listed)})"
            yield Statement(reason=change.reason, code=code)
        case CreateView(view=view):
            call = "replace_view" if change.replaces else "create_view"
            yield Statement(reason=change.reason, code=f"{call}({view.table!r}, {text_code(view.listed)})")
            yield from _descriptions(view.table, change.said)
        case DropView(view=view):
            only = ', on="sqlite"' if change.replaced else ""
            yield Statement(reason=change.reason, code=f"drop_view({view.table!r}{only})")
        case Describe(table=name, after=said):
            yield from _descriptions(name, said)
        case ChangeOwner() | ChangePartitions():
            yield Statement(reason=change.reason, code=_retire(change))
        case RenameName() | RenameStage() | RenameTable() | RenameColumns():
            yield Statement(reason=change.reason, code=_rename(change))
        case CreateIndex() | DropIndex() | RenameIndex():
            yield Statement(reason=change.reason, code=index_code(change))
        case ChangeTable():
            yield from _table_statements(change, shown)


def _retire(change: ChangeOwner | ChangePartitions) -> str:
    if isinstance(change, ChangeOwner):
        return f"retire_captures({change.after.name!r})"
    arguments = [repr(each) for each in (change.domain, *change.looks)]
    arguments += [] if change.stage is None else [f"stage={change.stage!r}"]
    return f"retire_partitions({', '.join(arguments)})"


def _rename(change: Rename) -> str:
    match change:
        case RenameName(kind="domain"):
            return f"rename_domain({change.before!r}, {change.after!r})"
        case RenameName():
            arguments = (change.domain, change.before, change.after, *change.tables)
            return f"{_RENAMES[change.kind]}({', '.join(map(repr, arguments))})"
        case RenameStage():
            return f"rename_stage({change.domain!r}, {change.before!r}, {change.after!r})"
        case RenameTable(view=view):
            return f"rename_table({change.before!r}, {change.after!r}, {text_code(view.listed)})"
        case RenameColumns(after=view):
            return f"rename_columns({view.table!r}, {text_code(view.listed)}, {dict(change.names)!r})"


def _table_statements(change: ChangeTable, shown: Mapping[str, str]) -> Iterator[Statement]:
    if lost := values_lost(change):
        yield Statement(
            reason="Captures keep in mind which of their values are gone.",
            code=f"forget_values({', '.join(map(repr, (change.before.name, *lost)))})",
        )
    match change:
        case ChangeTable(before=before) if change.in_place:
            yield from _column_calls(change, shown[before.name])
        case ChangeTable(before=before):
            for part in change.filled:
                reason = f"Rows without {part.after.name} get its default, superseded ones too."
                yield Statement(reason=reason, code=_fill(before.name, part))
            yield _table(before)
            yield Statement(reason=change.reason, code=_batch(change))


def _table(table: TableSchema) -> Statement:
    items = _table_items(table, "sa.MetaData()")
    return Statement(reason=COPY_REASON, code=f"table = sa.Table({items})")


def _descriptions(table: str, said: Said) -> Iterator[Statement]:
    return (Statement(reason=reason, code=code) for reason, code in description_code(table, said))


def _fill(table: str, part: AlterColumn) -> str:
    assert part.fill is not None
    other = f", sqlite={text_code(part.fill.sqlite)}" if part.fill.sqlite != part.fill.postgresql else ""
    return f"fill_column({table!r}, {part.after.name!r}, {text_code(part.fill.postgresql)}{other})"


def _column_calls(change: ChangeTable, shown: str) -> Iterator[Statement]:
    """The columns that go, then those that come."""
    comes = ("add_columns", shown)
    if change.comes_back_within:
        comes = ("bring_back_columns", text_code(", ".join(change.shown_first)))
    for kind, (call, listed) in ((DropColumn, ("drop_columns", shown)), (AddColumn, comes)):
        parts = [part for part in change.columns if isinstance(part, kind)]
        if parts:
            columns = ", ".join(_named_column(part) for part in parts)
            yield Statement(
                reason=" ".join(part.reason for part in parts),
                code=f"{call}({change.before.name!r}, {listed}, {columns})",
            )


def _named_column(change: AddColumn | DropColumn) -> str:
    name = repr(change.column.name)
    return name if isinstance(change, DropColumn) else f"sa.Column({name}, {type_source(change.column)})"


def _batch(change: ChangeTable) -> str:
    order = ""
    if change.key:  # the new table has the new key first
        order = f", {[column.name for column in change.after.stored]!r}"
    lines = [f"with change_table({change.before.name!r}, table{order}) as batch:"]
    if change.key:
        lines.append(f'    batch.drop_constraint({change.before.primary_key_name!r}, type_="primary")')
    for part in change.columns:
        if len(change.told) > 1:
            lines += _inner_comment(part.reason)
        lines += [f"    {line}" for line in _column_change(change.before.name, part)]
    if change.key:
        if len(change.told) > 1:
            lines += _inner_comment(change.key.reason)
        key = list(change.after.primary_key)
        lines.append(f"    batch.create_primary_key({change.after.primary_key_name!r}, {key!r})")
    return "\n".join(lines)


def _column_change(table: str, change: ColumnChange) -> Iterator[str]:
    match change:
        case AddColumn(column=column):
            yield f"batch.add_column(sa.Column({column.name!r}, {type_source(column)}, nullable=True))"
            if change.required:
                yield _alter(column.name, existing_type=type_source(column), nullable="False")
        case DropColumn(column=column):
            yield f"batch.drop_column({column.name!r})"
        case AlterColumn(before=before, after=after):
            options = {"existing_type": type_source(before)}
            if change.retypes:
                options["type_"] = type_source(after)
            if change.nullable is False and change.undoing:
                options["nullable"] = f"has_nulls({table!r}, {after.name!r})"
            elif change.nullable is not None:
                options["nullable"] = str(change.nullable)
            if change.retypes:
                options["postgresql_using"] = repr(conversion_sql(after))
            yield _alter(after.name, **options)


def _inner_comment(reason: str) -> list[str]:
    """A comment within the batch, wrapped to what its indentation leaves."""
    return [f"    # {line}" for line in textwrap.wrap(reason, LINE - 10, break_long_words=False)]


def _alter(name: str, **options: str) -> str:
    listed = ", ".join(f"{option}={value}" for option, value in options.items())
    return f"batch.alter_column({name!r}, {listed})"


def _table_items(table: TableSchema, *first: str) -> str:
    """The arguments of a table, one a line, as ruff keeps them; with its indexes where it is one that is."""
    key = ", ".join(repr(name) for name in table.primary_key)
    indexes = (f"sa.Index({', '.join(map(repr, (each.name, *each.columns)))})" for each in table.indexes)
    items = [
        repr(table.name),
        *first,
        *(
            f"sa.Column({column.name!r}, {type_source(column)}, nullable={column.nullable})"
            for column in table.stored
        ),
        f"sa.PrimaryKeyConstraint({key}, name={table.primary_key_name!r})",
        *(indexes if first else ()),
        "sqlite_with_rowid=False",
    ]
    return "\n" + "".join(f"    {item},\n" for item in items)


def _columns_named(change: SchemaChange) -> Iterator[ColumnSchema]:
    """Every column whose type the change's statements spell."""
    match change:
        case CreateTable(table=table) | RenewTable(table=table, undoing=False):
            yield from table.columns
        case ChangeTable(before=before):
            if not change.in_place:
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
