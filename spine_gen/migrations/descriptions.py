"""What the spec says of a table and its columns: PostgreSQL keeps it as comments on the table and its view.

Descriptions of a table that is new ride with its view. Where one changes, only that is said again: what a
person has put elsewhere by hand stays.
"""

from dataclasses import dataclass
from typing import TypeAlias

from spine_gen.migrations.table_schema import TableSchema

Said: TypeAlias = tuple[tuple[str, str | None], ...]  # columns, "" for the table itself, with their texts
TABLE = ""


@dataclass(frozen=True, kw_only=True)
class Describe:
    """Descriptions that are other ones; `before` has nothing of columns that were not there."""

    table: str
    before: Said
    after: Said

    destroys = False

    @property
    def subject(self) -> str:
        return self.table

    @property
    def reason(self) -> str:
        of = [name or "the table" for name, _ in self.after]
        return f"Descriptions of {self.table}, for PostgreSQL: {', '.join(of)}."

    @property
    def slug(self) -> str:
        return f"describe_{self.table}"

    def reverse(self) -> "Describe":
        return Describe(table=self.table, before=self.after, after=self.before)


def said_of(table: TableSchema) -> Said:
    """All that is said of a table."""
    each = ((TABLE, table.description), *((column.name, column.description) for column in table.declared))
    return tuple((name, text) for name, text in each if text is not None)


def description_changes(
    before: TableSchema, after: TableSchema, gone: frozenset[str]
) -> tuple[Describe, ...]:
    """What is said otherwise; `gone` are columns that are dropped, to come back perhaps."""
    was = {TABLE: before.description} | {
        column.name: column.description for column in before.columns if column.name not in gone
    }
    now = {TABLE: after.description} | {column.name: column.description for column in after.declared}
    changed = [name for name, text in now.items() if was.get(name) != text]
    if not changed:
        return ()
    return (
        Describe(
            table=after.name,
            before=tuple((name, was[name]) for name in changed if name in was),
            after=tuple((name, now[name]) for name in changed),
        ),
    )
