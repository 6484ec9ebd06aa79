"""CSV files into DuckDB: by its own reader where its count of lines is beyond doubt, else by the careful one.

DuckDB reads a million lines in half a second, but says of no row which line it came from. As long as every
line is one record, a row's place tells; the counts of lines and records prove it. Files with line breaks in
quotes, blank lines, or quotes gone wrong are read a second time, by ``csv_splitter``.
"""

import duckdb

from spine.data.staging.duck import Duck
from spine.data.staging.line_numbers import Numbering, count
from spine.data.staging.partition_rows import PartitionRows
from spine.data.staging.tables import discard
from spine.data.tables.target import Target, quoted_text

from .csv_splitter import list_misshapen, split_records
from .declared import CsvSource
from .header import csv_header
from .held_file import HeldFile
from .split_fields import Layout, SplitFiles, layout_of, load_rejects, reader_of, stage_split
from .text_scan import TextFile, scan_text_file
from .unpacking import unpack


def read_csv(
    duck: Duck, source: CsvSource, file: HeldFile, target: Target, of: PartitionRows | None = None
) -> Numbering:
    """Stage the file's records. Raises SourceError where the whole file is not what the source declares."""
    unpack(file, source, duck.folder)
    text = scan_text_file(file, source, quote=source.quote, escape=source.escape)
    header = csv_header(text, source)
    layout = layout_of(source, target, header, file.shown, before=source.skip_lines + source.header, of=of)
    if not (text.nuls or text.mixed_newlines or text.escapes):  # DuckDB knows escapes within quotes only
        if _read_plainly(duck, source, text, layout):
            return Numbering(noun="line", before=layout.before, unfinished=text.unfinished)
        discard(duck)
    into = SplitFiles.of(duck)
    split_records(source, text, layout.width, layout.fields, into)
    stage_split(duck, layout, into)
    return Numbering(noun="line", own=True, unfinished=text.unfinished)


def _read_plainly(duck: Duck, source: CsvSource, file: TextFile, layout: Layout) -> bool:
    """Stage the file by DuckDB's reader; whether every line turned out to be one record."""
    options = {
        "delim": quoted_text(source.delimiter),
        "quote": quoted_text(source.quote),
        "escape": quoted_text(source.quote),
        "header": "true" if source.header else "false",
        "skip": str(source.skip_lines),
    }
    names = [f"f{index}" for index in range(layout.width)]
    selected = layout.texts([f"f{field}" for field in layout.fields])
    try:
        layout.stage(duck, f"(SELECT {selected} FROM {reader_of(file.path, names, options)})")
        duck.connection.execute("CREATE TABLE rejects (line BIGINT, last_line BIGINT, reason VARCHAR)")
    except duckdb.Error:
        if file.quotes:
            return False  # a quote gone wrong may have swallowed lines
        # Some lines have too many or too few fields. DuckDB could list them, but keeps the list in memory.
        discard(duck)
        rejects = duck.folder / "rejects.csv"
        list_misshapen(source, file, layout.width, rejects)
        load_rejects(duck, rejects)
        reader = reader_of(file.path, names, options | {"ignore_errors": "true"})
        try:
            layout.stage(duck, f"(SELECT {selected} FROM {reader})")
        except duckdb.Error:
            return False
    empty = "c0 IS NULL AND problem IS NULL" if layout.of is None else f"NOT {layout.of.placed}"
    if layout.width == 1 and count(duck, f"staged WHERE {empty}"):
        return False  # a row of one empty field, or a blank line, which is no row
    return layout.before + count(duck, "staged") + count(duck, "rejects") == file.lines
