"""Split a CSV file into records in Python, so that each has its line numbers and one bad line costs one line.

Three times slower than DuckDB's reader, and used only where that one cannot say which line a row came from.
"""

import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from .declared import CsvSource
from .header import csv_records
from .raw_lines import MAX_RECORD_BYTES, bounded_lines, one_line
from .split_fields import SplitFiles
from .text_scan import BYTE_ORDER_MARK, TextFile

_MAX_RECORD_LINES = 1000
UNCLOSED = "its quote is never closed"
_TOO_LONG = f"the line is longer than {MAX_RECORD_BYTES} bytes"


class _TooLong(Exception):
    """A line, or a quoted field, goes on for longer than a record may."""


class _Lines(Iterator[str]):
    """A file's lines, with the ones that the current record took, which can be given back."""

    def __init__(self, raw: Iterator[bytes]) -> None:
        self._raw = raw
        self._given_back: list[str] = []
        self.taken: list[str] = []
        self.number = 0  # lines taken so far, by all records
        self._bytes = 0

    def __next__(self) -> str:
        line = self._given_back.pop() if self._given_back else next(self._raw).decode("utf-8", "replace")
        self.taken.append(line)
        self.number += 1
        self._bytes += len(line)
        if self._bytes > MAX_RECORD_BYTES or len(self.taken) > _MAX_RECORD_LINES:
            raise _TooLong
        return line

    def skip(self, lines: int) -> None:
        for _ in islice(self._raw, lines):
            self.number += 1

    def begin_record(self) -> None:
        self.taken.clear()
        self._bytes = 0

    def give_back_all_but_one(self) -> None:
        self._given_back.extend(reversed(self.taken[1:]))
        self.number -= len(self.taken) - 1


def list_misshapen(source: CsvSource, file: TextFile, width: int, rejects: Path) -> None:
    """Write the lines that are too long or have the wrong number of fields, of a file without quotes."""
    delimiter = source.delimiter.encode()
    with file.held.open() as opened, rejects.open("w", encoding="utf-8", newline="") as bad:
        bad_rows = csv.writer(bad, lineterminator="\n")
        for number, line in enumerate(bounded_lines(opened), start=1):
            if number <= source.skip_lines:
                continue
            fields = line.count(delimiter) + 1
            if len(line) > MAX_RECORD_BYTES:
                bad_rows.writerow((number, number, _TOO_LONG))
            elif fields == width or not (text := line.strip(b"\r\n")):
                continue
            elif not _fits(text.split(delimiter), width):
                bad_rows.writerow((number, number, _wrong_number(source, fields, width)))


def split_records(
    source: CsvSource, file: TextFile, width: int, fields: Sequence[int], into: SplitFiles
) -> None:
    """Write each record's first line, last line and wanted fields, and each malformed line with the reason.

    A record over several lines that does not parse, or has the wrong number of fields, is malformed in its
    first line only: the reader goes on with the second.
    """
    # The limit is the module's own and cannot be given to one reader; _Lines keeps records shorter than it.
    csv.field_size_limit(max(csv.field_size_limit(), 2 * MAX_RECORD_BYTES))
    with (
        file.held.open() as opened,
        into.records.open("w", encoding="utf-8", newline="") as good,
        into.rejects.open("w", encoding="utf-8", newline="") as bad,
    ):
        if file.has_mark:
            opened.seek(len(BYTE_ORDER_MARK))
        lines = _Lines(bounded_lines(opened))
        good_rows, bad_rows = csv.writer(good, lineterminator="\n"), csv.writer(bad, lineterminator="\n")
        lines.skip(source.skip_lines)
        header_seen = not source.header
        for first, last, parsed in _records(source, lines, width):
            if not header_seen:
                header_seen = True
            elif isinstance(parsed, str):
                bad_rows.writerow((first, first, parsed))
            else:
                good_rows.writerow((first, last, *[one_line(parsed[field]) for field in fields]))


def _records(source: CsvSource, lines: _Lines, width: int) -> Iterator[tuple[int, int, list[str] | str]]:
    """Every record that is not blank: its first line, its last, and its fields or what is wrong with it."""
    reader = csv_records(lines, source)
    while True:
        lines.begin_record()
        first = lines.number + 1
        wrong: str | None = None
        fields: list[str] = []
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            wrong = _reason(error, source)
        except _TooLong:
            wrong = UNCLOSED
            if len(lines.taken) == 1:
                wrong = _TOO_LONG
        else:
            if not fields:
                continue
            if not _fits(fields, width):
                wrong = _wrong_number(source, len(fields), width)
        if wrong is None:
            yield first, lines.number, fields
        else:
            lines.give_back_all_but_one()
            yield first, first, wrong


def _fits(fields: Sequence[str | bytes], width: int) -> bool:
    """Whether the record is one of that many fields; as DuckDB has it, empty ones too many are none."""
    return len(fields) >= width and not any(fields[width:])


def _wrong_number(source: CsvSource, fields: int, width: int) -> str:
    return f"it has {fields} fields, the {'header' if source.header else 'first line'} {width}"


def _reason(error: csv.Error, source: CsvSource) -> str:
    text = str(error)
    if "unexpected end of data" in text:
        return UNCLOSED
    if "expected after" in text:
        return f"a closing {source.quote} is followed by neither {source.delimiter!r} nor the end of the line"
    if "new-line character" in text:
        return "it has a carriage return outside quotes"
    return text
