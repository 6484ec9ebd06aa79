"""Where conditions stand in a draft, and what they say where they can be read."""

from collections.abc import Iterator

from spine_gen.spec.expression_parser import parse_expression
from spine_gen.spec.expression_tree import Expression, ExpressionError
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


def conditions_of(draft: Draft) -> Iterator[tuple[DraftWorkflow, Word]]:
    """Every condition of every workflow."""
    for workflow in draft.workflows:
        for step in workflow.steps:
            if word := condition_of(step):
                yield workflow, word


def parsed(word: Word) -> Expression | None:
    """What a condition says; None where it cannot be read."""
    try:
        return parse_expression(word.value)
    except ExpressionError:
        return None
