"""Values that have types already, in Parquet or Arrow: which types fit a column, and which values then do.

Nothing is parsed from text here. As DuckDB expressions, like those of conversion.py.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from spine.core.database.backend import DialectName
from spine.core.types import SQLITE_DECIMAL_DIGITS
from spine.data.tables.target import DataColumn, Kind

from .conversion import not_strict_json, significant_digits

_SMALL_INTEGERS = frozenset({"TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "UINTEGER"})
_INTEGERS = _SMALL_INTEGERS | {"BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT"}
_COARSE = frozenset({"TIMESTAMP_S", "TIMESTAMP_MS"})
_ZONED = frozenset({"TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS"})
_NANOSECONDS = frozenset({"TIMESTAMP_NS", "TIMESTAMPTZ_NS"})
_TYPES: dict[Kind, frozenset[str]] = {
    "string": frozenset({"VARCHAR", "ENUM"}),
    "integer": _INTEGERS,
    "float": _SMALL_INTEGERS | {"FLOAT", "DOUBLE"},
    "decimal": _INTEGERS | {"DECIMAL"},
    "boolean": frozenset({"BOOLEAN"}),
    "date": frozenset({"DATE"}),
    "timestamp": frozenset({"TIMESTAMP"}) | _COARSE | _NANOSECONDS | _ZONED,
    "json": frozenset({"VARCHAR", "ENUM", "JSON"}),
}
NOTHING = '"NULL"'  # the type of what has no value at all, which every column takes
_IN_DUCKDB: dict[Kind, str] = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "float": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "json": "VARCHAR",
}


@dataclass(frozen=True, kw_only=True)
class Fit:
    """How the values of one type become a column's: three DuckDB expressions, and words."""

    typed: str  # the column's value
    wrong: str  # true where the value does not fit; never true for NULL
    text: str  # a wrong value as messages show it
    why: str  # what a wrong value is not


def duck_type(column: DataColumn) -> str:
    """DuckDB's type for the column's values."""
    return _IN_DUCKDB.get(column.kind, f"DECIMAL({column.precision}, {column.scale})")


def misfits(columns: Iterable[tuple[str, DataColumn]], found: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the types that are found: they and the columns are by the names that there are."""
    for name, column in columns:
        kind = found[name]
        if kind != NOTHING and kind.split("(")[0] not in _TYPES[column.kind]:
            yield f"{name!r} is {kind}, which no {column.kind} column takes"


def fit(column: DataColumn, value: str, found: str, dialect: DialectName, *, rounded: bool = False) -> Fit:
    """How ``value``, a DuckDB expression of a type that fits, becomes the column's for that database.

    A decimal of more places than the column has is wrong, or ``rounded``, as one from Python is.
    """
    if found == NOTHING:
        return Fit(typed=f"CAST(NULL AS {duck_type(column)})", wrong="false", text="NULL", why="")
    typed, wrong, why = _fit(column, value, found, dialect, rounded)
    # DuckDB cannot write one of these out that is past what TIMESTAMP holds.
    text = "'out of range'" if found in _COARSE else f"CAST({value} AS VARCHAR)"
    return Fit(typed=typed, wrong=wrong, text=text, why=why)


def _fit(  # noqa: PLR0911 - one return a type
    column: DataColumn, value: str, found: str, dialect: DialectName, rounded: bool
) -> tuple[str, str, str]:
    match column.kind:
        case "string":
            text = f"CAST({value} AS VARCHAR)"
            return text, f"contains({text}, chr(0))", "has a NUL character"
        case "json":
            text = f"CAST({value} AS VARCHAR)"
            return text, not_strict_json(text), "is not valid JSON"
        case "integer":
            typed = f"TRY_CAST({value} AS BIGINT)"
            return typed, f"({value} IS NOT NULL AND {typed} IS NULL)", "is not a 64-bit integer"
        case "float":
            typed = f"CAST({value} AS DOUBLE)"
            return typed, f"NOT isfinite({typed})", "is not a finite number"
        case "decimal":
            return _decimal(column, value, dialect, rounded)
        case "boolean":
            return f"CAST({value} AS BOOLEAN)", "false", "is not a boolean"
        case "date":
            typed = f"CAST({value} AS DATE)"
            wrong = f"NOT {typed} BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'"
            return typed, wrong, "is not a date between the years 1 and 9999"
        case "timestamp":
            return _timestamp(value, found)


def _decimal(column: DataColumn, value: str, dialect: DialectName, rounded: bool) -> tuple[str, str, str]:
    typed = f"TRY_CAST({value} AS DECIMAL({column.precision}, {column.scale}))"
    altered = "" if rounded else f" OR {typed} <> {value}"
    wrong = f"({value} IS NOT NULL AND ({typed} IS NULL{altered}))"
    why = f"is not a decimal({column.precision}, {column.scale})"
    if dialect == "sqlite" and column.precision > SQLITE_DECIMAL_DIGITS:
        wrong = f"({wrong} OR {significant_digits(typed)} > {SQLITE_DECIMAL_DIGITS})"
        why += f", in SQLite with at most {SQLITE_DECIMAL_DIGITS} digits"
    return typed, wrong, why


def _timestamp(value: str, found: str) -> tuple[str, str, str]:
    """In UTC, which one without a zone is taken to be in."""
    local = f"({value} AT TIME ZONE 'UTC')" if found in _ZONED else value
    if found in _NANOSECONDS:  # which do not reach beyond these years
        typed, wrong = f"CAST({local} AS TIMESTAMP)", f"epoch_ns({value}) % 1000 <> 0"
    else:
        # In their own type: one in seconds may be past what TIMESTAMP holds.
        within = f"({value} >= CAST('0001-01-01' AS {found}) AND {value} < CAST('10000-01-01' AS {found}))"
        typed, wrong = f"CASE WHEN {within} THEN CAST({local} AS TIMESTAMP) END", f"NOT {within}"
    return typed, wrong, "is not a timestamp in whole microseconds between the years 1 and 9999"
