"""Rows of another partition: a check of columns that hold a partition's values, as a condition on a row."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from spine.core.partitions.partitioning import Partition, PartitionValue
from spine.core.partitions.times import Temporal, Year
from spine.errors import CheckConditionError

from .checks import Check
from .sql_texts import WRITTEN
from .tables.target import DataColumn, Target, quoted, quoted_text

_ENGINES = ("sqlite", "postgresql", "duckdb")
# How an instant, or the day that one begins, is written; SQLite has both as texts.
_INSTANTS = {"sqlite": "'{} 00:00:00.000000'", "postgresql": "TIMESTAMPTZ '{} 00:00:00+00'"}
_A_DAY = timedelta(days=1)


def as_condition(check: Check, partition: Partition, target: Target) -> Check:
    """The check of what is of another partition than that one, as a condition on each row.

    Raises CheckConditionError where there is no such dimension or column, or they do not fit.
    """
    assert check.partition
    columns = {column.name: column for column in target.columns}
    conditions: dict[str, list[str]] = {engine: [] for engine in _ENGINES}
    shown = []
    for dimension, name in check.partition.items():
        if dimension not in partition.values or name not in columns:
            raise CheckConditionError(
                f"check {check.code} compares {name} with {dimension}: name a column of {target.table} and "
                f"one of {', '.join(partition.values)}"
            )
        another = _another(check, partition, dimension, columns[name])
        shown.append(f"{name} is of another {dimension} than {partition[dimension]}")
        for engine in _ENGINES:
            conditions[engine].append(another(engine))
    texts = {engine: f"({' OR '.join(parts)})" for engine, parts in conditions.items()}
    return replace(check, partition=None, when={WRITTEN: " or ".join(shown), **texts})


def _another(check: Check, partition: Partition, dimension: str, column: DataColumn) -> Callable[[str], str]:
    """By engine, what is true of a value that is not of the partition's."""
    kind, value = partition.partitioning.dimensions[dimension], partition[dimension]
    name = quoted(column.name)
    if column.kind == "string":
        return lambda _engine: f"{name} <> {quoted_text(value)}"
    if isinstance(kind, Temporal) and column.kind == "date":
        return lambda engine: _days(name, value, engine)
    if isinstance(kind, Temporal) and column.kind == "timestamp":
        return lambda engine: _instants(name, value, engine)
    if isinstance(kind, Year) and column.kind == "integer":
        return lambda _engine: f"{name} <> {int(value)}"
    raise CheckConditionError(
        f"check {check.code} compares {column.name} with {dimension}, and no {column.described} is one: name "
        "a date, a timestamp or a text"
    )


def _days(name: str, value: PartitionValue, engine: str) -> str:
    written = "" if engine == "sqlite" else "DATE "
    return f"{name} < {written}'{value.start}' OR {name} > {written}'{value.end}'"


def _instants(name: str, value: PartitionValue, engine: str) -> str:
    written = _INSTANTS.get(engine, "TIMESTAMP '{} 00:00:00'")
    return f"{name} < {written.format(value.start)} OR {name} >= {written.format(value.end + _A_DAY)}"
