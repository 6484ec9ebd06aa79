"""A check's condition compares like with like.

What: `when` compares a number with a text, a boolean with a number, anything with NULL by `=`, or is not true
or false as a whole.
Why: SQLite answers such a question, in its own way, and PostgreSQL fails.

Bad:

    when: "volume = '0' OR symbol = NULL"

Good:

    when: "volume = 0 OR symbol IS NULL"
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Diagnostic
from spine_gen.spec.draft import Draft
from spine_gen.spec.sql_findings import when_findings

CODE = "SG353"


def check(draft: Draft) -> Iterator[Diagnostic]:
    return when_findings(draft, CODE)
