"""What a reviewer must know of the next revision before it meets a database with rows: coded findings, SG6xx.

One function per code, whose docstring is what ``spine-gen explain`` prints. An error stops the build; where
the database is known to hold no such rows, `--force` turns the errors about rows into warnings.
"""

from collections.abc import Iterable, Iterator

from spine_gen.diagnostics.diagnostic import Diagnostic, Place, Severity
from spine_gen.migrations.chain import Break
from spine_gen.migrations.changes import (
    AddColumn,
    AlterColumn,
    ChangeOwner,
    ChangeTable,
    DropColumn,
    DropTable,
    SchemaChange,
)
from spine_gen.migrations.table_schema import ColumnSchema, TableSchema
from spine_gen.plan.collisions import place_of
from spine_gen.source.document import Document
from spine_gen.source.position import START

WAYS_OUT = "or, if no database has rows in the table yet, build with --force"


class Findings:
    """Makes the findings about one spec's changes; `document` gives their places."""

    def __init__(self, document: Document, *, force: bool) -> None:
        self._document = document
        self._severity: Severity = "warning" if force else "error"  # of what only rows can break

    def table_destroyed(self, table: TableSchema) -> Diagnostic:
        return data_destroyed(
            f"table {table.name} is dropped with all its rows: no stage writes it any more",
            self._place("stages"),
        )

    def column_destroyed(self, table: TableSchema, column: ColumnSchema) -> Diagnostic:
        return data_destroyed(
            f"column {table.name}.{column.name} is dropped with its values: it is not declared any more",
            self._place("stages", table.stage, "table", "columns"),
        )

    def owner_changed(self, before: TableSchema, after: TableSchema) -> Diagnostic:
        at = ("tier",) if before.stage == after.stage else ()
        return other_owner(before, after, self._place("stages", after.stage, *at))

    def column_required(self, table: TableSchema, column: ColumnSchema, *, new: bool) -> Diagnostic:
        return required_column(table, column, self._column(table, column), self._severity, new=new)

    def type_narrowed(self, table: TableSchema, before: ColumnSchema, after: ColumnSchema) -> Diagnostic:
        return narrowed_type(table.name, before, after, self._column(table, after), self._severity)

    def key_changed(self, before: TableSchema, after: TableSchema) -> Diagnostic:
        return looser_key(before, after, self._place("stages", after.stage, "table", "key"), self._severity)

    def _column(self, table: TableSchema, column: ColumnSchema) -> Place:
        if column in table.added:  # a spec does not declare it: it is there because the stage has inputs
            return self._place("stages", table.stage, "inputs")
        return self._place("stages", table.stage, "table", "columns", column.name)

    def _place(self, *path: str) -> Place:
        """The key at the path, or the nearest one above that the spec has (generated columns have none)."""
        return place_of(self._document, *path)


def check_changes(
    changes: Iterable[SchemaChange], document: Document, *, force: bool
) -> Iterator[Diagnostic]:
    """The findings about the changes of one revision."""
    findings = Findings(document, force=force)
    for change in changes:
        match change:
            case DropTable(table=table):
                yield findings.table_destroyed(table)
            case ChangeOwner(before=before, after=after):
                yield findings.owner_changed(before, after)
            case ChangeTable():
                yield from _check_table(change, findings)


def check_chain(breaks: Iterable[Break], package: str) -> Iterator[Diagnostic]:
    """The findings about the revisions that are there; `package` is the path of the package's folder."""
    for item in breaks:
        yield broken_line(item, Place(path=f"{package}/{item.path}", span=START))


def _check_table(change: ChangeTable, findings: Findings) -> Iterator[Diagnostic]:
    dropped = {part.column.name: part.column for part in change.columns if isinstance(part, DropColumn)}
    added = {part.column.name for part in change.columns if isinstance(part, AddColumn)}
    for part in change.columns:
        match part:
            case DropColumn(column=column) if column.name not in added:
                yield findings.column_destroyed(change.after, column)
            case AddColumn(column=column) if column.name in dropped:
                yield findings.type_narrowed(change.after, dropped[column.name], column)
            case AddColumn(column=column) if part.required:
                yield findings.column_required(change.after, column, new=True)
            case AlterColumn(before=before, after=after):
                if part.destroys:
                    yield findings.type_narrowed(change.after, before, after)
                if before.nullable and not after.nullable:
                    yield findings.column_required(change.after, after, new=False)
    if change.key and not set(change.key.before) <= set(change.key.after):
        yield findings.key_changed(change.before, change.after)


def data_destroyed(headline: str, place: Place) -> Diagnostic:
    """A change that destroys data is seen before it happens.

    What: a table or a column left the spec (or has another name now: renames are not guessed, they are a drop
    and an add), so the next revision drops it.
    Why: rows of audited captures go with it, on every database that runs the revision. A downgrade brings
    the table or column back, not what was in it.

    Bad: renaming `share_volume` to `volume` and wondering where six years of volumes went.

    Good: adding `volume` beside it, moving the readers, copying the table if it matters, dropping
    `share_volume` in a later change.
    """
    return Diagnostic(
        code="SG601",
        severity="warning",
        headline=headline,
        place=place,
        help="if that is not meant, put it back into the spec before `spine migrate` runs the new revision",
    )


def other_owner(before: TableSchema, after: TableSchema, place: Place) -> Diagnostic:
    """A stage's captures are its own.

    What: a table is written by another stage than before, as where a stage was renamed, or its stage has
    another tier.
    Why: the manifest knows rows by stage and tier. What was made under the earlier ones stays in the table,
    and would stand beside the new rows; so the next revision takes it from the view, and runs make it again.

    Bad: `LOAD` becomes `INGEST` for a nicer name, and readers find no rows until everything ran again.

    Good: the name stays, or the stage is renamed where all of its partitions can be made again at once.
    """
    return Diagnostic(
        code="SG606",
        severity="warning",
        headline=f"{after.name} is written by {after.owner} instead of {before.owner}: "
        "what is there is not shown any more",
        place=place,
        help="run its partitions again after `spine migrate`; if that is not meant, put the name back",
    )


def required_column(
    table: TableSchema, column: ColumnSchema, place: Place, severity: Severity, *, new: bool
) -> Diagnostic:
    """The rows that are there have a value for every required column.

    What: a column is added to an existing table, or made required, and may not be NULL.
    Why: the rows of earlier captures have no value for it, and none can be made up; the revision would fail
    on every database with rows in the table, and leave it as it was.

    Bad:

        columns:
          symbol: {type: string}
          venue:  {type: string}                    # new

    Good:

        columns:
          symbol: {type: string}
          venue:  {type: string, nullable: true}    # new
    """
    what = "is new and may not be NULL" if new else "may not be NULL any more"
    remedy = "write a new table" if column in table.added else "declare it nullable: true"
    return Diagnostic(
        code="SG602",
        severity=severity,
        headline=f"column {table.name}.{column.name} {what}, "
        "but rows of earlier captures have no value for it",
        place=place,
        help=f"{remedy}; {WAYS_OUT}",
    )


def narrowed_type(
    table: str, before: ColumnSchema, after: ColumnSchema, place: Place, severity: Severity
) -> Diagnostic:
    """A new type holds every value of the old one.

    What: a column's type changes to one that does not hold all of the old type's values exactly. Types that
    do: integer to string, integer to a decimal of 19 digits before the point, decimal to a wider decimal.
    Why: values that are there would be rounded, cut or dropped, differently on each database.

    Bad: `{type: decimal, precision: 12, scale: 4}` becomes `{type: decimal, precision: 12, scale: 2}`.

    Good: a new column with the new type beside the old one, which a later change drops.
    """
    return Diagnostic(
        code="SG603",
        severity=severity,
        headline=f"column {table}.{after.name} changes from {before.type_text} to {after.type_text}, "
        "which does not hold all of its values",
        place=place,
        help=f"declare a new column with the new type and drop this one in a later change; {WAYS_OUT}",
    )


def looser_key(before: TableSchema, after: TableSchema, place: Place, severity: Severity) -> Diagnostic:
    """The rows that are there are unique under a new key.

    What: a table's key loses a column.
    Why: rows of earlier captures that differ only in that column would be the same row; the revision fails on
    a database that has such rows, and leaves it as it was. A key that only gains columns is always safe.

    Bad: `key: [symbol, mpid]` becomes `key: [symbol]`.

    Good: a new stage with a table of its own, one row a symbol.
    """
    lost = ", ".join(name for name in before.key if name not in after.key)
    return Diagnostic(
        code="SG604",
        severity=severity,
        headline=f"the key of {after.name} loses {lost}: rows of earlier captures may then be the same row",
        place=place,
        help=f"keep {lost} in the key, or write a new table; {WAYS_OUT}",
    )


def broken_line(item: Break, place: Place) -> Diagnostic:
    """Revisions form one line, each as it was written.

    What: a file in `migrations/` was edited, is missing, is not the generator's, or two revisions follow the
    same one (as when two branches each added one).
    Why: databases have run the revisions as they were, in their order; with another past, a fresh database
    and a migrated one are not the same any more. `--force` does not help: nothing can write them again.

    Bad: changing a column in `0001_initial.py` by hand.

    Good: changing the spec; `spine-gen build` writes the next revision. After a merge, `spine-gen rebase`.
    """
    return Diagnostic(
        code="SG605",
        severity="error",
        headline=f"{item.path} {item.problem}",
        place=place,
        help=item.remedy,
    )
