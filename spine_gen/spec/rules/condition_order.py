"""A condition asks about a stage that has run by then.

What: `rows(STAGE)` or `anomalies(STAGE)` asks about a stage that the same workflow runs only later.
Why: on the first run there is nothing to ask about, so that the condition cannot hold; a rerun would pass.
`partitions(STAGE)`, `expected(STAGE)` and `window(STAGE, N)` count the partitions before this one too, and
may come first.

Bad:

    steps:
      - {check: has_rows, expect: "rows(LOAD) > 0"}
      - {stage: LOAD}

Good:

    steps:
      - {stage: LOAD}
      - {check: has_rows, expect: "rows(LOAD) > 0"}
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.conditions import calls_in, condition_of
from spine_gen.spec.language import Draft, DraftStageStep, DraftWorkflow

CODE = Code("SG331", "a condition about a stage that runs later", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    for workflow in draft.workflows:
        yield from _check_workflow(draft, workflow)


def _check_workflow(draft: Draft, workflow: DraftWorkflow) -> Iterator[Diagnostic]:
    for index, step in enumerate(workflow.steps):
        word = condition_of(step)
        if word is None:
            continue
        before = {s.name.value for s in workflow.steps[:index] if isinstance(s, DraftStageStep)}
        later = {s.name.value: s.name for s in workflow.steps[index:] if isinstance(s, DraftStageStep)}
        for call in calls_in(word):
            stage = call.arguments[0]
            if call.function in ("rows", "anomalies") and stage.value in later.keys() - before:
                yield draft.finding(
                    CODE,
                    word.within(stage.start, stage.end),
                    f'the condition asks about "{stage.value}" before it runs',
                    also=((later[stage.value].span, "it runs here"),),
                    help="move the step behind the stage",
                )
