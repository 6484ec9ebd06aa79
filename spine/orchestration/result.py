"""What a run comes to: one outcome per step, and the workflow's result."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from spine.orchestration.context import WorkflowContext

StepStatus: TypeAlias = Literal["COMPLETE", "SKIPPED", "FAILED", "NOT_RUN"]
StepKind: TypeAlias = Literal["lambda", "pipeline", "choice"]


@dataclass(frozen=True, kw_only=True)
class StepOutcome:
    """How one step ended; a step that a choice or a failure left out is NOT_RUN."""

    name: str
    kind: StepKind
    status: StepStatus
    reason: str | None = None  # why it was skipped or failed, or where a choice went
    capture_id: str | None = None  # the capture it made, or the one that let it be skipped
    row_count: int | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class WorkflowResult:
    """The result of one run: COMPLETE, or FAILED with the step and the exception that ended it."""

    workflow: str
    run_id: str
    status: Literal["COMPLETE", "FAILED"]
    steps: tuple[StepOutcome, ...]  # one per step of the workflow, in its order
    context: "WorkflowContext"
    failed_step: str | None = None
    error: Exception | None = None

    def step(self, name: str) -> StepOutcome:
        """The outcome of the step of that name; KeyError if the workflow has none."""
        for outcome in self.steps:
            if outcome.name == name:
                return outcome
        raise KeyError(name)

    def raise_for_failure(self) -> None:
        """Raise the exception that ended the run, if one did."""
        if self.error is not None:
            raise self.error
