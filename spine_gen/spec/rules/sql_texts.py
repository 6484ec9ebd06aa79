"""The SQL of a spec: `when` of a check (SG35x) and `sql` of a stage (SG36x).

The reader of SQL finds it all in one go, each problem under its code; what the codes mean stands here.
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.source import Span
from spine_gen.spec.language import Draft, DraftStage
from spine_gen.spec.node import Word
from spine_gen.spec.sql.problem import SqlProblem
from spine_gen.spec.sql_reports import select_reports, when_reports

CODES = (
    Code(
        "SG350",
        "a check that cannot be read as SQL",
        explanation="""A check's condition is SQL.

What: `when` cannot be read as a SQL condition.
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

What: `when` uses something that SQLite, PostgreSQL and DuckDB cannot be brought to understand alike, such as
regular expressions, or `=` between values that are computed of decimals.
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

What: `when` names a column that the stage's table does not declare.
Why: a check sees the stage's own rows, before they are stored, and nothing else.

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

What: `when` compares a number with a text, a boolean with a number, anything with NULL by `=`, or is not true
or false as a whole.
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

What: `when` names no column.
Why: it would be true of every row or of none.

Bad:

    when: "1 = 1"

Good:

    when: "volume = 1"
""",
    ),
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
        for word, condition in when_reports(stage):
            yield from (_finding(draft, word, problem, "when") for problem in condition.problems)
        for word, select in select_reports(draft, stage):
            for problem in select.problems:
                yield _finding(draft, word, problem, "sql", also=_columns_meant(stage, problem))


def _finding(
    draft: Draft, word: Word, problem: SqlProblem, of: str, *, also: tuple[tuple[Span, str], ...] = ()
) -> Diagnostic:
    span = word.within(problem.start, problem.end)
    return draft.finding(_BY_NAME[problem.code], span, f"{of}: {problem.what}", also=also, help=problem.help)


def _columns_meant(stage: DraftStage, problem: SqlProblem) -> tuple[tuple[Span, str], ...]:
    """The other place, where the SELECT as a whole is held against the table."""
    if problem.code in _OF_OUTPUT and stage.table and problem.end - problem.start == len("SELECT"):
        return ((stage.table.columns_key, "the table's columns"),)
    return ()
