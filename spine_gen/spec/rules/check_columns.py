"""`unique` and `partition`, the columns of checks: they are there, and fit what they are compared with."""

from collections.abc import Iterator, Sequence

from spine_gen.diagnostics import Code, Diagnostic, did_you_mean
from spine_gen.spec.language import Draft
from spine_gen.spec.node import Word
from spine_gen.spec.partition_columns import partition_columns

CODES = (
    Code(
        "SG349",
        "a check of columns that are not there",
        explanation="""A check names columns of the table, and dimensions of the partitions.

What: `unique` or `partition` names a column that the stage's table does not declare, or `partition` a
dimension that the spec's partitions do not have.
Why: a check sees the stage's own rows, and the values of the partition that they are made for.

Bad:

    columns:
      symbol: {type: string}
    ...
    checks:
      - {code: TWICE, unique: [symbl], keep: last}

Good:

    checks:
      - {code: TWICE, unique: [symbol], keep: last}
""",
    ),
    Code(
        "SG368",
        "a column that cannot be of a partition",
        explanation="""A partition's value is compared with a column that can have one.

What: `partition` compares a dimension of time with a column that is neither a date nor a timestamp nor text
(nor for a year an integer), or another dimension with a column that is no text.
Why: no value of the column would be the partition's, and every row an anomaly.

Bad:

    partitions:
      day: {type: date}
    ...
    columns:
      traded: {type: float}
    ...
    checks:
      - {code: ASTRAY, partition: {day: traded}, action: drop}

Good:

    columns:
      traded: {type: timestamp}
    ...
    checks:
      - {code: ASTRAY, partition: {day: traded}, action: drop}
""",
    ),
    Code(
        "SG369",
        "the first or last of rows that are in no order",
        explanation="""Of a SELECT's rows none is the first.

What: a check of a `sql` stage has `unique` with `keep: first` or `keep: last`.
Why: a database gives the rows of a SELECT in any order, and in another one on a rerun. Those of a file are in
the order of its lines, those of a `python` stage in the order in which its function gives them.

Bad:

    sql: SELECT symbol, close FROM LOAD
    checks:
      - {code: TWICE, unique: [symbol], keep: first}

Good:

    sql: SELECT symbol, MAX(close) AS close FROM LOAD GROUP BY symbol
""",
    ),
)
_NOT_THERE, _NO_FIT, _NO_ORDER = CODES


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage in draft.stages:
        names = [column.name.value for column in stage.table.columns] if stage.table else []
        for item in stage.checks:
            yield from _columns(draft, names, item.unique)
            for what, span, headline, advice in partition_columns(draft, stage, item.partition):
                code = _NOT_THERE if what == "not there" else _NO_FIT
                yield draft.finding(code, span, headline, help=advice)
            if stage.sql and item.unique and item.keep and item.keep.value in ("first", "last"):
                headline = f"keep: {item.keep.value} of a SELECT's rows, which are in no order"
                advice = "write `keep: none`, or make one row of them in the SELECT"
                yield draft.finding(_NO_ORDER, item.keep.span, headline, help=advice)


def _columns(draft: Draft, names: Sequence[str], words: Sequence[Word]) -> Iterator[Diagnostic]:
    """The columns that the table does not have."""
    for word in words if names else ():
        if word.value not in names:
            headline = f'the table has no column "{word.value}"'
            advice = did_you_mean(word.value, names, otherwise="name one of its columns")
            yield draft.finding(_NOT_THERE, word.span, headline, help=advice)
