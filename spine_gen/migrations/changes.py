"""The changes that a revision makes: small values that know their reason, their reverse, what they destroy.

They say what changes; `revision_sql` runs them (and so renders their SQL), `revision_code` writes them as
Python. `undoing` marks the reverse of a change, which happens for another reason: a downgrade, not a spec.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from spine_gen.migrations.column_changes import (
    AddColumn,
    AlterColumn,
    ChangeKey,
    ColumnChange,
    DropColumn,
    column_name,
)
from spine_gen.migrations.descriptions import Describe, Said
from spine_gen.migrations.index_changes import IndexChange
from spine_gen.migrations.partition_keys import ChangePartitions
from spine_gen.migrations.rename_changes import Rename
from spine_gen.migrations.table_schema import ColumnSchema, TableSchema
from spine_gen.migrations.views import View


@dataclass(frozen=True, kw_only=True)
class CreateTable:
    """A table that was not there, with its indexes."""

    table: TableSchema
    undoing: bool = False

    destroys = False

    @property
    def reason(self) -> str:
        if self.undoing:
            return f"{self.table.name} comes back, empty: its rows are gone."
        return f"Stage {self.table.stage} writes {self.table.name}."

    @property
    def subject(self) -> str:
        return self.table.name

    @property
    def slug(self) -> str:
        return f"create_{self.table.name}"

    def reverse(self) -> "DropTable":
        return DropTable(table=self.table, undoing=not self.undoing)


@dataclass(frozen=True, kw_only=True)
class DropTable:
    """A table that no stage writes any more, with all its rows and its indexes."""

    table: TableSchema
    undoing: bool = False

    destroys = True

    @property
    def reason(self) -> str:
        if self.undoing:
            return f"{self.table.name} did not exist before: its rows are destroyed."
        return f"No stage writes {self.table.name} any more: its rows are destroyed."

    @property
    def subject(self) -> str:
        return self.table.name

    @property
    def slug(self) -> str:
        return f"drop_{self.table.name}"

    def reverse(self) -> CreateTable:
        return CreateTable(table=self.table, undoing=not self.undoing)


@dataclass(frozen=True, kw_only=True)
class ChangeOwner:
    """A table that another stage writes from here on, or the same one at another tier."""

    before: TableSchema
    after: TableSchema

    destroys = True  # the rows are there, but no reader is shown them any more

    @property
    def reason(self) -> str:
        return (
            f"What {self.before.owner} made of {self.after.name} is not current any more: "
            f"{self.after.owner} writes it from here on."
        )

    @property
    def subject(self) -> str:
        return self.after.name

    @property
    def slug(self) -> str:
        return f"change_owner_of_{self.after.name}"

    def reverse(self) -> "ChangeOwner":
        return ChangeOwner(before=self.after, after=self.before)


@dataclass(frozen=True, kw_only=True)
class RenewTable:
    """A table that an earlier build made takes the form of new ones; it holds the same as before."""

    table: TableSchema
    view: View
    undoing: bool = False

    destroys = False

    @property
    def reason(self) -> str:
        if self.undoing:
            return f"{self.table.name} stays as new tables are: it holds the same."
        return f"{self.table.name} becomes as new tables are: text by its bytes, and the key first."

    @property
    def subject(self) -> str:
        return self.table.name

    @property
    def slug(self) -> str:
        return f"renew_{self.table.name}"

    def reverse(self) -> "RenewTable":
        return replace(self, undoing=not self.undoing)


@dataclass(frozen=True, kw_only=True)
class CreateView:
    """The `<table>_current` view of a table as it is from here on."""

    view: View
    earlier: View | None = None  # what it was before its table changed
    said: Said = ()  # of a table that is new

    destroys = False

    @property
    def replaces(self) -> bool:
        """Whether PostgreSQL still has the earlier one, and lets this one take its place."""
        return self.earlier is not None and self.view.goes_on(self.earlier)

    @property
    def reason(self) -> str:
        return "What readers query: the rows of each partition's newest complete capture."

    def reverse(self) -> "DropView":
        return DropView(view=self.view, later=self.earlier, said=self.said)


@dataclass(frozen=True, kw_only=True)
class DropView:
    """The view goes, because its table goes or is about to change."""

    view: View
    later: View | None = None  # what it is after its table changed
    said: Said = ()  # of a table that goes with it

    destroys = False  # a view holds no rows

    @property
    def replaced(self) -> bool:
        """Whether PostgreSQL can keep it until the later one takes its place."""
        return self.later is not None and self.later.goes_on(self.view)

    @property
    def reason(self) -> str:
        if self.replaced:
            return f"SQLite makes {self.view.table} anew, so the view that reads it goes first."
        return f"The view goes first: it reads {self.view.table}."

    def reverse(self) -> CreateView:
        return CreateView(view=self.view, earlier=self.later, said=self.said)


@dataclass(frozen=True, kw_only=True)
class ChangeTable:
    """Everything that changes in one table, done as one: SQLite rebuilds a table at most once a revision.

    What changes in place takes the view along; otherwise the view is dropped before and made after.
    """

    before: TableSchema
    after: TableSchema
    columns: tuple[ColumnChange, ...]  # those that drop a column come first
    key: ChangeKey | None = None
    in_place: bool = False  # columns are dropped, and added that may be NULL: no database copies rows
    shown: tuple[str, ...] = ()  # what the view shows of the columns that stay, in its order
    shown_first: tuple[str, ...] = ()  # what it showed before; of the reverse, afterwards

    @property
    def parts(self) -> tuple[ColumnChange | ChangeKey, ...]:
        return (*self.columns, *((self.key,) if self.key else ()))

    @property
    def told(self) -> tuple[ColumnChange | ChangeKey, ...]:
        """The parts, of which a column that is dropped and comes back as another is one."""
        return tuple(part for part in self.parts if not (isinstance(part, AddColumn) and part.instead_of))

    @property
    def dropped(self) -> tuple[ColumnSchema, ...]:
        return tuple(part.column for part in self.columns if isinstance(part, DropColumn))

    @property
    def added(self) -> tuple[ColumnSchema, ...]:
        return tuple(part.column for part in self.columns if isinstance(part, AddColumn))

    @property
    def comes_back_within(self) -> bool:
        """Whether columns come back to their places in the view, which are not after all others."""
        back = [part.column.name for part in self.columns if isinstance(part, AddColumn) and part.undoing]
        return bool(back) and (*self.shown, *back) != self.shown_first

    @property
    def filled(self) -> tuple[AlterColumn, ...]:
        return tuple(part for part in self.columns if isinstance(part, AlterColumn) and part.fill)

    @property
    def destroys(self) -> bool:
        return any(part.destroys for part in self.parts)

    @property
    def destroyed_columns(self) -> tuple[str, ...]:
        """The columns some of whose values are gone afterwards; one that comes back at once counts once."""
        names = (column_name(part) for part in self.columns if part.destroys)
        return tuple(dict.fromkeys(names))

    @property
    def reason(self) -> str:
        return (
            self.told[0].reason if len(self.told) == 1 else f"{len(self.told)} changes to {self.after.name}."
        )

    @property
    def subject(self) -> str:
        return self.after.name

    @property
    def slug(self) -> str:
        only = self.told[0].slug if len(self.told) == 1 else "change"
        return f"{only}_{self.after.name}"

    def reverse(self) -> "ChangeTable":
        return replace(
            self,
            before=self.after,
            after=self.before,
            columns=tuple(change.reverse() for change in reversed(self.columns)),
            key=self.key.reverse() if self.key else None,
        )


ToldChange: TypeAlias = (
    CreateTable
    | DropTable
    | RenewTable
    | ChangeTable
    | ChangeOwner
    | ChangePartitions
    | IndexChange
    | Describe
    | Rename
)
SchemaChange: TypeAlias = ToldChange | CreateView | DropView


def reverse(changes: Iterable[SchemaChange]) -> tuple[SchemaChange, ...]:
    """What undoes the changes, last one first."""
    return tuple(change.reverse() for change in reversed(tuple(changes)))


def told_changes(changes: Iterable[SchemaChange]) -> tuple[ToldChange, ...]:
    """The changes without the views that are dropped and created around them."""
    return tuple(change for change in changes if isinstance(change, ToldChange))


def destroyed(changes: Iterable[SchemaChange]) -> tuple[str, ...]:
    """What is gone once the changes ran, as people call it: `table desk_fee`, `column desk_trade.note`."""
    return tuple(dict.fromkeys(name for change in changes for name in _destroyed(change)))


def values_lost(change: ChangeTable) -> tuple[str, ...]:
    """The declared columns of a table of which values are gone once it changed."""
    declared = {column.name for column in (*change.before.declared, *change.after.declared)}
    return tuple(name for name in change.destroyed_columns if name in declared)


def _destroyed(change: SchemaChange) -> Iterator[str]:
    match change:
        case DropTable(table=table):
            yield f"table {table.name}"
        case ChangeOwner(before=table):
            yield f"what {table.owner} made of {table.name}"
        case ChangePartitions(domain=domain, stage=stage):
            yield f"what {domain if stage is None else stage[0]} made of partitions with other keys"
        case ChangeTable(after=table):
            yield from (f"column {table.name}.{name}" for name in change.destroyed_columns)
        case _:
            return
