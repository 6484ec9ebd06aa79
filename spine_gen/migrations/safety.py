"""Judges the next revision before it meets a database with rows.

An error stops the build. What is destroyed may be acknowledged in the spec, or by `--allow-destructive`.
Where no database holds rows of a table, `--assume-empty` makes warnings of what would fail.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from spine_gen.diagnostics.diagnostic import Diagnostic, Place, Severity
from spine_gen.migrations import findings, lock_findings
from spine_gen.migrations.chain import Break
from spine_gen.migrations.changes import ChangeOwner, ChangeTable, CreateTable, DropTable, SchemaChange
from spine_gen.migrations.column_changes import AddColumn, AlterColumn, DropColumn
from spine_gen.migrations.index_changes import CreateIndex
from spine_gen.migrations.names import Names, declared_names, names_of
from spine_gen.migrations.partition_keys import ChangePartitions
from spine_gen.migrations.rename_changes import NameKind
from spine_gen.migrations.renames import likely_renames
from spine_gen.migrations.table_schema import ColumnSchema, IndexSchema, TableSchema, tables_of
from spine_gen.permits import Permits
from spine_gen.plan.collisions import place_of
from spine_gen.source.document import Document
from spine_gen.source.position import START
from spine_gen.spec.language import Anomaly, Dimension, Spec, WorkflowSpec

_SECTIONS: Mapping[NameKind, tuple[str, ...]] = {
    "anomaly code": ("anomalies",),
    "workflow": ("workflows",),
    "dimension": ("partitions",),
}


class Judge:
    """Finds what is wrong with one spec's changes; `document` gives the places."""

    def __init__(self, spec: Spec, document: Document, permits: Permits) -> None:
        self._document = document
        self._permits = permits
        self._severity: Severity = "warning" if permits.assume_empty else "error"  # of what only rows break
        self._reasons = {
            (item.code, item.of): item.reason for item in spec.acknowledgements if item.of is not None
        }
        tables = {stage.table.name: stage.table for stage in spec.stages}.values()
        self._renamed = {table.renamed_from: table.name for table in tables}
        self._columns = {
            (table.name, item.renamed_from): item.name for table in tables for item in table.columns
        }

    def table_destroyed(self, table: TableSchema, created: Iterable[TableSchema]) -> Diagnostic:
        alike = [new.name for new in created if (new.declared, new.key) == (table.declared, table.key)]
        headline = f"table {table.name} is dropped with all its rows: no stage writes it any more"
        return self._meant(
            findings.data_destroyed(
                headline, table.name, alike, self._place("stages"), self._renamed.get(table.name)
            ),
            table.name,
        )

    def column_destroyed(
        self, table: TableSchema, column: ColumnSchema, added: Iterable[ColumnSchema]
    ) -> Diagnostic:
        name = f"{table.name}.{column.name}"
        alike = [new.name for new in added if new.same_type(column)]
        headline = f"column {name} is dropped with its values: it is not declared any more"
        place = self._place("stages", table.stage, "table", "columns")
        taken = self._columns.get((table.name, column.name))
        return self._meant(findings.data_destroyed(headline, name, alike, place, taken), name)

    def owner_changed(self, before: TableSchema, after: TableSchema) -> Diagnostic:
        return self._meant(
            findings.other_owner(before, after, self._place("stages", after.stage)), after.name
        )

    def partitions_changed(self, change: ChangePartitions) -> Diagnostic:
        path = ("partitions",) if change.stage is None else ("stages", change.stage[0], "by")
        return self._meant(findings.other_keys(change, self._place(*path)), "partitions")

    def column_required(self, table: TableSchema, column: ColumnSchema, what: str) -> Diagnostic:
        return findings.required_column(table, column, what, self._column(table, column), self._severity)

    def type_narrowed(self, table: TableSchema, before: ColumnSchema, after: ColumnSchema) -> Diagnostic:
        name = f"{table.name}.{after.name}"
        return self._meant(findings.narrowed_type(name, before, after, self._column(table, after)), name)

    def key_changed(self, before: TableSchema, after: TableSchema) -> Diagnostic:
        return findings.looser_key(
            before, after, self._place("stages", after.stage, "table", "key"), self._severity
        )

    def table_locked(self, change: ChangeTable) -> Diagnostic | None:
        """What PostgreSQL does to all of the table, if it does, with it locked."""
        altered = [part for part in change.columns if isinstance(part, AlterColumn)]
        retyped = [part.after for part in altered if not part.after.stored_as(part.before)]
        filled = [part.after for part in altered if part.before.nullable and not part.after.nullable]
        whole = [
            (retyped, "writes it anew for the type of", "declare a column more with the new type"),
            (
                filled,
                "goes through all rows, so that none has NULL in",
                "keep nullable: true, and let a check fail on NULL",
            ),
        ]
        because = [
            f"{what} {', '.join(each.name for each in columns)}" for columns, what, _ in whole if columns
        ]
        instead = [other for columns, _, other in whole if columns]
        if change.key:
            because, instead = [*because, "builds another key"], [*instead, "write a new table"]
        if not because:
            return None
        table, columns = change.after, [*retyped, *filled]
        only = len(columns) == 1 and not change.key
        place = self._column(table, columns[0]) if only else self._place("stages", table.stage, "table")
        return self._meant(lock_findings.long_lock(table.name, because, instead, place), table.name)

    def index_built(self, table: TableSchema, index: IndexSchema) -> Diagnostic:
        place = self._place("stages", table.stage, "table", "indexes")
        return self._meant(lock_findings.locking_index(index.name, table.name, place), index.name)

    def _meant(self, diagnostic: Diagnostic, of: str) -> Diagnostic:
        """What is destroyed, as a warning where the spec acknowledges it or the build may."""
        reason = self._reasons.get((diagnostic.code, of))
        if reason is None and not self._permits.destroy:
            return diagnostic
        return replace(diagnostic, severity="warning", acknowledged=reason)

    def _column(self, table: TableSchema, column: ColumnSchema) -> Place:
        if column in table.added:  # a spec does not declare it: it is there because the stage has inputs
            return self._place("stages", table.stage, "inputs")
        return self._place("stages", table.stage, "table", "columns", column.name)

    def _place(self, *path: str) -> Place:
        """The key at the path, or the nearest one above that the spec has (generated columns have none)."""
        return place_of(self._document, *path)


def check_changes(
    changes: Iterable[SchemaChange],
    spec: Spec,
    document: Document,
    permits: Permits,
    *,
    filled: Collection[str] = (),
) -> Iterator[Diagnostic]:
    """The findings about the changes of one revision; in the `filled` columns, `table.column`, is no NULL."""
    changes = tuple(changes)
    judge = Judge(spec, document, permits)
    created = [change.table for change in changes if isinstance(change, CreateTable)]
    tables = {table.name: table for table in tables_of(spec)}
    for change in changes:
        match change:
            case DropTable(table=table):
                yield judge.table_destroyed(table, created)
            case ChangeOwner(before=before, after=after):
                yield judge.owner_changed(before, after)
            case ChangePartitions():
                yield judge.partitions_changed(change)
            case ChangeTable():
                found = tuple(_check_table(change, judge, filled))
                yield from found
                failing = permits.assume_empty or any(item.severity == "error" for item in found)
                if not failing and (locked := judge.table_locked(change)):
                    yield locked
            case CreateIndex(index=index) if not change.concurrently and not permits.assume_empty:
                yield judge.index_built(tables[change.table], index)


def check_names(previous: Names | None, spec: Spec, document: Document) -> Iterator[Diagnostic]:
    """The findings about names that most likely are only new ones of what there was."""
    declared_now = declared_names(spec)
    if previous is None or all(getattr(previous, each).keys() <= now for each, now in declared_now.items()):
        return  # nothing is gone: most builds need no digests here
    items: tuple[Anomaly | WorkflowSpec | Dimension, ...]
    items = (*spec.anomalies, *spec.workflows, *spec.partitions)
    declared = {item.renamed_from for item in items}
    for kind, old, new in likely_renames(previous, names_of(spec)):
        if old not in declared:
            yield findings.likely_renamed(kind, old, new, place_of(document, *_SECTIONS[kind], new))


def check_chain(breaks: Iterable[Break], package: str) -> Iterator[Diagnostic]:
    """The findings about the revisions that are there; `package` is the path of the package's folder."""
    for item in breaks:
        yield findings.broken_line(item, Place(path=f"{package}/{item.path}", span=START))


def _check_table(change: ChangeTable, judge: Judge, filled: Collection[str]) -> Iterator[Diagnostic]:
    dropped = {part.column.name: part.column for part in change.columns if isinstance(part, DropColumn)}
    added = {part.column.name: part.column for part in change.columns if isinstance(part, AddColumn)}
    new = [column for name, column in added.items() if name not in dropped]
    for part in change.columns:
        match part:
            case DropColumn(column=column) if column.name not in added:
                yield judge.column_destroyed(change.after, column, new)
            case AddColumn(column=column) if column.name in dropped:
                yield judge.type_narrowed(change.after, dropped[column.name], column)
                if part.required:
                    yield judge.column_required(change.after, column, "is made anew and may not be NULL")
            case AddColumn(column=column) if part.required:
                yield judge.column_required(change.after, column, "is new and may not be NULL")
            case AlterColumn(before=before, after=after):
                if part.destroys:
                    yield judge.type_narrowed(change.after, before, after)
                has_nulls = part.fill is None and f"{change.after.name}.{after.name}" not in filled
                if before.nullable and not after.nullable and has_nulls:
                    yield judge.column_required(change.after, after, "may not be NULL any more")
    if change.key and not set(change.key.before) <= set(change.key.after):
        yield judge.key_changed(change.before, change.after)
