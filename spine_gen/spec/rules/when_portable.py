"""A check's condition means the same in every database.

What: `when` uses something that SQLite, PostgreSQL and DuckDB cannot be brought to understand alike, such as
regular expressions, or `=` between values that are computed of decimals.
Why: a row that is dropped on one database and kept on the other makes two histories. What is allowed has
PostgreSQL's meaning; the other databases are asked otherwise where they have another.

Bad:

    when: "symbol ~ '^TEST' OR close / 3 = 0.5"

Good:

    when: "symbol LIKE 'TEST%' OR ROUND(close / 3, 4) = 0.5"
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Diagnostic
from spine_gen.spec.draft import Draft
from spine_gen.spec.sql_findings import when_findings

CODE = "SG351"


def check(draft: Draft) -> Iterator[Diagnostic]:
    return when_findings(draft, CODE)
