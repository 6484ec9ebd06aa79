"""`when` and `having`, the SQL of checks: their readers find all in one go; what the codes mean is here."""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft, DraftStage
from spine_gen.spec.sql_reports import having_reports, when_reports

CODES = (
    Code(
        "SG350",
        "a check that cannot be read as SQL",
        explanation="""A check's condition is SQL.

What: `when` or `having` cannot be read as a SQL condition.
Why: it runs inside the database, over all rows at once.

Bad:

    when: "volume <"

Good:

    when: "volume < 0"
""",
    ),
    Code(
        "SG351",
        "a check that databases understand differently",
        explanation="""A check's condition means the same in every database.

What: `when` or `having` uses something that SQLite, PostgreSQL and DuckDB cannot be brought to understand
alike, such as regular expressions, or `=` between values that are computed of decimals.
Why: a row that is dropped on one database and kept on the other makes two histories. What is allowed has
PostgreSQL's meaning; the other databases are asked otherwise where they have another.

Bad:

    when: "symbol ~ '^TEST' OR close / 3 = 0.5"

Good:

    when: "symbol LIKE 'TEST%' OR ROUND(close / 3, 4) = 0.5"
""",
    ),
    Code(
        "SG352",
        "a check on a column that is not there",
        explanation="""A check's condition is about the table's columns.

What: `when` or `having` names a column that the stage's table does not declare; or an inner SELECT of `when`
reads what is no input of the stage, or gives a column of the row to compare the row with.
Why: a check sees the stage's own rows and, by IN and EXISTS, those of its inputs.

Bad:

    columns:
      volume: {type: integer}
    ...
    when: "volum < 0"

Good:

    when: "volume < 0"
""",
    ),
    Code(
        "SG353",
        "a check that compares unlike things",
        explanation="""A check's condition compares like with like.

What: `when` or `having` compares a number with a text, a boolean with a number, anything with NULL by `=`, or
is not true or false as a whole.
Why: SQLite answers such a question, in its own way, and PostgreSQL fails.

Bad:

    when: "volume = '0' OR symbol = NULL"

Good:

    when: "volume = 0 OR symbol IS NULL"
""",
    ),
    Code(
        "SG354",
        "a check that does not look at the row",
        explanation="""A check's condition looks at the row.

What: `when` names no column of the stage's own table.
Why: it would be true of every row or of none.

Bad:

    when: "1 = 1"

Good:

    when: "volume = 1"
""",
    ),
    Code(
        "SG355",
        "a check of a file with a text for each database",
        explanation="""A file's rows are checked by one condition.

What: a check of a `source` stage gives `when` a text for each database.
Why: the rows of a file are checked before they come to a database, by the same engine whichever it is. The
rows of a sql or python stage are checked in the database, where the texts may differ.

Bad:

    source: {format: csv, path: "data/{date}.csv"}
    checks:
      - code: ODD_SYMBOL
        when: {sqlite: "symbol GLOB 'T*'", postgresql: "symbol ~ '^T'"}
        action: drop

Good:

    source: {format: csv, path: "data/{date}.csv"}
    checks:
      - {code: ODD_SYMBOL, when: "symbol LIKE 'T%'", action: drop}
""",
    ),
    Code(
        "SG359",
        "a check of the whole that looks at single rows",
        explanation="""A check of the stage as a whole looks at aggregates.

What: `having` has a column outside COUNT, SUM, AVG, MIN, MAX and the like, aggregates nothing, has one
aggregate within another, or PREVIOUS of something that is no aggregate.
Why: it says one thing of all rows; of each row, `when` does.

Bad:

    having: "volume < 0 OR COUNT(*) < PREVIOUS(100)"

Good:

    having: "MIN(volume) < 0 OR COUNT(*) < 0.5 * PREVIOUS(COUNT(*))"
""",
    ),
)
_BY_NAME = {code.code: code for code in CODES}
_OF_FILES = _BY_NAME["SG355"]


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage in draft.stages:
        yield from _of_files(draft, stage)
        for word, report in when_reports(draft, stage):
            for problem in report.problems:
                yield draft.problem(_BY_NAME[problem.code], word, problem, "when")
        for word, whole in having_reports(stage):
            for problem in whole.problems:
                yield draft.problem(_BY_NAME[problem.code], word, problem, "having")


def _of_files(draft: Draft, stage: DraftStage) -> Iterator[Diagnostic]:
    for item in stage.checks if stage.source else ():
        if item.when and not item.when.portable:
            headline = "when: a file's rows are checked before they come to either database"
            advice = "write one condition, or check the rows in a sql stage that reads this one"
            yield draft.finding(_OF_FILES, item.when.head.span, headline, help=advice)
