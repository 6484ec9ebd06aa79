"""The lines of a text file as they are in it, by number: the raw content that anomalies keep."""

from collections.abc import Iterator
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
        self._next = 1  # the number of the line that comes next

    def text(self, first: int, last: int) -> str:
        """The lines from ``first`` to ``last``, without the newline after them.

        ``first`` may not be before the ``last`` of the call before.
        """
        found: list[bytes] = []
        while self._next <= last:
            line = next(self._lines, b"")
            if self._next == 1:
                line = line.removeprefix(BYTE_ORDER_MARK)
            if self._next >= first:
                found.append(line)
            self._next += 1
        return b"".join(found).decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")

    def close(self) -> None:
        """Close the file."""
        self._file.close()
