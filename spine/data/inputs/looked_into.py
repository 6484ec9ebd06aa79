"""An input that a check looks into: its rows, where the check runs in its database and where it does not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from spine.core.database.database import Database
from spine.data.tables.target import quoted, quoted_text

from .declared import Input

_BATCH = 1000


@dataclass(frozen=True, kw_only=True)
class LookedInto:
    """The current captures of an input, as a table that has the stage's name."""

    given: Input
    captures: Sequence[str]
    database: Database

    def named(self, schema: str) -> str:
        """Of a WITH clause the part that gives the rows the stage's name."""
        captures = ", ".join(quoted_text(capture) for capture in self.captures) or "NULL"  # no rows then
        rows = f"SELECT * FROM {schema}{quoted(self.given.table.name)} WHERE capture_id IN ({captures})"
        # The name is not quoted, as in the condition: so both fold alike.
        return f"{self.given.named} AS ({rows})"

    def columns(self, names: Sequence[str]) -> Iterator[Sequence[tuple[object, ...]]]:
        """Those columns of its rows, in batches, as SQLAlchemy returns them."""
        table = self.given.table
        query = sa.select(*(table.columns[name] for name in names))
        query = query.where(table.columns.capture_id.in_(self.captures))
        streamed = {"yield_per": _BATCH}
        with (
            self.database.snapshot() as connection,
            connection.execute(query, execution_options=streamed) as result,
        ):
            for batch in result.partitions():
                yield [tuple(row) for row in batch]
