"""`indexes` of a table: over its columns, and none of them twice; what the codes mean stands here."""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic, did_you_mean
from spine_gen.spec.language import Draft, DraftStage
from spine_gen.spec.node import Word

CODES = _UNKNOWN, _DOUBLED = (
    Code(
        "SG357",
        "an index over what is no column",
        explanation="""An index is over the table's columns.

What: an item of `indexes` names a column that the table does not have. It may name those that every table
gets: `partition_key`, `capture_id` and, where the stage has inputs, the range of their captures.
Why: the migration would fail on every database.

Bad:

    columns:
      symbol: {type: string}
    indexes:
      - {columns: [ticker]}

Good:

    indexes:
      - {columns: [symbol]}
""",
    ),
    Code(
        "SG358",
        "an index that is there already",
        explanation="""Every index serves queries that no other does.

What: two indexes of a table have the same columns in the same order; or an index has those that the primary
key begins with, which is `capture_id` and then the `key`.
Why: whatever publishes rows has to keep both up to date, and no query is faster for it.

Bad:

    key: [symbol, mpid]
    indexes:
      - {columns: [capture_id, symbol]}

Good:

    key: [symbol, mpid]
    indexes:
      - {columns: [mpid]}
""",
    ),
)
_EVERYWHERE = ("partition_key", "capture_id")
_OF_INPUTS = ("input_min_capture_id", "input_max_capture_id")


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage in draft.stages:
        if stage.table is not None and stage.table.columns:
            yield from _unknown(draft, stage)
            yield from _doubled(draft, stage)


def _unknown(draft: Draft, stage: DraftStage) -> Iterator[Diagnostic]:
    assert stage.table is not None
    names = [column.name.value for column in stage.table.columns]
    names += (*_EVERYWHERE, *(_OF_INPUTS if stage.inputs else ()))
    for word in (word for index in stage.table.indexes for word in index.columns):
        if word.value not in names:
            headline = f'index column "{word.value}" is not a column of the table'
            yield draft.finding(_UNKNOWN, word.span, headline, help=did_you_mean(word.value, names))


def _doubled(draft: Draft, stage: DraftStage) -> Iterator[Diagnostic]:
    assert stage.table is not None
    key = ("capture_id", *_texts(stage.table.key))
    first: dict[tuple[str, ...], Word] = {}
    for index in (index for index in stage.table.indexes if index.columns):
        columns, at = _texts(index.columns), index.columns[0]
        listed = ", ".join(columns)
        if columns == key[: len(columns)]:
            headline = f"the primary key ({', '.join(key)}) serves what an index over ({listed}) would"
            yield draft.finding(_DOUBLED, at.span, headline, help="remove the index")
        elif columns in first:
            headline = f"there are two indexes over ({listed})"
            also = ((first[columns].span, "the first"),)
            yield draft.finding(_DOUBLED, at.span, headline, also=also, help="remove one of them")
        first.setdefault(columns, at)


def _texts(words: tuple[Word, ...]) -> tuple[str, ...]:
    return tuple(word.value for word in words)
