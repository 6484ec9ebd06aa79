"""A stage's SQL only computes.

What: the SELECT uses a function or a clause that is not on the list of what a stage may use: one that reads
files or settings, waits, writes, locks, or gives another answer on each run; or `*`, which would change the
table when an input gets a column.
Why: a spec is data from a pull request, and a stage that runs again must find the same rows.

Bad:

    sql: SELECT symbol, random() AS score FROM LOAD

Good:

    sql: SELECT symbol, COUNT(*) AS score FROM LOAD GROUP BY symbol
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Diagnostic
from spine_gen.spec.draft import Draft
from spine_gen.spec.sql_findings import select_findings

CODE = "SG363"


def check(draft: Draft) -> Iterator[Diagnostic]:
    return select_findings(draft, CODE)
