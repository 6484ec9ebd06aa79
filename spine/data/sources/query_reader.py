"""Rows of a query into DuckDB, from the archive: a JSON object a line, behind the columns' names."""

import json
from collections.abc import Iterator

from spine.data.staging.duck import Duck
from spine.data.staging.line_numbers import Numbering
from spine.data.tables.target import Target

from .declared import SqlSource
from .header import match_names, read_names
from .held_file import HeldFile
from .json_objects import object_fields, stage_objects
from .raw_lines import MAX_RECORD_BYTES, bounded_lines


def read_query(duck: Duck, source: SqlSource, file: HeldFile, target: Target) -> Numbering:
    """Stage the rows, numbered from 1. Raises SourceError where they have no such columns as are declared."""
    file.take_digest()
    with file.open() as opened:
        lines = bounded_lines(opened)
        match_names(json.loads(next(lines)), read_names(target.columns, source.names()), file.shown)
        stage_objects(duck, _numbered(lines), object_fields(source, target, None), noun="row")
    return Numbering(noun="row", own=True, raw=True)


def _numbered(lines: Iterator[bytes]) -> Iterator[tuple[int, str | None]]:
    for number, line in enumerate(lines, start=1):
        yield number, None if len(line) > MAX_RECORD_BYTES else line.decode().rstrip("\n")
