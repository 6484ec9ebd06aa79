"""What a revision does to rows, as its file says: told before it runs, and without running it."""

import ast
from collections.abc import Iterator

from spine.core.revision_calls import calls_in
from spine.core.revision_ids import is_step

from .revisions import Revision

_REBUILDS = ("batch_alter_table", "change_table", "renew_table")
_DROPS_VIEWS = ("drop_view", "drop_columns", "bring_back_columns", "renew_table")


def destroyed_by_undoing(revision: Revision) -> tuple[str, ...]:
    """The tables and columns whose rows or values its downgrade destroys."""
    return tuple(dict.fromkeys(_destroyed(revision)))


def rebuilt_on_sqlite(revision: Revision, *, undoing: bool) -> tuple[str, ...]:
    """The tables that SQLite makes anew for it, with a copy of every row."""
    calls = calls_in(revision.text, undoing=undoing)
    return tuple(dict.fromkeys(call.table for call in calls if call.name in _REBUILDS))


def drops_views(revision: Revision, *, undoing: bool) -> bool:
    """Whether views go and come again, or go for good."""
    return any(call.name in _DROPS_VIEWS for call in calls_in(revision.text, undoing=undoing))


def built_concurrently(revision: Revision) -> tuple[str, ...]:
    """The indexes that PostgreSQL builds for it outside of the transaction: not for a step."""
    if is_step(revision.revision):  # which may do more, and would do that twice
        return ()
    calls = calls_in(revision.text)
    return tuple(call.texts[0] for call in calls if call.name == "create_index_concurrently")


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
    for call in calls_in(revision.text, undoing=True):
        match call.name:
            case "forget_rows" | "drop_table":
                yield f"table {call.table}"
            case "forget_values":
                yield from (f"column {call.table}.{column}" for column in call.others)
