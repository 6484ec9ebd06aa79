"""An example is of one partition that the domain has.

What: `partition` of an example is no key of the domain's partitions; or it is left out, where a dimension of
type string suggests none.
Why: a stage is made for a partition, as when it runs: its path, its window and its rows hang on it. Where it
is left out, an example is of the first value of an enum, and of 2025-12-15 or the week, month, quarter or
year around it, or else of the dimension's start.

Bad:

    partitions:
      week: {type: iso_week, start: 2025-W01}
    ...
    examples:
      adds_up: {partition: 2025-12-15, …}

Good:

    examples:
      adds_up: {partition: 2025-W51, …}
"""

from collections.abc import Iterator

from spine.errors import PartitionError
from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.example_parts import examples_of
from spine_gen.spec.language import Draft
from spine_gen.spec.partition_types import partitioning_of_stage, suggested_key

CODE = Code("SG370", "an example of no partition", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage, example in examples_of(draft):
        partitions = partitioning_of_stage(draft, stage)
        if partitions is None:
            continue
        if example.partition is None:
            if suggested_key(partitions) is None and "partition" not in example.keys:
                headline = f'example "{example.name.value}" has no partition, and none suggests itself'
                advice = f"add `partition: …`, of the form {partitions.form}"
                yield draft.finding(CODE, example.name.span, headline, help=advice)
            continue
        try:
            partitions.parse(example.partition.value)
        except PartitionError as error:
            headline = str(error).partition(". Write it")[0]
            advice = f"write it in the form {partitions.form}"
            yield draft.finding(CODE, example.partition.span, headline, help=advice)
