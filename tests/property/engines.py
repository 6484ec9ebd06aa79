"""SQLite, PostgreSQL and DuckDB with the same rows, and how an answer of one is held against another's."""

import math
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import psycopg

from spine.core.database.functions.register import register
from spine.data.staging.duck import Duck
from spine_gen.spec.sql.kinds import Kind
from spine_gen.spec.sql.operations.operation import Engine

Columns = Mapping[str, tuple[Kind, bool]]  # of each column the kind, and whether it may have NULL
Row = Sequence[Any]

# As spine's tables have them; on SQLite a day or an instant is a text that no affinity touches.
_TYPES: dict[Engine, dict[str, str]] = {
    "sqlite": {
        "string": "TEXT",
        "integer": "BIGINT",
        "decimal": "NUMERIC(18, 6)",
        "float": "DOUBLE",
        "boolean": "BOOLEAN",
        "date": "DAY_TEXT",
        "timestamp": "INSTANT_TEXT",
    },
    "postgresql": {
        "string": 'TEXT COLLATE "C"',
        "integer": "BIGINT",
        "decimal": "NUMERIC(18, 6)",
        "float": "DOUBLE PRECISION",
        "boolean": "BOOLEAN",
        "date": "DATE",
        "timestamp": "TIMESTAMPTZ",
    },
    "duckdb": {
        "string": "VARCHAR",
        "integer": "BIGINT",
        "decimal": "DECIMAL(18, 6)",
        "float": "DOUBLE",
        "boolean": "BOOLEAN",
        "date": "DATE",
        "timestamp": "TIMESTAMPTZ",
    },
}
_REFUSED = (sqlite3.Error, psycopg.Error, duckdb.Error)
_NEARLY = 1e-9


class Engines:
    """One connection to each; tables are given all at once."""

    def __init__(self, postgres: "psycopg.Connection[Any]") -> None:
        self._lite = sqlite3.connect(":memory:")
        register(self._lite)
        self._staging = Duck(1)
        self._duck = self._staging.connection
        self._postgres = postgres
        # Which must not matter.
        postgres.execute("SET TIME ZONE 'America/New_York'")

    def close(self) -> None:
        """Close those that were opened here."""
        self._lite.close()
        self._staging.close()

    def fill(self, table: str, columns: Columns, rows: Sequence[Row]) -> None:
        """Make the table anew, with these rows: days and instants as texts, decimals too."""
        kinds = [kind for kind, _ in columns.values()]
        for engine, execute in self._executes():
            execute(f"DROP TABLE IF EXISTS {table}", ())
            types = _TYPES[engine]
            declared = ", ".join(f'"{name}" {types[kind]}' for name, (kind, _) in columns.items())
            execute(f"CREATE {'TEMP ' * (engine == 'postgresql')}TABLE {table} ({declared})", ())
            marks = ", ".join(["%s" if engine == "postgresql" else "?"] * len(kinds))
            for row in rows:
                values = [_stored(engine, kind, value) for kind, value in zip(kinds, row, strict=True)]
                execute(f"INSERT INTO {table} VALUES ({marks})", values)  # noqa: S608

    def ask(self, engine: Engine, query: str) -> "list[tuple[Any, ...]] | str":
        """The rows, or the error in words."""
        try:
            if engine == "sqlite":
                return [tuple(row) for row in self._lite.execute(query).fetchall()]
            if engine == "duckdb":
                return self._duck.execute(query).fetchall()
            with self._postgres.transaction():
                return self._postgres.execute(query.encode()).fetchall()
        except _REFUSED as error:
            return f"{type(error).__name__}: {error}"

    def _executes(self) -> Iterator[tuple[Engine, Any]]:
        yield "sqlite", self._lite.execute
        yield "duckdb", self._duck.execute
        yield "postgresql", lambda sql, values: self._postgres.execute(sql.encode(), values)


@contextmanager
def engines_on(postgres_server: str) -> Iterator[Engines]:
    """The three, on a connection of their own to the server."""
    with psycopg.connect(postgres_server.replace("+psycopg", "", 1), autocommit=True) as postgres:
        engines = Engines(postgres)
        yield engines
        engines.close()


def alike(one: "list[tuple[Any, ...]] | str", other: "list[tuple[Any, ...]] | str") -> bool:
    """Whether both are errors, or the same rows; numbers to about nine digits, as PostgreSQL has roots."""
    if isinstance(one, str) or isinstance(other, str):
        return isinstance(one, str) and isinstance(other, str)
    return len(one) == len(other) and all(
        _same(mine, theirs)
        for mine_row, their_row in zip(one, other, strict=True)
        for mine, theirs in zip(mine_row, their_row, strict=True)
    )


def _same(one: object, other: object) -> bool:
    one, other = _plain(one), _plain(other)
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=_NEARLY, abs_tol=1e-9)
    return one == other


def _plain(value: object) -> object:
    match value:
        case bool():
            return int(value)
        case Decimal():
            return float(value)
        case datetime():
            return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
        case date():
            return str(value)
    return value


def _stored(engine: Engine, kind: Kind, value: Any) -> Any:
    if value is None:
        return None
    if kind == "timestamp":
        instant = datetime.fromisoformat(value)
        text = instant.isoformat(" ", "microseconds")
        return text if engine == "sqlite" else f"{text}+00"
    return float(value) if kind == "decimal" and engine == "sqlite" else value
