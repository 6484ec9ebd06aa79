"""What is wrong with columns that have a partition's values, as checks and sources name them by dimension."""

from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

from spine_gen.diagnostics import did_you_mean
from spine_gen.source import Span
from spine_gen.spec.language import Draft, DraftOfPartition, DraftStage
from spine_gen.spec.partition_types import TEMPORAL, dimensions_of_stage

# Whether something is not there, or does not fit; where; what is said of it; and what to do.
Problem: TypeAlias = tuple[Literal["not there", "no fit"], Span, str, str | None]
_OF_TIME = ("date", "timestamp", "string")


def partition_columns(
    draft: Draft, stage: DraftStage, items: Sequence[DraftOfPartition]
) -> Iterator[Problem]:
    """What is not there of the stage's columns and the spec's dimensions, and the pairs that do not fit."""
    columns = [column.name.value for column in stage.table.columns] if stage.table else []
    dimensions = {each.name.value: each for each in dimensions_of_stage(draft, stage)}
    for one in items:
        if columns and one.column and one.column.value not in columns:
            headline = f'the table has no column "{one.column.value}"'
            advice = did_you_mean(one.column.value, columns, otherwise="name one of its columns")
            yield "not there", one.column.span, headline, advice
        dimension = dimensions.get(one.dimension.value)
        if dimension is None:
            if dimensions:
                headline = f'the partitions have no dimension "{one.dimension.value}"'
                advice = did_you_mean(one.dimension.value, list(dimensions), otherwise="name one of them")
                yield "not there", one.dimension.span, headline, advice
            continue
        column = stage.table.column(one.column.value) if stage.table and one.column else None
        kind = dimension.type.value if dimension.type else None
        if one.column is None or column is None or column.type is None or kind is None:
            continue
        fitting: tuple[str, ...] = _OF_TIME if kind in TEMPORAL else ("string",)
        fitting += ("integer",) if kind == "year" else ()
        if column.type.value not in fitting:
            headline = f'column "{one.column.value}" is {column.type.value}, which no {kind} can be'
            yield "no fit", one.column.span, headline, f"name a column of type {' or '.join(fitting)}"
