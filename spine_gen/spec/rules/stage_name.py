"""A stage's name can stand in SQL.

What: a stage is called like a word of SQL (`SELECT`, `ORDER`), or `END`.
Why: a `sql` stage reads `FROM` its inputs by their names; and `end` is where a workflow ends.

Bad:

    stages:
      ORDER: {tier: BRONZE, ...}

Good:

    stages:
      LOAD_ORDERS: {tier: BRONZE, ...}
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft
from spine_gen.spec.sql_words import RESERVED

CODE = Code("SG335", "a stage name that is a word of SQL", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage in draft.stages:
        if stage.name.value.lower() in RESERVED or stage.name.value == "END":
            headline = f'stage "{stage.name.value}" is a word of SQL'
            advice = f'choose another name, such as "{stage.name.value}_ROWS"'
            yield draft.finding(CODE, stage.name.span, headline, help=advice)
