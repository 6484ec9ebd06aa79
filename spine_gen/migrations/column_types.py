"""How a column's type is made: as a SQLAlchemy type, to compile it, and as Python source, to write it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from spine.core.types import Decimal, Json, Text, UtcTimestamp
from spine.migrations.stage_tables import POSTGRESQL, quoted
from spine_gen.migrations.table_schema import ColumnSchema
from spine_gen.plan.views.tables import CAPTURE_ID_LENGTH


@dataclass(frozen=True, kw_only=True)
class TypeForm:
    """One column type in both forms."""

    make: Callable[[ColumnSchema], sa.types.TypeEngine[Any]]
    source: Callable[[ColumnSchema], str]
    runtime_name: str | None = None  # what the source imports from spine.core.types


TYPES: Mapping[str, TypeForm] = {
    "string": TypeForm(make=lambda _: Text(), source=lambda _: "Text()", runtime_name="Text"),
    "capture": TypeForm(  # as core_manifest has it: with another collation no index would serve a join
        make=lambda _: sa.String(CAPTURE_ID_LENGTH),
        source=lambda _: f"sa.String({CAPTURE_ID_LENGTH})",
    ),
    "integer": TypeForm(make=lambda _: sa.BigInteger(), source=lambda _: "sa.BigInteger()"),
    "float": TypeForm(make=lambda _: sa.Double(), source=lambda _: "sa.Double()"),
    "boolean": TypeForm(make=lambda _: sa.Boolean(), source=lambda _: "sa.Boolean()"),
    "date": TypeForm(make=lambda _: sa.Date(), source=lambda _: "sa.Date()"),
    "decimal": TypeForm(
        make=lambda column: Decimal(*_digits(column)),
        source=lambda column: "Decimal({}, {})".format(*_digits(column)),
        runtime_name="Decimal",
    ),
    "timestamp": TypeForm(
        make=lambda _: UtcTimestamp(),
        source=lambda _: "UtcTimestamp()",
        runtime_name="UtcTimestamp",
    ),
    "json": TypeForm(make=lambda _: Json(), source=lambda _: "Json()", runtime_name="Json"),
}


def type_of(column: ColumnSchema) -> sa.types.TypeEngine[Any]:
    return _type(replace(column, name="", nullable=False))


@lru_cache(maxsize=128)  # each type finds out once what it is on a database
def _type(column: ColumnSchema) -> sa.types.TypeEngine[Any]:
    return TYPES[column.type].make(column)


def type_source(column: ColumnSchema) -> str:
    return TYPES[column.type].source(column)


def conversion_sql(column: ColumnSchema) -> str:
    """PostgreSQL's expression that turns the column's old values into its new type."""
    return str(sa.cast(sa.literal_column(quoted(column.name)), type_of(column)).compile(dialect=POSTGRESQL))


def _digits(column: ColumnSchema) -> tuple[int, int]:
    assert column.precision is not None, column
    return column.precision, column.scale or 0
