"""Every step of a workflow can be reached, and every choice decides something.

What: both branches of a choice lead to the same step, or no branch and no sequence leads to a step. This is a
warning.
Why: a step that never runs looks as if it did.

Bad:

    - {choice: enough, if: "rows(LOAD) > 0", then: end, else: end}
    - {stage: SCORE}

Good:

    - {choice: enough, if: "rows(LOAD) > 0", then: SCORE, else: end}
    - {stage: SCORE}
"""

from collections.abc import Iterator, Sequence

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft, DraftChoiceStep, DraftStep, DraftWorkflow
from spine_gen.spec.node import Word

CODE = Code("SG342", "a step that is never reached", explanation=__doc__, severity="warning")


def check(draft: Draft) -> Iterator[Diagnostic]:
    for workflow in draft.workflows:
        names = [step.name.value for step in workflow.steps]
        if len(set(names)) == len(names) and all(_leads_on(workflow.steps, names)):
            yield from _check_workflow(draft, workflow, names)


def _leads_on(steps: Sequence[DraftStep], names: list[str]) -> Iterator[bool]:
    """Whether each choice goes on at a later step; where one does not, nothing is known of what follows."""
    for index, step in enumerate(steps):
        if isinstance(step, DraftChoiceStep):
            later = (*names[index + 1 :], "end")
            yield all(word is None or word.value in later for word in (step.then, step.otherwise))


def _check_workflow(draft: Draft, workflow: DraftWorkflow, names: list[str]) -> Iterator[Diagnostic]:
    reached = {0}
    for index, step in enumerate(workflow.steps):
        if index not in reached:
            headline = f'step "{step.name.value}" is never reached'
            yield draft.finding(CODE, step.name.span, headline, help="lead a choice to it, or remove it")
            reached.add(index)  # what follows it is not another mistake
        targets = {index + 1}
        if isinstance(step, DraftChoiceStep):
            targets = {_target(word, index, names) for word in (step.then, step.otherwise)}
            if len(targets) == 1:
                headline = f'choice "{step.name.value}" decides nothing: both ways lead to the same step'
                yield draft.finding(
                    CODE, step.name.span, headline, help="lead one of them elsewhere, or remove it"
                )
        reached |= targets


def _target(word: Word | None, index: int, names: list[str]) -> int:
    if word is None:
        return index + 1
    return names.index(word.value) if word.value in names else len(names)
