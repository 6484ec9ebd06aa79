"""What a migration tells of itself while it runs, to whoever wants to know. It prints nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from .plan import Step


class MigrationWatch:
    """Hears what happens, in its order; by itself it does nothing about it."""

    def builds(self, step: Step) -> None:
        """Before a revision begins: its indexes are built while others write."""

    def begins(self, step: Step) -> None:
        """A revision begins."""

    def executes(self, statement: str) -> None:
        """The database is given a statement for the step that was told last."""

    def ends(self, step: Step) -> None:
        """It is through. Nothing is committed before all of them are."""

    def waits(self, why: str) -> None:
        """All was undone, and will begin again."""


@contextmanager
def statements_told(connection: sa.Connection, watch: MigrationWatch) -> Iterator[None]:
    """Have the watch told of every statement within."""

    def tell(_connection: sa.Connection, _cursor: Any, statement: str, *_others: Any) -> None:
        watch.executes(statement)

    sa.event.listen(connection, "before_cursor_execute", tell)
    try:
        yield
    finally:
        sa.event.remove(connection, "before_cursor_execute", tell)


def in_short(statement: str, most: int = 72) -> str:
    """The statement on one line, as much of it as says what it is about."""
    line = " ".join(statement.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
