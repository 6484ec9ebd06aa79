"""`rows` of a source: the columns by which a file's partitions are told apart."""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft, DraftSource, DraftStage
from spine_gen.spec.partition_columns import partition_columns

CODES = (
    Code(
        "SG390",
        "rows told apart by what is not there",
        explanation="""The rows of a partition are told by columns of the table.

What: `rows` of a source names a column that the stage's table does not declare, or a dimension that the
spec's partitions do not have.
Why: of a file that holds several partitions, a row is of the one that its columns say.

Bad:

    partitions:
      day: {type: date}
    ...
    source: {format: csv, path: data/trades.csv, rows: {date: trade_date}}

Good:

    source: {format: csv, path: data/trades.csv, rows: {day: trade_date}}
""",
    ),
    Code(
        "SG391",
        "rows that cannot be of a partition",
        explanation="""A partition's rows are told by columns that can have its values.

What: `rows` of a source compares a dimension of time with a column that is neither a date nor a timestamp nor
text (nor for a year an integer), or another dimension with a column that is no text.
Why: no row would be of any partition.

Bad:

    partitions:
      day: {type: date}
    ...
    source: {format: csv, path: data/trades.csv, rows: {day: traded}}
    table:
      columns:
        traded: {type: float}

Good:

    source: {format: csv, path: data/trades.csv, rows: {day: traded}}
    table:
      columns:
        traded: {type: timestamp}
""",
    ),
    Code(
        "SG392",
        "a check that finds nothing",
        severity="warning",
        explanation="""The rows of other partitions are left out already.

What: a check looks for rows of another partition by columns that the source's `rows` have for it.
Why: of a file's rows the stage reads those of its partition alone, so that the check finds none.

Bad:

    source: {format: csv, path: data/trades.csv, rows: {day: trade_date}}
    ...
    checks:
      - {code: ASTRAY, partition: {day: trade_date}, action: drop}

Good:

    source: {format: csv, path: data/trades.csv, rows: {day: trade_date}}
""",
    ),
)
_NOT_THERE, _NO_FIT, _NOTHING = CODES


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage in draft.stages:
        if stage.source is None or not stage.source.rows:
            continue
        for what, span, headline, advice in partition_columns(draft, stage, stage.source.rows):
            code = _NOT_THERE if what == "not there" else _NO_FIT
            yield draft.finding(code, span, headline, help=advice)
        yield from _checks(draft, stage, stage.source)


def _checks(draft: Draft, stage: DraftStage, source: DraftSource) -> Iterator[Diagnostic]:
    """The checks of the partition that look for nothing else than what is left out."""
    told = {(one.dimension.value, one.column.value) for one in source.rows if one.column}
    for item in stage.checks:
        pairs = {(one.dimension.value, one.column.value) for one in item.partition if one.column}
        if pairs and pairs <= told:
            word = item.partition[0].dimension
            also = tuple((one.dimension.span, "these are left out") for one in source.rows[:1])
            headline = "the check finds nothing: rows of other partitions are not read"
            yield draft.finding(_NOTHING, word.span, headline, also=also, help="remove it")
