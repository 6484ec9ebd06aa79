"""Text and JSON that both databases can store, whatever the source file held.

PostgreSQL refuses NUL and lone surrogates in text, and NaN in JSON; SQLite takes them. Both get the same
readable escape, so that an anomaly's raw content is never what makes recording it fail.
"""

import json
import math
import re
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import UUID

_EXPONENT = re.compile(r"[0-9][eE][+-]?[0-9]")
_STRING_OR_EXPONENT = re.compile(r'"(?:[^"\\]|\\.)*"|-?[0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]+')

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"


def storable_text(text: str) -> str:
    """The text with NUL and lone surrogates written as ``\\x00`` and ``\\udc80``."""
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")


def storable_json(value: Any) -> JsonValue:  # noqa: PLR0911  # one case a line reads better
    """The value as JSON has it; dates in ISO format, decimals and anything unknown as text."""
    match value:
        case None | bool() | int():
            return value
        case str():
            return storable_text(value)
        case float():
            return value if math.isfinite(value) else str(value)
        case Mapping():
            return {storable_text(str(name)): storable_json(item) for name, item in value.items()}
        case list() | tuple():
            return [storable_json(item) for item in value]
        case set() | frozenset():
            return sorted((storable_json(item) for item in value), key=repr)
        case datetime() | date() | time():
            return value.isoformat()
        case bytes():
            return storable_text(value.decode("utf-8", "backslashreplace"))
        case Decimal() | UUID():
            return str(value)
        case _:
            return storable_text(str(value))


def json_text(value: Any) -> str:
    """One line of JSON that both databases accept."""
    return without_exponents(json.dumps(storable_json(value), ensure_ascii=False, allow_nan=False))


def without_exponents(text: str) -> str:
    """The JSON text with ``1e+23`` written as ``100000000000000000000000.0``.

    PostgreSQL's JSONB would give back the first without a point: to Python an integer, and another number.
    """
    return _STRING_OR_EXPONENT.sub(_written_out, text) if _EXPONENT.search(text) else text


def _written_out(found: re.Match[str]) -> str:
    if found[0].startswith('"'):
        return found[0]
    number = format(Decimal(found[0]), "f")
    return number if "." in number else f"{number}.0"
