"""The changes of one table's columns and key: parts of the one change that a table goes through."""

from dataclasses import dataclass
from typing import TypeAlias

from spine_gen.migrations.fills import Fill
from spine_gen.migrations.table_schema import ColumnSchema


@dataclass(frozen=True, kw_only=True)
class AddColumn:
    """A column that was not there; the rows of earlier captures get NULL in it."""

    column: ColumnSchema
    instead_of: ColumnSchema | None = None  # of its name, dropped in the same change: it does not convert
    undoing: bool = False

    destroys = False

    @property
    def required(self) -> bool:
        """Whether it may not be NULL. One that comes back may: nothing fills it for the rows there are."""
        return not self.column.nullable and not self.undoing

    @property
    def reason(self) -> str:
        if self.instead_of:
            lost = ", NULL: its values are gone" if self.undoing else ""
            return f"Column {self.column.name} again, as {self.column.type_text}{lost}."
        if self.undoing:
            return f"Column {self.column.name} comes back, NULL: its values are gone."
        may = ", may be NULL" if self.column.nullable else ""
        return f"New column {self.column.name}: {self.column.type_text}{may}."

    @property
    def slug(self) -> str:
        return f"add_{self.column.name}_to"

    def reverse(self) -> "DropColumn":
        return DropColumn(column=self.column, becomes=self.instead_of, undoing=not self.undoing)


@dataclass(frozen=True, kw_only=True)
class DropColumn:
    """A column that is not declared any more, with its values; or one that comes back at once as another."""

    column: ColumnSchema
    becomes: ColumnSchema | None = None  # what comes in its place: the two are told as one change
    undoing: bool = False

    destroys = True

    @property
    def reason(self) -> str:
        if self.becomes:
            return (
                f"Column {self.column.name}: from {self.column.type_text} to {self.becomes.type_text}, "
                "which its values do not convert to: they are destroyed."
            )
        if self.undoing:
            return f"Column {self.column.name} was not declared before: its values are destroyed."
        return f"Column {self.column.name} is not declared any more: its values are destroyed."

    @property
    def slug(self) -> str:
        return f"retype_{self.column.name}_in" if self.becomes else f"drop_{self.column.name}_from"

    def reverse(self) -> AddColumn:
        return AddColumn(column=self.column, instead_of=self.becomes, undoing=not self.undoing)


@dataclass(frozen=True, kw_only=True)
class AlterColumn:
    """A column whose type or nullability changes and whose values are carried over, if not all exactly."""

    before: ColumnSchema
    after: ColumnSchema
    fill: Fill | None = None  # what rows get that have NULL in it, where it is no longer nullable
    undoing: bool = False

    @property
    def retypes(self) -> bool:
        """Whether its type changes."""
        return not self.before.same_type(self.after)

    @property
    def nullable(self) -> bool | None:
        """Whether it may be NULL from here on, where that changes."""
        return None if self.before.nullable == self.after.nullable else self.after.nullable

    @property
    def destroys(self) -> bool:
        return not self.after.holds(self.before)

    @property
    def reason(self) -> str:
        parts = []
        if self.retypes:
            parts.append(f"from {self.before.type_text} to {self.after.type_text}")
        if self.before.nullable != self.after.nullable:
            required = (
                "no longer nullable, but for rows that have NULL" if self.undoing else "no longer nullable"
            )
            parts.append("now nullable" if self.after.nullable else required)
        if self.fill:
            parts.append("rows that have none get its default")
        return f"Column {self.after.name}: {', '.join(parts)}."

    @property
    def slug(self) -> str:
        return f"{'fill' if self.fill else 'alter'}_{self.after.name}_in"

    def reverse(self) -> "AlterColumn":
        return AlterColumn(before=self.after, after=self.before, undoing=not self.undoing)


@dataclass(frozen=True, kw_only=True)
class ChangeKey:
    """Another primary key: dropped before the columns change, created after."""

    before: tuple[str, ...]  # declared key columns, without capture_id
    after: tuple[str, ...]

    destroys = False

    @property
    def reason(self) -> str:
        return f"The key is ({', '.join(self.after)}) instead of ({', '.join(self.before)})."

    @property
    def slug(self) -> str:
        return "change_key_of"

    def reverse(self) -> "ChangeKey":
        return ChangeKey(before=self.after, after=self.before)


ColumnChange: TypeAlias = AddColumn | DropColumn | AlterColumn


def column_name(change: ColumnChange) -> str:
    """The column that it is about, as it is called after it."""
    return change.after.name if isinstance(change, AlterColumn) else change.column.name
