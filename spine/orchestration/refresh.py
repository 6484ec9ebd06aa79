"""Carry out a plan here, one task after the other: each stage of each partition at most once.

It can be stopped anywhere and begun again: what is made is fresh, and a new plan has only the rest.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import sqlalchemy as sa

from spine.core.capture_records import current_at
from spine.core.captures import CaptureRecord, Place
from spine.core.clock import Clock, utc_now
from spine.core.data_root import DataRoot, DataRootLike
from spine.core.database.database import Database, DatabaseLike
from spine.core.numbers import number_all
from spine.core.tables import core_runs
from spine.errors import CaptureConflictError, PartitionError, UnknownPipelineError
from spine.orchestration.homes import workflow_of
from spine.orchestration.plan import Plan, Task
from spine.orchestration.result import WorkflowResult
from spine.orchestration.runner import WorkflowRunner
from spine.orchestration.stale import StaleCaptures
from spine.pipelines.registry import Registry, default_registry
from spine.pipelines.stages import DeclaredStages

TaskStatus: TypeAlias = Literal["COMPLETE", "SKIPPED", "LEFT_OUT", "FAILED", "BLOCKED"]
_ENDED_WELL: frozenset[TaskStatus] = frozenset({"COMPLETE", "SKIPPED", "LEFT_OUT"})


@dataclass(frozen=True, kw_only=True)
class TaskOutcome:
    """How one task ended.

    SKIPPED found the stage fresh already, LEFT_OUT did not come to it by a choice, and BLOCKED was not tried,
    as something that it depends on failed.
    """

    task: Task
    status: TaskStatus
    reason: str | None = None
    capture_id: str | None = None
    row_count: int | None = None
    error: Exception | None = None

    @property
    def ended_well(self) -> bool:
        """Whether nothing is left to do."""
        return self.status in _ENDED_WELL


class Refresher:
    """Runs the tasks of plans on one database."""

    def __init__(
        self,
        database: DatabaseLike,
        *,
        registry: Registry = default_registry,
        data_root: DataRootLike = ".",
        clock: Clock = utc_now,
    ) -> None:
        self._database = Database.of(database)
        self._registry = registry
        self._data_root = DataRoot.of(data_root)
        self._runner = WorkflowRunner(
            self._database, registry=registry, data_root=data_root, restate=True, clock=clock
        )

    def execute(
        self, plan: Plan, watch: Callable[[Task], object] = lambda _task: None
    ) -> Iterator[TaskOutcome]:
        """Run the tasks in order; what depends on a failed one is BLOCKED. ``watch`` is told each first."""
        failed: dict[Place, Task] = {}
        for task in plan.tasks:
            blocking = next((place for place in task.after if place in failed), None)
            if blocking is None:
                watch(task)
                outcome = self._run(task)
            else:
                why = f"{blocking.stage} {blocking.partition_key} failed"
                outcome = TaskOutcome(task=task, status="BLOCKED", reason=why)
            if not outcome.ended_well:
                failed[task.place] = task
            yield outcome
        with self._database.write(durable=False) as connection:
            number_all(connection)  # as the last runs may have left it to whoever comes next

    def _run(self, task: Task) -> TaskOutcome:
        workflow = workflow_of(task.workflow, self._registry)
        try:
            result = self._runner.run(workflow, self._context(task), only=task.step)
        except (PartitionError, UnknownPipelineError) as error:  # this workflow cannot run; others can
            return TaskOutcome(task=task, status="FAILED", reason=str(error), error=error)
        if isinstance(result.error, CaptureConflictError) and result.failed_step == task.step:
            made = self._fresh(task.place)
            if made is not None:
                return TaskOutcome(
                    task=task,
                    status="SKIPPED",
                    reason="another run made it meanwhile",
                    capture_id=made.capture_id,
                    row_count=made.row_count,
                )
        return _outcome(task, result)

    def _fresh(self, place: Place) -> CaptureRecord | None:
        """The place's current capture, if it is fresh."""
        with self._database.read() as connection:
            record = current_at(connection, place)
            if record is None:
                return None
            stale = StaleCaptures(DeclaredStages(self._registry), self._data_root.without_looking)
            return None if stale.among(connection, [record]) else record

    def _context(self, task: Task) -> dict[str, Any]:
        """The parameters that the partition was last run with."""
        r = core_runs.c
        query = (
            sa.select(r.params)
            .where(r.workflow == task.workflow, r.partition_key == task.place.partition_key)
            .order_by(r.attempt.desc())
            .limit(1)
        )
        with self._database.read() as connection:
            given = connection.execute(query).scalar()
        params = {name: value for name, value in (given or {}).items() if name != "partition_key"}
        return {**params, "params": params, "partition_key": task.place.partition_key}


def _outcome(task: Task, result: WorkflowResult) -> TaskOutcome:
    step = result.step(task.step)
    if result.error is not None:
        where = "" if result.failed_step == task.step else f"at {result.failed_step}: "
        reason = f"{where}{result.error}"
        return TaskOutcome(
            task=task, status="FAILED", reason=reason, capture_id=step.capture_id, error=result.error
        )
    if step.status == "NOT_RUN":
        return TaskOutcome(task=task, status="LEFT_OUT", reason=step.reason or "a choice left it out")
    return TaskOutcome(
        task=task,
        status="SKIPPED" if step.status == "SKIPPED" else "COMPLETE",
        reason=step.reason,
        capture_id=step.capture_id,
        row_count=step.row_count,
    )
