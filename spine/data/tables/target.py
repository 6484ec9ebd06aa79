"""What the data path needs to know of a table: its declared columns, their types, its key in a capture."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import sqlalchemy as sa

from spine.core.database.backend import DialectName
from spine.core.types import Decimal, Json, UtcTimestamp

Kind: TypeAlias = Literal["string", "integer", "float", "decimal", "boolean", "date", "timestamp", "json"]

# Filled by the runtime, never by a source, a SELECT or somebody's logic.
PROVENANCE = ("partition_key", "capture_id", "input_min_capture_id", "input_max_capture_id")

_KINDS: tuple[tuple[type[sa.types.TypeEngine[Any]], Kind], ...] = (
    (Decimal, "decimal"),
    (UtcTimestamp, "timestamp"),
    (Json, "json"),
    (sa.Boolean, "boolean"),
    (sa.Integer, "integer"),
    (sa.Float, "float"),
    (sa.Date, "date"),
    (sa.String, "string"),
)


def columns_of_fields(fields: Iterable[str], columns: Container[str]) -> tuple[str, ...]:
    """What a row's fields are of: their columns, or those with a name that only a tuple cannot have.

    Such a field has an underscore after it: `class_`.
    """
    return tuple(name if name in columns else name.removesuffix("_") for name in fields)


@dataclass(frozen=True, kw_only=True)
class DataColumn:
    """One declared column; precision and scale are a decimal's."""

    name: str
    kind: Kind
    nullable: bool
    precision: int = 0
    scale: int = 0

    @property
    def described(self) -> str:
        """Its type as messages name it."""
        return f"decimal({self.precision}, {self.scale})" if self.kind == "decimal" else self.kind


@dataclass(frozen=True, kw_only=True)
class Target:
    """A stage's table in one kind of database."""

    table: str
    columns: tuple[DataColumn, ...]  # the declared ones, in the table's order
    key: tuple[str, ...]
    dialect: DialectName

    @classmethod
    def of(cls, table: sa.Table, dialect: DialectName) -> "Target":
        """The table as the data path sees it; TypeError for a column of a type that specs do not have."""
        return cls(
            table=table.name,
            columns=data_columns(table),
            key=data_key(table),
            dialect=dialect,
        )


def data_columns(table: sa.Table) -> tuple[DataColumn, ...]:
    """The table's declared columns, in its order: all but the provenance."""
    return tuple(_data_column(column) for column in table.columns if column.name not in PROVENANCE)


def data_key(table: sa.Table) -> tuple[str, ...]:
    """The columns that are unique within one capture; none where a capture has one row at most."""
    return tuple(column.name for column in table.primary_key.columns if column.name not in PROVENANCE)


def in_byte_order(
    columns: Iterable[sa.ColumnElement[Any]], dialect: DialectName
) -> list[sa.ColumnElement[Any]]:
    """What to order by, so that text sorts as SQLite has it on both databases, whatever their language."""
    if dialect == "sqlite":
        return list(columns)
    return [column.collate("C") if isinstance(column.type, sa.String) else column for column in columns]


def quoted(name: str) -> str:
    """The name as an SQL identifier, the same in DuckDB, SQLite and PostgreSQL."""
    return '"' + name.replace('"', '""') + '"'


def quoted_text(text: str) -> str:
    """The text as an SQL string literal, the same in DuckDB, SQLite and PostgreSQL."""
    return "'" + text.replace("'", "''") + "'"


def _data_column(column: "sa.Column[Any]") -> DataColumn:
    nullable = bool(column.nullable)
    for cls, kind in _KINDS:
        if isinstance(column.type, cls):
            if isinstance(column.type, Decimal):
                precision, scale = column.type.precision, column.type.scale
                return DataColumn(
                    name=column.name, kind=kind, nullable=nullable, precision=precision, scale=scale
                )
            return DataColumn(name=column.name, kind=kind, nullable=nullable)
    raise TypeError(
        f"column {column.table.name}.{column.name} is a {column.type!r}, which spine cannot load: "
        "use BigInteger, Double, Boolean, Date, String, or Text, Decimal, UtcTimestamp, Json of "
        "spine.core.types"
    )
