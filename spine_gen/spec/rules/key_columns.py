"""The key is made of the table's columns.

What: `key` names a column that the table does not declare.
Why: the key tells the rows of one partition apart, and becomes the table's primary key.

Bad:

    key: [ticker]
    columns:
      symbol: {type: string}

Good:

    key: [symbol]
    columns:
      symbol: {type: string}
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic, did_you_mean
from spine_gen.spec.language import Draft

CODE = Code("SG311", "a key column that is not a column", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage in draft.stages:
        table = stage.table
        if table is None or not table.columns:
            continue
        names = [column.name.value for column in table.columns]
        for word in table.key:
            if word.value not in names:
                yield draft.finding(
                    CODE,
                    word.span,
                    f'key column "{word.value}" is not a column of the table',
                    help=did_you_mean(word.value, names),
                )
