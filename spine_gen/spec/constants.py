"""Constants of a spec as values of a column's type: whether one is, and how SQL and Python have it.

What is said of a number as written in SQL goes for one written in YAML: every database holds it exactly.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from pydantic_core import to_json

from spine_gen.spec.language import Column, DialectName, DraftColumn
from spine_gen.spec.node import Constant, Data
from spine_gen.spec.sql.kinds import is_date, number_problem

_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|\+00:00)?"
)

_SMALLEST = -(2**63)


def misfit(value: Constant, column: DraftColumn) -> str | None:
    """What to write instead of a constant that is no value of the column's type; None where it is one."""
    kind = column.type.value if column.type else "unknown"
    number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    if number and kind in ("integer", "float", "decimal", "json"):
        return _number_misfit(value, kind, column)
    wanted = {
        "string": (isinstance(value, str), "write a text, in quotes"),
        "integer": (number, "write a whole number"),
        "float": (number, "write a number"),
        "decimal": (number, "write a number"),
        "boolean": (isinstance(value, bool), "write true or false"),
        "date": (isinstance(value, str) and is_date(value), "write a day, as 2025-12-31"),
        "timestamp": (
            isinstance(value, str) and _instant(value) is not None,
            'write an instant in UTC, as "2025-12-31 09:30:00"',
        ),
    }
    fits, advice = wanted.get(kind, (True, None))
    return None if fits else advice


def literal(value: Constant, column: Column, dialect: DialectName) -> str:
    """The constant, which fits the column, as SQL."""
    match column.type:
        case "boolean":
            return "TRUE" if value else "FALSE"
        case "integer" | "decimal":
            return _number_text(value)
        case "float":
            return repr(float(value))
        case "timestamp":
            instant = _instant(str(value))
            assert instant is not None
            return _quoted(f"{instant:%Y-%m-%d %H:%M:%S.%f}{'' if dialect == 'sqlite' else '+00'}")
        case "json":
            plain = isinstance(value, str | bool)
            return _quoted(to_json(value).decode() if plain else _number_text(value))
    return _quoted(str(value))  # of a date too: PostgreSQL takes such a text where a date has to stand


def python_value(value: Data, column: Column) -> Data | date:
    """What Python has for a value that fits the column, or for the NULL of one that may be."""
    return value if value is None or column.type not in _IN_PYTHON else _IN_PYTHON[column.type](value)


def _json(value: Data) -> Data:
    """As JSON has it, which knows no decimals."""
    if isinstance(value, dict):
        return {name: _json(part) for name, part in value.items()}
    if isinstance(value, tuple):
        return [_json(part) for part in value]
    return float(value) if isinstance(value, Decimal) else value


def _number_misfit(value: Constant, kind: str, column: DraftColumn) -> str | None:
    assert isinstance(value, int | Decimal)
    number = Decimal(value)
    if value != _SMALLEST and (problem := number_problem(str(abs(value)))):
        return f"write another number: this one {problem}"
    if kind == "integer" and not isinstance(value, int):
        return "write a whole number"
    if kind == "decimal" and column.precision and column.scale and number:
        digits, exponent = number.normalize().as_tuple().digits, number.normalize().as_tuple().exponent
        assert isinstance(exponent, int)
        whole = column.precision.value - column.scale.value
        if -exponent > column.scale.value or len(digits) + exponent > whole:
            return (
                f"write a number of at most {whole} digits before the point and {column.scale.value} after it"
            )
    return None


def _number_text(value: Constant) -> str:
    """Without an exponent, which would make a float of it."""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _instant(text: str) -> datetime | None:
    if not _INSTANT.fullmatch(text):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_IN_PYTHON: dict[str, Callable[[Any], Any]] = {
    "date": date.fromisoformat,
    "timestamp": _instant,
    "decimal": Decimal,
    "float": float,
    "json": _json,
}
