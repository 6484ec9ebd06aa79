"""A stage's SQL reads columns that are there.

What: the SELECT names a column that none of its tables has, or that several have.
Why: it would fail, on the first run.

Bad:

    sql: SELECT symbl FROM LOAD

Good:

    sql: SELECT symbol FROM LOAD
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Diagnostic
from spine_gen.spec.draft import Draft
from spine_gen.spec.sql_findings import select_findings

CODE = "SG364"


def check(draft: Draft) -> Iterator[Diagnostic]:
    return select_findings(draft, CODE)
