"""A key column always has a value that can be compared exactly.

What: a key column is nullable, or is of type json or float.
Why: NULL equals nothing, so that rows with it could not be told apart; json has no order in PostgreSQL, and
two floats that print alike may differ.

Bad:

    key: [symbol]
    columns:
      symbol: {type: string, nullable: true}

Good:

    key: [symbol]
    columns:
      symbol: {type: string}
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft

CODE = Code("SG312", "a key column without comparable values", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage in draft.stages:
        table = stage.table
        for word in table.key if table else ():
            column = table.column(word.value) if table else None
            if column is None:
                continue
            if column.nullable:
                what, advice = (
                    "is nullable",
                    "remove `nullable: true`, and drop the rows without it by a check",
                )
            elif column.type and column.type.value in ("json", "float"):
                what, advice = (
                    f"is of type {column.type.value}",
                    "use a string, integer, decimal or date column",
                )
            else:
                continue
            also = ((column.name.span, "declared here"),)
            yield draft.finding(CODE, word.span, f'key column "{word.value}" {what}', also=also, help=advice)
