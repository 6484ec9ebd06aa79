"""What a newer spec breaks for those who read what the older one made: tables, codes, keys and names.

Compares two specs, apart from any database. What is only added breaks nobody and is not reported.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from spine_gen.spec.language import Anomaly, Column, Dimension, Spec, Stage, Table


@dataclass(frozen=True, kw_only=True)
class Breakage:
    """One thing that a reader may rely on and that is not so any more."""

    kind: str  # removed-table, retyped-column, …
    subject: str  # table.column, a code, a stage: what readers call it
    message: str
    before: str | None = None
    after: str | None = None


def find_breakages(before: Spec, after: Spec) -> tuple[Breakage, ...]:
    """Everything that breaks readers, in the order of the older spec."""
    return tuple(
        chain(
            _domain(before, after),
            _partitions(before, after),
            _anomalies(before, after),
            _stages(before, after),
            _workflows(before, after),
        )
    )


def _domain(before: Spec, after: Spec) -> Iterator[Breakage]:
    if before.domain != after.domain:
        yield _changed("renamed-domain", before.domain, "the domain is called", before.domain, after.domain)


def _partitions(before: Spec, after: Spec) -> Iterator[Breakage]:
    """Partition keys are stored as text: their form is a contract with every query that names one."""
    old, new = _dimension_names(before), _dimension_names(after)
    if old != new:
        said = "partition keys are made of"
        yield _changed("changed-dimensions", "partitions", said, ", ".join(old), ", ".join(new))
    later = {dimension.name: dimension for dimension in after.partitions}
    for dimension in before.partitions:
        if dimension.name in later:
            yield from _dimension(dimension, later[dimension.name])


def _dimension(before: Dimension, after: Dimension) -> Iterator[Breakage]:
    name = before.name
    if before.type != after.type:
        said = f"keys of partition dimension {name} are of type"
        yield _changed("retyped-dimension", name, said, before.type, after.type)
        return
    for value in before.values:
        if value not in after.values:
            message = f"partition dimension {name} has no value {value} any more"
            yield Breakage(kind="removed-partition-value", subject=name, message=message, before=value)
    if before.pattern != after.pattern:
        said = f"values of partition dimension {name} match"
        yield _changed("changed-pattern", name, said, f"{before.pattern}", f"{after.pattern}")


def _anomalies(before: Spec, after: Spec) -> Iterator[Breakage]:
    later = {anomaly.code: anomaly for anomaly in after.anomalies}
    for anomaly in before.anomalies:
        yield from _anomaly(anomaly, later.get(anomaly.code))


def _anomaly(before: Anomaly, after: Anomaly | None) -> Iterator[Breakage]:
    if after is None:
        message = f"anomaly code {before.code} is gone"
        yield Breakage(kind="removed-code", subject=before.code, message=message, before=before.code)
    elif before.severity != after.severity:
        said = f"anomaly code {before.code} has severity"
        yield _changed("changed-severity", before.code, said, before.severity, after.severity)


def _stages(before: Spec, after: Spec) -> Iterator[Breakage]:
    stages = {stage.name: stage for stage in after.stages}
    tables = {stage.table.name: stage for stage in after.stages}
    for stage in before.stages:
        yield from _stage(stage, stages.get(stage.name))
        writer = tables.get(stage.table.name)
        if writer is None:
            name = stage.table.name
            message = f"table {name} is gone, and {name}_current with it"
            yield Breakage(kind="removed-table", subject=name, message=message, before=name)
        else:
            yield from _table(stage.table, writer.table)


def _stage(before: Stage, after: Stage | None) -> Iterator[Breakage]:
    """The manifest is read by stage and tier."""
    if after is None:
        message = f"stage {before.name} is gone: nothing in the manifest is recorded for it any more"
        yield Breakage(kind="removed-stage", subject=before.name, message=message, before=before.name)
    elif before.tier != after.tier:
        said = f"stage {before.name} is of tier"
        yield _changed("changed-tier", before.name, said, before.tier, after.tier)


def _table(before: Table, after: Table) -> Iterator[Breakage]:
    later = {column.name: column for column in after.columns}
    for column in before.columns:
        yield from _column(before.name, column, later.get(column.name))
    if before.key != after.key:
        said = f"a row of {before.name} is told from others by"
        yield _changed("changed-key", before.name, said, _listed(before.key), _listed(after.key))


def _column(table: str, before: Column, after: Column | None) -> Iterator[Breakage]:
    name = f"{table}.{before.name}"
    if after is None:
        yield Breakage(
            kind="removed-column", subject=name, message=f"column {name} is gone", before=before.name
        )
        return
    if _type(before) != _type(after):
        yield _changed("retyped-column", name, f"column {name} is of type", _type(before), _type(after))
    if after.nullable and not before.nullable:
        message = f"column {name} may now be NULL"
        yield Breakage(
            kind="nullable-column", subject=name, message=message, before="not null", after="nullable"
        )


def _workflows(before: Spec, after: Spec) -> Iterator[Breakage]:
    later = {workflow.name for workflow in after.workflows}
    for workflow in before.workflows:
        if workflow.name not in later:
            name = f"{before.domain}/{workflow.name}"
            message = f"workflow {name} is gone: schedules that run it fail"
            yield Breakage(kind="removed-workflow", subject=name, message=message, before=name)


def _changed(kind: str, subject: str, said: str, before: str, after: str) -> Breakage:
    message = f"{said} {after} instead of {before}"
    return Breakage(kind=kind, subject=subject, message=message, before=before, after=after)


def _dimension_names(spec: Spec) -> list[str]:
    return [dimension.name for dimension in spec.partitions]


def _type(column: Column) -> str:
    return f"decimal({column.precision}, {column.scale})" if column.type == "decimal" else column.type


def _listed(names: tuple[str, ...]) -> str:
    return f"({', '.join(names)})"
