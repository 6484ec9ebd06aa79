"""The light typing of SQL: what can be compared, so that PostgreSQL does not fail where SQLite passes."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from math import isinf
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal[
    "integer", "decimal", "float", "string", "boolean", "date", "timestamp", "json",
    "total",  # a sum of integers, which PostgreSQL keeps as a decimal
    "literal",  # text in quotes, which may also stand for a date
    "condition",  # what AND, OR and NOT join
    "interval",  # between two instants
    "null",
    "unknown",  # nothing is said about it
]  # fmt: skip
Columns: TypeAlias = Mapping[str, Kind]

COLUMN_KINDS: dict[str, Kind] = {
    "string": "string",
    "integer": "integer",
    "float": "float",
    "decimal": "decimal",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
    "json": "json",
}
NUMBERS: frozenset[Kind] = frozenset({"integer", "total", "decimal", "float"})
TEXTS: frozenset[Kind] = frozenset({"string", "literal"})
TRUTHS: frozenset[Kind] = frozenset({"boolean", "condition"})
EXACT_DIGITS = 15
_WORDS = {
    "integer": "an integer",
    "total": "a sum of integers",
    "decimal": "a decimal",
    "float": "a float",
    "string": "text",
    "literal": "text",
    "boolean": "a boolean",
    "date": "a date",
    "timestamp": "a timestamp",
    "json": "json",
    "condition": "a condition",
    "interval": "an interval",
    "null": "NULL",
    "unknown": "a value",
}
_UNQUOTED = "write the number without quotes"
_ADVICE: dict[frozenset[Kind], str] = {
    frozenset({"boolean", "integer"}): "write `column = TRUE`, or the column alone",
    frozenset({"integer", "literal"}): _UNQUOTED,
    frozenset({"decimal", "literal"}): _UNQUOTED,
    frozenset({"float", "literal"}): _UNQUOTED,
    frozenset({"total", "literal"}): _UNQUOTED,
    frozenset({"string", "integer"}): "put the value in single quotes",
    frozenset({"timestamp", "literal"}): "write TIMESTAMP '2025-12-31 09:30:00', in UTC",
    frozenset({"timestamp", "date"}): "compare CAST(… AS DATE) with it",
}


def kind_in_words(kind: Kind) -> str:
    return _WORDS[kind]


def comparable(left: Kind, right: Kind) -> bool:
    """Whether every database can say if the two are equal."""
    if "unknown" in (left, right):
        return True
    if left in NUMBERS and right in NUMBERS:
        return True
    if left in TEXTS and right in TEXTS:
        return True
    return {left, right} in ({"date", "literal"}, {"boolean"}, {"date"}, {"timestamp"}, {"interval"})


def comparison_advice(left: Kind, right: Kind) -> str:
    """What to write instead of a comparison of two kinds."""
    return _ADVICE.get(frozenset((left, right)), "compare values of one type")


def common(kinds: Iterable[Kind]) -> Kind | None:
    """The kind of a value that is one of several, NULL aside; None where they do not go together."""
    result: Kind = "null"
    for kind in kinds:
        if kind in ("null", result):
            continue
        if result in ("null", "unknown") or kind == "unknown":
            result = kind if result == "null" else "unknown"
        elif result in NUMBERS and kind in NUMBERS:
            result = next(widest for widest in ("float", "decimal", "total") if widest in (result, kind))
        elif result in TEXTS and kind in TEXTS:
            result = "string"
        elif result in TRUTHS and kind in TRUTHS:
            result = "boolean"
        elif {result, kind} == {"date", "literal"}:
            result = "date"
        else:
            return None
    return result


def number_kind(text: str) -> Kind:
    """Of a number as written."""
    if "e" in text.lower():
        return "float"
    return "decimal" if "." in text else "integer"


def number_problem(text: str) -> str | None:
    """Why not every database holds a number as written."""
    if number_kind(text) == "integer" and int(text) > 2**63 - 1:
        return "is larger than a 64-bit integer"
    digits = re.sub(r"[eE].*|\.", "", text).strip("0")
    if number_kind(text) != "integer" and len(digits) > EXACT_DIGITS:
        return f"has more than {EXACT_DIGITS} digits, which SQLite does not hold exactly"
    if number_kind(text) != "integer" and (isinf(float(text)) or (digits and float(text) == 0)):
        return "is beyond what a float holds"
    return None


def is_date(text: str) -> bool:
    """Whether a text is a day written in the one form that compares alike everywhere."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
