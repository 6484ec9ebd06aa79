"""What the templates of tables.py and rows.py see: every declared table with its columns' types in Python."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from spine_gen.plan import naming
from spine_gen.plan.imports import Import, import_block
from spine_gen.spec.language import Column, ColumnType, Spec, Stage

CAPTURE_ID_LENGTH = 36  # a UUID's text

# Column type → the class of the SQLAlchemy column, and where it is imported from.
_COLUMN_TYPES: dict[ColumnType, tuple[str, str]] = {
    "string": ("spine.core.types", "Text"),
    "integer": ("sqlalchemy", "BigInteger"),
    "float": ("sqlalchemy", "Double"),
    "decimal": ("spine.core.types", "Decimal"),
    "boolean": ("sqlalchemy", "Boolean"),
    "date": ("sqlalchemy", "Date"),
    "timestamp": ("spine.core.types", "UtcTimestamp"),
    "json": ("spine.core.types", "Json"),
}
# Column type → the type of a row's field, and what it needs imported. Modules are imported under names that
# no column can take from them: see naming.row_field.
_FIELD_TYPES: dict[ColumnType, tuple[str, Import | None]] = {
    "string": ("str", None),
    "integer": ("int", None),
    "float": ("float", None),
    "decimal": ("Decimal", Import("decimal", "Decimal")),
    "boolean": ("bool", None),
    "date": ("dt.date", Import("datetime", None, "dt")),
    "timestamp": ("dt.datetime", Import("datetime", None, "dt")),
    "json": ("Any", Import("typing", "Any")),
}
_TABLE_IMPORTS = {
    *(
        Import("sqlalchemy", name)
        for name in ("Column", "MetaData", "PrimaryKeyConstraint", "String", "Table")
    ),
    Import("spine.core.types", "Text"),  # of partition_key
}


@dataclass(frozen=True, kw_only=True)
class ColumnView:
    name: str
    type: str  # Python source of its SQLAlchemy type
    nullable: bool


@dataclass(frozen=True, kw_only=True)
class TableView:
    variable: str
    name: str
    columns: tuple[ColumnView, ...]
    key: tuple[str, ...]
    key_name: str
    indexes: tuple[tuple[str, tuple[str, ...]], ...]  # names and columns


@dataclass(frozen=True, kw_only=True)
class TablesView:
    """tables.py."""

    spec_path: str
    domain: str
    tables: tuple[TableView, ...]
    imports: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class FieldView:
    name: str
    type: str  # Python source of its annotation
    description: str | None


@dataclass(frozen=True, kw_only=True)
class RowView:
    name: str
    description: str
    fields: tuple[FieldView, ...]


@dataclass(frozen=True, kw_only=True)
class RowsView:
    """rows.py."""

    spec_path: str
    domain: str
    rows: tuple[RowView, ...]
    aliases: tuple[tuple[str, str], ...]  # what a renamed table's row was called, and what it is now
    imports: tuple[str, ...]


CAPTURES_READ = ("input_min_capture_id", "input_max_capture_id")


def tables_view(spec: Spec, spec_path: str) -> TablesView:
    types = {column.type for stage in spec.stages for column in stage.table.columns}
    return TablesView(
        spec_path=spec_path,
        domain=spec.domain,
        tables=tuple(_table_view(stage) for stage in spec.stages),
        imports=import_block(
            _TABLE_IMPORTS
            | {Import(*_COLUMN_TYPES[kind]) for kind in types}
            | {Import("sqlalchemy", "Index") for stage in spec.stages if stage.table.indexes}
        ),
    )


def rows_view(spec: Spec, spec_path: str) -> RowsView:
    types = {column.type for stage in spec.stages for column in stage.table.columns}
    needed = {needed for kind in types if (needed := _FIELD_TYPES[kind][1]) is not None}
    return RowsView(
        spec_path=spec_path,
        domain=spec.domain,
        rows=tuple(_row_view(stage) for stage in spec.stages),
        aliases=tuple(_aliases(spec)),
        imports=import_block({Import("typing", "NamedTuple")} | needed),
    )


def provenance_columns(stage: Stage) -> tuple[str, ...]:
    """The columns that every table has beside those that its spec declares, in order."""
    return ("partition_key", "capture_id", *(CAPTURES_READ if stage.inputs else ()))


def may_read_nothing(stage: Stage) -> bool:
    """Whether the stage may be made without any of its inputs."""
    return all(item.optional for item in stage.inputs)


def _table_view(stage: Stage) -> TableView:
    declared = tuple(
        ColumnView(name=column.name, type=_column_type(column), nullable=column.nullable)
        for column in stage.table.columns
    )
    added = tuple(
        ColumnView(
            name=name,
            # A capture's id as core_manifest has it: with another collation no index would serve a join.
            type="Text" if name == "partition_key" else f"String({CAPTURE_ID_LENGTH})",
            nullable=name in CAPTURES_READ and may_read_nothing(stage),
        )
        for name in provenance_columns(stage)
    )
    return TableView(
        variable=naming.table_variable(stage.table),
        name=stage.table.name,
        columns=declared + added,
        key=("capture_id", *stage.table.key),
        key_name=naming.primary_key(stage.table),
        indexes=tuple((naming.index(stage.table, item), item.columns) for item in stage.table.indexes),
    )


def _column_type(column: Column) -> str:
    name = _COLUMN_TYPES[column.type][1]
    return f"{name}({column.precision}, {column.scale})" if column.type == "decimal" else name


def _aliases(spec: Spec) -> Iterator[tuple[str, str]]:
    """Earlier names of rows, for logic that is written with them, unless another row has them now."""
    taken = {naming.row_class(stage.table) for stage in spec.stages}
    for stage in spec.stages:
        if stage.table.renamed_from is not None:
            earlier = naming.row_class(replace(stage.table, name=stage.table.renamed_from))
            if earlier not in taken:
                yield earlier, naming.row_class(stage.table)


def _row_view(stage: Stage) -> RowView:
    return RowView(
        name=naming.row_class(stage.table),
        description=f"One row of {stage.table.name}, which {stage.name} writes.",
        fields=tuple(
            FieldView(
                name=naming.row_field(column.name),
                type=_FIELD_TYPES[column.type][0] + (" | None" if column.nullable else ""),
                description=column.description,
            )
            for column in stage.table.columns
        ),
    )
