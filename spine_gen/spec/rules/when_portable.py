"""A check's condition means the same in every database.

What: `when` uses something outside the subset on which SQLite, PostgreSQL and DuckDB agree: columns and
values, = <> < <= > >=, AND, OR, NOT, IS [NOT] NULL, [NOT] IN a list, [NOT] BETWEEN, + - *, CASE, ABS,
COALESCE, NULLIF and LENGTH.
Why: a row that is dropped on one database and kept on the other makes two histories. LIKE minds case on
PostgreSQL only; texts sort by locale there; `/` cuts integers; decimals are binary on SQLite.

Bad:

    when: "symbol LIKE 'TEST%'"

Good:

    when: "symbol IN ('TESTA', 'TESTB')"
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Diagnostic
from spine_gen.spec.draft import Draft
from spine_gen.spec.sql_findings import when_findings

CODE = "SG351"


def check(draft: Draft) -> Iterator[Diagnostic]:
    return when_findings(draft, CODE)
