"""A name in the source file belongs to a source stage, and is read once.

What: a column has `from` though its stage reads no file, or two columns are read from the same field.
Why: only source stages have a file to read; the same field twice is most likely a copied line.

Bad:

    SUM:
      sql: SELECT symbol, SUM(volume) AS total FROM LOAD GROUP BY symbol
      table:
        columns:
          symbol: {type: string, from: Symbol}

Good:

    SUM:
      sql: SELECT symbol, SUM(volume) AS total FROM LOAD GROUP BY symbol
      table:
        columns:
          symbol: {type: string}
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft
from spine_gen.spec.node import Word

CODE = Code("SG333", "a source name that does not fit", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage in draft.stages:
        seen: dict[str, Word] = {}
        for column in stage.table.columns if stage.table else ():
            name = column.source.name if column.source else None
            place = column.keys.get("source")
            if place is not None and stage.kind_key is not None and (stage.sql or stage.python):
                headline = f'column "{column.name.value}" has a name in a file, which the stage does not read'
                also = ((stage.kind_key, "what the stage does instead"),)
                yield draft.finding(CODE, place.span, headline, also=also, help="remove `from`")
            if stage.source is None:
                continue
            word = name or column.name
            if first := seen.get(word.value):
                yield draft.finding(
                    CODE,
                    word.span,
                    f'two columns are read from the field "{word.value}"',
                    also=((first.span, "first here"),),
                    help="read another field, or remove the column",
                )
            seen.setdefault(word.value, word)
