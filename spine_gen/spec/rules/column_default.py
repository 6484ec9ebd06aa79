"""`default` of a column: a value of its type, or SQL that gives one; what the codes mean stands here."""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.constants import misfit
from spine_gen.spec.language import Draft
from spine_gen.spec.sql_reports import default_reports

CODES = _MISFIT, _UNREADABLE = (
    Code(
        "SG346",
        "a default that does not fit its column",
        explanation="""A column's default is a value of the column's type.

What: the constant or expression of `default` is of another type than the column, or does not fit in it.
Why: it fills the rows that are there when the column becomes required, on both databases alike; SQLite would
store whatever comes. All rows are filled, superseded ones too, because the table has the column, and allows
no NULL in it. Older captures had no values there that could be lost; questions about the past are answered
with the default. All captures are stale by the change anyway: `spine refresh` makes the current ones again.

Bad:

    shares: {type: integer, default: "0"}

Good:

    shares: {type: integer, default: 0}
    value:  {type: decimal, precision: 15, scale: 2, default: {sql: shares * price}}
""",
    ),
    Code(
        "SG356",
        "a default whose SQL cannot be used",
        explanation="""A default's SQL is an expression over the row, which both databases understand alike.

What: the `sql` of a default cannot be read, is about a column that the row does not have or about the column
itself, or uses what is not known to give the same on SQLite and PostgreSQL. It may say what a check's `when`
may say; where the databases have to differ, it takes a text for each.
Why: it is checked when the migration is written, not when it first fails on a database with rows.

Bad:

    venue: {type: string, default: {sql: "SELECT name FROM venues"}}

Good:

    venue: {type: string, default: {sql: "CASE WHEN symbol LIKE '%.L' THEN 'XLON' ELSE 'XNAS' END"}}
""",
    ),
)
_BY_NAME = {code.code: code for code in CODES}


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage in draft.stages:
        for column in stage.table.columns if stage.table else ():
            constant = column.default.constant if column.default else None
            advice = misfit(constant.value, column) if constant else None
            if constant and column.type and advice:
                headline = (
                    f"default: {constant.node.text} is no value of a column of type {column.type.value}"
                )
                also = ((column.type.span, "declared here"),)
                yield draft.finding(_MISFIT, constant.span, headline, also=also, help=advice)
        for word, report in default_reports(stage):
            for problem in report.problems:
                yield draft.problem(_BY_NAME[problem.code], word, problem, "default")
