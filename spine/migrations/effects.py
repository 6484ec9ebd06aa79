"""What a revision does to rows, as its file says: told before it runs, and without running it."""

import ast
from collections.abc import Iterator

from .revisions import Revision


def destroyed_by_undoing(revision: Revision) -> tuple[str, ...]:
    """The tables and columns whose rows or values its downgrade destroys."""
    return tuple(dict.fromkeys(_destroyed(revision)))


def rebuilt_on_sqlite(revision: Revision, *, undoing: bool = False) -> tuple[str, ...]:
    """The tables that SQLite makes anew for it, with a copy of every row."""
    calls = _calls(revision, "downgrade" if undoing else "upgrade", "batch_alter_table", "change_table")
    return tuple(dict.fromkeys(table for _, (table, *_) in calls))


def drops_views(revision: Revision, *, undoing: bool = False) -> bool:
    """Whether views go and come again, or go for good."""
    within = "downgrade" if undoing else "upgrade"
    return any(_calls(revision, within, "drop_view", "drop_columns", "bring_back_columns"))


def _destroyed(revision: Revision) -> Iterator[str]:
    for name, (table, *columns) in _calls(
        revision, "downgrade", "forget_rows", "drop_table", "forget_values"
    ):
        if name == "forget_values":
            yield from (f"column {table}.{column}" for column in columns)
        else:
            yield f"table {table}"


def _calls(revision: Revision, within: str, *names: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The calls of functions of those names, each with the texts that it is given."""
    functions = [
        part
        for part in ast.parse(revision.text).body
        if isinstance(part, ast.FunctionDef) and part.name == within
    ]
    for node in (node for function in functions for node in ast.walk(function)):
        if isinstance(node, ast.Call) and _name(node.func) in names and (texts := tuple(_texts(node))):
            yield _name(node.func), texts


def _name(called: ast.expr) -> str:
    match called:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _texts(call: ast.Call) -> Iterator[str]:
    for given in call.args:
        if isinstance(given, ast.Constant) and isinstance(given.value, str):
            yield given.value
