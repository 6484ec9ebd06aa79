"""An input's partitions and those of the stage that reads it go together.

What: a stage reads an input that is partitioned otherwise, and nothing says which of its partitions are
meant; or it asks for a window, the latest or some of the partitions where that means nothing.
Why: of the same grain the same partition is read, of a finer grain all that belong to the partition, of a
coarser one the one that it belongs to, and of a dimension that the stage is not partitioned by all values.
Anything else has no answer.

Bad:

    MONTH:
      by: month  # and LOAD by day
      inputs: {LOAD: {window: 3}}

Good:

    MONTH:
      by: month
      inputs: [LOAD]
    QUARTER:
      by: month
      inputs: {MONTH: {window: 3}}
"""

from collections.abc import Iterator

from spine.core.partitions.mapping import check_input
from spine.errors import PartitionError
from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft
from spine_gen.spec.partition_types import (
    are_partitioned_alike,
    partitioning_of_input,
    partitioning_of_stage,
)

CODE = Code("SG382", "an input whose partitions are not the stage's", explanation=__doc__)
_OPTIONS = ("latest", "partial", "window")


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage in draft.stages:
        for item in stage.inputs:
            if are_partitioned_alike(draft, stage, item) and not (item.latest or item.partial):
                continue
            own, of = partitioning_of_stage(draft, stage), partitioning_of_input(draft, item)
            window = item.window.value if item.window else 1
            try:
                if own is not None and of is not None:
                    check_input(own, of, window=window, latest=item.latest, partial=item.partial)
            except PartitionError as error:
                headline, _, advice = str(error).partition(": ")
                at = next((item.keys[name].span for name in _OPTIONS if name in item.keys), item.stage.span)
                headline = f'input "{item.named.value}": {headline}'
                yield draft.finding(CODE, at, headline, help=advice)
