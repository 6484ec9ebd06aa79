"""The staged rows of a source that something is wrong with, one at a time, with place and raw content."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any, NamedTuple

from spine.data.journal import Entry
from spine.data.staging.duck import Duck
from spine.data.staging.tables import LAST_LINE, LINE, PROBLEM, RAW, Numbering
from spine.data.tables.rejected import described
from spine.data.tables.target import Target, quoted

from .declared import SourceFile
from .raw_lines import RawLines

_BATCH = 1000


class OddRow(NamedTuple):
    """One well-formed row, and where it is in the file."""

    line: int
    last_line: int
    values: dict[str, Any]


class OddRows:
    """Asks the staged rows of one source for the few that messages and anomalies are about, in file order."""

    def __init__(self, duck: Duck, file: SourceFile, target: Target, numbering: Numbering) -> None:
        self._duck = duck
        self._file = file
        self._target = target
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

    def malformed_entries(self) -> Iterator[Entry]:
        """The anomalies of the malformed records."""
        with closing(RawLines(self._file.path)) as lines:
            for first, last, reason, kept in self.malformed():
                raw = lines.text(first, last) if kept is None else json.loads(kept)
                context = {"file": self._file.shown, self.noun: first, "reason": reason, "raw": raw}
                yield Entry(f"{self.noun} {first}: {reason}", context)

    def found_entries(self, condition: str, *, raw: bool) -> Iterator[Entry]:
        """The anomalies of the rows that a check's condition holds for."""
        with closing(RawLines(self._file.path)) as lines:
            for row in self.where(condition):
                context = {"file": self._file.shown, self.noun: row.line, "row": row.values}
                if raw and self.noun == "line":
                    context["raw"] = lines.text(row.line, row.last_line)
                yield Entry(f"{self.shown(row)}: {condition}", context)

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
