"""Rows that somebody's logic returns, checked value by value and made into what the driver takes."""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache, partial
from typing import Any

import sqlalchemy as sa

from spine.data.tables.rejected import described
from spine.data.tables.target import Kind, Target, columns_of_fields
from spine.errors import RowRejectedError

_NUL_ESCAPE = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class RowConverter:
    """Turns rows (named tuples, tuples in the table's order, mappings) into tuples of the driver's values."""

    def __init__(self, table: sa.Table, target: Target, dialect: sa.Dialect) -> None:
        self._target = target
        self._names = tuple(column.name for column in target.columns)
        self._columns_of = cache(partial(columns_of_fields, columns=self._names))
        self._steps = [
            (_CHECKS[column.kind], kind.dialect_impl(dialect).bind_processor(dialect))
            for column in target.columns
            for kind in (table.columns[column.name].type,)
        ]

    def convert(self, number: int, row: Any) -> tuple[Any, ...]:
        """The row's values; RowRejectedError, naming the row by number and the column, for a wrong one."""
        values = self._values(number, row)
        converted = []
        for place, (value, (check, process)) in enumerate(zip(values, self._steps, strict=True)):
            if value is not None:
                wrong = check(value)
                if wrong is None and process is not None:
                    try:
                        converted.append(process(value))
                        continue
                    except (TypeError, ValueError) as error:
                        wrong = str(error)
                if wrong is not None:
                    raise self.rejected(number, values, place, f"{value!r}: {wrong}")
            converted.append(value)
        return tuple(converted)

    def rejected(self, number: int, values: Sequence[Any], place: int, what: str) -> RowRejectedError:
        """The error for what is wrong with the value at that place, of the row's in the table's order."""
        row = dict(zip(self._names, values, strict=True))
        return RowRejectedError(
            f"row {number} for {self._target.table} has {self._names[place]} = {what}. "
            f"The row is {described(row)}.",
            row,
        )

    def _values(self, number: int, row: Any) -> Sequence[Any]:
        """The row's values in the table's order."""
        if isinstance(row, Mapping):
            if row.keys() == set(self._names):
                return [row[name] for name in self._names]
            raise self._misshapen(number, row, f"has the names {', '.join(map(str, row))}")
        if not isinstance(row, tuple | list):
            raise self._misshapen(number, row, f"is a {type(row).__name__}")
        fields = getattr(row, "_fields", self._names)
        if fields != self._names:
            names = self._columns_of(fields)
            if set(names) != set(self._names):
                raise self._misshapen(number, row, f"has the names {', '.join(fields)}")
            return [row[names.index(name)] for name in self._names]
        if len(row) != len(self._names):
            raise self._misshapen(number, row, f"has {len(row)} values")
        return row

    def _misshapen(self, number: int, row: Any, what: str) -> RowRejectedError:
        return RowRejectedError(
            f"row {number} for {self._target.table} {what}, where a named tuple, a tuple or a mapping with "
            f"{', '.join(self._names)} is expected: {str(row)[:200]}",
            {},
        )


def _string(value: Any) -> str | None:
    if not isinstance(value, str):
        return _wanted(value, "a str")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        return "it has a lone surrogate, which is no text: decode it properly"
    return "it has a NUL character, which PostgreSQL cannot store" if "\0" in value else None


def _integer(value: Any) -> str | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return _wanted(value, "an int")
    return None if -(2**63) <= value < 2**63 else "it does not fit in 64 bits"


def _float(value: Any) -> str | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return _wanted(value, "a float")
    return None if math.isfinite(value) else "it is not finite: use None where there is no number"


def _decimal(value: Any) -> str | None:
    if isinstance(value, float):
        return "a float is not exact: make a decimal.Decimal of what it was computed from"
    return (
        None
        if isinstance(value, Decimal | int) and not isinstance(value, bool)
        else _wanted(value, "a Decimal")
    )


def _boolean(value: Any) -> str | None:
    return None if isinstance(value, bool) else _wanted(value, "a bool")


def _date(value: Any) -> str | None:
    return None if isinstance(value, date) and not isinstance(value, datetime) else _wanted(value, "a date")


def _timestamp(value: Any) -> str | None:
    if not isinstance(value, datetime):
        return _wanted(value, "a datetime")
    return None if value.tzinfo else "it has no time zone: use an aware datetime, such as datetime.now(UTC)"


def _json(value: Any) -> str | None:
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError) as error:
        return f"it is not JSON: {error}"
    return _string(_NUL_ESCAPE.sub("\0", text))


def _wanted(value: Any, what: str) -> str:
    return f"{what} is expected, not a {type(value).__name__}"


_CHECKS: dict[Kind, Callable[[Any], str | None]] = {
    "string": _string,
    "integer": _integer,
    "float": _float,
    "decimal": _decimal,
    "boolean": _boolean,
    "date": _date,
    "timestamp": _timestamp,
    "json": _json,
}
