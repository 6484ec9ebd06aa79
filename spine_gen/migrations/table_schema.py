"""The database tables that a spec stands for, as small values to compare: columns, types, key, indexes.

Says what a table is; how it is created in Python or SQL is `revision_sql` and `revision_code`.
"""

from dataclasses import dataclass, field

from spine_gen.migrations.partition_keys import forms_text, key_forms
from spine_gen.plan import naming
from spine_gen.plan.views.tables import CAPTURES_READ, may_read_nothing, provenance_columns
from spine_gen.spec.language import Column, ColumnType, Spec, Stage
from spine_gen.spec.partition_types import dimensions_of

CAPTURE_COLUMN = "capture_id"
PARTITION_COLUMN = "partition_key"
INTEGER_DIGITS = 19  # of a 64-bit integer


@dataclass(frozen=True, kw_only=True)
class ColumnSchema:
    """One column: `capture` is the type of the columns that hold a capture's id."""

    name: str
    type: ColumnType | str
    precision: int | None = None
    scale: int | None = None
    nullable: bool = False
    description: str | None = field(default=None, compare=False)  # a comment changes no values

    @property
    def type_text(self) -> str:
        """The type as a person writes it: ``decimal(9, 4)``."""
        return f"decimal({self.precision}, {self.scale})" if self.type == "decimal" else self.type

    def same_type(self, other: "ColumnSchema") -> bool:
        return (self.type, self.precision, self.scale) == (other.type, other.precision, other.scale)

    def holds(self, other: "ColumnSchema") -> bool:
        """Whether every value of the other's type is, exactly, a value of this one's, on both databases."""
        if self.same_type(other):
            return True
        if other.type == "integer" and self.type == "decimal":
            return self._whole_digits >= INTEGER_DIGITS
        if other.type == self.type == "decimal":
            return self._whole_digits >= other._whole_digits and (self.scale or 0) >= (other.scale or 0)
        return other.type == "integer" and self.type == "string"

    def stored_as(self, other: "ColumnSchema") -> bool:
        """Whether PostgreSQL leaves values of the other's type as they are: also with more digits."""
        more_digits = self.type == other.type == "decimal" and self.scale == other.scale and self.holds(other)
        return more_digits or self.same_type(other)

    @property
    def _whole_digits(self) -> int:
        return (self.precision or 0) - (self.scale or 0)


@dataclass(frozen=True, kw_only=True)
class IndexSchema:
    """One index; how it is built is no part of what it is."""

    name: str
    columns: tuple[str, ...]
    concurrently: bool = field(default=False, compare=False)


@dataclass(frozen=True, kw_only=True)
class TableSchema:
    """One stage's table with everything the generator adds to it."""

    name: str
    stage: str
    declared: tuple[ColumnSchema, ...]
    added: tuple[ColumnSchema, ...]  # partition_key, capture_id and, with inputs, their range
    key: tuple[str, ...]  # declared key columns: the primary key is capture_id and these
    primary_key_name: str
    view: str  # over each partition's newest complete capture
    tier: str | None = None  # of the stage; earlier locks do not say
    by: str | None = field(default=None, compare=False)  # the forms of its stage's own partition keys
    indexes: tuple[IndexSchema, ...] = ()  # beside the primary key's; in any order
    description: str | None = field(default=None, compare=False)

    @property
    def owner(self) -> str:
        """Whose rows the table holds: ``stage LOAD (BRONZE)``."""
        return f"stage {self.stage}" if self.tier is None else f"stage {self.stage} ({self.tier})"

    def has_owner_of(self, other: "TableSchema") -> bool:
        """Whether the other's rows are the same stage's, as far as is known."""
        return self.stage == other.stage and (self.tier == other.tier or None in (self.tier, other.tier))

    @property
    def columns(self) -> tuple[ColumnSchema, ...]:
        """In the spec's order."""
        return self.declared + self.added

    @property
    def stored(self) -> tuple[ColumnSchema, ...]:
        """In the order in which a new table has them: the primary key first.

        With any other, SQLite's integrity_check finds NULLs that are not there in a table WITHOUT ROWID.
        """
        named = {column.name: column for column in self.columns}
        key = tuple(named[name] for name in self.primary_key)
        return key + tuple(column for column in self.columns if column not in key)

    @property
    def primary_key(self) -> tuple[str, ...]:
        return (CAPTURE_COLUMN, *self.key)

    def column(self, name: str) -> ColumnSchema | None:
        return next((column for column in self.columns if column.name == name), None)


def tables_of(spec: Spec) -> tuple[TableSchema, ...]:
    """Every table of the spec, in the order of its stages."""
    return tuple(_table_of(spec, stage) for stage in spec.stages)


def _table_of(spec: Spec, stage: Stage) -> TableSchema:
    return TableSchema(
        name=stage.table.name,
        stage=stage.name,
        declared=tuple(schema_of(column) for column in stage.table.columns),
        added=tuple(
            ColumnSchema(
                name=name,
                type="string" if name == PARTITION_COLUMN else "capture",
                nullable=name in CAPTURES_READ and may_read_nothing(stage),
            )
            for name in provenance_columns(stage)
        ),
        key=stage.table.key,
        primary_key_name=naming.primary_key(stage.table),
        view=naming.current_view(stage.table),
        tier=stage.tier,
        by=forms_text(key_forms(dimensions_of(spec, stage))) if stage.by else None,
        indexes=tuple(
            IndexSchema(
                name=naming.index(stage.table, index),
                columns=index.columns,
                concurrently=index.concurrently,
            )
            for index in stage.table.indexes
        ),
        description=_on_one_line(stage.table.description),
    )


def schema_of(column: Column) -> ColumnSchema:
    """What a declared column is in the database."""
    return ColumnSchema(
        name=column.name,
        type=column.type,
        precision=column.precision,
        scale=column.scale,
        nullable=column.nullable,
        description=_on_one_line(column.description),
    )


def _on_one_line(text: str | None) -> str | None:
    """As those who look at a database are shown it."""
    return text and " ".join(text.split())
