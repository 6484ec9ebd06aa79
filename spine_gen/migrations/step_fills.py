"""The columns that have no NULL because a step filled them, under the names that they have by now."""

import ast
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from spine_gen.migrations.changes import SchemaChange
from spine_gen.migrations.rename_changes import RenameColumns, RenameTable

Filled: TypeAlias = frozenset[str]  # `table.column`


def after_revision(filled: Filled, text: str) -> Filled:
    """Which of them still have no NULL once a generated revision ran, and what they are called then."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        return filled  # what is wrong with the file is told anyway
    for node in body:
        if isinstance(node, ast.FunctionDef) and node.name == "upgrade":
            for call, arguments in _calls(node.body):
                filled = _after(filled, call, arguments)
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


def _after(filled: Filled, call: str, arguments: tuple[Any, ...]) -> Filled:
    match call, arguments:
        case "rename_table", (before, after, *_):
            return _renamed_table(filled, before, after)
        case "rename_columns", (table, *_, names):
            return _renamed_columns(filled, table, names)
        case "drop_table", (table, *_):
            return frozenset(name for name in filled if name.partition(".")[0] != table)
        case "drop_columns", (table, _, *columns):
            return filled - {f"{table}.{column}" for column in columns}
        case "drop_column" | "may_be_null", (table, column):
            return filled - {f"{table}.{column}"}
    return filled


def _calls(body: Iterable[ast.stmt], table: str | None = None) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Each call with the constants that it is given, others as None; within a batch after its table."""
    for statement in body:
        match statement:
            case ast.With(items=[ast.withitem(context_expr=ast.Call(args=[ast.Constant(str(name)), *_]))]):
                yield from _calls(statement.body, name)
            case ast.Expr(value=ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) as call):
                arguments = tuple(_constant(argument) for argument in call.args)
                if table is not None:
                    nullable = any(word.arg == "nullable" and _constant(word.value) for word in call.keywords)
                    alters = name == "alter_column" and nullable
                    name, arguments = "may_be_null" if alters else name, (table, *arguments)
                yield name, arguments


def _constant(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None


def _renamed_table(filled: Filled, before: str, after: str) -> Filled:
    parts = (name.partition(".") for name in filled)
    return frozenset(f"{after if table == before else table}.{column}" for table, _, column in parts)


def _renamed_columns(filled: Filled, table: str, names: dict[str, str]) -> Filled:
    for before, after in names.items():  # one by one: names that two columns swap go by a third
        filled = frozenset(f"{table}.{after}" if name == f"{table}.{before}" else name for name in filled)
    return filled
