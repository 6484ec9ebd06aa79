"""What was renamed since the last build, as the spec declares it with `renamed_from`.

The word has an effect where the last build had the earlier name and not the new one; afterwards it may stay
in the spec. Renames are never guessed. A stage whose tier is another one is the same stage.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from spine_gen.migrations.names import Names
from spine_gen.migrations.partition_keys import (
    ChangePartitions,
    Forms,
    forms_of_text,
    key_forms,
    partitions_change,
)
from spine_gen.migrations.rename_changes import (
    NameKind,
    Rename,
    RenameColumns,
    RenameName,
    RenameStage,
    RenameTable,
)
from spine_gen.migrations.table_schema import ColumnSchema, TableSchema
from spine_gen.migrations.views import Shown, View, view_now
from spine_gen.spec.language import Spec, Table
from spine_gen.spec.partition_types import dimensions_of

_Declared: TypeAlias = Iterable[tuple[str, str | None]]  # a name, and what it was called before


@dataclass(frozen=True, kw_only=True)
class Renames:
    """What the next revision renames first, how tables and views stand then, and what partitions lose."""

    changes: tuple[Rename, ...]
    tables: tuple[TableSchema, ...]
    shown: Shown
    partitions: tuple[ChangePartitions, ...]  # of the domain, or of stages that have partitions of their own


def renames_since(before: Names, spec: Spec, shown: Shown) -> Renames:
    """What was renamed between the last build and the spec; `shown` is what the views showed then."""
    tiers = in_effect(before.tiers, ((item.name, item.renamed_from) for item in spec.tiers))
    of_stages = tuple(_stages(before, spec, tiers))
    declared = {stage.table.name: stage.table for stage in spec.stages}
    names = in_effect(
        (table.name for table in before.tables),
        ((table.name, table.renamed_from) for table in declared.values()),
    )
    of_tables: dict[str, RenameTable] = {}
    of_columns: list[RenameColumns] = []
    tables: list[TableSchema] = []
    views: dict[str, tuple[str, ...]] = {}
    for old in before.tables:
        table, view = _of_stage(old, of_stages, tiers), view_now(old, shown)
        if old.name in names:
            table, view = _called(table, names[old.name]), replace(view, table=names[old.name])
            of_tables[old.name] = RenameTable(before=old.name, view=view)
        if columns := _columns(table, declared.get(table.name)):
            change = _renamed_columns(view, columns)
            table, view = _with_columns(table, columns), change.after
            of_columns.append(change)
        tables.append(table)
        views[table.view] = tuple(column.name for column in view.columns)
    return Renames(
        changes=(*_names(before, spec), *of_stages, *(of_tables[old] for old in names), *of_columns),
        tables=tuple(tables),
        shown=views,
        partitions=tuple(_partitions(before, spec, tables)),
    )


def likely_renames(before: Names, after: Names) -> Iterator[tuple[NameKind, str, str]]:
    """Names that are gone beside new ones with the same declaration: what kind, the old and the new one.

    Tables and columns are not among them: what becomes of those is told where they would be destroyed.
    """
    groups: tuple[tuple[NameKind, Mapping[str, str], Mapping[str, str]], ...] = (
        ("anomaly code", before.codes, after.codes),
        ("workflow", before.workflows, after.workflows),
        ("dimension", before.dimensions, after.dimensions),
    )
    for kind, old, new in groups:
        came = {digest: name for name, digest in new.items() if name not in old}
        for name, digest in old.items():
            if name not in new and digest in came:
                yield kind, name, came[digest]


def in_effect(there: Iterable[str], declared: _Declared) -> dict[str, str]:
    """The renames that have an effect, earlier name to new name, in an order in which no two meet.

    What got its name just now is not renamed again: the other one that says so is new.
    """
    names = frozenset(there)
    left = [(old, new) for new, old in declared if old in names]
    found: dict[str, str] = {}
    while ready := next(((old, new) for old, new in left if old in names and new not in names), None):
        old, new = ready
        left.remove(ready)
        names = names - {old} | {new}
        found[old] = new
    return found


def _names(before: Names, spec: Spec) -> Iterator[RenameName]:
    """Names under which captures, anomalies and runs are recorded, but for the stages'."""
    if before.domain != spec.domain:
        yield RenameName(kind="domain", domain=spec.domain, before=before.domain, after=spec.domain)
    groups: tuple[tuple[NameKind, Iterable[str], _Declared], ...] = (
        ("tier", before.tiers, ((item.name, item.renamed_from) for item in spec.tiers)),
        ("anomaly code", before.codes, ((item.code, item.renamed_from) for item in spec.anomalies)),
        ("workflow", before.workflows, ((item.name, item.renamed_from) for item in spec.workflows)),
    )
    for kind, there, declared in groups:
        for old, new in in_effect(there, declared).items():
            yield RenameName(kind=kind, domain=spec.domain, before=old, after=new)
    dimensions = in_effect(before.dimensions, ((item.name, item.renamed_from) for item in spec.partitions))
    if len(before.dimensions) > 1:  # the key of a single one is its value alone
        tables = tuple(table.name for table in before.tables)
        for old, new in dimensions.items():
            yield RenameName(kind="dimension", domain=spec.domain, before=old, after=new, tables=tables)


def _partitions(before: Names, spec: Spec, tables: Iterable[TableSchema]) -> Iterator[ChangePartitions]:
    """The change of partition keys beside what dimensions are called; `tables` are as stages are now."""
    names = in_effect(before.dimensions, ((item.name, item.renamed_from) for item in spec.partitions))

    def now(forms: Forms) -> Forms:
        return {names.get(name, name): form for name, form in forms.items()}

    was = {table.stage: table.by for table in tables}
    if not any(was.values()) and not any(stage.by for stage in spec.stages):
        if change := partitions_change(spec.domain, now(before.keys), key_forms(spec.partitions)):
            yield change
        return
    for stage in spec.stages:
        if stage.name in was:
            by = was[stage.name]
            forms = now(before.keys if by is None else forms_of_text(by))
            after = key_forms(dimensions_of(spec, stage))
            if change := partitions_change(spec.domain, forms, after, (stage.name, stage.tier)):
                yield change


def _stages(before: Names, spec: Spec, tiers: Mapping[str, str]) -> Iterator[RenameStage]:
    """The stages that are called otherwise or are at another tier than the tiers' own names make them."""
    names = in_effect(before.stages, ((item.name, item.renamed_from) for item in spec.stages))
    now = {item.name: item.tier for item in spec.stages}
    was = {table.stage: tiers.get(table.tier, table.tier) for table in before.tables if table.tier}
    for stage in (*names, *(stage for stage in was if stage not in names)):
        new = names.get(stage, stage)
        if stage in was and new in now and (stage, was[stage]) != (new, now[new]):
            yield RenameStage(domain=spec.domain, before=(stage, was[stage]), after=(new, now[new]))


def _of_stage(table: TableSchema, renamed: Iterable[RenameStage], tiers: Mapping[str, str]) -> TableSchema:
    """The table as its stage and its tier are called."""
    for change in renamed:
        if change.before[0] == table.stage:
            stage, tier = change.after
            return replace(table, stage=stage, tier=tier)
    return table if table.tier is None else replace(table, tier=tiers.get(table.tier, table.tier))


def _called(table: TableSchema, name: str) -> TableSchema:
    return replace(table, name=name, primary_key_name=f"pk_{name}", view=f"{name}_current")


def _columns(table: TableSchema, declared: Table | None) -> Mapping[str, str]:
    if declared is None:
        return {}
    columns = ((column.name, column.renamed_from) for column in declared.columns)
    return in_effect((column.name for column in table.columns), columns)


def _renamed_columns(view: View, names: Mapping[str, str]) -> RenameColumns:
    after = replace(view, columns=tuple(_column(column, names) for column in view.columns))
    return RenameColumns(names=tuple(names.items()), before=view, after=after)


def _with_columns(table: TableSchema, names: Mapping[str, str]) -> TableSchema:
    return replace(
        table,
        declared=tuple(_column(column, names) for column in table.declared),
        key=tuple(names.get(name, name) for name in table.key),
        indexes=tuple(
            replace(index, columns=tuple(names.get(name, name) for name in index.columns))
            for index in table.indexes
        ),
    )


def _column(column: ColumnSchema, names: Mapping[str, str]) -> ColumnSchema:
    return replace(column, name=names.get(column.name, column.name))
