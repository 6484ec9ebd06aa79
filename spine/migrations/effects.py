"""What a revision does to rows, as its file says: told before it runs, and without running it."""

import ast
from collections.abc import Iterable, Iterator

from spine.core.database.backend import DialectName
from spine.core.revision_ids import is_step

from .revisions import Revision

_REBUILDS = ("batch_alter_table", "change_table", "renew_table")
_DROPS_VIEWS = ("drop_view", "drop_columns", "bring_back_columns", "renew_table")


def destroyed_by_undoing(revision: Revision) -> tuple[str, ...]:
    """The tables and columns whose rows or values its downgrade destroys."""
    return tuple(dict.fromkeys(_destroyed(revision)))


def rebuilt_on_sqlite(revision: Revision, *, undoing: bool = False) -> tuple[str, ...]:
    """The tables that SQLite makes anew for it, with a copy of every row."""
    calls = _calls(revision, "downgrade" if undoing else "upgrade", *_REBUILDS)
    return tuple(dict.fromkeys(table for _, (table, *_) in calls))


def drops_views(revision: Revision, *, undoing: bool = False) -> bool:
    """Whether views go and come again, or go for good."""
    return any(_calls(revision, "downgrade" if undoing else "upgrade", *_DROPS_VIEWS))


def calls_on(
    dialect: DialectName, revision: Revision, *names: str, undoing: bool
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The calls of functions of those names, with the texts that each is given, in a run on that database."""
    return _calls(revision, "downgrade" if undoing else "upgrade", *names, on=dialect)


def built_concurrently(revision: Revision) -> tuple[str, ...]:
    """The indexes that PostgreSQL builds for it outside of the transaction: not for a step."""
    if is_step(revision.revision):  # which may do more, and would do that twice
        return ()
    return tuple(index for _, (index, *_) in _calls(revision, "upgrade", "create_index_concurrently"))


def unwritten(revision: Revision) -> tuple[str, ...]:
    """The functions of a step that are still as it was begun: they say only that they are to be written."""
    return tuple(
        part.name
        for part in ast.parse(revision.text).body
        if is_step(revision.revision) and isinstance(part, ast.FunctionDef) and _is_to_be_written(part)
    )


def _is_to_be_written(function: ast.FunctionDef) -> bool:
    match [part for part in function.body if not _is_text(part)]:
        case [ast.Raise(exc=ast.Call(func=ast.Name(id="NotImplementedError")))]:
            return True
    return False


def _is_text(part: ast.stmt) -> bool:
    return isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)


def _destroyed(revision: Revision) -> Iterator[str]:
    for name, (table, *columns) in _calls(
        revision, "downgrade", "forget_rows", "drop_table", "forget_values"
    ):
        if name == "forget_values":
            yield from (f"column {table}.{column}" for column in columns)
        else:
            yield f"table {table}"


def _calls(
    revision: Revision, within: str, *names: str, on: DialectName | None = None
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The calls of functions of those names, each with the texts that it is given."""
    functions = [
        part
        for part in ast.parse(revision.text).body
        if isinstance(part, ast.FunctionDef) and part.name == within
    ]
    for node in (node for function in functions for node in ast.walk(function)):
        if not isinstance(node, ast.Call) or called(node.func) not in names:
            continue
        if (texts := tuple(texts_of(node.args))) and (on is None or only_on(node) in (None, on)):
            yield called(node.func), texts


def called(function: ast.expr) -> str:
    """The name of what a call calls, with no word of the module."""
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def only_on(call: ast.Call) -> object:
    """The one database that the call is for, if it is for one."""
    for given in call.keywords:
        if given.arg == "on" and isinstance(given.value, ast.Constant):
            return given.value.value
    return None


def texts_of(arguments: Iterable[ast.expr]) -> Iterator[str]:
    """Those that are plain texts."""
    for given in arguments:
        if isinstance(given, ast.Constant) and isinstance(given.value, str):
            yield given.value
