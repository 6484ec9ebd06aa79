"""CSV files into DuckDB: by its own reader where its count of lines is beyond doubt, else by the careful one.

DuckDB reads a million lines in half a second, but says of no row which line it came from. As long as every
line is one record, a row's place tells; the counts of lines and records prove it. Files with line breaks in
quotes, blank lines, or quotes gone wrong are read a second time, by ``csv_splitter``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import duckdb

from spine.data.staging.conversion import Conversion, convert
from spine.data.staging.duck import Duck, duck_path
from spine.data.staging.tables import Numbering, count, discard, stage
from spine.data.tables.target import Target, quoted_text

from .csv_splitter import SplitFiles, list_misshapen, split_records
from .declared import CsvSource
from .header import csv_header, match_names, read_names
from .held_file import HeldFile
from .raw_lines import MAX_RECORD_BYTES, several_lines
from .spelling import as_spelled, spelled_as
from .text_scan import TextFile, scan_text_file
from .unpacking import unpack

# Blocks of 32 MB, DuckDB's own choice, would take a third of the memory.
_BUFFER_BYTES = 2 * MAX_RECORD_BYTES
# Of the files that are prepared for DuckDB here.
_OWN_DIALECT = {"delim": "','", "quote": "'\"'", "escape": "'\"'", "header": "false"}
_LINES = ("CAST(line AS BIGINT) AS line", "CAST(last_line AS BIGINT) AS last_line")


def read_csv(duck: Duck, source: CsvSource, file: HeldFile, target: Target) -> Numbering:
    """Stage the file's records. Raises SourceError where the whole file is not what the source declares."""
    unpack(file, source, duck.folder)
    text = scan_text_file(file, source, quote=source.quote, escape=source.escape)
    header = csv_header(text, source)
    wanted = read_names(target.columns, source.names())
    positions = match_names(header, wanted, file.shown)
    layout = _Layout(
        width=len(header),
        before=source.skip_lines + source.header,
        fields=[positions[column.name] for column in target.columns],
        conversions=[
            convert(
                column,
                f"t{index}",
                read_from=wanted[column.name],
                dialect=target.dialect,
                shown=f"r{index}",
                spelled=spelled_as(column, source.spelling(column.name)),
            )
            for index, column in enumerate(target.columns)
        ],
        spelled=[partial(as_spelled, column, how=source.spelling(column.name)) for column in target.columns],
    )
    if not (text.nuls or text.mixed_newlines or text.escapes):  # DuckDB knows escapes within quotes only
        if _read_plainly(duck, source, text, layout):
            return Numbering(noun="line", before=layout.before, unfinished=text.unfinished)
        discard(duck)
    _read_carefully(duck, source, text, layout)
    return Numbering(noun="line", own=True, unfinished=text.unfinished)


@dataclass(frozen=True, kw_only=True)
class _Layout:
    """The file's records: how many fields they have, which are wanted, and how those convert."""

    width: int
    before: int  # lines before the first record
    fields: Sequence[int]
    conversions: Sequence[Conversion]
    spelled: Sequence[Callable[[str], tuple[str, str]]]

    def texts(self, fields: Sequence[str]) -> str:
        """Of each wanted field its text as the file means it (r0…), and as it converts (t0…)."""
        both = [spelled(field) for spelled, field in zip(self.spelled, fields, strict=True)]
        return ", ".join(
            f"{shown} AS r{index}, {f'r{index}' if text == shown else text} AS t{index}"
            for index, (shown, text) in enumerate(both)
        )


def _read_plainly(duck: Duck, source: CsvSource, file: TextFile, layout: _Layout) -> bool:
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
        stage(duck, layout.conversions, f"(SELECT {selected} FROM {_reader(file.path, names, options)})")
        duck.connection.execute("CREATE TABLE rejects (line BIGINT, last_line BIGINT, reason VARCHAR)")
    except duckdb.Error:
        if file.quotes:
            return False  # a quote gone wrong may have swallowed lines
        # Some lines have too many or too few fields. DuckDB could list them, but keeps the list in memory.
        discard(duck)
        rejects = duck.folder / "rejects.csv"
        list_misshapen(source, file, layout.width, rejects)
        _load_rejects(duck, rejects)
        reader = _reader(file.path, names, options | {"ignore_errors": "true"})
        try:
            stage(duck, layout.conversions, f"(SELECT {selected} FROM {reader})")
        except duckdb.Error:
            return False
    if layout.width == 1 and count(duck, "staged WHERE c0 IS NULL AND problem IS NULL"):
        return False  # a row of one empty field, or a blank line, which is no row
    return layout.before + count(duck, "staged") + count(duck, "rejects") == file.lines


def _read_carefully(duck: Duck, source: CsvSource, file: TextFile, layout: _Layout) -> None:
    into = SplitFiles(records=duck.folder / "records.csv", rejects=duck.folder / "rejects.csv")
    split_records(source, file, layout.width, layout.fields, into)
    names = ["line", "last_line", *(f"f{index}" for index in range(len(layout.fields)))]
    reader = _reader(into.records, names, _OWN_DIALECT)
    selected = layout.texts([several_lines(f"f{index}") for index in range(len(layout.fields))])
    origin = f"(SELECT line, last_line, {selected} FROM {reader})"
    stage(duck, layout.conversions, origin, _LINES)
    into.records.unlink()
    _load_rejects(duck, into.rejects)


def _load_rejects(duck: Duck, listed: Path) -> None:
    names = ("line", "last_line", "reason")
    reader = _reader(listed, names, _OWN_DIALECT)
    duck.connection.execute(f"CREATE TABLE rejects AS SELECT {', '.join(_LINES)}, reason FROM {reader}")
    listed.unlink()


def _reader(path: Path, names: Sequence[str], options: Mapping[str, str]) -> str:
    """DuckDB's reader of the file, every field as text."""
    columns = ", ".join(f"{quoted_text(name)}: 'VARCHAR'" for name in names)
    settings = {
        "columns": f"{{{columns}}}",
        "auto_detect": "false",
        "compression": "'none'",
        "max_line_size": str(MAX_RECORD_BYTES),
        "buffer_size": str(_BUFFER_BYTES),
        **options,
    }
    listed = ", ".join(f"{name} = {value}" for name, value in settings.items())
    return f"read_csv({quoted_text(duck_path(path))}, {listed})"
