"""A check's condition looks at the row.

What: `when` names no column.
Why: it would be true of every row or of none.

Bad:

    when: "1 = 1"

Good:

    when: "volume = 1"
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Diagnostic
from spine_gen.spec.draft import Draft
from spine_gen.spec.sql_findings import when_findings

CODE = "SG354"


def check(draft: Draft) -> Iterator[Diagnostic]:
    return when_findings(draft, CODE)
