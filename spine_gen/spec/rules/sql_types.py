"""A stage's SQL gives values of the table's types.

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
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Diagnostic
from spine_gen.spec.draft import Draft
from spine_gen.spec.sql_findings import select_findings

CODE = "SG366"


def check(draft: Draft) -> Iterator[Diagnostic]:
    return select_findings(draft, CODE)
