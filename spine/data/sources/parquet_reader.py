"""Parquet files into DuckDB: the file's types must fit the declared ones, and so must every value.

Nothing is parsed from text here: a file that has prices as strings is refused as a whole.
"""

from collections.abc import Sequence

import duckdb

from spine.core.database.backend import DialectName
from spine.core.types import SQLITE_DECIMAL_DIGITS
from spine.data.staging.conversion import Conversion, not_strict_json, significant_digits
from spine.data.staging.duck import Duck, duck_path
from spine.data.staging.tables import Numbering, stage
from spine.data.tables.target import DataColumn, Kind, Target, quoted, quoted_text
from spine.errors import SourceError

from .declared import ParquetSource
from .header import match_names, read_names
from .held_file import HeldFile

_SMALL_INTEGERS = frozenset({"TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "UINTEGER"})
_INTEGERS = _SMALL_INTEGERS | {"BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT"}
_TYPES: dict[Kind, frozenset[str]] = {
    "string": frozenset({"VARCHAR"}),
    "integer": _INTEGERS,
    "float": _SMALL_INTEGERS | {"FLOAT", "DOUBLE"},
    "decimal": _INTEGERS | {"DECIMAL"},
    "boolean": frozenset({"BOOLEAN"}),
    "date": frozenset({"DATE"}),
    "timestamp": frozenset(
        {"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE"}
    ),
    "json": frozenset({"VARCHAR", "JSON"}),
}


def read_parquet(duck: Duck, source: ParquetSource, file: HeldFile, target: Target) -> Numbering:
    """Stage the file's rows. Raises SourceError where it is no Parquet file, or its columns do not fit."""
    shown, columns = file.shown, target.columns
    reader = f"read_parquet({quoted_text(duck_path(file.path))})"
    wanted = read_names(columns, source.names())
    file.take_digest()
    try:
        described = duck.connection.execute(f"DESCRIBE SELECT * FROM {reader}").fetchall()
        found = {str(name): str(kind) for name, kind, *_ in described}
        match_names(tuple(found), wanted, shown)
        _check_types(columns, wanted, found, shown)
        names = [wanted[column.name] for column in columns]
        selected = [f"{quoted(name)} AS v{index}" for index, name in enumerate(names)]
        conversions = [
            _conversion(column, f"v{index}", name, found[name], target.dialect)
            for index, (column, name) in enumerate(zip(columns, names, strict=True))
        ]
        raw = ", ".join(f"{quoted(name)} := v{index}" for index, name in enumerate(names))
        wrong = " OR ".join(conversion.wrong for conversion in conversions)
        kept = f"CASE WHEN {wrong} THEN CAST(to_json(struct_pack({raw})) AS VARCHAR) END AS raw"
        stage(duck, conversions, f"(SELECT {', '.join(selected)} FROM {reader})", (kept,))
    except duckdb.Error as error:
        raise SourceError(f"{shown} cannot be read as Parquet: {str(error).splitlines()[0]}") from error
    duck.connection.execute("CREATE TABLE rejects (line BIGINT, last_line BIGINT, reason VARCHAR)")
    return Numbering(noun="row", raw=True)


def _check_types(
    columns: Sequence[DataColumn], wanted: dict[str, str], found: dict[str, str], shown: str
) -> None:
    wrong = [
        f"{wanted[column.name]!r} is {found[wanted[column.name]]}, which no {column.kind} column takes"
        for column in columns
        if found[wanted[column.name]].split("(")[0] not in _TYPES[column.kind]
    ]
    if wrong:
        raise SourceError(
            f"{shown} has columns of the wrong types: {'; '.join(wrong)}. "
            "Correct the stage's columns or the file."
        )


def _conversion(
    column: DataColumn, value: str, read_from: str, found: str, dialect: DialectName
) -> Conversion:
    place = column.name if column.name == read_from else f"{column.name} ({read_from})"
    typed, wrong, why = _rule(column, value, found, dialect)
    text = f"{quoted_text(place + ': ')} || CAST({value} AS VARCHAR) || {quoted_text(' ' + why)}"
    return Conversion(typed=typed, wrong=wrong, reason=text)


def _rule(  # noqa: PLR0911 - one return a type
    column: DataColumn, value: str, found: str, dialect: DialectName
) -> tuple[str, str, str]:
    """The typed value, where it is wrong, and what to say of it."""
    match column.kind:
        case "string":
            return value, f"contains({value}, chr(0))", "has a NUL character"
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
            typed = f"TRY_CAST({value} AS DECIMAL({column.precision}, {column.scale}))"
            wrong = f"({value} IS NOT NULL AND ({typed} IS NULL OR {typed} <> {value}))"
            why = f"is not a decimal({column.precision}, {column.scale})"
            if dialect == "sqlite" and column.precision > SQLITE_DECIMAL_DIGITS:
                wrong = f"({wrong} OR {significant_digits(typed)} > {SQLITE_DECIMAL_DIGITS})"
                why += f", in SQLite with at most {SQLITE_DECIMAL_DIGITS} digits"
            return typed, wrong, why
        case "boolean":
            return value, "false", "is not a boolean"
        case "date":
            wrong = f"NOT {value} BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'"
            return value, wrong, "is not a date between the years 1 and 9999"
        case "timestamp":
            local = f"({value} AT TIME ZONE 'UTC')" if found == "TIMESTAMP WITH TIME ZONE" else value
            typed = f"CAST({local} AS TIMESTAMP)"
            wrong = f"NOT {typed} BETWEEN TIMESTAMP '0001-01-01' AND TIMESTAMP '9999-12-31 23:59:59.999999'"
            if found == "TIMESTAMP_NS":
                wrong = f"({wrong} OR epoch_ns({value}) % 1000 <> 0)"
            return typed, wrong, "is not a timestamp in whole microseconds between the years 1 and 9999"
