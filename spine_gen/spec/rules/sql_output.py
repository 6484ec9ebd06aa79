"""A stage's SQL selects the table's columns, by name.

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
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Diagnostic
from spine_gen.spec.draft import Draft
from spine_gen.spec.sql_findings import select_findings

CODE = "SG365"


def check(draft: Draft) -> Iterator[Diagnostic]:
    return select_findings(draft, CODE)
