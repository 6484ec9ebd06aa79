"""The lines of a text file as they are in it, by number: the raw content that anomalies keep."""

from collections.abc import Iterable, Iterator
from itertools import chain, repeat
from typing import BinaryIO

from .text_scan import BYTE_ORDER_MARK

_ESCAPE = "\x01"
MAX_RECORD_BYTES = 2_000_000  # of one line, or of one record over several; DuckDB's own limit


def bounded_lines(file: BinaryIO) -> Iterator[bytes]:
    """The file's lines; of one that is too long, a byte more than is allowed, so that it shows."""
    while line := file.readline(MAX_RECORD_BYTES + 1):
        yield line
        while len(line) > MAX_RECORD_BYTES and not line.endswith(b"\n"):
            line = file.readline(MAX_RECORD_BYTES + 1)


def one_line(text: str) -> str:
    """The text without line breaks, for a file that DuckDB reads; ``several_lines`` gives them back."""
    if "\n" in text or "\r" in text or _ESCAPE in text:
        return text.replace(_ESCAPE, f"{_ESCAPE}e").replace("\n", f"{_ESCAPE}n").replace("\r", f"{_ESCAPE}r")
    return text


def several_lines(text: str) -> str:
    """The DuckDB expression for what ``one_line`` was given."""
    for letter, character in (("n", 10), ("r", 13), ("e", 1)):
        text = f"replace({text}, chr(1) || '{letter}', chr({character}))"
    return text


class RawLines:
    """Look lines up in ascending order, in one pass over the file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._lines = bounded_lines(self._file)

    def texts(self, places: Iterable[tuple[int, int]]) -> Iterator[str]:
        """For each place the lines from its first to its last, without the newline after them.

        No place may begin before the one before it ends.
        """
        lines = chain((next(self._lines, b"").removeprefix(BYTE_ORDER_MARK),), self._lines, repeat(b""))
        number = 1  # of the line that comes next
        for first, last in places:
            for _ in range(first - number):
                next(lines)
            found = next(lines) if last >= max(first, number) else b""
            for _ in range(last - max(first, number)):
                found += next(lines)
            number = max(last + 1, number)
            yield found.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")

    def close(self) -> None:
        """Close the file."""
        self._file.close()
