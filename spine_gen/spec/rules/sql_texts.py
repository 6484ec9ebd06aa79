"""`sql`, the SELECT of a stage: its reader finds it all in one go; what the codes mean stands here."""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.source import Span
from spine_gen.spec.language import Draft, DraftStage
from spine_gen.spec.sql_reports import select_reports
from spine_gen.spec.text_problem import TextProblem

CODES = (
    Code(
        "SG360",
        "SQL that cannot be read",
        explanation="""A stage's SQL can be read.

What: the text of `sql` cannot be read as SQL.
Why: it is checked when the code is built, not when it first fails.

Bad:

    sql: SELECT symbol, FROM LOAD

Good:

    sql: SELECT symbol FROM LOAD
""",
    ),
    Code(
        "SG361",
        "SQL that is not one SELECT",
        explanation="""A stage's SQL is one SELECT.

What: the text of `sql` is another statement, several, or none.
Why: the stage's rows are what the SELECT returns; spine writes them, in a transaction of its own.

Bad:

    sql: INSERT INTO totals SELECT symbol FROM LOAD

Good:

    sql: SELECT symbol FROM LOAD
""",
    ),
    Code(
        "SG362",
        "SQL that reads what is no input",
        explanation="""A stage's SQL reads the stage's inputs.

What: the SELECT reads a table that is none of the stage's `inputs`.
Why: an input's name stands for its current rows in the partition, and what was read is tracked by it. A table
read past that would be missing from the lineage.

Bad:

    inputs: [LOAD]
    sql: SELECT symbol FROM prices_raw

Good:

    inputs: [LOAD]
    sql: SELECT symbol FROM LOAD
""",
    ),
    Code(
        "SG363",
        "SQL that is not allowed in a stage",
        explanation="""A stage's SQL only computes.

What: the SELECT uses a function or a clause that is not on the list of what a stage may use: one that reads
files or settings, waits, writes, locks, or gives another answer on each run; or `*`, which would change the
table when an input gets a column.
Why: a spec is data from a pull request, and a stage that runs again must find the same rows.

Bad:

    sql: SELECT symbol, random() AS score FROM LOAD

Good:

    sql: SELECT symbol, COUNT(*) AS score FROM LOAD GROUP BY symbol
""",
    ),
    Code(
        "SG364",
        "SQL on a column that is not there",
        explanation="""A stage's SQL reads columns that are there.

What: the SELECT names a column that none of its tables has, or that several have.
Why: it would fail, on the first run.

Bad:

    sql: SELECT symbl FROM LOAD

Good:

    sql: SELECT symbol FROM LOAD
""",
    ),
    Code(
        "SG365",
        "SQL whose columns are not the table's",
        explanation="""A stage's SQL selects the table's columns, by name.

What: a selected column has no name, is not in the table, is selected twice, or one of the table's is missing.
The order does not matter.
Why: rows are stored by the columns' names.

Bad:

    sql: SELECT symbol, SUM(volume) FROM LOAD GROUP BY symbol
    table:
      columns:
        symbol: {type: string}
        total:  {type: integer}

Good:

    sql: SELECT symbol, SUM(volume) AS total FROM LOAD GROUP BY symbol
""",
    ),
    Code(
        "SG366",
        "SQL whose types are not the table's",
        explanation="""A stage's SQL gives values of the table's types.

What: a selected value cannot be stored in its column as it is, or values of different types are compared or
calculated with.
Why: PostgreSQL would fail or round; SQLite would store the value as it comes.

Bad:

    sql: SELECT symbol, AVG(volume) AS mean FROM LOAD GROUP BY symbol
    table:
      columns:
        symbol: {type: string}
        mean:   {type: integer}

Good:

    table:
      columns:
        symbol: {type: string}
        mean:   {type: decimal, precision: 15, scale: 2}
""",
    ),
    Code(
        "SG367",
        "SQL that only one database understands",
        explanation="""One SQL text means the same in both databases.

What: a part of the SELECT cannot be brought to give the same on SQLite and PostgreSQL: a column beside an
aggregate that is not grouped, rows that LIMIT keeps without an order, `=` between sums of decimals.
Why: one text serves both, with PostgreSQL's meaning; SQLite is asked otherwise where it has another. Where
they have to differ, `sql` takes a text for each.

Bad:

    sql: SELECT symbol, venue, SUM(volume) AS total FROM LOAD GROUP BY symbol

Good:

    sql: SELECT symbol, MIN(venue) AS venue, SUM(volume) AS total FROM LOAD GROUP BY symbol
""",
    ),
)
_BY_NAME = {code.code: code for code in CODES}
_OF_OUTPUT = ("SG365", "SG366")


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage in draft.stages:
        for word, report in select_reports(draft, stage):
            for problem in report.problems:
                also = _columns_meant(stage, problem)
                yield draft.problem(_BY_NAME[problem.code], word, problem, "sql", also=also)


def _columns_meant(stage: DraftStage, problem: TextProblem) -> tuple[tuple[Span, str], ...]:
    """The other place, where the SELECT as a whole is held against the table."""
    if problem.code in _OF_OUTPUT and stage.table and problem.end - problem.start == len("SELECT"):
        return ((stage.table.columns_key, "the table's columns"),)
    return ()
