"""A stage's SQL is one SELECT.

What: the text of `sql` is another statement, several, or none.
Why: the stage's rows are what the SELECT returns; spine writes them, in a transaction of its own.

Bad:

    sql: INSERT INTO totals SELECT symbol FROM LOAD

Good:

    sql: SELECT symbol FROM LOAD
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Diagnostic
from spine_gen.spec.draft import Draft
from spine_gen.spec.sql_findings import select_findings

CODE = "SG361"


def check(draft: Draft) -> Iterator[Diagnostic]:
    return select_findings(draft, CODE)
