"""One run of one workflow: its steps in order, each one's outcome recorded, the first failure ending it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeGuard

from spine.core.ids import new_capture_id
from spine.core.recording import current_step
from spine.core.remaking import Remaking
from spine.core.tracking import Tracking
from spine.errors import UntrackedPipelineWarning
from spine.orchestration.facts import StageFacts
from spine.orchestration.history import History
from spine.orchestration.kept_outputs import OutputKeeper
from spine.orchestration.lambda_step import LambdaAnswer, ask_lambda
from spine.orchestration.passed_over import passed_over, why_stale
from spine.orchestration.pipeline_step import PipelineRunner
from spine.orchestration.result import StepKind, StepOutcome, WorkflowResult
from spine.orchestration.seen import Seen
from spine.orchestration.stale import StaleCaptures
from spine.orchestration.step import END, ChoiceStep, LambdaStep, PipelineStep, Step
from spine.orchestration.workflow import Workflow
from spine.pipelines.stages import DeclaredStages

if TYPE_CHECKING:
    from spine.core.clock import Clock
    from spine.core.data_root import DataRoot
    from spine.core.database.database import Database
    from spine.orchestration.context import WorkflowContext
    from spine.pipelines.registry import Registry

KINDS: dict[type[Step], StepKind] = {LambdaStep: "lambda", PipelineStep: "pipeline", ChoiceStep: "choice"}


class Run:
    """One run; `go` is called once."""

    def __init__(
        self,
        workflow: Workflow,
        context: "WorkflowContext",
        *,
        database: "Database",
        registry: "Registry",
        data_root: "DataRoot",
        remaking: Remaking,
        clock: "Clock",
        watch: Callable[[Step], object] | None,
        only: str | None = None,
    ) -> None:
        self.run_id = new_capture_id()
        self._workflow = workflow
        self._context = context
        self._registry = registry
        self._data_root = data_root
        self._clock = clock
        self._watch = watch
        self._only = only
        self._tracking = Tracking(
            database, run_id=self.run_id, remaking=remaking, clock=clock, outer=current_step.get()
        )
        self._facts = StageFacts(self._tracking, context, workflow.domain, workflow.partitions)
        self._keeper = OutputKeeper(context, self._tracking)
        self._history = History(self._tracking, self.run_id)
        self._pipelines = PipelineRunner(
            context=context,
            tracking=self._tracking,
            facts=self._facts,
            keeper=self._keeper,
            data_root=data_root,
        )
        self._outcomes: list[StepOutcome] = []
        self._untracked: list[UntrackedPipelineWarning] = []
        self._made_from: dict[str, set[str]] = {}  # what each capture that was made here read
        self._seen: set[str] = set()  # the captures that were made or found here

    def go(self) -> WorkflowResult:
        """Run the steps, and record how that ended."""
        outer = current_step.get()
        if outer is not None:
            outer.log.touched = True  # a pipeline that runs a workflow tracks itself through that
        self._history.begin(self._workflow, self._context, self._only)
        failed_step, error = self._run_steps()
        self._finish(failed_step, error)
        return WorkflowResult(
            workflow=self._workflow.name,
            run_id=self.run_id,
            status="COMPLETE" if error is None else "FAILED",
            steps=tuple(self._outcomes),
            context=self._context,
            failed_step=failed_step,
            error=error,
        )

    def warnings(self) -> tuple[UserWarning, ...]:
        """What to warn of, now that the run has ended."""
        return (*self._untracked, *self._keeper.warnings)

    def _run_steps(self) -> tuple[str | None, Exception | None]:
        """Run one step after the other; the step that failed and why, if one did."""
        steps, position = self._workflow.steps, 0
        while position < len(steps):
            step, started_at = steps[position], self._clock()
            if self._is_left_out(step):
                self._recall(step)
                self._add(_not_run(step))
                position += 1
                continue
            if self._watch is not None:
                self._watch(step)
            try:
                outcome, after = self._run_step(step, position, started_at)
            except Exception as error:  # noqa: BLE001 - a step's failure is the run's result
                self._add(self._failed(step, started_at, error))
                return step.name, error
            except BaseException as interruption:
                self._add(self._failed(step, started_at, interruption))
                self._finish(step.name, interruption)
                raise
            self._add(outcome)
            for left_out in steps[position + 1 : after]:
                self._add(_not_run(left_out))
            position = len(steps) if step.name == self._only else after
        return None, None

    def _is_left_out(self, step: Step) -> TypeGuard[PipelineStep]:
        """Whether the run is for another step, and this one's part is known to be done by another run."""
        if self._only in (None, step.name) or not isinstance(step, PipelineStep):
            return False
        return self._registry.pipeline(step.pipeline_name).makes is not None

    def _recall(self, step: PipelineStep) -> None:
        makes, key = self._registry.pipeline(step.pipeline_name).makes, self._context.get("partition_key")
        if makes is not None and isinstance(key, str):
            self._pipelines.recall(makes.stage_key.at(key))

    def _run_step(self, step: Step, position: int, started_at: datetime) -> tuple[StepOutcome, int]:
        """The step's outcome and the position to go on at."""
        if isinstance(step, PipelineStep):
            return self._run_pipeline(step, started_at), position + 1
        if isinstance(step, ChoiceStep):
            answer = self._ask(step)
            target = (step.then_step if answer else step.else_step) or self._workflow.next_name(position)
            where = "ends here" if target == END else f"goes on at {target}"
            return self._complete(step, started_at, f"{answer.told}; {where}"), self._workflow.position(
                target
            )
        assert isinstance(step, LambdaStep)
        answer = self._ask(step)
        answer.raise_if_false()
        return self._complete(step, started_at, answer.reason), position + 1

    def _ask(self, step: LambdaStep | ChoiceStep) -> LambdaAnswer:
        """A lambda's answer; what it saw, of the manifest and of what captures left, is kept with the run."""
        seen = Seen()
        try:
            return ask_lambda(step, self._context, self._facts, seen)
        finally:
            self._facts.note_values(seen.keys)
            self._history.saw(step.name, self._facts.take_reads())

    def _run_pipeline(self, step: PipelineStep, started_at: datetime) -> StepOutcome:
        outcome = self._pipelines.run(step, self._registry.pipeline(step.pipeline_name), started_at)
        if not self._tracking.log.touched:
            self._untracked.append(
                UntrackedPipelineWarning(
                    f"pipeline {step.pipeline_name!r} ran in workflow {self._workflow.name!r} without "
                    "touching the manifest, so it will run again every time and leaves no trace: call "
                    "self.manifest.check_complete, record_start and record_complete in its run method"
                )
            )
        log = self._tracking.log
        made = {one.capture_id: one.inputs for one in log.started.values() if one.status == "COMPLETE"}
        self._made_from |= made
        self._seen |= made.keys() | {record.capture_id for record in log.found}
        return outcome

    def _complete(self, step: Step, started_at: datetime, reason: str | None) -> StepOutcome:
        return StepOutcome(
            name=step.name,
            kind=KINDS[type(step)],
            status="COMPLETE",
            reason=reason,
            started_at=started_at,
            finished_at=self._clock(),
        )

    def _failed(self, step: Step, started_at: datetime, error: BaseException) -> StepOutcome:
        captures = tuple(self._tracking.log.started) if isinstance(step, PipelineStep) else ()
        return StepOutcome(
            name=step.name,
            kind=KINDS[type(step)],
            status="FAILED",
            reason=str(error) or type(error).__name__,
            capture_id=captures[-1] if captures else None,
            started_at=started_at,
            finished_at=self._clock(),
        )

    def _add(self, outcome: StepOutcome) -> None:
        self._outcomes.append(outcome)
        self._history.add(outcome)

    def _finish(self, failed_step: str | None, error: BaseException | None) -> None:
        for step in self._workflow.steps[len(self._outcomes) :]:
            self._add(_not_run(step))
        if error is None:
            self._tell_behind()
            self._tell_passed_over()
        try:
            self._history.finish(failed_step, error)
        except Exception as unrecorded:
            if error is None:
                raise
            error.add_note(f"run {self.run_id} could not be recorded as FAILED: {unrecorded}")

    def _tell_behind(self) -> None:
        """Say of stages that something they were made from is stale."""
        skipped = [one.capture_id for one in self._outcomes if one.status == "SKIPPED" and one.capture_id]
        made = [one for one, inputs in self._made_from.items() if not inputs <= self._seen]
        captures = [*skipped, *made]
        if not captures:
            return
        stale = StaleCaptures(DeclaredStages(self._registry), self._data_root.without_looking)
        with self._tracking.read() as connection:
            if not stale.is_any_behind(connection, captures):
                return
            behind = stale.behind(connection, captures)
        for position, outcome in enumerate(self._outcomes):
            why = behind.get(outcome.capture_id or "")
            if why is not None:
                self._tell(position, f"behind: {why}; --upstream makes that again")

    def _tell_passed_over(self) -> None:
        """Say of stages that a choice left out that they are complete and stale."""
        key = self._context.get("partition_key")
        if not isinstance(key, str):
            return
        places = passed_over(self._workflow, self._outcomes, self._registry, key, self._only)
        if places:
            with self._tracking.read() as connection:
                for position, why in why_stale(
                    connection, places, self._registry, self._data_root.without_looking
                ):
                    self._tell(position, why)

    def _tell(self, position: int, why: str) -> None:
        """Add to why the step at that position, from 0, ended as it did."""
        outcome = self._outcomes[position]
        told = f"{outcome.reason}; {why}" if outcome.reason else why
        self._outcomes[position] = replace(outcome, reason=told)
        self._history.amend(position, self._outcomes[position])


def _not_run(step: Step) -> StepOutcome:
    return StepOutcome(name=step.name, kind=KINDS[type(step)], status="NOT_RUN")
