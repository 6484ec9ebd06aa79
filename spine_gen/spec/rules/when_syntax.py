"""A check's condition is SQL.

What: `when` cannot be read as a SQL condition.
Why: it runs inside the database, over all rows at once.

Bad:

    when: "volume <"

Good:

    when: "volume < 0"
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Diagnostic
from spine_gen.spec.draft import Draft
from spine_gen.spec.sql_findings import when_findings

CODE = "SG350"


def check(draft: Draft) -> Iterator[Diagnostic]:
    return when_findings(draft, CODE)
