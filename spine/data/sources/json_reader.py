"""JSON documents into DuckDB: the array at the source's path, an object a row, never all of it in memory."""

from collections.abc import Callable, Iterator
from json.encoder import encode_basestring
from typing import IO, Any

import ijson

from spine.data.staging.duck import Duck
from spine.data.staging.line_numbers import Numbering
from spine.data.staging.partition_rows import PartitionRows
from spine.data.tables.target import Target
from spine.errors import SourceError

from .declared import JsonSource
from .held_file import HeldFile
from .json_objects import object_fields, stage_objects
from .raw_lines import MAX_RECORD_BYTES
from .text_scan import BYTE_ORDER_MARK, scan_text_file
from .unpacking import unpack

_TEXTS: dict[str, Callable[[Any], str]] = {
    "string": encode_basestring,
    "number": str,
    "boolean": lambda value: "true" if value else "false",
    "null": lambda _: "null",
}
_OPEN, _CLOSE = {"start_map": "{", "start_array": "["}, {"end_map": "}", "end_array": "]"}


def read_json(
    duck: Duck, source: JsonSource, file: HeldFile, target: Target, of: PartitionRows | None = None
) -> Numbering:
    """Stage the array's objects. Raises SourceError where the file is no JSON, or has no array there."""
    unpack(file, source, duck.folder)
    text = scan_text_file(file, source)
    found = _Records(source.records)
    with file.open() as opened:
        if text.has_mark:
            opened.seek(len(BYTE_ORDER_MARK))
        try:
            stage_objects(duck, found.numbered(opened), object_fields(source, target, of), noun="row")
        except ijson.JSONError as error:
            what = str(error).strip().splitlines()[0].removeprefix("parse error: ")
            raise SourceError(f"{file.shown} is not JSON: {what}. Fetch it again.") from error
    if not found.array:
        where = f"at records: {source.records}" if source.records else "at its top"
        raise SourceError(
            f"{file.shown} has no array {where}: correct the source's records, the names that lead to it "
            "with dots between"
        )
    return Numbering(noun="row", own=True, raw=True)


class _Records:
    """The elements of the array at a path, as JSON texts."""

    def __init__(self, path: str) -> None:
        self.array = False  # whether it was there
        self._path = path

    def numbered(self, opened: IO[bytes]) -> Iterator[tuple[int, str | None]]:
        """Each with its number, from 1; None for one that is too long."""
        item = f"{self._path}.item" if self._path else "item"
        number = depth = length = 0
        between = ""  # what parts a value from the one before
        parts: list[str] = []
        for prefix, event, value in ijson.parse(opened, use_float=False):
            if not depth:
                if prefix == self._path and event == "start_array":
                    self.array = True
                if not (prefix == item and self.array):
                    continue
                number += 1
            if event == "map_key":
                part, between = f"{between}{encode_basestring(value)}:", ""
            elif event in _OPEN:
                part, between = between + _OPEN[event], ""
                depth += 1
            elif event in _CLOSE:
                part, between = _CLOSE[event], ","
                depth -= 1
            else:
                part, between = between + _TEXTS[event](value), ","
            length += len(part)
            if length <= MAX_RECORD_BYTES or not parts:
                parts.append(part)
            if not depth:
                yield number, "".join(parts) if length <= MAX_RECORD_BYTES else None
                parts, length, between = [], 0, ""
