"""NDJSON files into DuckDB: one JSON object a line, each declared column converted strictly.

A name with dots that an object does not have itself leads into the objects below it: `address.city`.
A JSON string converts as a CSV field does (but '' is no NULL), a JSON number only into a number, true and
false only into a boolean; a json column takes any value. DuckDB reads JSON leniently and keeps fractions as
doubles, so what is not JSON is malformed, and so are numbers that it would round on the way to a decimal.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb

from spine.core.database.backend import DialectName
from spine.data.staging.conversion import (
    Conversion,
    convert,
    matches,
    not_strict_json,
    outside_strings,
    reason,
)
from spine.data.staging.duck import Duck, duck_path
from spine.data.staging.tables import Numbering, discard, stage
from spine.data.tables.target import DataColumn, Kind, Target, quoted_text

from .declared import NdjsonSource, Spelling
from .header import read_names
from .held_file import HeldFile
from .raw_lines import MAX_RECORD_BYTES, bounded_lines, one_line, several_lines
from .spelling import as_spelled, spelled_as
from .text_scan import BYTE_ORDER_MARK, TextFile, scan_text_file
from .unpacking import unpack

_NUMBERS = ("BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT", "DOUBLE")
_TAKES: dict[Kind, tuple[str, ...]] = {
    "string": ("VARCHAR",),
    "integer": ("VARCHAR", *_NUMBERS),
    "float": ("VARCHAR", *_NUMBERS),
    "decimal": ("VARCHAR", *_NUMBERS),
    "boolean": ("VARCHAR", "BOOLEAN"),
    "date": ("VARCHAR",),
    "timestamp": ("VARCHAR",),
}
_READER = "{reader}"
_NO_OBJECT = "'it is no JSON object'"
# A double keeps 15 digits of any number; with more, what DuckDB gives back need not be what the file has.
_LONG_NUMBER = "[0-9.]{17,}"
_SHORT_NUMBER = r"\s*:\s*-?[0-9.]{1,16}([eE][+-]?[0-9]+)?\s*[,}]"  # after a name


def read_ndjson(duck: Duck, source: NdjsonSource, file: HeldFile, target: Target) -> Numbering:
    """Stage the file's objects. Raises SourceError where the whole file is not what the source declares."""
    unpack(file, source, duck.folder)
    text = scan_text_file(file, source)
    wanted = read_names(target.columns, source.names())
    spellings = [source.spelling(column.name) for column in target.columns]
    fields = _Fields(
        values=_values(target.columns, wanted, spellings),
        conversions=[
            _conversion(column, index, wanted[column.name], target.dialect, how)
            for index, (column, how) in enumerate(zip(target.columns, spellings, strict=True))
        ],
    )
    if text.nuls or text.mixed_newlines or not _stage_lines(duck, text, fields):
        discard(duck)
        _stage_numbered(duck, text, fields)
    return Numbering(noun="line", own=True, unfinished=text.unfinished)


@dataclass(frozen=True, kw_only=True)
class _Fields:
    """The declared names of an object: how they are taken out of it, and how they convert."""

    values: str  # a query part, with _READER where the lines come from
    conversions: Sequence[Conversion]

    def stage(self, duck: Duck, reader: str) -> None:
        stage(duck, self.conversions, self.values.replace(_READER, reader), ("line", "line AS last_line"))


def _stage_lines(duck: Duck, file: TextFile, fields: _Fields) -> bool:
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


def _stage_numbered(duck: Duck, file: TextFile, fields: _Fields) -> None:
    """Stage the file after splitting it into numbered lines here: slower, but nothing in it can mislead."""
    numbered, rejects = duck.folder / "lines.csv", duck.folder / "rejects.csv"
    with (
        file.held.open() as opened,
        numbered.open("w", encoding="utf-8", newline="") as good,
        rejects.open("w", encoding="utf-8", newline="") as bad,
    ):
        good_rows, bad_rows = csv.writer(good, lineterminator="\n"), csv.writer(bad, lineterminator="\n")
        for number, line in enumerate(bounded_lines(opened), start=1):
            if len(line) > MAX_RECORD_BYTES:
                bad_rows.writerow((number, number, f"the line is longer than {MAX_RECORD_BYTES} bytes"))
            elif text := line.removeprefix(BYTE_ORDER_MARK).strip():
                good_rows.writerow((number, one_line(text.decode("utf-8"))))
    settings = (
        "delim = ',', quote = '\"', escape = '\"', header = false, auto_detect = false,"
        f" max_line_size = {2 * MAX_RECORD_BYTES}, buffer_size = {4 * MAX_RECORD_BYTES}"
    )
    reader = (
        f"(SELECT CAST(line AS BIGINT) AS line, {several_lines('text')} AS text"
        f" FROM read_csv({quoted_text(duck_path(numbered))},"
        f" columns = {{'line': 'VARCHAR', 'text': 'VARCHAR'}}, {settings}))"
    )
    fields.stage(duck, reader)
    duck.connection.execute(
        f"CREATE TABLE rejects AS SELECT * FROM read_csv({quoted_text(duck_path(rejects))},"
        f" columns = {{'line': 'BIGINT', 'last_line': 'BIGINT', 'reason': 'VARCHAR'}}, {settings})"
    )
    numbered.unlink()
    rejects.unlink()


def _values(columns: Sequence[DataColumn], wanted: dict[str, str], spellings: Sequence[Spelling]) -> str:
    """Per column its JSON type (k0…) and its value as text (t0…), each line parsed once for all columns."""
    pointers = [pointer for column in columns for pointer in _pointers(wanted[column.name])]
    places = {pointer: place for place, pointer in enumerate(pointers, start=1)}
    documents = [
        pointer for column in columns if column.kind == "json" for pointer in _pointers(wanted[column.name])
    ]
    lists = [
        f"json_type(object, [{', '.join(pointers)}]) AS kinds",
        f"json_extract_string(object, [{', '.join(pointers)}]) AS texts",
        *([f"json_extract(object, [{', '.join(documents)}]) AS documents"] if documents else []),
    ]
    selected = ["line", "object", "long_number"]
    for index, column in enumerate(columns):
        found = _pointers(wanted[column.name])
        kinds = [f"kinds[{places[pointer]}]" for pointer in found]
        if column.kind == "json":
            texts = [f"CAST(documents[{documents.index(pointer) + 1}] AS VARCHAR)" for pointer in found]
        else:
            texts = [f"texts[{places[pointer]}]" for pointer in found]
        kind = f"nullif(coalesce({', '.join(kinds)}), 'NULL')"
        text = texts[0]
        if len(texts) > 1:
            text = f"CASE WHEN {kinds[0]} IS NULL THEN {texts[1]} ELSE {texts[0]} END"
        if column.kind == "json":
            text = f"CASE WHEN {kind} IS NOT NULL THEN {text} END"
        shown, converted = as_spelled(column, f"r{index}", spellings[index])
        if shown == converted == f"r{index}" or column.kind == "json":
            selected += [f"{kind} AS k{index}", f"{text} AS t{index}"]
            continue
        selected += [f"{kind} AS j{index}", f"{text} AS r{index}"]  # of strings alone the spelling is told
        selected.append(
            f"CASE WHEN j{index} <> 'VARCHAR' OR {shown} IS NOT NULL THEN j{index} END AS k{index}"
        )
        selected.append(f"CASE WHEN j{index} = 'VARCHAR' THEN {converted} ELSE r{index} END AS t{index}")
    valid = f"CASE WHEN regexp_matches(text, '^\\s*\\{{') AND NOT {not_strict_json('text')} THEN text END"
    long_number = outside_strings("text", _LONG_NUMBER)
    objects = f"SELECT line, {valid} AS object, {long_number} AS long_number FROM {_READER}"
    taken = f"SELECT *, {', '.join(lists)} FROM ({objects})"
    return f"(SELECT {', '.join(selected)} FROM ({taken}))"


def _pointers(name: str) -> tuple[str, ...]:
    """Where a name's value may be: under the name itself, else down the path that its dots make of it."""
    itself = "/" + name.replace("~", "~0").replace("/", "~1")
    return tuple(quoted_text(place) for place in dict.fromkeys((itself, itself.replace(".", "/"))))


def _conversion(
    column: DataColumn, index: int, read_from: str, dialect: DialectName, how: Spelling
) -> Conversion:
    kind, text = f"k{index}", f"t{index}"
    base = convert(column, text, read_from=read_from, dialect=dialect, spelled=spelled_as(column, how))
    taken, rounded = matches(kind, "|".join(_TAKES.get(column.kind, ()))), "false"
    if column.kind == "json":
        base, taken = replace(base, wrong="false"), "true"  # part of an object that is strict JSON
    elif column.kind == "decimal":
        name = f'"{re.escape(read_from)}"'
        as_written = f"regexp_matches(object, {quoted_text(name + _SHORT_NUMBER)})"
        rounded = f"(long_number AND {kind} = 'DOUBLE' AND NOT {as_written})"
    wanted = "sure to be what the file has: write numbers of over 15 digits as strings"
    why_rounded = reason(column.name, read_from, text, wanted)
    named = f"CASE WHEN {matches(kind, '|'.join(_NUMBERS))} THEN 'number' ELSE lower({kind}) END"
    place = column.name if column.name == read_from else f"{column.name} ({read_from})"
    why_not_taken = (
        f"{quoted_text(place + ': ')} || {text} || ' is a JSON ' || {named}"
        f" || {quoted_text(f', which no {column.kind} column takes')}"
    )
    first = " OR object IS NULL" if index == 0 else ""
    return replace(
        base,
        wrong=f"({base.wrong} OR NOT {taken} OR {rounded}{first})",
        reason=(
            f"CASE WHEN object IS NULL THEN {_NO_OBJECT} WHEN NOT {taken} THEN {why_not_taken}"
            f" WHEN {rounded} THEN {why_rounded} ELSE {base.reason} END"
        ),
    )
