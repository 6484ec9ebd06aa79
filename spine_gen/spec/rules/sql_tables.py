"""A stage's SQL reads the stage's inputs.

What: the SELECT reads a table that is none of the stage's `inputs`.
Why: an input's name stands for its current rows in the partition, and what was read is tracked by it. A table
read past that would be missing from the lineage.

Bad:

    inputs: [LOAD]
    sql: SELECT symbol FROM prices_raw

Good:

    inputs: [LOAD]
    sql: SELECT symbol FROM LOAD
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Diagnostic
from spine_gen.spec.draft import Draft
from spine_gen.spec.sql_findings import select_findings

CODE = "SG362"


def check(draft: Draft) -> Iterator[Diagnostic]:
    return select_findings(draft, CODE)
