"""The rows of examples are rows of their tables; what the codes mean stands here."""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic, did_you_mean
from spine_gen.source import Entry, Mapping, Sequence
from spine_gen.spec.constants import misfit
from spine_gen.spec.example_parts import examples_of, given_inputs, rows_of
from spine_gen.spec.language import Draft, DraftColumn, DraftTable
from spine_gen.spec.node import data_of
from spine_gen.spec.shape_places import described

CODES = _MISSHAPEN, _MISFIT = (
    Code(
        "SG372",
        "an example's row that is no row of its table",
        explanation="""A row of an example names columns of its table, those of the key above all.

What: a row in `given` or `expect` names a column that its table does not have, leaves out one of the key, or
has the same key as another.
Why: rows are told apart by the key, where they are given as where they are compared.

Bad:

    key: [symbol]
    ...
    examples:
      adds_up: {given: {INGEST: []}, expect: [{symbl: A, total: 1}]}

Good:

    examples:
      adds_up: {given: {INGEST: []}, expect: [{symbol: A, total: 1}]}
""",
    ),
    Code(
        "SG373",
        "an example's value that does not fit its column",
        explanation="""A value of an example is one of its column's type.

What: a value in `given` or `expect` is of another type than its column, does not fit in it, or is null where
the column may not be.
Why: both databases have to be given the same rows, and rows are compared strictly: a text is no number.

Bad:

    columns:
      symbol: {type: string}
    ...
    expect: [{symbol: 600519}]

Good:

    expect: [{symbol: "600519"}]
""",
    ),
)


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage, example in examples_of(draft):
        if stage.table and example.expect and isinstance(example.expect.node, Sequence):
            yield from _rows(draft, stage.table, example.expect.node)
        for one in given_inputs(example):
            item = next((each for each in stage.inputs if each.named.value == one.entry.name), None)
            read = draft.read(item) if item else None
            for _, rows in one.parts if read and read.table else ():
                assert read is not None and read.table is not None
                yield from _rows(draft, read.table, rows)


def _rows(draft: Draft, table: DraftTable, rows: Sequence) -> Iterator[Diagnostic]:
    if not table.columns or {"columns", "key"} & table.partly:
        return
    names = [column.name.value for column in table.columns]
    key = [word.value for word in table.key if word.value in names]
    first: dict[str, Mapping] = {}
    for row in rows_of(rows):
        at = row.entries[0].key.span if row.entries else row.span
        for entry in row:
            column = table.column(entry.name)
            if column is None:
                headline = f'the table has no column "{entry.name}"'
                yield draft.finding(
                    _MISSHAPEN, entry.key.span, headline, help=did_you_mean(entry.name, names)
                )
            elif advice := _misfit(column, entry):
                yield draft.finding(
                    _MISFIT,
                    entry.value.span,
                    f'{_shown(entry)} is no value of column "{entry.name}"',
                    also=((column.type.span, "declared here"),) if column.type else (),
                    help=advice,
                )
        if missing := [name for name in key if row.get(name) is None]:
            headline = f"the row has no {' and no '.join(missing)}, of the key"
            yield draft.finding(_MISSHAPEN, at, headline, help=f"add `{missing[0]}: …`")
            continue
        values = repr([data_of(row.by_name[name].value) for name in key])
        if values in first:
            headline = "two rows have the same key" if key else "the table has one row a partition"
            also = ((first[values].span, "the first"),)
            yield draft.finding(_MISSHAPEN, at, headline, also=also, help="remove one of them")
        first.setdefault(values, row)


def _shown(entry: Entry) -> str:
    value = entry.value.plain()
    return "null" if value is None else described(value)


def _misfit(column: DraftColumn, entry: Entry) -> str | None:
    """What to write instead of the value; None where it is one of the column."""
    value = data_of(entry.value)
    kind = column.type.value if column.type else None
    if kind is None:
        return None
    if value is None:
        return None if column.nullable else "write a value: the column is not `nullable: true`"
    if isinstance(value, tuple | dict):
        return None if kind == "json" else misfit("", column) or "write a value of its type"
    return misfit(value, column)
