"""JSON objects in DuckDB: each declared column taken out of them and converted strictly.

A name with dots that an object does not have itself leads into the objects below it: `address.city`.
A JSON string converts as a CSV field does (but '' is no NULL), a JSON number only into a number, true and
false only into a boolean; a json column takes any value. DuckDB reads JSON leniently and keeps fractions as
doubles, so what is not JSON is malformed, and so are numbers that it would round on the way to a decimal.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

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
from spine.data.staging.partition_rows import PartitionRows
from spine.data.staging.tables import stage
from spine.data.tables.target import DataColumn, Kind, Target, quoted_text

from .declared import Spelling, SqlSource, TextSource
from .header import read_names
from .raw_lines import MAX_RECORD_BYTES, one_line, several_lines
from .spelling import as_spelled, spelled_as

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


@dataclass(frozen=True, kw_only=True)
class ObjectFields:
    """The declared names of an object: how they are taken out of it, and how they convert."""

    values: str  # a query part, with _READER where the objects come from
    conversions: Sequence[Conversion]
    of: PartitionRows | None

    def stage(self, duck: Duck, reader: str, *, raw: bool = False) -> None:
        """Stage what a query part gives as line and text; with the raw texts of malformed ones, if wanted."""
        origin = self.values.replace(_READER, reader)
        stage(
            duck,
            self.conversions,
            origin,
            ("line", "line AS last_line"),
            content=self._content,
            raw="text" if raw else None,
            of=self.of,
        )

    @property
    def _content(self) -> str:
        """The texts and their JSON types; of what is no object, or has numbers that may be rounded, all."""
        texts = ", ".join(f"k{index}, t{index}" for index in range(len(self.conversions)))
        return f"CASE WHEN object IS NULL OR long_number THEN [text] ELSE [{texts}] END"


def object_fields(source: TextSource | SqlSource, target: Target, of: PartitionRows | None) -> ObjectFields:
    """Of the table's columns, as the source declares them."""
    wanted = read_names(target.columns, source.names())
    spellings = [source.spelling(column.name) for column in target.columns]
    return ObjectFields(
        values=_values(target.columns, wanted, spellings),
        conversions=[
            _conversion(column, index, wanted[column.name], target.dialect, how)
            for index, (column, how) in enumerate(zip(target.columns, spellings, strict=True))
        ],
        of=of,
    )


def stage_objects(
    duck: Duck, objects: Iterable[tuple[int, str | None]], fields: ObjectFields, *, noun: str
) -> None:
    """Stage numbered JSON texts, and as rejects those that are None: they are too long."""
    numbered, rejects = duck.folder / "objects.csv", duck.folder / "rejects.csv"
    with (
        numbered.open("w", encoding="utf-8", newline="") as good,
        rejects.open("w", encoding="utf-8", newline="") as bad,
    ):
        good_rows, bad_rows = csv.writer(good, lineterminator="\n"), csv.writer(bad, lineterminator="\n")
        for number, text in objects:
            if text is None:
                bad_rows.writerow((number, number, f"the {noun} is longer than {MAX_RECORD_BYTES} bytes"))
            else:
                good_rows.writerow((number, one_line(text)))
    settings = (
        "delim = ',', quote = '\"', escape = '\"', header = false, auto_detect = false,"
        f" max_line_size = {2 * MAX_RECORD_BYTES}, buffer_size = {4 * MAX_RECORD_BYTES}"
    )
    reader = (
        f"(SELECT CAST(line AS BIGINT) AS line, {several_lines('text')} AS text"
        f" FROM read_csv({quoted_text(duck_path(numbered))},"
        f" columns = {{'line': 'VARCHAR', 'text': 'VARCHAR'}}, {settings}))"
    )
    fields.stage(duck, reader, raw=noun == "row")
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
    selected = ["line", "text", "object", "long_number"]
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
    objects = f"SELECT line, text, {valid} AS object, {long_number} AS long_number FROM {_READER}"
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
