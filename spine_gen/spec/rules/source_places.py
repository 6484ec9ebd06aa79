"""Where a file has no header, its columns have places.

What: `from` names a field though the source says `header: false`; or a place is less than 1.
Why: without a header there are no names to find a field by. Its place in the line is counted from 1; a column
without `from` takes the place behind the one before it.

Bad:

    source: {format: csv, path: "data/{date}.csv", header: false}
    table:
      columns:
        price: {type: float, from: Price}

Good:

    source: {format: csv, path: "data/{date}.csv", header: false}
    table:
      columns:
        price: {type: float, from: 3}
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft

CODE = Code("SG347", "a column without a place in its file", explanation=__doc__)
_MOST = 10_000


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage in draft.stages:
        if stage.source is None or stage.source.header:
            continue
        for column in stage.table.columns if stage.table else ():
            name = column.source.name if column.source else None
            if name is None or (
                name.value.isdecimal() and name.value.isascii() and 1 <= int(name.value) <= _MOST
            ):
                continue
            headline = f'the file has no header that "{name.value}" could be found in'
            advice = "write the field's place in the line, counted from 1"
            yield draft.finding(CODE, name.span, headline, help=advice)
