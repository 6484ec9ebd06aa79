"""How a file writes its values is something that can be read.

What: an `encoding` or a time `zone` that is not known; a `format` that leaves the day open, or has letters
that are none; marks in numbers that are the same, or digits; words for true without words for false, or one
for both; any of these on a column of another type, or in a format whose values have types of their own.
Why: the stage would fail on its first file, or read a value that was never meant.

Bad:

    day: {type: date, from: {name: Datum, format: "%d.%m"}}

Good:

    day: {type: date, from: {name: Datum, format: "%d.%m.%Y"}}
"""

import codecs
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from spine.core.time_formats import read_time_format
from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.source import Span
from spine_gen.spec.language import Draft, DraftColumn, DraftFrom, DraftSource
from spine_gen.spec.node import Word

CODE = Code("SG348", "values that cannot be written so", explanation=__doc__)
_Problem = tuple[Span, str, str]  # where, what is wrong, and what to do
_FITTING = {
    "format": ("date", "timestamp"),
    "zone": ("timestamp",),
    "true_values": ("boolean",),
    "false_values": ("boolean",),
}


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage in draft.stages:
        if stage.source is None:
            continue
        for span, headline, advice in _of_file(stage.source):
            yield draft.finding(CODE, span, headline, help=advice)
        for column in stage.table.columns if stage.table else ():
            if column.source is None:
                continue
            for span, headline, advice in _of_column(column, column.source, stage.source):
                yield draft.finding(CODE, span, headline, help=advice)


def _of_file(source: DraftSource) -> Iterator[_Problem]:
    if (encoding := source.encoding) and not _is_text_encoding(encoding.value):
        headline = f'there is no encoding "{encoding.value}"'
        yield encoding.span, headline, "write one that Python knows, such as utf-8, latin-1, cp1252, utf-16"
    marks = [("decimal", source.decimal), ("thousands", source.thousands)]
    for name, word in marks:
        if word and (word.value.isalnum() or word.value in "+-" or not word.value.isprintable()):
            headline = f"the {name} mark {word.value!r} may be part of a number itself"
            yield word.span, headline, "use a sign such as , . or '"
    decimal = source.decimal.value if source.decimal else "."
    if source.thousands and source.thousands.value == decimal:
        headline = f"decimal and thousands mark are both {decimal!r}"
        yield source.thousands.span, headline, "use two different signs: add `decimal` if it is a comma"


def _is_text_encoding(name: str) -> bool:
    try:
        return isinstance("".encode(name), bytes) and bool(codecs.getincrementaldecoder(name))
    except (LookupError, ValueError):
        return False


def _of_column(column: DraftColumn, spelled: DraftFrom, source: DraftSource) -> Iterator[_Problem]:
    kind = column.type.value if column.type else None
    for key, kinds in _FITTING.items():
        if key in spelled.keys and kind is not None and kind not in kinds:
            headline = f'column "{column.name.value}" is of the type {kind}, which has no {key}'
            yield spelled.keys[key].span, headline, f"remove it, or make the column {' or '.join(kinds)}"
    if source.format and source.format.value == "parquet":
        for key in [*_FITTING, "null"]:
            if key in spelled.keys:
                headline = f"a parquet file's values have types of their own, and no {key}"
                yield spelled.keys[key].span, headline, "remove it"
    yield from _times(kind, spelled)
    yield from _booleans(spelled)


def _times(kind: str | None, spelled: DraftFrom) -> Iterator[_Problem]:
    has_zone = False
    if written := spelled.format:
        try:
            form = read_time_format(written.value)
        except ValueError as error:
            yield written.span, f'format "{written.value}" cannot be read: {error}', "correct it"
        else:
            has_zone = form.has_zone
            if form.has_time and kind == "date":
                headline = f'format "{written.value}" has a time, which a date column would lose'
                yield written.span, headline, "make the column a timestamp, or leave the time out"
            if not form.has_time and kind == "timestamp":
                headline = f'format "{written.value}" has no time'
                yield written.span, headline, "make the column a date, or add %H:%M"
    if zone := spelled.zone:
        if not _is_zone(zone.value):
            headline = f'there is no time zone "{zone.value}"'
            yield zone.span, headline, "write its name in the tz database, such as Europe/Berlin"
        elif has_zone:
            headline = "the format has an offset of its own (%z), which a zone would contradict"
            yield zone.span, headline, "remove the zone"


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        return False
    return True


def _booleans(spelled: DraftFrom) -> Iterator[_Problem]:
    given = [key for key in ("true_values", "false_values") if key in spelled.keys]
    if len(given) == 1:
        other = "false_values" if given == ["true_values"] else "true_values"
        headline = f"{given[0]} without {other}: every other text would be malformed"
        yield spelled.keys[given[0]].span, headline, f"add {other}"
    words: dict[str, Word] = {word.value: word for word in spelled.true_values}
    for word in spelled.false_values:
        if word.value in words:
            yield word.span, f'"{word.value}" is both true and false', "remove one of the two"
