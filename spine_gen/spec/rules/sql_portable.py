"""One SQL text means the same in both databases.

What: a part of the SELECT cannot be brought to give the same on SQLite and PostgreSQL: a column beside an
aggregate that is not grouped, rows that LIMIT keeps without an order, `=` between sums of decimals.
Why: one text serves both, with PostgreSQL's meaning; SQLite is asked otherwise where it has another. Where
they have to differ, `sql` takes a text for each.

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
