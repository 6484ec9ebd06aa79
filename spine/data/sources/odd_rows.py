"""The staged rows of a source that something is wrong with, one at a time, with place and raw content."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import repeat
from typing import Any, NamedTuple

from spine.data.journal import Entry
from spine.data.staging.duck import Duck
from spine.data.staging.tables import LAST_LINE, LINE, PROBLEM, RAW, Numbering
from spine.data.tables.rejected import described
from spine.data.tables.target import Target, quoted

from .held_file import HeldFile
from .raw_lines import RawLines
from .raw_texts import RawTexts

_BATCH = 1000


class OddRow(NamedTuple):
    """One well-formed row, and where it is in the file."""

    line: int
    last_line: int
    values: dict[str, Any]


class OddRows:
    """Asks the staged rows of one source for the few that messages and anomalies are about, in file order.

    Raw content is taken from the open file when it is asked for, and kept: what ``malformed_entries`` and
    ``found_entries`` return reads the file no more.
    """

    def __init__(self, duck: Duck, file: HeldFile, target: Target, numbering: Numbering) -> None:
        self._duck = duck
        self._file = file
        self._target = target
        self._kept = 0  # files of raw texts
        self.noun = numbering.noun

    def where(self, condition: str, limit: int | None = None) -> Iterator[OddRow]:
        """The well-formed rows that the SQL condition holds for."""
        names = [column.name for column in self._target.columns]
        query = (
            f"SELECT {LINE}, {LAST_LINE}, {', '.join(quoted(name) for name in names)} FROM numbered "
            f"WHERE {PROBLEM} IS NULL AND ({condition}) ORDER BY {LINE}"
        )
        for line, last_line, *values in self._rows(query, limit):
            yield OddRow(line, last_line, dict(zip(names, map(_aware, values), strict=True)))

    def malformed(self, limit: int | None = None) -> Iterator[tuple[int, int, str, str | None]]:
        """First line, last line and reason of malformed records, and their content where a reader kept it."""
        problems = f"SELECT {LINE}, {LAST_LINE}, {PROBLEM}, {RAW} FROM numbered WHERE {PROBLEM} IS NOT NULL"
        rejects = "SELECT line, last_line, reason, NULL FROM rejects"
        yield from self._rows(f"{rejects} UNION ALL {problems} ORDER BY 1", limit)

    def malformed_entries(self) -> Callable[[], Iterator[Entry]]:
        """The anomalies of the malformed records, as often as they are wanted."""
        raws: Iterable[str | None] = repeat(None)
        if self.noun == "line":
            raws = self._keep((first, last) for first, last, *_ in self.malformed())

        def entries() -> Iterator[Entry]:
            for (first, _, reason, kept), raw in zip(self.malformed(), raws, strict=False):
                content = raw if kept is None else json.loads(kept)
                context = {"file": self._file.shown, self.noun: first, "reason": reason, "raw": content}
                yield Entry(f"{self.noun} {first}: {reason}", context)

        return entries

    def found_entries(self, condition: str, *, raw: bool) -> Callable[[], Iterator[Entry]]:
        """The anomalies of the rows that a check's condition holds for, as often as they are wanted."""
        raws: Iterable[str | None] = repeat(None)
        if raw and self.noun == "line":
            raws = self._keep((row.line, row.last_line) for row in self.where(condition))

        def entries() -> Iterator[Entry]:
            for row, text in zip(self.where(condition), raws, strict=False):
                context = {"file": self._file.shown, self.noun: row.line, "row": row.values}
                if text is not None:
                    context["raw"] = text
                yield Entry(f"{self.shown(row)}: {condition}", context)

        return entries

    def _keep(self, places: Iterable[tuple[int, int]]) -> RawTexts:
        """The lines from the open file, outside memory. Raises SourceError if it is not what was read."""
        self._kept += 1
        with closing(RawLines(self._file.open())) as lines:
            texts = RawTexts(
                self._duck.folder / f"raw-{self._kept}.txt", (lines.text(*place) for place in places)
            )
        self._file.check_held()
        return texts

    def shown(self, row: OddRow) -> str:
        """The row as messages name it."""
        return f"{self.noun} {row.line} {described(row.values)}"

    def place(self, row: OddRow) -> str:
        """Where the row is, as messages name it."""
        return f"{self.noun} {row.line} of {self._file.shown}"

    def _rows(self, query: str, limit: int | None) -> Iterator[tuple[Any, ...]]:
        with closing(self._duck.cursor()) as cursor:
            cursor.execute(query if limit is None else f"{query} LIMIT {limit}")
            while batch := cursor.fetchmany(_BATCH):
                yield from batch


def _aware(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
