"""An input or a step names a stage of this spec.

What: `inputs` and `stage` steps refer to stages by name; this name belongs to none.
Why: there is nothing to read or to run.

Bad:

    stages:
      CLEAN: {...}
      SUM:
        inputs: [CLAEN]

Good:

    stages:
      CLEAN: {...}
      SUM:
        inputs: [CLEAN]
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Diagnostic, did_you_mean
from spine_gen.spec.draft import Draft, DraftStageStep, Word

CODE = "SG302"


def check(draft: Draft) -> Iterator[Diagnostic]:
    names = [stage.name.value for stage in draft.stages]
    for word in _references(draft):
        if names and word.value not in names:
            yield draft.finding(
                CODE,
                word.span,
                f'stage "{word.value}" is not defined',
                help=did_you_mean(word.value, names, otherwise="define it under `stages`"),
            )


def _references(draft: Draft) -> Iterator[Word]:
    for stage in draft.stages:
        yield from (source.stage for source in stage.inputs)
    for workflow in draft.workflows:
        yield from (step.name for step in workflow.steps if isinstance(step, DraftStageStep))
