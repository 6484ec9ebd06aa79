"""The run's own story, in core_runs and core_run_steps: written along with the captures' transactions.

Rows wait in the tracking until the next write transaction, so that history costs few commits of its own; what
is still waiting when the run ends is committed then.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, bindparam, func, insert, select, update

from spine.core.json_text import storable_json, storable_text
from spine.core.numbers import number_in_time
from spine.core.tables import core_run_reads, core_run_steps, core_runs
from spine.orchestration.reads import Read
from spine.orchestration.result import StepOutcome
from spine.orchestration.workflow import Workflow

if TYPE_CHECKING:
    from spine.core.tracking import Tracking

_earlier = core_runs.alias("earlier")
_INSERT_RUN = insert(core_runs).values(
    attempt=select(func.coalesce(func.max(_earlier.c.attempt), 0) + 1)
    .where(
        _earlier.c.workflow == bindparam("of_workflow"),
        _earlier.c.partition_key == bindparam("of_partition", type_=Text),
    )
    .scalar_subquery()
)
_INSERT_STEP = insert(core_run_steps)
_FINISH_RUN = update(core_runs).where(core_runs.c.run_id == bindparam("of_run"))

_AMEND_STEP = update(core_run_steps).where(
    core_run_steps.c.run_id == bindparam("of_run"), core_run_steps.c.position == bindparam("of_position")
)
_INSERT_READ = insert(core_run_reads)

SCALARS = (str, int, float, bool, type(None))


class History:
    """Records one run, through the tracking that belongs to it."""

    def __init__(self, tracking: "Tracking", run_id: str) -> None:
        self._tracking = tracking
        self._run_id = run_id
        self._steps: list[dict[str, Any]] = []  # the rows of core_run_steps
        self._run: dict[str, Any] = {}  # the row of core_runs

    def begin(self, workflow: Workflow, context: Mapping[str, Any], only: str | None = None) -> None:
        """Note that the run starts, the plain values it was given, and the one step it is for, if it is."""
        partition_key = context.get("partition_key")
        params = {key: value for key, value in context.items() if isinstance(value, SCALARS)}
        self._run = {
            "run_id": self._run_id,
            "workflow": storable_text(workflow.name),
            "domain": None if workflow.domain is None else storable_text(workflow.domain),
            "partition_key": partition_key if isinstance(partition_key, str) else None,
            "status": "RUNNING",
            "params": storable_json(params),
            "started_at": self._tracking.clock(),
            "finished_at": None,
            "failed_step": None,
            "error": None,
            "only_step": only,
        }
        self._run |= {"of_workflow": self._run["workflow"], "of_partition": self._run["partition_key"]}
        self._tracking.writer.defer(_INSERT_RUN, self._run)

    def add(self, outcome: StepOutcome) -> None:
        """Note how the next step of the workflow ended."""
        row = {
            "run_id": self._run_id,
            "position": len(self._steps) + 1,
            "name": storable_text(outcome.name),
            "kind": outcome.kind,
            "status": outcome.status,
            "capture_id": outcome.capture_id,
            "reason": None if outcome.reason is None else storable_text(outcome.reason),
            "started_at": outcome.started_at,
            "finished_at": outcome.finished_at,
        }
        self._steps.append(row)
        self._tracking.writer.defer(_INSERT_STEP, row)

    def amend(self, place: int, outcome: StepOutcome) -> None:
        """Note more of why the step at that place, from 0, ended as it did."""
        row, reason = self._steps[place], storable_text(outcome.reason or "")
        if self._tracking.writer.is_waiting(row):
            row["reason"] = reason
        else:
            step = {"of_run": self._run_id, "of_position": row["position"]}
            self._tracking.writer.defer(_AMEND_STEP, {**step, "reason": reason})

    def saw(self, step: str, reads: Iterable[Read]) -> None:
        """Note what a check or choice saw of the manifest."""
        for read in reads:
            self._tracking.writer.defer(_INSERT_READ, {"run_id": self._run_id, "step": step, **asdict(read)})

    def finish(self, failed_step: str | None, error: BaseException | None) -> None:
        """Note how the run ended, number what runs made, and commit all that is not yet committed."""
        end = {
            "status": "COMPLETE" if error is None else "FAILED",
            "finished_at": self._tracking.clock(),
            "failed_step": None if failed_step is None else storable_text(failed_step),
            "error": None if error is None else storable_text(str(error) or type(error).__name__),
        }
        if self._tracking.writer.is_waiting(self._run):
            self._run.update(end)  # nothing was written yet, as where every stage was skipped
        else:
            self._tracking.writer.defer(_FINISH_RUN, {"of_run": self._run_id, **end})
        if any(row["kind"] == "pipeline" and row["status"] == "COMPLETE" for row in self._steps):
            number_in_time(self._tracking.writer)
        self._tracking.writer.flush()
