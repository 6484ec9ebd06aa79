"""Declarations of what source stages read: files, and queries of other databases.

A declaration opens nothing; its `columns` map each column of the stage's table to its name in the file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from spine.errors import SourceError

if TYPE_CHECKING:
    from spine.core.anomalies import AnomalyCode

FinalNewline: TypeAlias = Literal["required", "optional"]
Compression: TypeAlias = Literal["auto", "none"]


@dataclass(frozen=True, kw_only=True)
class FileColumn:
    """A column of a file whose values are spelled otherwise than the rest, or than in every other file.

    `null` are further texts that mean NULL. `format` is how days and instants are written (`%d.%m.%Y`),
    `zone` whose clocks show them where they do not say so (`Europe/Berlin`; else UTC). `true_values` and
    `false_values` are the texts of a boolean.
    """

    name: str  # in the file
    null: Sequence[str] = ()
    format: str | None = None
    zone: str | None = None
    true_values: Sequence[str] = ()
    false_values: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Spelling:
    """How one column's values are written."""

    null: Sequence[str] = ()
    trim: bool = False
    decimal: str = "."
    thousands: str = ""
    format: str | None = None
    zone: str | None = None
    true_values: Sequence[str] = ()
    false_values: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class RecordSource:
    """What every source declares.

    Records that do not parse become `malformed` anomalies; without a code for them they fail the stage. With
    one it fails where they are more than `max_malformed_rate` of all, or all of them.
    """

    columns: Mapping[str, str | FileColumn]
    malformed: "AnomalyCode | str | None" = None
    max_malformed_rate: float | None = None

    def names(self) -> dict[str, str]:
        """Each declared column's name in the file."""
        return {
            column: there if isinstance(there, str) else there.name for column, there in self.columns.items()
        }


@dataclass(frozen=True, kw_only=True)
class FileSource(RecordSource):
    """What every source of files declares.

    The `path` is below the data root, or a URL. It may be a pattern (`*` and `?`, but not by HTTP), of which
    there must be `at_least` so many matches; they are read in the order of their names.

    Where files hold several partitions, `rows` has by dimension the column of the stage's table that tells of
    which one a row is; the others' are left out.
    """

    path: str
    at_least: int = 1
    rows: Mapping[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class SpelledSource(FileSource):
    """A source whose values are texts.

    `null` are those that mean NULL; `trim` takes blanks off, `decimal` and `thousands` are the marks in
    numbers.
    """

    null: Sequence[str] = ()
    trim: bool = False
    decimal: str = "."
    thousands: str = ""

    def spelling(self, column: str) -> Spelling:
        """How the values of that column are written."""
        of_all = Spelling(null=self.null, trim=self.trim, decimal=self.decimal, thousands=self.thousands)
        return _of_column(of_all, self.columns.get(column, column))


@dataclass(frozen=True, kw_only=True)
class TextSource(SpelledSource):
    """A text file, perhaps compressed (gzip, zstd, bz2, or zip with one member: its first bytes tell).

    A last line without a newline is a record where it parses as all declared columns, else the file is
    truncated; with `final_newline` required, it is truncated in any case.
    """

    encoding: str = "utf-8"
    compression: Compression = "auto"
    final_newline: FinalNewline = "optional"


@dataclass(frozen=True, kw_only=True)
class CsvSource(TextSource):
    """A delimited text file with a header line; columns are found by name, extra ones are left out.

    `skip_lines` come before the header. Without a `header` columns are found by place: a column's name in the
    file is then its number, from 1. An empty field is NULL, quoted or not. Within quotes a quote is written
    twice; or, where there is an `escape`, behind that, as any sign that stands for itself.
    """

    delimiter: str = ","
    quote: str = '"'
    escape: str = ""
    header: bool = True
    skip_lines: int = 0

    def spelling(self, column: str) -> Spelling:
        """How the values of that column are written."""
        how = super().spelling(column)
        return replace(how, null=("", *how.null))

    def __post_init__(self) -> None:
        """Raise SourceError for marks that no line could be read by."""
        given = {"delimiter": self.delimiter, "quote": self.quote, "escape": self.escape}
        marks = {name: mark for name, mark in given.items() if mark or name == "delimiter"}
        for name, mark in marks.items():
            if not _is_mark(mark):
                raise SourceError(
                    f"the {name} of {self.path} is {mark!r}: it must be one sign such as , ; | or a tab, in "
                    "ASCII and no letter or digit"
                )
        if self.delimiter in (self.quote, self.escape):
            other = "quote" if self.delimiter == self.quote else "escape"
            raise SourceError(
                f"delimiter and {other} of {self.path} are both {self.delimiter!r}: use two different signs"
            )


@dataclass(frozen=True, kw_only=True)
class NdjsonSource(TextSource):
    """A text file with one JSON object a line; a missing name and JSON's null are NULL."""


@dataclass(frozen=True, kw_only=True)
class JsonSource(TextSource):
    """A JSON document with an array of objects: at its top, or where the names of `records` lead.

    These have dots between (`data.rows`). A missing name and JSON's null are NULL.
    """

    records: str = ""


@dataclass(frozen=True, kw_only=True)
class XlsxSource(SpelledSource):
    """A sheet of an Excel workbook, the first or the one named, with a header row as a CSV file has it.

    `skip_rows` come before the header, or the first record. A cell's value is taken as its text, a whole
    number without a fraction and others with fifteen digits, as Excel keeps them.
    """

    sheet: str = ""
    header: bool = True
    skip_rows: int = 0

    def spelling(self, column: str) -> Spelling:
        """How the values of that column are written."""
        how = super().spelling(column)
        return replace(how, null=("", *how.null))


@dataclass(frozen=True, kw_only=True)
class ParquetSource(FileSource):
    """A Parquet file; its types must fit the columns', and values that do not are malformed rows."""


@dataclass(frozen=True, kw_only=True)
class SqlSource(RecordSource):
    """What a query returns of another database, in its order.

    `database` is a name in `[tool.spine.databases]`. The query may ask for the partition by `:day`, the value
    of its dimension, and of one in time by `:day_start` and `:day_end`, its first and last day.
    """

    database: str
    query: str

    def spelling(self, column: str) -> Spelling:
        """How the values of that column are written where they are texts."""
        return _of_column(Spelling(), self.columns.get(column, column))


FilesSource: TypeAlias = CsvSource | NdjsonSource | JsonSource | XlsxSource | ParquetSource
Source: TypeAlias = FilesSource | SqlSource


def _of_column(of_all: Spelling, there: str | FileColumn) -> Spelling:
    if isinstance(there, str):
        return of_all
    return replace(
        of_all,
        null=(*of_all.null, *there.null),
        format=there.format,
        zone=there.zone,
        true_values=there.true_values,
        false_values=there.false_values,
    )


def _is_mark(mark: str) -> bool:
    is_sign = len(mark) == 1 and mark.isascii() and not mark.isalnum()
    return is_sign and (mark.isprintable() or mark == "\t")
