"""Match a source's declared columns with the names that its file has."""

import csv
import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from spine.data.tables.target import DataColumn
from spine.errors import SourceError

from .declared import CsvSource
from .raw_lines import bounded_lines
from .text_scan import BYTE_ORDER_MARK, TextFile

_NAMES_SHOWN = 20


def csv_header(file: TextFile, source: CsvSource) -> tuple[str, ...]:
    """The names in a CSV file's header, its first line that is not blank; else the numbers of its fields.

    Raises SourceError where that line does not parse, or there is none.
    """
    with file.held.open() as opened:
        if file.has_mark:
            opened.seek(len(BYTE_ORDER_MARK))
        for raw in islice(bounded_lines(opened), source.skip_lines, None):
            line = raw.decode("utf-8", "replace").rstrip("\r\n")
            if line:
                break
        else:
            behind = f" behind the {source.skip_lines} to skip" if source.skip_lines else ""
            raise SourceError(
                f"{file.shown} has nothing but blank lines{behind}: not even a header. Fetch it again."
            )
    try:
        names = tuple(next(csv_records([line], source)))
    except csv.Error as error:
        what = "header" if source.header else "first line"
        raise SourceError(f"the {what} of {file.shown} does not parse: {error}: {line[:200]!r}") from error
    return names if source.header else tuple(str(place) for place in range(1, len(names) + 1))


def csv_records(lines: Iterable[str], source: CsvSource) -> Iterator[list[str]]:
    """Python's CSV reader over the lines, as strict as DuckDB's."""
    if not source.quote:
        return csv.reader(lines, delimiter=source.delimiter, quoting=csv.QUOTE_NONE, strict=True)
    apart = source.escape not in ("", source.quote)
    return csv.reader(
        lines,
        delimiter=source.delimiter,
        quotechar=source.quote,
        doublequote=not apart,
        escapechar=source.escape if apart else None,
        strict=True,
    )


def read_names(columns: Sequence[DataColumn], declared: Mapping[str, str]) -> dict[str, str]:
    """Each column's name in the file: as declared, else its own."""
    return {column.name: declared.get(column.name, column.name) for column in columns}


def match_names(names: Sequence[str], wanted: Mapping[str, str], shown: str) -> dict[str, int]:
    """The position in the file of every wanted column.

    Names match exactly. Raises SourceError naming every column that is missing, with near names, and every
    one that is there twice; columns that nobody asked for are left alone.
    """
    counts = Counter(names)
    wrong = [_missing(name, read_from, names) for name, read_from in wanted.items() if not counts[read_from]]
    wrong += [
        f"{read_from!r} is there {counts[read_from]} times"
        for read_from in dict.fromkeys(wanted.values())
        if counts[read_from] > 1
    ]
    if wrong:
        shown_names = ", ".join(repr(name) for name in names[:_NAMES_SHOWN])
        more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
        raise SourceError(
            f"{shown} has the wrong columns: {'; '.join(wrong)}. It has {shown_names}{more}. "
            "Correct the stage's columns (from: gives a column's name in the file) or the file."
        )
    return {name: names.index(read_from) for name, read_from in wanted.items()}


def _missing(name: str, read_from: str, names: Sequence[str]) -> str:
    folded = {other.strip().casefold(): other for other in names}
    near = difflib.get_close_matches(read_from.strip().casefold(), folded, n=1, cutoff=0.6)
    hint = f" (near: {folded[near[0]]!r})" if near else ""
    return f"{read_from!r} is missing{'' if name == read_from else f', which {name} is read from'}{hint}"
