"""Run a workflow: its steps in order, each one's outcome recorded, the first failure ending it."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spine.core.clock import Clock, utc_now
from spine.core.database import Database, DatabaseLike
from spine.core.ids import new_capture_id
from spine.core.keys import check_partition_key
from spine.core.ledger import current_step
from spine.core.tracking import Tracking
from spine.errors import (
    CheckStepFailedError,
    LambdaRuleError,
    UnknownPipelineError,
    UntrackedPipelineWarning,
    WorkflowDefinitionError,
)
from spine.orchestration.context import LambdaContext, WorkflowContext
from spine.orchestration.facts import StageFacts
from spine.orchestration.history import History
from spine.orchestration.kept_outputs import OutputKeeper
from spine.orchestration.lambda_rule import call_lambda
from spine.orchestration.pipeline_step import PipelineRunner
from spine.orchestration.result import StepKind, StepOutcome, WorkflowResult
from spine.orchestration.step import ChoiceStep, LambdaStep, PipelineStep, Step, StepResult
from spine.orchestration.workflow import Workflow
from spine.pipelines.registry import Registry, default_registry

if TYPE_CHECKING:
    from datetime import datetime

KINDS: dict[type[Step], StepKind] = {LambdaStep: "lambda", PipelineStep: "pipeline", ChoiceStep: "choice"}


class WorkflowRunner:
    """Runs workflows on one database: a Session, Engine, URL or Database.

    `registry` is where pipelines are looked up, `data_root` what relative source paths count from; with
    `force` stages that are complete run again. `watch` is called with each step before it runs, to show
    progress. A runner may be used any number of times, and by several threads.
    """

    def __init__(
        self,
        database: DatabaseLike,
        *,
        registry: Registry = default_registry,
        data_root: str | Path = ".",
        force: bool = False,
        clock: Clock = utc_now,
        watch: Callable[[Step], object] | None = None,
    ) -> None:
        self._database = Database.of(database)
        self._registry = registry
        self._data_root = Path(data_root)
        self._force = force
        self._clock = clock
        self._watch = watch

    def run(self, workflow: Workflow, context: Mapping[str, Any] | None = None) -> WorkflowResult:
        """Run the workflow's steps over the context, which its pipelines read and write in place.

        Exceptions of steps do not come out of here: the result is FAILED, with `error` and `failed_step`, and
        `raise_for_failure()` raises it. What makes the workflow impossible to run is raised before any step has
        run: UnknownPipelineError, PartitionError for a wrong partition_key, DatabaseError. KeyboardInterrupt
        and SystemExit go on upwards once they are recorded.
        """
        if not isinstance(workflow, Workflow):
            raise WorkflowDefinitionError(f"{workflow!r} is not a Workflow: pass Workflow(name=…, steps=[…])")
        shared = context if isinstance(context, WorkflowContext) else WorkflowContext(context)
        self._refuse_unrunnable(workflow, shared)
        run = _Run.start(
            self._database,
            workflow,
            shared,
            self._registry,
            self._data_root,
            self._force,
            self._clock,
            self._watch,
        )
        result = run.go()
        for warning in (*run.untracked, *run.keeper.warnings):
            warnings.warn(warning, stacklevel=2)
        return result

    def _refuse_unrunnable(self, workflow: Workflow, context: WorkflowContext) -> None:
        problems = []
        for name in dict.fromkeys(workflow.pipeline_names):
            try:
                self._registry.pipeline(name)
            except UnknownPipelineError as error:
                problems.append(str(error))
        if problems:
            raise UnknownPipelineError(f"workflow {workflow.name!r} cannot run: " + "; ".join(problems))
        key = context.get("partition_key")
        if key is not None:
            check_partition_key(key)
            if workflow.partitions is not None:
                workflow.partitions.parse(key)


@dataclass(frozen=True, kw_only=True)
class _Run:
    """One run of one workflow."""

    workflow: Workflow
    context: WorkflowContext
    registry: Registry
    tracking: Tracking
    run_id: str
    history: History
    facts: StageFacts
    keeper: OutputKeeper
    pipelines: PipelineRunner
    watch: Callable[[Step], object] | None
    untracked: list[UntrackedPipelineWarning]

    @classmethod
    def start(
        cls,
        database: Database,
        workflow: Workflow,
        context: WorkflowContext,
        registry: Registry,
        data_root: Path,
        force: bool,
        clock: Clock,
        watch: Callable[[Step], object] | None,
    ) -> "_Run":
        run_id = new_capture_id()
        tracking = Tracking(database, run_id=run_id, force=force, clock=clock)
        facts = StageFacts(tracking, context, workflow.domain, workflow.partitions)
        keeper = OutputKeeper(context, tracking)
        history = History(tracking, run_id)
        history.begin(workflow, context)
        return cls(
            workflow=workflow,
            context=context,
            registry=registry,
            tracking=tracking,
            run_id=run_id,
            history=history,
            facts=facts,
            keeper=keeper,
            pipelines=PipelineRunner(
                context=context, tracking=tracking, facts=facts, keeper=keeper, data_root=data_root
            ),
            watch=watch,
            untracked=[],
        )

    def go(self) -> WorkflowResult:
        """Run the steps, and record how that ended."""
        outer = current_step.get()
        if outer is not None:
            outer.touched = True  # a pipeline that runs a workflow tracks itself through that
        outcomes: list[StepOutcome] = []
        error: Exception | None = None
        position = 0
        steps = self.workflow.steps
        while position < len(steps) and error is None:
            step, started_at = steps[position], self.tracking.clock()
            if self.watch is not None:
                self.watch(step)
            try:
                outcome, position_after = self._run_step(step, position, started_at)
            except Exception as failure:  # noqa: BLE001 - a step's failure is the run's result
                error = failure
                outcome, position_after = self._failed(step, started_at, failure), position + 1
            except BaseException as interruption:
                self._add(outcomes, self._failed(step, started_at, interruption))
                self._finish(outcomes, step.name, interruption)
                raise
            self._add(outcomes, outcome)
            for skipped in steps[position + 1 : position_after]:
                self._add(outcomes, _not_run(skipped))
            position = position_after
        failed_step = outcomes[-1].name if error is not None else None
        self._finish(outcomes, failed_step, error)
        return WorkflowResult(
            workflow=self.workflow.name,
            run_id=self.run_id,
            status="COMPLETE" if error is None else "FAILED",
            steps=tuple(outcomes),
            context=self.context,
            failed_step=failed_step,
            error=error,
        )

    def _run_step(self, step: Step, position: int, started_at: "datetime") -> tuple[StepOutcome, int]:
        """The step's outcome and the position to go on at."""
        after = position + 1
        if isinstance(step, PipelineStep):
            return self._run_pipeline(step, started_at), after
        if isinstance(step, ChoiceStep):
            answer = self._ask(step.name, step.condition)
            target = step.then_step if answer else step.else_step
            after = after if target is None else self.workflow.position(target)
            reason = (
                f"{'true' if answer else 'false'}: goes on at {target or self.workflow.next_name(position)}"
            )
            return self._outcome(step, started_at, reason=reason), after
        assert isinstance(step, LambdaStep)
        answer = self._ask(step.name, step.function)
        if not answer:
            raise CheckStepFailedError(step.name, None)
        return self._outcome(
            step, started_at, reason=answer.reason if isinstance(answer, StepResult) else None
        ), after

    def _run_pipeline(self, step: PipelineStep, started_at: "datetime") -> StepOutcome:
        done = self.pipelines.run(step, self.registry.pipeline(step.pipeline_name))
        if not done.tracked:
            self.untracked.append(
                UntrackedPipelineWarning(
                    f"pipeline {step.pipeline_name!r} ran in workflow {self.workflow.name!r} without touching the "
                    f"manifest, so it will run again every time and leaves no trace: call "
                    f"self.manifest.check_complete, record_start and record_complete in its run method"
                )
            )
        return StepOutcome(
            name=step.name,
            kind="pipeline",
            status=done.status,
            reason=done.reason,
            capture_id=done.capture_id,
            row_count=done.row_count,
            started_at=started_at,
            finished_at=self.tracking.clock(),
        )

    def _ask(self, step: str, function: Any) -> StepResult | bool:
        """The lambda's answer; StepResult.fail fails the step, in choices too."""
        before = dict(self.context)
        try:
            answer = call_lambda(step, function, LambdaContext(self.context, self.facts))
        finally:
            self._undo_writes(step, before)
        if isinstance(answer, StepResult) and not answer:
            raise CheckStepFailedError(step, answer.reason)
        return answer

    def _undo_writes(self, step: str, before: dict[str, Any]) -> None:
        """Refuse what a lambda wrote to the context behind its back, through a dict that it had captured."""
        changed = [key for key in {**before, **self.context} if _changed(key, before, self.context)]
        if not changed:
            return
        for key in changed:
            if key in before:
                self.context[key] = before[key]
            else:
                del self.context[key]
        raise LambdaRuleError(
            f"the lambda of step {step!r} wrote context[{changed[0]!r}]: lambdas only check; "
            f"write to the context in a pipeline (Step.pipeline)"
        )

    def _outcome(self, step: Step, started_at: "datetime", *, reason: str | None) -> StepOutcome:
        return StepOutcome(
            name=step.name,
            kind=KINDS[type(step)],
            status="COMPLETE",
            reason=reason,
            started_at=started_at,
            finished_at=self.tracking.clock(),
        )

    def _failed(self, step: Step, started_at: "datetime", error: BaseException) -> StepOutcome:
        captures = tuple(self.tracking.captures) if isinstance(step, PipelineStep) else ()
        return StepOutcome(
            name=step.name,
            kind=KINDS[type(step)],
            status="FAILED",
            reason=str(error) or type(error).__name__,
            capture_id=captures[-1] if captures else None,
            started_at=started_at,
            finished_at=self.tracking.clock(),
        )

    def _add(self, outcomes: list[StepOutcome], outcome: StepOutcome) -> None:
        outcomes.append(outcome)
        self.history.add(outcome)

    def _finish(
        self, outcomes: list[StepOutcome], failed_step: str | None, error: BaseException | None
    ) -> None:
        for step in self.workflow.steps[len(outcomes) :]:
            self._add(outcomes, _not_run(step))
        self.history.finish(failed_step, error)


def _not_run(step: Step) -> StepOutcome:
    return StepOutcome(name=step.name, kind=KINDS[type(step)], status="NOT_RUN")


def _changed(key: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    missing = object()
    return before.get(key, missing) is not after.get(key, missing)
