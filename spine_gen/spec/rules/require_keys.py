"""A check step requires what a run can be given.

What: `require` lists a partition dimension, which a run is given as part of `partition_key`, or a name that
spine sets itself.
Why: the check could never hold, or would always hold.

Bad:

    - {check: has_week, require: [week]}

Good:

    - {check: has_week, require: [partition_key]}
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft, DraftCheckStep

CODE = Code("SG328", "a required key that no run is given", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    dimensions = {dimension.name.value: dimension.name for dimension in draft.partitions}
    dimensions |= {word.value: word for stage in draft.stages for word in stage.by}
    for workflow in draft.workflows:
        for step in workflow.steps:
            for word in step.require if isinstance(step, DraftCheckStep) else ():
                if dimension := dimensions.get(word.value):
                    yield draft.finding(
                        CODE,
                        word.span,
                        f'"{word.value}" is part of the partition key, not a key of the context',
                        also=((dimension.span, "the dimension"),),
                        help="require `partition_key`",
                    )
