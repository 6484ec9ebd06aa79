"""The changes of a table's indexes: no row is touched by them, and none is lost."""

from dataclasses import dataclass
from typing import TypeAlias

from spine_gen.migrations.table_schema import IndexSchema


@dataclass(frozen=True, kw_only=True)
class CreateIndex:
    """An index of a table that is there already."""

    table: str
    index: IndexSchema
    concurrently: bool = False  # PostgreSQL: in a revision of its own, outside of the transaction
    undoing: bool = False

    destroys = False

    @property
    def subject(self) -> str:
        return self.table

    @property
    def reason(self) -> str:
        if self.undoing:
            return f"Index {self.index.name} comes back."
        how = "; PostgreSQL builds it while others write" if self.concurrently else ""
        return f"New index {self.index.name} over ({', '.join(self.index.columns)}){how}."

    @property
    def slug(self) -> str:
        return f"create_{self.index.name}"

    def reverse(self) -> "DropIndex":
        return DropIndex(
            table=self.table, index=self.index, concurrently=self.concurrently, undoing=not self.undoing
        )


@dataclass(frozen=True, kw_only=True)
class DropIndex:
    """An index that is not declared any more, or has other columns."""

    table: str
    index: IndexSchema
    concurrently: bool = False  # how it was built, if this undoes that
    undoing: bool = False

    destroys = False

    @property
    def subject(self) -> str:
        return self.table

    @property
    def reason(self) -> str:
        listed = ", ".join(self.index.columns)
        if self.undoing:
            return f"Index {self.index.name} over ({listed}) was not declared before."
        return f"Index {self.index.name} over ({listed}) is not declared any more."

    @property
    def slug(self) -> str:
        return f"drop_{self.index.name}"

    def reverse(self) -> CreateIndex:
        return CreateIndex(
            table=self.table, index=self.index, concurrently=self.concurrently, undoing=not self.undoing
        )


@dataclass(frozen=True, kw_only=True)
class RenameIndex:
    """An index that is called otherwise; SQLite, which renames none, builds it again."""

    table: str
    index: IndexSchema  # as it was called
    after: str

    destroys = False

    @property
    def subject(self) -> str:
        return self.table

    @property
    def reason(self) -> str:
        return f"Index {self.index.name} is called {self.after} from here on."

    @property
    def slug(self) -> str:
        return f"rename_{self.index.name}"

    def reverse(self) -> "RenameIndex":
        renamed = IndexSchema(name=self.after, columns=self.index.columns)
        return RenameIndex(table=self.table, index=renamed, after=self.index.name)


IndexChange: TypeAlias = CreateIndex | DropIndex | RenameIndex
