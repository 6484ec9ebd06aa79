"""A path differs between partitions.

What: the path of a source does not mention one of the partition's dimensions.
Why: several partitions would read the same file, and count it twice.

Bad:

    partitions:
      market: {type: enum, values: [NYSE, NASDAQ]}
      date:   {type: date}
    ...
    path: data/{date}.csv

Good:

    path: data/{market}/{date}.csv
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Diagnostic
from spine_gen.spec.draft import Draft
from spine_gen.spec.path_fields import path_fields

CODE = "SG317"


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage in draft.stages:
        path = stage.source.path if stage.source else None
        if path is None:
            continue
        fields = path_fields(path.value)
        names = {dimension.name.value for dimension in draft.partitions}
        if any(field.name not in names for field in fields) or path.value.count("{") != path.value.count("}"):
            continue  # a misspelt field, which path_template reports
        for dimension in draft.partitions:
            if dimension.name.value not in {field.name for field in fields}:
                yield draft.finding(
                    CODE,
                    path.span,
                    f'the path is the same for every "{dimension.name.value}"',
                    also=((dimension.name.span, "the dimension"),),
                    help=f"put {{{dimension.name.value}}} into the path",
                )
