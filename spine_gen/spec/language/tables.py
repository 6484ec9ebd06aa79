"""Tables that stages write: their columns, how these stand in files, and indexes."""

from typing import Literal

from spine_gen.source import Span
from spine_gen.spec.language.sql_texts import DraftSqlText, SqlText
from spine_gen.spec.node import (
    IN_PLACE,
    AnyText,
    AsWritten,
    Constant,
    Filled,
    Flag,
    Given,
    Maybe,
    MaybePart,
    Name,
    Nodes,
    Valid,
    Values,
    Written,
    field,
    node,
)

ColumnType = Literal["string", "integer", "float", "decimal", "boolean", "date", "timestamp", "json"]


@node
class _Default:
    """What rows hold that are there before their column is required: a constant, or computed of each row."""

    constant: Maybe[Constant] = field(key=IN_PLACE, default=None)
    sql: MaybePart[DraftSqlText, SqlText]  # an expression; of these two there is exactly one


class DraftDefault(_Default, Written):
    TEXT_FOR = ("constant",)


class Default(_Default, Valid): ...


@node
class _From:
    """How the source file has a column: under which name, and how its values are written there."""

    name: Maybe[AsWritten] = field(default=None)  # or its number, where the file has no header
    null: Values[AnyText] = field(default=())  # further texts that mean NULL
    format: Maybe[Filled] = field(default=None)  # of days and instants
    zone: Maybe[Filled] = field(default=None)  # of instants that do not say theirs
    true_values: Values[AnyText] = field(default=())
    false_values: Values[AnyText] = field(default=())


class DraftFrom(_From, Written):
    TEXT_FOR = ("name",)


class From(_From, Valid): ...


@node
class _Column:
    """One declared column of a stage's table."""

    name: Name
    type: Given[ColumnType]
    precision: Maybe[int] = field(default=None)  # decimal only: digits in all
    scale: Maybe[int] = field(default=None)  # decimal only: digits after the point
    nullable: Flag = field(default=False)
    default: MaybePart[DraftDefault, Default] = field(default=None)  # fills rows, once
    source: MaybePart[DraftFrom, From] = field(key="from", default=None)  # in the file, where it differs
    description: Maybe[Filled] = field(default=None)
    renamed_from: Maybe[str] = field(default=None)


class DraftColumn(_Column, Written): ...


class Column(_Column, Valid): ...


@node
class _Index:
    """An index of a table, beside its primary key: what queries look rows up by."""

    columns: Values[str]
    name: Maybe[str] = field(default=None)  # where the one that is made of table and columns does not do
    concurrently: Flag = field(default=False)  # PostgreSQL: built while others write


class DraftIndex(_Index, Written): ...


class Index(_Index, Valid): ...


@node
class _Table:
    """The table that a stage writes; `key` is unique within one capture, and may be empty (one row)."""

    name: Given[str]
    renamed_from: Maybe[str] = field(default=None)
    description: Maybe[Filled] = field(default=None)
    key: Values[str]
    columns: Nodes[DraftColumn, Column]
    indexes: Nodes[DraftIndex, Index] = field(default=())


class DraftTable(_Table, Written):
    @property
    def columns_key(self) -> Span:
        """The word `columns`, or the table's place where it is missing."""
        return self.keys.get("columns", self.head).span

    def column(self, name: str) -> DraftColumn | None:
        return next((column for column in self.columns if column.name.value == name), None)


class Table(_Table, Valid): ...
