"""What fills the rows that are there when a column becomes required, as each database is told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from spine_gen.spec.constants import literal
from spine_gen.spec.language import Column, Default, DialectName, Spec, Stage
from spine_gen.spec.sql_reports import report_of_default


@dataclass(frozen=True, kw_only=True)
class Fill:
    """An expression over a row."""

    sqlite: str
    postgresql: str


Fills: TypeAlias = Mapping[str, Mapping[str, Fill]]  # by table, by column
NO_FILLS: Fills = {}


def fills_of(spec: Spec) -> Fills:
    """Of every column that has a default."""
    return {stage.table.name: dict(_fills(stage)) for stage in spec.stages}


def _fills(stage: Stage) -> Iterator[tuple[str, Fill]]:
    for column in stage.table.columns:
        if column.default is not None:
            yield (
                column.name,
                Fill(
                    sqlite=_text(stage, column, column.default, "sqlite"),
                    postgresql=_text(stage, column, column.default, "postgresql"),
                ),
            )


def _text(stage: Stage, column: Column, default: Default, dialect: DialectName) -> str:
    if default.sql is None:
        assert default.constant is not None
        return literal(default.constant, column, dialect)
    text: str = getattr(default.sql, dialect)
    if default.sql.sqlite == default.sql.postgresql:
        text = report_of_default(stage, column, text).texts().get(dialect, text)
    if dialect == "sqlite" and column.type == "decimal":
        return f"ROUND({text}, {column.scale})"  # as PostgreSQL rounds what it stores
    return text
