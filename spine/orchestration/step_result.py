"""What a lambda may answer, where true or false says too little."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class StepResult:
    """A lambda's answer where true or false says too little: `StepResult.fail("why")`."""

    succeeded: bool
    reason: str | None = None

    @classmethod
    def ok(cls, reason: str | None = None) -> "StepResult":
        """Go on; the reason, if any, is kept in the run's history."""
        return cls(succeeded=True, reason=reason)

    @classmethod
    def fail(cls, reason: str) -> "StepResult":
        """Stop the workflow as FAILED, for this reason."""
        return cls(succeeded=False, reason=reason)

    def __bool__(self) -> bool:
        return self.succeeded
