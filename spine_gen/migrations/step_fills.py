"""The columns that have no NULL because a step filled them, under the names that they have by now."""

import ast
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from spine.core.revision_calls import Call, calls_in
from spine_gen.migrations.changes import SchemaChange
from spine_gen.migrations.rename_changes import RenameColumns, RenameTable

Filled: TypeAlias = frozenset[str]  # `table.column`


def after_revision(filled: Filled, text: str) -> Filled:
    """Which of them still have no NULL once a generated revision ran, and what they are called then."""
    try:
        calls = tuple(calls_in(text))
    except (SyntaxError, ValueError):
        return filled  # what is wrong with the file is told anyway
    for call in calls:
        filled = _after(filled, call)
    return filled


def after_renames(filled: Filled, changes: Iterable[SchemaChange]) -> Filled:
    """The same under the names that they have after the renames of a build."""
    for change in changes:
        match change:
            case RenameTable():
                filled = _renamed_table(filled, change.before, change.after)
            case RenameColumns():
                filled = _renamed_columns(filled, change.after.table, dict(change.names))
    return filled


def _after(filled: Filled, call: Call) -> Filled:
    match call:
        case Call(name="rename_table", others=(after, *_)):
            return _renamed_table(filled, call.table, after)
        case Call(name="rename_columns"):
            return _renamed_columns(filled, call.table, call.columns_renamed())
        case Call(name="drop_table"):
            return frozenset(name for name in filled if name.partition(".")[0] != call.table)
        case Call(name="alter_column") if _is_true(call.keyword("nullable")):
            return filled - {f"{call.table}.{column}" for column in call.others}
    return filled - {f"{call.table}.{column}" for column in call.columns_dropped()}


def _is_true(given: ast.expr | None) -> bool:
    return isinstance(given, ast.Constant) and given.value is True


def _renamed_table(filled: Filled, before: str, after: str) -> Filled:
    parts = (name.partition(".") for name in filled)
    return frozenset(f"{after if table == before else table}.{column}" for table, _, column in parts)


def _renamed_columns(filled: Filled, table: str, names: Mapping[str, str]) -> Filled:
    for before, after in names.items():  # one by one: names that two columns swap go by a third
        filled = frozenset(f"{table}.{after}" if name == f"{table}.{before}" else name for name in filled)
    return filled
