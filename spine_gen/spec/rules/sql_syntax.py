"""A stage's SQL can be read.

What: the text of `sql` cannot be read as SQL.
Why: it is checked when the code is built, not when it first fails.

Bad:

    sql: SELECT symbol, FROM LOAD

Good:

    sql: SELECT symbol FROM LOAD
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Diagnostic
from spine_gen.spec.draft import Draft
from spine_gen.spec.sql_findings import select_findings

CODE = "SG360"


def check(draft: Draft) -> Iterator[Diagnostic]:
    return select_findings(draft, CODE)
