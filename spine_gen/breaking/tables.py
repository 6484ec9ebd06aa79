"""What changes about tables: their names, who writes them, keys and columns."""

from collections.abc import Iterator, Mapping

from spine_gen.breaking.change import Change, described, instead, listed, renamed
from spine_gen.breaking.pairs import Pairs, pair
from spine_gen.migrations.table_schema import ColumnSchema, schema_of
from spine_gen.plan import naming
from spine_gen.plan.views.tables import provenance_columns
from spine_gen.spec.constants import literal
from spine_gen.spec.language import ChangeKind, Column, Spec, Stage, Table


def table_changes(before: Spec, after: Spec, stages: Pairs[Stage]) -> Iterator[Change]:
    """Those of every table; which one it is says its own name, not its stage's."""
    old = {stage.table.name: stage for stage in before.stages}
    new = {stage.table.name: stage for stage in after.stages}
    tables = pair(
        (stage.table for stage in before.stages),
        (stage.table for stage in after.stages),
        lambda item: (item.name, item.renamed_from),
    )
    for item in tables.gone:
        message = f"table {item.name} is gone, and {item.name}_current with it"
        yield Change(kind="removed-table", subject=item.name, message=message, at=("stages",))
    for was, now in tables.both:
        writers = old[was.name], new[now.name]
        at = ("stages", writers[1].name, "table")
        yield from renamed("renamed-table", "table", was.name, now.name, (*at, "name"))
        if stages.now(writers[0].name) != writers[1].name:
            said = f"table {was.name} is written by"
            yield instead("changed-writer", was.name, said, at, (writers[0].name, writers[1].name))
        yield from described("table", was.name, was.description, now.description, at)
        yield from _table(was, now, at)
        yield from _provenance(was.name, *writers, at)
    for item in tables.come:
        at = ("stages", new[item.name].name, "table")
        yield Change(kind="added-table", subject=item.name, message=f"table {item.name} is new", at=at)


def _provenance(table: str, before: Stage, after: Stage, at: tuple[str, ...]) -> Iterator[Change]:
    old, new = provenance_columns(before), provenance_columns(after)
    for name in old:
        if name not in new:
            message = f"column {table}.{name} is gone: stage {before.name} has no inputs any more"
            yield Change(kind="removed-provenance-column", subject=f"{table}.{name}", message=message, at=at)
    for name in new:
        if name not in old:
            message = f"column {table}.{name} is new: stage {before.name} has inputs"
            yield Change(kind="added-provenance-column", subject=f"{table}.{name}", message=message, at=at)


def _table(before: Table, after: Table, at: tuple[str, ...]) -> Iterator[Change]:
    columns = pair(before.columns, after.columns, lambda item: (item.name, item.renamed_from))
    yield from _key(before, tuple(columns.now(name) for name in before.key), after.key, (*at, "key"))
    at = (*at, "columns")
    for item in columns.gone:
        name = f"{before.name}.{item.name}"
        yield Change(kind="removed-column", subject=name, message=f"column {name} is gone", at=at)
    for old, new in columns.both:
        yield from _column(before.name, old, new, (*at, new.name))
    for item in columns.come:
        name, may = f"{before.name}.{item.name}", ", and may be NULL" if item.nullable else ""
        if item.default is not None and not item.nullable:
            may = f", {_shown(item)} in the rows that are there"
        yield Change(
            kind="added-nullable-column" if item.nullable else "added-required-column",
            subject=name,
            message=f"column {name} is new{may}",
            at=(*at, item.name),
        )
    yield from _indexes(before, after, columns.renamed, at[:-1])
    if columns.reordered:
        message = f"the columns of {before.name} are in another order"
        yield Change(kind="reordered-columns", subject=before.name, message=message, at=at)


def _indexes(
    before: Table, after: Table, columns_now: Mapping[str, str], at: tuple[str, ...]
) -> Iterator[Change]:
    """Told apart by their columns, of which the earlier ones are now called as `columns_now` says."""
    at = (*at, "indexes")
    old = {
        tuple(columns_now.get(name, name) for name in item.columns): naming.index(before, item)
        for item in before.indexes
    }
    new = {item.columns: naming.index(after, item) for item in after.indexes}
    for columns, name in old.items():
        if columns not in new:
            message = f"index {name} of {before.name} over {listed(columns)} is gone"
            yield Change(kind="removed-index", subject=name, message=message, at=at)
        else:
            yield from renamed("renamed-index", "index", name, new[columns], at)
    for columns, name in new.items():
        if columns not in old:
            message = f"index {name} of {before.name} over {listed(columns)} is new"
            yield Change(kind="added-index", subject=name, message=message, at=at)


def _key(
    table: Table, before: tuple[str, ...], after: tuple[str, ...], at: tuple[str, ...]
) -> Iterator[Change]:
    """`before` are the earlier columns by the names that they have now."""
    if before == after:
        return
    kind: ChangeKind
    if set(before) == set(after):
        kind = "reordered-key"
    elif set(before) < set(after):
        kind = "extended-key"
    else:
        kind = "reduced-key" if set(before) > set(after) else "changed-key"
    said = f"a row of {table.name} is told from others by"
    yield instead(kind, table.name, said, at, (listed(before), listed(after)))


def _column(table: str, before: Column, after: Column, at: tuple[str, ...]) -> Iterator[Change]:
    name = f"{table}.{before.name}"
    yield from renamed("renamed-column", "column", name, f"{table}.{after.name}", at)
    old, new = schema_of(before), schema_of(after)
    if not old.same_type(new):
        said = f"column {name} is of type"
        yield instead(_retyped(old, new), name, said, (*at, "type"), (old.type_text, new.type_text))
    if before.nullable != after.nullable:
        yield Change(
            kind="nullable-column" if after.nullable else "required-column",
            subject=name,
            message=f"column {name} may {'now' if after.nullable else 'no longer'} be NULL",
            at=at,
        )
    yield from _default(name, before, after, at)
    yield from described("column", name, before.description, after.description, at)


def _default(name: str, before: Column, after: Column, at: tuple[str, ...]) -> Iterator[Change]:
    if before.nullable and not after.nullable and after.default is not None:
        message = f"column {name} has {_shown(after)} in the rows that have NULL"
        yield Change(kind="filled-column", subject=name, message=message, at=(*at, "default"))
    if before.default != after.default:
        yield instead(
            _DEFAULTS[before.default is None, after.default is None],
            name,
            f"column {name} has the default",
            (*at, "default"),
            (_shown(before), _shown(after)),
        )


_DEFAULTS: Mapping[tuple[bool, bool], ChangeKind] = {  # by whether there was none, and whether there is none
    (True, False): "added-default",
    (False, False): "changed-default",
    (False, True): "removed-default",
}


def _shown(column: Column) -> str | None:
    """The default, as SQL has it."""
    if column.default is None:
        return None
    sql = column.default.sql
    if sql is None:
        assert column.default.constant is not None
        return literal(column.default.constant, column, "postgresql")
    texts = sql.sqlite.strip(), sql.postgresql.strip()
    return texts[0] if texts[0] == texts[1] else f"{texts[0]} on SQLite and {texts[1]} on PostgreSQL"


def _retyped(before: ColumnSchema, after: ColumnSchema) -> ChangeKind:
    if before.type != after.type:
        return "retyped-column"
    return "widened-column" if after.holds(before) else "narrowed-column"
