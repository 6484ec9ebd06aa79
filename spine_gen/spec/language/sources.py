"""Sources: the files and queries that a stage reads, and what becomes of what does not parse."""

from typing import Literal

from spine_gen.spec.language.checks import DraftOfPartition, OfPartition
from spine_gen.spec.node import (
    AnyText,
    Filled,
    Flag,
    Given,
    Maybe,
    MaybePart,
    Nodes,
    Valid,
    Values,
    Written,
    field,
    node,
)

SourceFormat = Literal["csv", "parquet", "ndjson", "json", "xlsx", "sql"]


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
    """Read a file, or a query of another database.

    Of files all but format, path and malformed is of texts; header, skip_lines and marks of csv.
    """

    format: Given[SourceFormat]
    path: Maybe[Filled] = field(default=None)  # every format but sql
    database: Maybe[Filled] = field(default=None)  # sql: its name in the settings
    query: Maybe[Filled] = field(default=None)  # sql
    files: MaybePart[DraftFiles, Files] = field(default=None)
    rows: Nodes[DraftOfPartition, OfPartition] = field(default=())  # where files hold several partitions
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
