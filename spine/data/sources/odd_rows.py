"""The staged rows of a source that something is wrong with, one at a time, with place and raw content."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from itertools import groupby, repeat
from operator import itemgetter
from typing import Any, Literal, NamedTuple

from spine.core.json_text import json_text, storable_text
from spine.data.journal import Entry
from spine.data.staging.duck import Duck
from spine.data.staging.tables import FILE, LAST_LINE, LINE, PROBLEM, RAW
from spine.data.tables.rejected import described
from spine.data.tables.target import Target, quoted, quoted_text

from .held_file import HeldFile
from .raw_lines import RawLines
from .raw_texts import RawTexts

_BATCH = 1000
_MALFORMED = (
    f"SELECT {FILE}, line AS {LINE}, last_line AS {LAST_LINE}, reason AS {PROBLEM}, NULL AS {RAW} "
    f"FROM rejected UNION ALL SELECT {FILE}, {LINE}, {LAST_LINE}, {PROBLEM}, {RAW} "
    f"FROM numbered WHERE {PROBLEM} IS NOT NULL"
)


class OddRow(NamedTuple):
    """One well-formed row, and where it is."""

    file: int
    line: int
    last_line: int
    values: dict[str, Any]


class Malformed(NamedTuple):
    """One malformed record: where it is, why it is, and its content where a reader kept it."""

    file: int
    line: int
    last_line: int
    reason: str
    raw: str | None


class OddRows:
    """Asks the staged rows of one source for the few that messages and anomalies are about, in file order.

    Raw content is taken from the open files when it is asked for, and kept: what ``malformed_entries`` and
    ``found_entries`` return reads them no more.
    """

    def __init__(
        self, duck: Duck, files: Sequence[HeldFile], target: Target, noun: Literal["line", "row"]
    ) -> None:
        self._duck = duck
        self._files = files
        self._target = target
        self._kept = 0  # files of raw texts
        self.noun = noun
        self._place = "line" if noun == "line" else "row_number"  # in contexts, whose row are its values

    def where(self, condition: str, limit: int | None = None) -> Iterator[OddRow]:
        """The well-formed rows that the SQL condition holds for."""
        names = [column.name for column in self._target.columns]
        query = (
            f"SELECT {FILE}, {LINE}, {LAST_LINE}, {', '.join(quoted(name) for name in names)} FROM numbered "
            f"WHERE {PROBLEM} IS NULL AND ({condition}) ORDER BY {FILE}, {LINE}"
        )
        for file, line, last_line, *values in self._rows(query, limit):
            yield OddRow(file, line, last_line, dict(zip(names, map(_aware, values), strict=True)))

    def malformed(self, limit: int | None = None) -> Iterator[Malformed]:
        """The malformed records."""
        yield from map(Malformed._make, self._rows(f"{_MALFORMED} ORDER BY 1, 2", limit))

    def at_the_end(self, last_lines: Mapping[int, int], unclosed: str) -> Iterator[Malformed]:
        """The first malformed record, of the files that are named, that reaches their last line.

        Or that is malformed for the reason ``unclosed``, and so has all that comes after it.
        """
        if not last_lines:
            return
        ends = " OR ".join(
            f"({FILE} = {file} AND ({LAST_LINE} = {last} OR {PROBLEM} = {quoted_text(unclosed)}))"
            for file, last in last_lines.items()
        )
        query = f"SELECT * FROM ({_MALFORMED}) AS malformed WHERE {ends} ORDER BY 1, 2"
        yield from map(Malformed._make, self._rows(query, 1))

    def malformed_entries(self, limit: int | None) -> Callable[[], Iterator[Entry]]:
        """The anomalies of the malformed records, or of the first so many, as often as they are wanted."""
        if self.noun == "line":
            return self._malformed_lines(limit)

        def entries() -> Iterator[Entry]:
            for one in self.malformed(limit):
                content = None if one.raw is None else json.loads(one.raw)
                shown = self._files[one.file].shown
                context = {"file": shown, self._place: one.line, "reason": one.reason, "raw": content}
                yield Entry(storable_text(f"{self.noun} {one.line}: {one.reason}"), json_text(context))

        return entries

    def _malformed_lines(self, limit: int | None) -> Callable[[], Iterator[Entry]]:
        """Of lines there may be millions: their texts are made in DuckDB, but for the raw content."""
        places = self._rows(f"SELECT {FILE}, {LINE}, {LAST_LINE} FROM ({_MALFORMED}) ORDER BY 1, 2", limit)
        raws = self._keep(places)
        files = ", ".join(quoted_text(json_text(file.shown)) for file in self._files)
        reason = rf"replace({PROBLEM}, chr(0), '\x00')"
        context = (
            f"""'{{"file": ' || ([{files}])[{FILE} + 1] || ', "line": ' || {LINE} || """
            f"""', "reason": ' || CAST(to_json({reason}) AS VARCHAR) || ', "raw": '"""
        )
        message = f"'line ' || {LINE} || ': ' || {reason}"
        query = f"SELECT {message}, {context} FROM ({_MALFORMED}) ORDER BY {FILE}, {LINE}"

        def entries() -> Iterator[Entry]:
            for (message, begun), raw in zip(self._rows(query, limit), raws.as_json(), strict=False):
                yield Entry(message, f"{begun}{raw}}}")

        return entries

    def found_entries(
        self, condition: str, said: str, limit: int | None, *, raw: bool
    ) -> Callable[[], Iterator[Entry]]:
        """The anomalies of the rows that a check's condition holds for, or of the first so many.

        As often as they are wanted.
        """
        raws: Iterable[str | None] = repeat(None)
        if raw and self.noun == "line":
            raws = self._keep((row.file, row.line, row.last_line) for row in self.where(condition, limit))

        def entries() -> Iterator[Entry]:
            for row, text in zip(self.where(condition, limit), raws, strict=False):
                context = {"file": self._files[row.file].shown, self._place: row.line, "row": row.values}
                if raw:  # the record is left out: so it can be given back
                    context["raw"] = row.values if text is None else text
                yield Entry(storable_text(f"{self.shown(row)}: {said}"), json_text(context))

        return entries

    def _keep(self, places: Iterable[tuple[int, int, int]]) -> RawTexts:
        """The lines from the open files, outside memory. Raises SourceError if one is not what was read."""
        self._kept += 1
        return RawTexts(self._duck.folder / f"raw-{self._kept}.txt", self._lines(places))

    def _lines(self, places: Iterable[tuple[int, int, int]]) -> Iterator[str]:
        for number, of_file in groupby(places, itemgetter(0)):
            file = self._files[number]
            with closing(RawLines(file.open())) as lines:
                yield from lines.texts((first, last) for _, first, last in of_file)
            file.check_held()

    def shown(self, row: OddRow) -> str:
        """The row as messages name it."""
        return f"{self.noun} {row.line} {described(row.values)}"

    def place(self, row: OddRow) -> str:
        """Where the row is, as messages name it."""
        return f"{self.noun} {row.line} of {self._files[row.file].shown}"

    def _rows(self, query: str, limit: int | None) -> Iterator[tuple[Any, ...]]:
        with closing(self._duck.cursor()) as cursor:
            cursor.execute(query if limit is None else f"{query} LIMIT {limit}")
            while batch := cursor.fetchmany(_BATCH):
                yield from batch


def _aware(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
