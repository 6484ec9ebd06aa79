"""`unique` and `partition`, the columns of checks: they are there, and fit what they are compared with."""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic, did_you_mean
from spine_gen.spec.language import Draft, DraftCheck, DraftStage
from spine_gen.spec.partition_types import TEMPORAL, dimensions_of_stage

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
_OF_TIME = ("date", "timestamp", "string")


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage in draft.stages:
        for item in stage.checks:
            yield from _columns(draft, stage, item)
            yield from _dimensions(draft, stage, item)
            if stage.sql and item.unique and item.keep and item.keep.value in ("first", "last"):
                headline = f"keep: {item.keep.value} of a SELECT's rows, which are in no order"
                advice = "write `keep: none`, or make one row of them in the SELECT"
                yield draft.finding(_NO_ORDER, item.keep.span, headline, help=advice)


def _columns(draft: Draft, stage: DraftStage, item: DraftCheck) -> Iterator[Diagnostic]:
    """The columns that the table does not have."""
    names = [column.name.value for column in stage.table.columns] if stage.table else []
    for word in (*item.unique, *(one.column for one in item.partition if one.column)) if names else ():
        if word.value not in names:
            headline = f'the table has no column "{word.value}"'
            advice = did_you_mean(word.value, names, otherwise="name one of its columns")
            yield draft.finding(_NOT_THERE, word.span, headline, help=advice)


def _dimensions(draft: Draft, stage: DraftStage, item: DraftCheck) -> Iterator[Diagnostic]:
    """The dimensions that the partitions do not have, or that do not fit their column."""
    dimensions = dimensions_of_stage(draft, stage)
    names = [dimension.name.value for dimension in dimensions]
    for one in item.partition if names else ():
        dimension = next((each for each in dimensions if each.name.value == one.dimension.value), None)
        if dimension is None:
            headline = f'the partitions have no dimension "{one.dimension.value}"'
            advice = did_you_mean(one.dimension.value, names, otherwise="name one of them")
            yield draft.finding(_NOT_THERE, one.dimension.span, headline, help=advice)
            continue
        column = stage.table.column(one.column.value) if stage.table and one.column else None
        kind = dimension.type.value if dimension.type else None
        if one.column is None or column is None or column.type is None or kind is None:
            continue
        fitting: tuple[str, ...] = _OF_TIME if kind in TEMPORAL else ("string",)
        fitting += ("integer",) if kind == "year" else ()
        if column.type.value not in fitting:
            headline = f'column "{one.column.value}" is {column.type.value}, which no {kind} can be'
            advice = f"name a column of type {' or '.join(fitting)}"
            yield draft.finding(_NO_FIT, one.column.span, headline, help=advice)
