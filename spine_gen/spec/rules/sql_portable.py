"""One SQL text means the same in both databases.

What: SQLite and PostgreSQL understand a part of the SELECT differently: a column beside an aggregate that is
not grouped, a division of decimals, a CAST to a type that differs.
Why: one text serves both. Where they have to differ, `sql` takes a text for each.

Bad:

    sql: SELECT symbol, venue, SUM(volume) AS total FROM LOAD GROUP BY symbol

Good:

    sql: SELECT symbol, MIN(venue) AS venue, SUM(volume) AS total FROM LOAD GROUP BY symbol
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Diagnostic
from spine_gen.spec.draft import Draft
from spine_gen.spec.sql_findings import select_findings

CODE = "SG367"


def check(draft: Draft) -> Iterator[Diagnostic]:
    return select_findings(draft, CODE)
