"""Where conditions stand in a draft, and what they ask where they can be read."""

from collections.abc import Iterator

from spine_gen.spec.expression_parser import parse_expression
from spine_gen.spec.expression_tree import Call, ExpressionError, calls
from spine_gen.spec.language import Draft, DraftCheckStep, DraftChoiceStep, DraftStep, DraftWorkflow
from spine_gen.spec.node import Word


def condition_of(step: DraftStep) -> Word | None:
    """The `expect` or `if` of a step."""
    match step:
        case DraftCheckStep():
            return step.expect
        case DraftChoiceStep():
            return step.condition
    return None


def conditions_of(draft: Draft) -> Iterator[Word]:
    """Every condition of every workflow."""
    return (word for workflow in draft.workflows for word in _conditions(workflow))


def _conditions(workflow: DraftWorkflow) -> Iterator[Word]:
    return (word for step in workflow.steps if (word := condition_of(step)))


def calls_in(word: Word) -> Iterator[Call]:
    """What a condition asks about the run; nothing where it cannot be read."""
    try:
        expression = parse_expression(word.value)
    except ExpressionError:
        return
    yield from calls(expression)


def calls_of_workflow(workflow: DraftWorkflow) -> Iterator[tuple[Word, Call]]:
    """What a workflow's conditions ask about the run, each with the condition that does."""
    return ((word, call) for word in _conditions(workflow) for call in calls_in(word))


def calls_of(draft: Draft) -> Iterator[tuple[Word, Call]]:
    """What all conditions ask about the run, each with the condition that does."""
    return ((word, call) for word in conditions_of(draft) for call in calls_in(word))
