"""Strict conversion of text to the declared types, as DuckDB expressions.

DuckDB's own casts are lenient: '1.5' becomes the integer 2, ' 7' and '0x10' are numbers, decimals are rounded
without a word, 'epoch' is a date. Figures that were never in the file have no place in a finance table, so
text must first match the one spelling (or the few) of its type:

=========  ===================================================================================================
string     any text without NUL
integer    digits with an optional sign, within 64 bits; no blanks, no separators, no '1.0'
float      a decimal number, optionally with an exponent; no nan, no infinity, nothing that overflows
decimal    a plain decimal number that fits precision and scale without rounding; no exponent
boolean    true/false, t/f, yes/no, y/n, 1/0, in any case
date       YYYY-MM-DD
timestamp  YYYY-MM-DD and HH:MM[:SS[.ffffff]], between them a T or a blank, then nothing (taken as UTC), Z,
           or an offset such as +02:00; converted to UTC
json       valid JSON as RFC 8259 has it: no NaN, no trailing comma, no NUL escape, no number past a double's,
           no run of more than 4300 digits, which Python does not read
=========  ===================================================================================================
"""

from dataclasses import dataclass

from spine.core.database.backend import DialectName
from spine.core.types import SQLITE_DECIMAL_DIGITS
from spine.data.tables.target import DataColumn, Kind, quoted_text

# Patterns, as DuckDB makes a join of an IN with five texts: slow, and of a megabyte of memory a column.
_TRUE = "(?i:true|t|yes|y|1)"
_FALSE = "(?i:false|f|no|n|0)"
_DATE = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?"
_OFFSET = r"(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?"
LOCAL_TIMESTAMP = f"{_DATE}[T ]{_TIME}"  # one that names no offset
# The exponent of a JSON number that is beyond what a double holds.
_NO_DOUBLE = r"[0-9][eE](\+?0*(309|3[1-9][0-9]|[4-9][0-9]{2})|[+-]?0*[1-9][0-9]{3,})"
_JSON_STRING = r'"([^"\\]|\\.)*"'
_NOUNS: dict[Kind, str] = {
    "string": "text without NUL characters",
    "integer": "a 64-bit integer",
    "float": "a finite number",
    "boolean": "a boolean",
    "date": "a date",
    "timestamp": "a timestamp",
    "json": "valid JSON",
}
_USUAL: dict[Kind, str] = {
    "boolean": "true/false, yes/no, 1/0",
    "date": "YYYY-MM-DD",
    "timestamp": "YYYY-MM-DD HH:MM:SS, with Z or an offset unless it is UTC",
}
_LONGEST_DIGITS = 4300  # of an integer that Python reads
_SHOWN_CHARACTERS = 100


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """One column's way from text: three DuckDB expressions."""

    typed: str  # its value, NULL where the text does not convert
    wrong: str  # true where there is text and it does not convert; never true for NULL
    reason: str  # why, naming the column and the text


def convert(
    column: DataColumn,
    text: str,
    *,
    read_from: str,
    dialect: DialectName,
    shown: str | None = None,
    spelled: str = "",
) -> Conversion:
    """How ``text``, a DuckDB expression of type VARCHAR, becomes the column's value for that database.

    Where the file spells it otherwise, ``shown`` is the text that messages tell instead, and ``spelled`` how.
    """
    typed, wrong = _RULES[column.kind](column, text)
    wanted = f"{_NOUNS[column.kind]} ({spelled})" if spelled else _wanted(column)
    if column.kind == "decimal" and dialect == "sqlite" and column.precision > SQLITE_DECIMAL_DIGITS:
        wrong = f"({wrong} OR {significant_digits(typed)} > {SQLITE_DECIMAL_DIGITS})"
        wanted += f", in SQLite with at most {SQLITE_DECIMAL_DIGITS} digits"
    return Conversion(typed=typed, wrong=wrong, reason=reason(column.name, read_from, shown or text, wanted))


def reason(name: str, read_from: str, text: str, wanted: str) -> str:
    """A DuckDB expression saying that the text is not what the column holds."""
    place = name if name == read_from else f"{name} ({read_from})"
    begun = f"left({text}, {_SHOWN_CHARACTERS}) || '…'"
    shown = f"CASE WHEN length({text}) > {_SHOWN_CHARACTERS} THEN {begun} ELSE {text} END"
    return f"{quoted_text(place + ': ')} || '''' || {shown} || {quoted_text(chr(39) + ' is not ' + wanted)}"


def _wanted(column: DataColumn) -> str:
    if column.kind == "decimal":
        return f"a decimal({column.precision}, {column.scale})"
    usual = _USUAL.get(column.kind)
    return _NOUNS[column.kind] + (f" ({usual})" if usual else "")


def matches(text: str, pattern: str) -> str:
    """True where the pattern is found to be the whole text."""
    return f"regexp_full_match({text}, {quoted_text(pattern)})"


def _unless(text: str, typed: str, pattern: str) -> str:
    return f"(NOT {matches(text, pattern)} OR ({text} IS NOT NULL AND {typed} IS NULL))"


def _string(_column: DataColumn, text: str) -> tuple[str, str]:
    return text, f"contains({text}, chr(0))"


def _integer(_column: DataColumn, text: str) -> tuple[str, str]:
    typed = f"TRY_CAST({text} AS BIGINT)"
    return typed, _unless(text, typed, "[+-]?[0-9]+")


def _float(_column: DataColumn, text: str) -> tuple[str, str]:
    typed = f"TRY_CAST({text} AS DOUBLE)"
    pattern = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?"
    return typed, f"({_unless(text, typed, pattern)} OR NOT isfinite({typed}))"


def _decimal(column: DataColumn, text: str) -> tuple[str, str]:
    typed = f"TRY_CAST({text} AS DECIMAL({column.precision}, {column.scale}))"
    digits = f"[0-9]{{0,{column.scale}}}0*"  # zeros beyond the scale change nothing
    return typed, _unless(text, typed, rf"[+-]?([0-9]+(\.{digits})?|\.{digits})")


def _boolean(_column: DataColumn, text: str) -> tuple[str, str]:
    typed = f"CASE WHEN {matches(text, _TRUE)} THEN true WHEN {matches(text, _FALSE)} THEN false END"
    return typed, f"({text} IS NOT NULL AND {typed} IS NULL)"


def _date(_column: DataColumn, text: str) -> tuple[str, str]:
    typed = f"TRY_CAST({text} AS DATE)"
    return typed, f"({_unless(text, typed, _DATE)} OR {text} < '0001')"  # there is no year 0


def _timestamp(_column: DataColumn, text: str) -> tuple[str, str]:
    # The connection's TimeZone is UTC: text without an offset is taken as UTC.
    typed = f"(TRY_CAST({text} AS TIMESTAMPTZ) AT TIME ZONE 'UTC')"
    within = f"{typed} BETWEEN TIMESTAMP '0001-01-01' AND TIMESTAMP '9999-12-31 23:59:59.999999'"
    return typed, f"({_unless(text, typed, LOCAL_TIMESTAMP + _OFFSET)} OR NOT {within})"


def _json(_column: DataColumn, text: str) -> tuple[str, str]:
    return text, not_strict_json(text)


def not_strict_json(text: str) -> str:
    """True where the text is not JSON, or only in DuckDB's lenient reading of it."""
    lenient = r",\s*[\]}]|(?i:nan|inf)|/"
    nul = r"(^|[^\\])(\\\\)*\\u0000"  # PostgreSQL's JSONB has no NUL
    return (
        f"(NOT json_valid({text}) OR {outside_strings(text, f'{lenient}|{_NO_DOUBLE}')} "
        f"OR regexp_matches({text}, '{nul}') OR {_too_many_digits(text)})"
    )


def _too_many_digits(text: str) -> str:
    without_strings = f"regexp_replace({text}, {quoted_text(_JSON_STRING)}, '', 'g')"
    runs = f"list_transform(regexp_extract_all({without_strings}, '[0-9]+'), lambda run: length(run))"
    return f"(length({text}) > {_LONGEST_DIGITS} AND coalesce(list_max({runs}), 0) > {_LONGEST_DIGITS})"


def significant_digits(number: str) -> str:
    """How many digits a decimal has between its first and its last that is not 0."""
    return f"length(trim(replace(replace(CAST({number} AS VARCHAR), '.', ''), '-', ''), '0'))"


def outside_strings(text: str, pattern: str) -> str:
    """True where the pattern is found in the JSON text, not within a string of it."""
    return rf"""regexp_matches({text}, '^([^"]|"([^"\\]|\\.)*")*({pattern})')"""


_RULES = {
    "string": _string,
    "integer": _integer,
    "float": _float,
    "decimal": _decimal,
    "boolean": _boolean,
    "date": _date,
    "timestamp": _timestamp,
    "json": _json,
}
