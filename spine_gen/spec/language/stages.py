"""Stages: what one reads, its work, its table and its checks."""

from dataclasses import dataclass
from typing import Literal

from spine_gen.source import Span
from spine_gen.spec.node import (
    IN_PLACE,
    AnyText,
    AsWritten,
    Constant,
    Filled,
    Flag,
    Given,
    Maybe,
    MaybeData,
    MaybePart,
    Name,
    Nodes,
    Part,
    Valid,
    Values,
    Word,
    Written,
    field,
    node,
)

Action = Literal["record", "drop", "fail"]
CheckKind = Literal["when", "having", "unique", "partition"]
Keep = Literal["first", "last", "none"]
SourceFormat = Literal["csv", "parquet", "ndjson", "json", "xlsx"]
DialectName = Literal["sqlite", "postgresql"]
ColumnType = Literal["string", "integer", "float", "decimal", "boolean", "date", "timestamp", "json"]


@node
class _SqlText:
    """One text that means the same on both databases, or a text for each."""

    sqlite: Given[Filled]
    postgresql: Given[Filled]


class DraftSqlText(_SqlText, Written):
    TEXT_FOR = ("sqlite", "postgresql")  # what a text in place of the mapping stands for

    @property
    def portable(self) -> bool:
        """Whether one text serves both databases."""
        return self.sqlite is not None and self.sqlite is self.postgresql

    @property
    def texts(self) -> tuple[tuple[Word, DialectName | None], ...]:
        """Each text, and the one database that it is for; None where it serves both."""
        if self.sqlite is not None and self.portable:
            return ((self.sqlite, None),)
        each: tuple[tuple[Word | None, DialectName], ...] = (
            (self.sqlite, "sqlite"),
            (self.postgresql, "postgresql"),
        )
        return tuple((word, dialect) for word, dialect in each if word is not None)


class SqlText(_SqlText, Valid): ...


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


@node
class _Input:
    """Another stage that this one reads: its current partition, or a window that ends with it."""

    stage: Name
    window: Given[int] = field(default=1)


class DraftInput(_Input, Written): ...


class StageInput(_Input, Valid): ...


@node
class _OfPartition:
    """The column of a row that has the partition's value of a dimension."""

    dimension: Name
    column: Given[str] = field(key=IN_PLACE)


class DraftOfPartition(_OfPartition, Written):
    TEXT_FOR = ("column",)


class OfPartition(_OfPartition, Valid): ...


@node
class _Check:
    """What makes an anomaly: of a row that is odd, repeated or astray, or of the stage as a whole."""

    code: Given[str]
    when: MaybePart[DraftSqlText, SqlText] = field(default=None)  # of a row; of these four
    having: MaybePart[DraftSqlText, SqlText] = field(default=None)  # of all rows
    unique: Values[str] = field(default=())
    partition: Nodes[DraftOfPartition, OfPartition] = field(default=())  # there is exactly one
    keep: Maybe[Keep] = field(default=None)  # beside unique: which of the rows that are alike
    action: Maybe[Action] = field(default=None)  # beside the others
    max_rate: Maybe[float] = field(default=None)  # share of the stage's rows past which the stage fails


class DraftCheck(_Check, Written): ...


class Check(_Check, Valid):
    @property
    def kind(self) -> CheckKind:
        """Which of the four it is."""
        others: tuple[CheckKind, ...] = ("when", "having", "partition")
        return next((kind for kind in others if getattr(self, kind)), "unique")

    @property
    def effect(self) -> Action:
        """What becomes of the rows that it finds, or of the stage."""
        return self.action or "drop"

    @property
    def looks_for(self) -> str:
        """What makes an anomaly, as people are shown it."""
        if sql := self.when or self.having:
            return " / ".join(dict.fromkeys((sql.sqlite, sql.postgresql)))
        if self.partition:
            return " or ".join(f"{one.column} is of another {one.dimension}" for one in self.partition)
        return f"unique ({', '.join(self.unique)}), keep {self.keep}"


@node
class _Malformed:
    """What becomes of records that do not parse as the declared columns."""

    code: Given[str]
    max_rate: Maybe[float] = field(default=None)  # share of the file's records past which the stage fails


class DraftMalformed(_Malformed, Written):
    TEXT_FOR = ("code",)


class Malformed(_Malformed, Valid): ...


@node
class _Files:
    """How many files there have to be, where the path is a pattern."""

    at_least: Given[int]


class DraftFiles(_Files, Written): ...


class Files(_Files, Valid): ...


@node
class _Source:
    """Read a file. All but format, path and malformed is of texts; header, skip_lines and marks of csv."""

    format: Given[SourceFormat]
    path: Given[Filled]
    files: MaybePart[DraftFiles, Files] = field(default=None)
    delimiter: Given[Filled] = field(default=",")
    quote: Given[Filled] = field(default='"')
    escape: Maybe[Filled] = field(default=None)
    header: Flag = field(default=True)
    skip_lines: Given[int] = field(default=0)
    records: Maybe[Filled] = field(default=None)  # json: the names that lead to the array
    sheet: Maybe[Filled] = field(default=None)  # xlsx: where it is not the first
    skip_rows: Given[int] = field(default=0)  # xlsx
    encoding: Given[Filled] = field(default="utf-8")
    compression: Given[Literal["auto", "none"]] = field(default="auto")
    final_newline: Given[Literal["required", "optional"]] = field(default="optional")
    null: Values[AnyText] = field(default=())
    trim: Flag = field(default=False)
    decimal: Given[Filled] = field(default=".")
    thousands: Maybe[Filled] = field(default=None)
    malformed: MaybePart[DraftMalformed, Malformed] = field(default=None)  # else one fails the stage


class DraftSource(_Source, Written): ...


class SourceWork(_Source, Valid): ...


@dataclass(frozen=True, kw_only=True)
class PythonWork:
    """A function that a person writes in ``logic/``."""

    function: str


@node
class _Example:
    """What a stage makes of given rows: a test, which stands beside what it explains."""

    name: Name
    description: Maybe[Filled] = field(default=None)
    partition: Maybe[AsWritten] = field(default=None)  # where the domain's example key does not do
    given: MaybeData = field(default=None)  # a file's text; or by input its rows, or those by partition
    expect: MaybeData = field(default=None)  # rows
    anomalies: MaybeData = field(default=None)  # how many by code
    fails: Maybe[Filled] = field(default=None)  # a part of the reason


class DraftExample(_Example, Written): ...


class Example(_Example, Valid): ...


@node
class _Stage:
    """One stage: what it reads, what kind of work it does, and the table it writes."""

    name: Name
    tier: Given[str]
    renamed_from: Maybe[str] = field(default=None)
    description: Maybe[Filled] = field(default=None)
    inputs: Nodes[DraftInput, StageInput] = field(default=())
    source: MaybePart[DraftSource, SourceWork] = field(default=None)  # of these three
    sql: MaybePart[DraftSqlText, SqlText] = field(default=None)
    python: Maybe[str] = field(default=None)  # there is exactly one
    table: Part[DraftTable, Table]
    checks: Nodes[DraftCheck, Check] = field(default=())
    examples: Nodes[DraftExample, Example] = field(default=())


class DraftStage(_Stage, Written):
    @property
    def kind_key(self) -> Span | None:
        """The word `source`, `sql` or `python`, where there is one of them."""
        found = [self.keys[kind] for kind in ("source", "sql", "python") if kind in self.keys]
        return found[0].span if len(found) == 1 else None

    @property
    def inputs_key(self) -> Span | None:
        """The word `inputs`."""
        return self.keys["inputs"].span if "inputs" in self.keys else None


class Stage(_Stage, Valid):
    @property
    def fields(self) -> dict[str, str]:
        """By column its name in the source file; without a header its place in the line, from 1."""
        columns = self.table.columns
        given = {
            column.name: column.source.name for column in columns if column.source and column.source.name
        }
        if self.source is None or self.source.header:
            return {column.name: given.get(column.name, column.name) for column in columns}
        places, before = dict[str, str](), 0
        for column in columns:
            place = given.get(column.name, "")
            before = int(place) if place.isdecimal() else before + 1
            places[column.name] = place or str(before)
        return places

    @property
    def work(self) -> SourceWork | SqlText | PythonWork:
        if self.python is not None:
            return PythonWork(function=self.python)
        work = self.source or self.sql
        assert work is not None
        return work
