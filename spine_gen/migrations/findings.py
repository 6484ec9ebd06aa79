"""What the next revision does to data, and what is wrong with the revisions: coded findings, SG6xx.

One function per code, whose docstring is what ``spine-gen explain`` prints.
"""

from collections.abc import Sequence

from spine_gen.diagnostics.diagnostic import Diagnostic, Place, Severity
from spine_gen.migrations.chain import Break
from spine_gen.migrations.partition_keys import ChangePartitions, written
from spine_gen.migrations.rename_changes import NameKind
from spine_gen.migrations.table_schema import ColumnSchema, TableSchema

WAYS_OUT = "or, if no database has rows in the table yet, build with --assume-empty"


def data_destroyed(
    headline: str, of: str, alike: Sequence[str], place: Place, taken: str | None = None
) -> Diagnostic:
    """Data is destroyed only where somebody says so.

    What: a table or a column left the spec, or is called otherwise without `renamed_from`, so the next
    revision drops it.
    Why: rows of audited captures go with it, on every database that runs the revision. A downgrade brings
    the table or column back, not what was in it. `renamed_from` has no effect where the last build had the
    new name as well: what has that name goes first, in a build of its own.

    Bad: `share_volume` becomes `volume`, and six years of volumes are gone.

    Good:

        volume: {type: integer, renamed_from: share_volume}

    Or, where it is to go:

        acknowledge:
          - {code: SG601, of: otc_volume.share_volume, reason: The exchange counts trades only.}
    """
    name = of.rpartition(".")[2]
    kept = _no_effect(name, taken) if taken else _renamed(name, alike)
    return Diagnostic(
        code="SG601",
        severity="error",
        headline=headline,
        place=place,
        help=f"{kept}{_acknowledge('SG601', of)}",
    )


def other_owner(before: TableSchema, after: TableSchema, place: Place) -> Diagnostic:
    """A stage's captures are its own.

    What: a table is written by another stage than before.
    Why: the manifest knows rows by their stage. What the earlier one made stays in the table, and would stand
    beside the new rows; so the next revision takes it from the view, and runs have to make it again.

    Bad: `LOAD` becomes `INGEST` for a nicer name, and readers find no rows until everything ran again.

    Good:

        INGEST:
          renamed_from: LOAD
    """
    return Diagnostic(
        code="SG606",
        severity="error",
        headline=f"{after.name} is written by {after.owner} instead of {before.owner}: "
        "what is there is not shown any more",
        place=place,
        help=f"{_renamed(before.stage, [after.stage])}{_acknowledge('SG606', after.name)}",
    )


def other_keys(change: ChangePartitions, place: Place) -> Diagnostic:
    """What is made for a partition takes the place of what was made for it before.

    What: a domain has a dimension more or one fewer, they are in another order, or the values of one are of
    another type, as months instead of days; or a stage has another `by`. So partition keys look otherwise
    from here on.
    Why: the manifest knows captures by their partition's key. What is there under earlier keys would stand
    beside what is made under the new ones, with all rows twice; so the next revision takes it from the views,
    and runs have to make it again. A step before this change may give the rows, and their captures in
    core_manifest, the keys that they are to have: what has one of the new form stays.

    Bad: `day: {type: date}` becomes `month: {type: month}`, and readers find no rows until all months ran.

    Good: a domain of its own for the months; or, where that is meant:

        acknowledge:
          - {code: SG610, of: partitions, reason: The exchange delivers months from now on.}
    """
    of = "" if change.stage is None else f" of {change.stage[0]}"
    return Diagnostic(
        code="SG610",
        severity="error",
        headline=f"partition keys{of} are {written(change.after)} instead of {written(change.before)}: "
        "what is there under others is not shown any more",
        place=place,
        help=_acknowledge("SG610", "partitions"),
    )


def _no_effect(old: str, new: str) -> str:
    """The way out where the word is there, and the name was there as well."""
    return (
        f"there was a {new} already, so renamed_from: {old} has no effect: if {old} is to become {new}, take "
        f"the {new} that there was out and build, and then rename {old}; if not, "
    )


def _renamed(old: str, alike: Sequence[str]) -> str:
    """The way out for what is only called otherwise."""
    return (
        f"if it is called {' or '.join(alike)} now, write renamed_from: {old} there; if not, "
        if alike
        else ""
    )


def _acknowledge(code: str, of: str) -> str:
    """The ways out for what is to be destroyed."""
    return (
        f"put it back; or, if that is meant, add {{code: {code}, of: {of}, reason: …}} to acknowledge, "
        "or build with --allow-destructive"
    )


def required_column(
    table: TableSchema, column: ColumnSchema, what: str, place: Place, severity: Severity
) -> Diagnostic:
    """The rows that are there have a value for every required column.

    What: a column is added to an existing table, made required, or gets a type that its values do not convert
    to, and may not be NULL.
    Why: the rows of earlier captures have no value for it, and none can be made up; the revision would fail
    on every database with rows in the table, and leave it as it was. So say what they get: by `default`, a
    constant or an expression over the row; or, where that cannot say it, in three builds: the column as
    nullable, a step written by hand (`spine-gen step`) that fills it and lists it in `fills`, and then the
    column as required.

    Bad:

        columns:
          symbol: {type: string}
          venue:  {type: string}                    # new

    Good:

        columns:
          symbol: {type: string}
          venue:  {type: string, default: XNAS}     # new
    """
    remedy = (
        "write a new table"
        if column in table.added
        else "say what they get by default: …; or declare it nullable: true, at least until there is a step "
        "that fills it (`spine-gen step`)"
    )
    return Diagnostic(
        code="SG602",
        severity=severity,
        headline=f"column {table.name}.{column.name} {what}, "
        "but rows of earlier captures have no value for it",
        place=place,
        help=f"{remedy}; {WAYS_OUT}",
    )


def narrowed_type(name: str, before: ColumnSchema, after: ColumnSchema, place: Place) -> Diagnostic:
    """A new type holds every value of the old one.

    What: a column's type changes to one that does not hold all of the old type's values exactly. Types that
    do: integer to string, integer to a decimal of 19 digits before the point, decimal to a wider decimal.
    Why: values that are there would be rounded, cut or dropped, differently on each database.

    Bad: `{type: decimal, precision: 12, scale: 4}` becomes `{type: decimal, precision: 12, scale: 2}`.

    Good: a new column with the new type beside the old one, which a later change drops.
    """
    return Diagnostic(
        code="SG603",
        severity="error",
        headline=f"column {name} changes from {before.type_text} to {after.type_text}, "
        "which does not hold all of its values",
        place=place,
        help=f"declare a new column with the new type; or {_acknowledge('SG603', name)}",
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


def likely_renamed(kind: NameKind, old: str, new: str, place: Place) -> Diagnostic:
    """What is only called otherwise keeps its history.

    What: an anomaly code, a workflow or a dimension is gone, and a new one is declared just as it was.
    This is a warning: it may be another one.
    Why: what was recorded under the earlier name stays under it, where nobody looks for it any more.

    Bad: `NO_PRICE` becomes `PRICE_MISSING`, and queries for it find nothing of the years before.

    Good:

        PRICE_MISSING: {severity: WARNING, renamed_from: NO_PRICE}
    """
    return Diagnostic(
        code="SG607",
        severity="warning",
        headline=f"{kind} {old} is gone, and {new} is declared as it was",
        place=place,
        help=f"if it is only called {new} now, write renamed_from: {old} there before you build",
    )


def broken_line(item: Break, place: Place) -> Diagnostic:
    """Revisions form one line, each as it was written.

    What: a file in `migrations/` was edited, is missing, is not the generator's, or two revisions follow the
    same one (as when two branches each added one).
    Why: databases have run the revisions as they were, in their order; with another past, a fresh database
    and a migrated one are not the same any more. No option helps: nothing can write them again.

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
