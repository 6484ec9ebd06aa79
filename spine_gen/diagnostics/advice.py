"""A help line that also knows what to write, word for word, where that is certain."""

from spine_gen.source.position import Span


class Advice(str):
    """The line; where it is about a text that stands in the file as such, what to write instead of that."""

    _written: str
    _instead: str

    def __new__(cls, line: str, *, written: str, instead: str) -> "Advice":
        advice = super().__new__(cls, line)
        advice._written, advice._instead = written, instead
        return advice

    def instead_of(self, span: Span) -> str | None:
        """What to write in that place; None where more or something else stands there than was judged."""
        width = span.end.column - span.start.column
        exact = span.start.line == span.end.line and width in (len(self._written), len(self._written) + 2)
        return self._instead if exact else None  # two more: in quotes
