"""Where what a stage made is not what an example expects: rows are found by their key, values are strict."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from .example import Row

_FLOAT_DIGITS = 1e-9  # of their size, by which computed floats may differ between databases


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One difference; which of the fields are set depends on what it is."""

    what: Literal["missing", "unexpected", "changed", "anomalies", "failure"]
    row: Row | None = None  # a missing or unexpected row; the key of a changed one
    name: str | None = None  # the changed column, or the anomaly code
    expected: Any = None
    found: Any = None

    def __str__(self) -> str:
        match self.what:
            case "missing" | "unexpected":
                return f"{self.what:10}  {_row_text(self.row or {})}"
            case "changed":
                of = f"{_row_text(self.row)} " if self.row else ""
                return (
                    f"{self.what:10}  {of}{self.name}: {value_text(self.expected)} → {value_text(self.found)}"
                )
            case "anomalies":
                return f"{self.what:10}  {self.name}: {self.expected} → {self.found}"
        return f"{self.what:10}  {self.expected or 'none'} → {self.found or 'none'}"


def row_differences(
    expected: Sequence[Row], found: Sequence[Row], key: Sequence[str]
) -> Iterator[Difference]:
    """Rows that are missing, changed and unexpected, in the order in which they are expected or found."""
    there = {_key_of(row, key): row for row in found}
    for row in expected:
        other = there.pop(_key_of(row, key), None)
        if other is None:
            yield Difference(what="missing", row=row)
            continue
        for name, value in row.items():
            if not same(value, other[name]):
                its_key = {column: row[column] for column in key}
                yield Difference(what="changed", row=its_key, name=name, expected=value, found=other[name])
    for row in there.values():
        yield Difference(what="unexpected", row=row)


def anomaly_differences(expected: Mapping[str, int], found: Mapping[str, int]) -> Iterator[Difference]:
    """Codes that were recorded more or less often; one that is not expected is expected never."""
    for code in sorted({*expected, *found}):
        wanted, there = expected.get(code, 0), found.get(code, 0)
        if wanted != there:
            yield Difference(what="anomalies", name=code, expected=wanted, found=there)


def same(expected: Any, found: Any) -> bool:
    """Whether two values are of one type and equal: floats to nine digits, numbers in JSON by their value."""
    match expected, found:
        case (bool() | None, _) | (_, bool() | None):
            return expected is found
        case (float(), float()):
            return math.isclose(expected, found, rel_tol=_FLOAT_DIGITS)
        case (int() | float(), int() | float()):
            return expected == found
        case (dict(), dict()):
            return expected.keys() == found.keys() and all(
                same(expected[name], found[name]) for name in found
            )
        case (list(), list()):
            return len(expected) == len(found) and all(map(same, expected, found))
    return type(expected) is type(found) and bool(expected == found)


def value_text(value: Any) -> str:
    """A value as a spec has it."""
    if value is None:
        return "null"
    if isinstance(value, bool | str | list | dict):
        return json.dumps(value, ensure_ascii=False)
    return value.isoformat() if isinstance(value, date) else str(value)  # a datetime is a date, too


def _row_text(row: Row) -> str:
    return f"{{{', '.join(f'{name}: {value_text(value)}' for name, value in row.items())}}}"


def _key_of(row: Row, key: Sequence[str]) -> tuple[Any, ...]:
    return tuple(row[name] for name in key)
