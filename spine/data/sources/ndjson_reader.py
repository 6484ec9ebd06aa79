"""NDJSON files into DuckDB: one JSON object a line, split by DuckDB or, where that is in doubt, here."""

from collections.abc import Iterator

import duckdb

from spine.data.staging.duck import Duck, duck_path
from spine.data.staging.line_numbers import Numbering
from spine.data.staging.partition_rows import PartitionRows
from spine.data.staging.tables import discard
from spine.data.tables.target import Target, quoted_text

from .declared import NdjsonSource
from .held_file import HeldFile
from .json_objects import ObjectFields, object_fields, stage_objects
from .raw_lines import MAX_RECORD_BYTES, bounded_lines
from .text_scan import BYTE_ORDER_MARK, TextFile, scan_text_file
from .unpacking import unpack


def read_ndjson(
    duck: Duck, source: NdjsonSource, file: HeldFile, target: Target, of: PartitionRows | None = None
) -> Numbering:
    """Stage the file's objects. Raises SourceError where the whole file is not what the source declares."""
    unpack(file, source, duck.folder)
    text = scan_text_file(file, source)
    fields = object_fields(source, target, of)
    if text.nuls or text.mixed_newlines or not _stage_lines(duck, text, fields):
        discard(duck)
        # Slower, but nothing in the file can mislead.
        stage_objects(duck, _split_lines(text), fields, noun="line")
    return Numbering(noun="line", own=True, unfinished=text.unfinished)


def _stage_lines(duck: Duck, file: TextFile, fields: ObjectFields) -> bool:
    """Stage the file as DuckDB splits it into lines; whether it could."""
    # No JSON text holds the character 1 unescaped, so it never splits a line that is JSON.
    reader = (
        "(SELECT CASE WHEN trim(text) <> '' THEN row_number() OVER () END AS line, text"
        f" FROM read_csv({quoted_text(duck_path(file.path))},"
        " columns = {'text': 'VARCHAR'}, delim = chr(1), quote = '', escape = '', header = false,"
        f" auto_detect = false, compression = 'none', max_line_size = {MAX_RECORD_BYTES},"
        f" buffer_size = {2 * MAX_RECORD_BYTES}))"
    )
    try:
        fields.stage(duck, reader)
    except duckdb.Error:
        return False  # the file's own fault, or not: the other way of splitting tells
    # Left out afterwards: a filter on the way would gather small blocks of long lines into large ones.
    duck.connection.execute("DELETE FROM staged WHERE line IS NULL")
    duck.connection.execute("CREATE TABLE rejects (line BIGINT, last_line BIGINT, reason VARCHAR)")
    return True


def _split_lines(file: TextFile) -> Iterator[tuple[int, str | None]]:
    with file.held.open() as opened:
        for number, line in enumerate(bounded_lines(opened), start=1):
            if len(line) > MAX_RECORD_BYTES:
                yield number, None
            elif text := line.removeprefix(BYTE_ORDER_MARK).strip():
                yield number, text.decode("utf-8")
