"""Places in a text: lines and columns that count from 1, columns in characters.

A line ends at ``\\n``, ``\\r\\n`` or ``\\r`` and nowhere else, as in editors.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass

_LINE_BREAK = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """One place: both numbers count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From the first character to the place behind the last one; empty where both are equal."""

    start: Position
    end: Position


START = Span(Position(1, 1), Position(1, 1))  # for what is wrong with a file as a whole


class Lines:
    """A text cut into lines, which turns character offsets into positions."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0]
        self._ends: list[int] = []
        for line_break in _LINE_BREAK.finditer(text):
            self._ends.append(line_break.start())
            self._starts.append(line_break.end())
        self._ends.append(len(text))

    def __len__(self) -> int:
        return len(self._starts)

    def line(self, number: int) -> str:
        """The text of a line, without its line break."""
        return self.text[self._starts[number - 1] : self._ends[number - 1]]

    def position(self, offset: int) -> Position:
        """Where a character stands; past the end, or within a line break, it is the end of its line."""
        offset = min(max(offset, 0), len(self.text))
        index = bisect_right(self._starts, offset) - 1
        return Position(index + 1, min(offset, self._ends[index]) - self._starts[index] + 1)

    def span(self, start: int, end: int) -> Span:
        """The span between two character offsets."""
        return Span(self.position(start), self.position(max(start, end)))
