"""A dimension begins before it ends.

What: the `end` of a partition dimension lies before its `start`.
Why: there would be no partition at all.

Bad:

    date: {type: date, start: 2025-06-01, end: 2025-01-01}

Good:

    date: {type: date, start: 2025-01-01, end: 2025-06-01}
"""

from collections.abc import Iterator

from spine.errors import PartitionError
from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft
from spine_gen.spec.partition_types import TEMPORAL

CODE = Code("SG320", "a dimension that ends before it starts", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    for dimension in draft.partitions:
        temporal = TEMPORAL.get(dimension.type.value) if dimension.type else None
        if temporal is None or dimension.start is None or dimension.end is None:
            continue
        try:
            first, last = temporal().number(dimension.start.value), temporal().number(dimension.end.value)
        except PartitionError:
            continue  # partition_bounds says so
        if last < first:
            yield draft.finding(
                CODE,
                dimension.end.span,
                f'dimension "{dimension.name.value}" ends at {dimension.end.value}, before it starts',
                also=((dimension.start.span, "it starts here"),),
                help="swap the two, or remove the end",
            )
