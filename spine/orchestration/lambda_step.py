"""Ask a lambda: under the lambda rule, with the context as it was before whatever it says."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spine.errors import CheckStepFailedError, LambdaRuleError
from spine.orchestration.context import LambdaContext
from spine.orchestration.lambda_rule import ADVICE, call_lambda
from spine.orchestration.seen import Seen
from spine.orchestration.step import ChoiceStep, LambdaStep
from spine.orchestration.step_result import StepResult

if TYPE_CHECKING:
    from spine.orchestration.context import Facts, WorkflowContext

_MISSING = object()


@dataclass(frozen=True, kw_only=True)
class LambdaAnswer:
    """What the lambda of a step answered: its truth, the reason it gave, if any, and what it went by."""

    step: str
    truth: bool
    reason: str | None
    expression: str | None  # what the step declares that its lambda asks
    seen: str | None  # what the lambda asked for, and the answers

    def __bool__(self) -> bool:
        return self.truth

    @property
    def told(self) -> str:
        """The answer in words: ``rows(INGEST) > 0 is false: rows(INGEST) = 0``."""
        truth = "true" if self.truth else "false"
        return self._with_seen(truth if self.expression is None else f"{self.expression} is {truth}")

    def raise_if_false(self) -> None:
        """CheckStepFailedError, unless the answer is true."""
        if not self.truth:
            asked = "its lambda answered false" if self.expression is None else f"{self.expression} is false"
            raise CheckStepFailedError(self.step, self._with_seen(asked))

    def _with_seen(self, words: str) -> str:
        return words if self.seen is None else f"{words}: {self.seen}"


def ask_lambda(
    step: LambdaStep | ChoiceStep, context: "WorkflowContext", facts: "Facts", seen: Seen
) -> LambdaAnswer:
    """The answer of the step's lambda; what it asked for is noted in ``seen``.

    Raises LambdaRuleError for one that did work, returned data or changed the context; the context is then as
    it was before. `StepResult.fail` fails the step (CheckStepFailedError), also in a choice: a condition that
    cannot tell says so, and one that is simply false answers False.
    """
    function = step.function if isinstance(step, LambdaStep) else step.condition
    before = dict(context)
    try:
        answer = call_lambda(step.name, function, LambdaContext(context, facts, seen))
    finally:
        _undo_writes(step.name, context, before)
    reason = answer.reason if isinstance(answer, StepResult) else None
    if isinstance(answer, StepResult) and not answer:
        raise CheckStepFailedError(step.name, reason)
    return LambdaAnswer(
        step=step.name, truth=bool(answer), reason=reason, expression=step.expression, seen=seen.told
    )


def _undo_writes(step: str, context: "WorkflowContext", before: dict[str, Any]) -> None:
    """Refuse what a lambda wrote behind its context's back, through a dict that it had captured."""
    changed = [
        key for key in {**before, **context} if before.get(key, _MISSING) is not context.get(key, _MISSING)
    ]
    for key in changed:
        if key in before:
            context[key] = before[key]
        else:
            del context[key]
    if changed:
        raise LambdaRuleError(f"the lambda of step {step!r} wrote context[{changed[0]!r}]: {ADVICE}")
