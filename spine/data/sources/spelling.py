"""How a file spells its values, as DuckDB expressions that give the one spelling which conversion takes.

What a file does not spell as declared stays wrong: it comes out as a text that no type takes.
"""

from collections.abc import Sequence

from spine.core.time_formats import read_time_format
from spine.data.staging.conversion import LOCAL_TIMESTAMP, matches
from spine.data.tables.target import DataColumn, quoted_text

from .declared import Spelling

_NOT_SPELLED = "chr(0) || "  # before a text: no type takes it
_NUMBERS = ("integer", "float", "decimal")
_BLANKS = "' ' || chr(9)"


def as_spelled(column: DataColumn, text: str, how: Spelling) -> tuple[str, str]:
    """The text as the file means it, NULL where it means that; and the same as conversion takes it."""
    if how.trim:
        text = f"trim({text}, {_BLANKS})"
    for word in how.null:
        text = f"nullif({text}, {quoted_text(word)})"
    return text, _converted(column, text, how)


def spelled_as(column: DataColumn, how: Spelling) -> str:
    """How the column's values are written, for messages; empty where they are as everywhere."""
    if column.kind == "boolean" and how.true_values:
        return f"{', '.join(how.true_values)} or {', '.join(how.false_values)}"
    if column.kind not in ("date", "timestamp"):
        return ""
    return ", ".join(filter(None, (how.format, how.zone)))


def _converted(column: DataColumn, text: str, how: Spelling) -> str:
    if column.kind in _NUMBERS:
        return _number(text, how)
    if column.kind == "boolean" and how.true_values:
        true, false = _any_of(text, how.true_values), _any_of(text, how.false_values)
        return f"CASE WHEN {true} THEN 'true' WHEN {false} THEN 'false' ELSE {_NOT_SPELLED}{text} END"
    if column.kind in ("date", "timestamp") and (how.format or how.zone):
        return _time(column, text, how)
    return text


def _number(text: str, how: Spelling) -> str:
    if how.thousands:
        mark = _escaped(how.thousands)
        whole = f"[+-]?[0-9]{{1,3}}({mark}[0-9]{{3}})+({_escaped(how.decimal)}.*)?"
        ungrouped = f"replace({text}, {quoted_text(how.thousands)}, '')"
        text = f"CASE WHEN {matches(text, whole)} THEN {ungrouped} ELSE {text} END"
    if how.decimal == ".":
        return text
    # Changed places: a point is then as wrong as a comma is elsewhere.
    return f"translate({text}, {quoted_text(how.decimal + '.')}, {quoted_text('.' + how.decimal)})"


def _time(column: DataColumn, text: str, how: Spelling) -> str:
    if how.format is None:
        is_there, value = _in_zone(f"TRY_CAST({text} AS TIMESTAMP)", how.zone)
        local = _or_wrong(is_there, value, text)
        return f"CASE WHEN {matches(text, LOCAL_TIMESTAMP)} THEN {local} ELSE {text} END"
    form = read_time_format(how.format)
    found = f"try_strptime({text}, {quoted_text(form.text)})"
    spelled = matches(text, form.pattern)
    if column.kind == "date":
        return _or_wrong(spelled, f"strftime({found}, '%Y-%m-%d')", text)
    if form.has_zone:
        return _or_wrong(spelled, _utc(found), text)
    is_there, value = _in_zone(found, how.zone)
    return _or_wrong(f"{spelled} AND {is_there}", value, text)


def _in_zone(local: str, zone: str | None) -> tuple[str, str]:
    """Whether the zone's clocks show that time at all, and the text of the instant when they do.

    An hour that comes twice, as the clocks are set back, is the second.
    """
    name = quoted_text(zone or "UTC")
    instant = f"({local} AT TIME ZONE {name})"
    return f"({instant} AT TIME ZONE {name}) = {local}", _utc(instant)


def _utc(instant: str) -> str:
    return f"strftime({instant} AT TIME ZONE 'UTC', '%Y-%m-%d %H:%M:%S.%f')"


def _or_wrong(spelled: str, value: str, text: str) -> str:
    return f"CASE WHEN {spelled} AND {value} IS NOT NULL THEN {value} ELSE {_NOT_SPELLED}{text} END"


def _any_of(text: str, words: Sequence[str]) -> str:
    # A pattern, as DuckDB makes a join of an IN with five texts.
    return matches(text, "|".join(map(_escaped, words)))


def _escaped(text: str) -> str:
    return "".join(letter if letter.isalnum() else f"\\x{{{ord(letter):x}}}" for letter in text)
