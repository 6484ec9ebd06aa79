"""A partition's start and end are partitions themselves.

What: `start` or `end` is not a value of the dimension's type.
Why: they are the first and the last partition there is.

Bad:

    week: {type: iso_week, start: 2025-W53}

Good:

    week: {type: iso_week, start: 2026-W53}
"""

from collections.abc import Iterator

from spine.errors import PartitionError
from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft
from spine_gen.spec.partition_types import TEMPORAL

CODE = Code("SG319", "a bound that is no partition", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    for dimension in draft.partitions:
        temporal = TEMPORAL.get(dimension.type.value) if dimension.type else None
        for word in (dimension.start, dimension.end):
            if temporal is None or word is None:
                continue
            try:
                temporal().number(word.value)
            except PartitionError as error:
                advice = f"write it as in {temporal.example}"
                yield draft.finding(CODE, word.span, str(error).partition(": write")[0], help=advice)
