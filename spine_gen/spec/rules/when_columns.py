"""A check's condition is about the table's columns.

What: `when` names a column that the stage's table does not declare.
Why: a check sees the stage's own rows, before they are stored, and nothing else.

Bad:

    columns:
      volume: {type: integer}
    ...
    when: "volum < 0"

Good:

    when: "volume < 0"
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Diagnostic
from spine_gen.spec.draft import Draft
from spine_gen.spec.sql_findings import when_findings

CODE = "SG352"


def check(draft: Draft) -> Iterator[Diagnostic]:
    return when_findings(draft, CODE)
