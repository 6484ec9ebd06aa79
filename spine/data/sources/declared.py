"""Declarations of the files that source stages read, and where a declared path leads.

A declaration opens nothing; its `columns` map each column of the stage's table to its name in the file.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from spine.core.files import SourceFile
from spine.errors import SourceError

if TYPE_CHECKING:
    from spine.core.anomalies import AnomalyCode
    from spine.core.partitions.partitioning import Partition

FinalNewline: TypeAlias = Literal["required", "optional"]


@dataclass(frozen=True, kw_only=True)
class CsvSource:
    """A delimited text file in UTF-8 with a header line; columns are found by name, extra ones are left out.

    An empty field is NULL, quoted or not. A file whose last line has no newline is taken as truncated, unless
    `final_newline` says that it may be missing. Lines that do not parse become `malformed` anomalies; without
    a code for them they fail the stage.
    """

    path: str
    columns: Mapping[str, str]
    delimiter: str = ","
    quote: str = '"'
    final_newline: FinalNewline = "required"
    malformed: "AnomalyCode | str | None" = None

    def __post_init__(self) -> None:
        """Raise SourceError for marks that no line could be read by."""
        marks = {"delimiter": self.delimiter} | ({"quote": self.quote} if self.quote else {})
        for name, mark in marks.items():
            if not _is_mark(mark):
                raise SourceError(
                    f"the {name} of {self.path} is {mark!r}: it must be one sign such as , ; | or a tab, in "
                    "ASCII and no letter or digit"
                )
        if self.delimiter == self.quote:
            raise SourceError(
                f"delimiter and quote of {self.path} are both {self.quote!r}: use two different signs"
            )


@dataclass(frozen=True, kw_only=True)
class NdjsonSource:
    """A text file in UTF-8 with one JSON object a line; a missing name and JSON's null are NULL."""

    path: str
    columns: Mapping[str, str]
    final_newline: FinalNewline = "required"
    malformed: "AnomalyCode | str | None" = None


@dataclass(frozen=True, kw_only=True)
class ParquetSource:
    """A Parquet file; its types must fit the columns', and values that do not are malformed rows."""

    path: str
    columns: Mapping[str, str]
    malformed: "AnomalyCode | str | None" = None


Source: TypeAlias = CsvSource | NdjsonSource | ParquetSource


def _is_mark(mark: str) -> bool:
    is_sign = len(mark) == 1 and mark.isascii() and not mark.isalnum()
    return is_sign and (mark.isprintable() or mark == "\t")


def file_of(source: Source, partition: "Partition", data_root: Path) -> SourceFile:
    """Where the source's file for the partition would be; nothing is looked up on the disk."""
    relative = partition.expand(source.path)
    return SourceFile(path=data_root.absolute() / relative, shown=relative)


def is_below(file: SourceFile, data_root: Path) -> bool:
    """Whether the file's path stays below the data root, as it is written."""
    path, root = os.path.abspath(file.path), os.path.abspath(data_root)  # noqa: PTH100 - `..` taken as written
    return path == root or path.startswith(os.path.join(root, ""))  # noqa: PTH118


def locate(source: Source, partition: "Partition", data_root: Path) -> SourceFile:
    """The source's file for the partition.

    Raises SourceError where there is none, or where it is outside the data root: a spec is data from a pull
    request, so neither '..' nor an absolute path may lead out of it. A symbolic link may: it is
    not the spec's, but that of whoever keeps the data, perhaps on another disk.
    """
    file = file_of(source, partition, data_root)
    below = f"(data root {data_root})"
    if not is_below(file, data_root):
        raise SourceError(
            f"{file.shown} leads outside the data root {data_root}: keep source files below it, or set "
            "data_root to the folder that holds them"
        )
    if file.path.is_dir():
        raise SourceError(f"{file.shown} is a folder {below}: the source's path must name a file")
    if not file.path.exists():
        raise SourceError(
            f"there is no file {file.shown} for partition {partition.key} {below}: fetch it, or correct the "
            "source's path or data_root"
        )
    return file
