"""Sheets of Excel workbooks into DuckDB: each cell as the text that a CSV file would have for it.

The library holds a sheet in memory: half a gigabyte at a million rows of four cells.
"""

import csv
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from itertools import chain
from typing import Any, BinaryIO, cast

from python_calamine import CalamineError, CalamineWorkbook

from spine.data.staging.duck import Duck
from spine.data.staging.line_numbers import Numbering
from spine.data.staging.partition_rows import PartitionRows
from spine.data.tables.target import Target
from spine.errors import SourceError

from .declared import XlsxSource
from .held_file import HeldFile
from .raw_lines import one_line
from .split_fields import SplitFiles, layout_of, stage_split


def read_xlsx(
    duck: Duck, source: XlsxSource, file: HeldFile, target: Target, of: PartitionRows | None = None
) -> Numbering:
    """Stage the sheet's rows. Raises SourceError where it is not what the source declares."""
    file.take_digest()
    rows = _rows(file, source)
    first = next(((number, row) for number, row in rows if any(row)), None)
    if first is None:
        raise SourceError(f"{file.shown} has nothing but empty rows: not even a header. Fetch it again.")
    _, names = first
    header = names if source.header else [str(place) for place in range(1, len(names) + 1)]
    layout = layout_of(source, target, header, file.shown, before=0, of=of)
    into = SplitFiles.of(duck)
    with into.records.open("w", encoding="utf-8", newline="") as opened:
        records = csv.writer(opened, lineterminator="\n")
        for place, texts in rows if source.header else chain([first], rows):
            if any(texts):
                records.writerow(_record(place, texts, layout.fields))
    into.rejects.touch()
    stage_split(duck, layout, into, raw=True)
    return Numbering(noun="row", own=True, raw=True)


def _record(number: int, texts: Sequence[str], fields: Sequence[int]) -> list[object]:
    wanted = (one_line(texts[field]) if field < len(texts) else "" for field in fields)
    return [number, number, *wanted]


def _rows(file: HeldFile, source: XlsxSource) -> Iterator[tuple[int, list[str]]]:
    """Each row of the sheet behind those to skip, with its number as Excel shows it."""
    try:
        with file.open() as opened:
            book = CalamineWorkbook.from_filelike(cast(BinaryIO, opened))
            names = book.sheet_names
            if source.sheet and source.sheet not in names:
                raise SourceError(
                    f"{file.shown} has no sheet {source.sheet!r}, but {', '.join(map(repr, names))}: correct "
                    "the source's sheet"
                )
            sheet = book.get_sheet_by_name(source.sheet or names[0])
            left = sheet.start[1] if sheet.start else 0  # columns without any cell, which it leaves out
            for number, row in enumerate(sheet.iter_rows(), start=1):
                if number > source.skip_rows:
                    yield number, [*[""] * left, *map(_text, row)]
    except CalamineError as error:
        raise SourceError(
            f"{file.shown} cannot be read as an Excel workbook: {error}. Fetch it again."
        ) from error


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 10**15 else f"{cell:.15g}"
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)
