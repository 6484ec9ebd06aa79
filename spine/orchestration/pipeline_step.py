"""Run a pipeline step: lend the pipeline the run's tracking, read its answer, leave no capture open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from spine.core.capture_records import current_at
from spine.core.captures import Place
from spine.core.recording import current_step
from spine.errors import PipelineFailedError, PipelineReferenceError, UnfinishedCaptureError
from spine.orchestration.result import StepOutcome
from spine.orchestration.step import PipelineStep
from spine.orchestration.step_result import StepResult

if TYPE_CHECKING:
    from spine.core.data_root import DataRoot
    from spine.core.tracking import Tracking
    from spine.orchestration.context import WorkflowContext
    from spine.orchestration.facts import StageFacts
    from spine.orchestration.kept_outputs import OutputKeeper
    from spine.pipelines.pipeline import Pipeline

SUCCEEDED = frozenset({"SUCCESS", "COMPLETE", "OK"})
SKIPPED = "SKIPPED"
FAILED = frozenset({"FAILED", "FAILURE", "ERROR"})
EXPECTED = 'None, a StageResult, or a dict such as {"status": "SUCCESS", "rows": 3}'


@dataclass(frozen=True, kw_only=True)
class PipelineRunner:
    """Runs the pipelines of one workflow run."""

    context: "WorkflowContext"
    tracking: "Tracking"
    facts: "StageFacts"
    keeper: "OutputKeeper"
    data_root: "DataRoot"

    def run(self, step: PipelineStep, pipeline_class: "type[Pipeline]", started_at: datetime) -> StepOutcome:
        """Run the step's pipeline. An exception that ends it is first recorded in its open captures."""
        self.tracking.begin_step()
        self.keeper.begin_step()
        token = current_step.set(self.tracking)
        try:
            pipeline = _make(step, pipeline_class)
            pipeline.lend(self.tracking, self.data_root)
            status, row_count, reason = read_answer(step, pipeline.run(self.context))
            self._refuse_unfinished(step)
        except BaseException as error:
            self._fail_open_captures(error)
            raise
        finally:
            current_step.reset(token)
        if status is None:
            status = "SKIPPED" if self.tracking.log.found and not self.tracking.log.started else "COMPLETE"
        return self._outcome(step, started_at, status, row_count, reason)

    def recall(self, place: Place) -> None:
        """Give the context what a stage left there that other runs make: its capture as this run saw it."""
        pins = self.tracking.pins
        with self.tracking.read() as connection:
            record = pins[place] if place in pins else current_at(connection, place)
        if record is not None:
            pins.see(record)
            self.keeper.recall(record)
            self.facts.learn_values(self.context.written(), [record])

    def _outcome(
        self,
        step: PipelineStep,
        started_at: datetime,
        status: Literal["COMPLETE", "SKIPPED"],
        row_count: int | None,
        reason: str | None,
    ) -> StepOutcome:
        """Tell the facts and the outputs what the step did or found."""
        log = self.tracking.log
        made = [attempt.as_record() for attempt in log.started.values() if attempt.status == "COMPLETE"]
        found = [record for record in log.found if not self.facts.knows(record.stage)]
        if status == "SKIPPED":
            self.keeper.restore(found)
        else:
            self.keeper.keep_rest(step.name)
        captures = made or (found if status == "SKIPPED" else [])
        for capture in captures:
            self.facts.learn(capture.stage, capture)
        self.facts.learn_values(self.context.written(), made or log.found)
        last = captures[-1] if captures else None
        if status == "SKIPPED":
            reason = next((one.standing for one in found if one.standing), reason)
        elif reason is None:
            reason = next((one.reason for one in made if one.reason), None)
        if last is not None:
            self.facts.learn(step.name, last)
        return StepOutcome(
            name=step.name,
            kind="pipeline",
            status=status,
            reason=reason,
            capture_id=None if last is None else last.capture_id,
            row_count=row_count if last is None or last.row_count is None else last.row_count,
            started_at=started_at,
            finished_at=self.tracking.clock(),
        )

    def _refuse_unfinished(self, step: PipelineStep) -> None:
        for note in self.tracking.log.started.values():
            if note.status == "RUNNING":
                raise UnfinishedCaptureError(
                    f"pipeline {step.pipeline_name!r} returned, but capture {note.capture_id} of "
                    f"{note.place} is still RUNNING: call self.manifest.record_complete(capture_id, "
                    "row_count) after the work"
                )

    def _fail_open_captures(self, error: BaseException) -> None:
        """Record the failure in every capture that the pipeline itself left RUNNING.

        One that cannot be recorded, as when the database went away, is told in a note of the error.
        """
        why = str(error) or type(error).__name__
        for note in tuple(self.tracking.log.started.values()):
            if note.status == "RUNNING":
                try:
                    self.tracking.manifest.record_failed(note.capture_id, why)
                except Exception as unrecorded:  # noqa: BLE001 - whatever it is, the error is what matters
                    error.add_note(f"capture {note.capture_id} could not be recorded as FAILED: {unrecorded}")


def read_answer(
    step: PipelineStep, answer: object
) -> tuple[Literal["COMPLETE", "SKIPPED"] | None, int | None, str | None]:
    """What a pipeline's return value says: status (None: it does not say), row count, reason.

    Raises PipelineFailedError for one that reports failure or that is no result at all.
    """
    if answer is None:
        return None, None, None
    if isinstance(answer, StepResult):
        answer = {"status": "SUCCESS" if answer else "FAILED", "reason": answer.reason}
    if not isinstance(answer, Mapping):
        raise PipelineFailedError(
            f"pipeline {step.pipeline_name!r} returned a {type(answer).__name__}, which is no result: "
            f"return {EXPECTED}"
        )
    status, reason, rows = answer.get("status"), answer.get("reason"), answer.get("rows")
    text = None if reason is None else str(reason)
    row_count = rows if isinstance(rows, int) else len(rows) if isinstance(rows, list | tuple) else None
    if status is None:
        return None, row_count, text
    if status in SUCCEEDED:
        return "COMPLETE", row_count, text
    if status == SKIPPED:
        return "SKIPPED", row_count, text
    if status in FAILED:
        raise PipelineFailedError(
            f"pipeline {step.pipeline_name!r} reported {status}: {text or 'it gave no reason'}"
        )
    raise PipelineFailedError(
        f"pipeline {step.pipeline_name!r} returned the status {status!r}: return 'SUCCESS', 'SKIPPED' or "
        f"'FAILED'"
    )


def _make(step: PipelineStep, pipeline_class: "type[Pipeline]") -> "Pipeline":
    """A pipeline object; workflows make them without arguments."""
    try:
        return pipeline_class()
    except TypeError as error:
        raise PipelineReferenceError(
            f"pipeline {step.pipeline_name!r} cannot be made: {error}; workflows call "
            f"{pipeline_class.__name__}() without arguments, so give its __init__ defaults and read "
            "parameters from the context"
        ) from error
