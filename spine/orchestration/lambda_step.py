"""Ask a lambda: under the lambda rule, with the context as it was before whatever it says."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spine.errors import CheckStepFailedError, LambdaRuleError
from spine.orchestration.context import LambdaContext
from spine.orchestration.lambda_rule import ADVICE, call_lambda
from spine.orchestration.step import LambdaFunction
from spine.orchestration.step_result import StepResult

if TYPE_CHECKING:
    from spine.orchestration.context import Facts, WorkflowContext

_MISSING = object()


@dataclass(frozen=True, kw_only=True)
class LambdaAnswer:
    """What the lambda of a step answered: its truth, and the reason it gave, if any."""

    step: str
    truth: bool
    reason: str | None

    def __bool__(self) -> bool:
        return self.truth

    def raise_if_false(self) -> None:
        """CheckStepFailedError, unless the answer is true."""
        if not self.truth:
            raise CheckStepFailedError(self.step, self.reason)


def ask_lambda(
    step: str, function: LambdaFunction, context: "WorkflowContext", facts: "Facts"
) -> LambdaAnswer:
    """The lambda's answer.

    Raises LambdaRuleError for one that did work, returned data or changed the context; the context is then as
    it was before. `StepResult.fail` fails the step (CheckStepFailedError), also in a choice: a condition that
    cannot tell says so, and one that is simply false answers False.
    """
    before = dict(context)
    try:
        answer = call_lambda(step, function, LambdaContext(context, facts))
    finally:
        _undo_writes(step, context, before)
    if not isinstance(answer, StepResult):
        return LambdaAnswer(step=step, truth=answer, reason=None)
    if not answer:
        raise CheckStepFailedError(step, answer.reason)
    return LambdaAnswer(step=step, truth=True, reason=answer.reason)


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
