"""An input, a step or a condition names a stage of this spec.

What: `inputs`, `stage` steps and conditions refer to stages by name; this name belongs to none.
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

from spine_gen.diagnostics import Code, Diagnostic, did_you_mean
from spine_gen.source import Span
from spine_gen.spec.conditions import calls_of
from spine_gen.spec.language import Draft, DraftStageStep
from spine_gen.spec.right_case import with_right_case

CODE = Code("SG302", "a stage that is not defined", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    names = [stage.name.value for stage in draft.stages]
    for name, span in _references(draft):
        if names and name not in with_right_case(names):
            advice = did_you_mean(name, names, otherwise="define it under `stages`")
            yield draft.finding(CODE, span, f'stage "{name}" is not defined', help=advice)


def _references(draft: Draft) -> Iterator[tuple[str, Span]]:
    for stage in draft.stages:
        own = (source for source in stage.inputs if draft.home(source) is draft)
        yield from ((source.place[1], source.stage.span) for source in own)
    for workflow in draft.workflows:
        steps = (step.name for step in workflow.steps if isinstance(step, DraftStageStep))
        yield from ((name.value, name.span) for name in steps)
    for word, call in calls_of(draft):
        if call.function != "param":
            stage_name = call.arguments[0]
            yield stage_name.value, word.within(stage_name.start, stage_name.end)
