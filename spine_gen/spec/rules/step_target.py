"""A choice goes on at a later step.

What: `then` and `else` name a step of the same workflow that stands further down, or `end`.
Why: a workflow only moves forward, so that it always ends; a step that is not there cannot be gone to.

Bad:

    steps:
      - {stage: LOAD}
      - {choice: again, if: "rows(LOAD) == 0", then: LOAD, else: end}

Good:

    steps:
      - {stage: LOAD}
      - {choice: enough, if: "rows(LOAD) > 0", then: SCORE, else: end}
      - {stage: SCORE}
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic, did_you_mean
from spine_gen.spec.language import Draft, DraftChoiceStep, DraftStageStep, DraftWorkflow

CODE = Code("SG305", "a choice that leads nowhere", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    for workflow in draft.workflows:
        known = workflow.steps_known and all(
            draft.stage(step.name.value) for step in workflow.steps if isinstance(step, DraftStageStep)
        )
        for index, step in enumerate(workflow.steps):
            if isinstance(step, DraftChoiceStep):
                yield from _targets(draft, workflow, index, step, known)


def _targets(
    draft: Draft, workflow: DraftWorkflow, index: int, step: DraftChoiceStep, known: bool
) -> Iterator[Diagnostic]:
    later = [following.name.value for following in workflow.steps[index + 1 :]]
    earlier = {previous.name.value: previous.name for previous in workflow.steps[: index + 1]}
    for target in (step.then, step.otherwise):
        if target is None or target.value in (*later, "end"):
            continue
        if target.value in earlier:
            yield draft.finding(
                CODE,
                target.span,
                f'choice "{step.name.value}" goes back to "{target.value}"',
                also=((earlier[target.value].span, "which stands here"),),
                help="go on at a later step, or at `end`",
            )
        elif known:  # else it may be a step whose name is misspelt
            yield draft.finding(
                CODE,
                target.span,
                f'workflow "{workflow.name.value}" has no later step "{target.value}"',
                help=did_you_mean(target.value, [*later, "end"]),
            )
