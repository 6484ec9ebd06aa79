"""Run workflows on a database: refuse what cannot run, run the rest, tell what came of it."""

import warnings
from collections.abc import Callable, Mapping
from typing import Any

from spine.core.clock import Clock, utc_now
from spine.core.data_root import DataRoot, DataRootLike
from spine.core.database.database import Database, DatabaseLike
from spine.core.database.schema import ensure_core
from spine.core.partitions.keys import check_partition_key
from spine.core.remaking import Remaking
from spine.errors import UnknownPipelineError, WorkflowDefinitionError
from spine.orchestration.context import WorkflowContext
from spine.orchestration.result import WorkflowResult
from spine.orchestration.run import Run
from spine.orchestration.step import Step
from spine.orchestration.workflow import Workflow
from spine.pipelines.registry import Registry, default_registry


class WorkflowRunner:
    """Runs workflows on one database: a Session, Engine, URL or Database.

    `registry` is where pipelines are looked up, `data_root` what relative source paths count from,
    a folder, or a DataRoot that says how to come by what is elsewhere; with
    `force` stages that are complete run again, with `restate` those whose definition or logic changed, with
    `keep_stale` none. `watch` is called with each step before it runs, to show
    progress. A runner may be used any number of times, and by several threads.
    """

    def __init__(
        self,
        database: DatabaseLike,
        *,
        registry: Registry = default_registry,
        data_root: DataRootLike = ".",
        force: bool = False,
        restate: bool = False,
        keep_stale: bool = False,
        clock: Clock = utc_now,
        watch: Callable[[Step], object] | None = None,
    ) -> None:
        self._database = Database.of(database)
        self._registry = registry
        self._data_root = DataRoot.of(data_root)
        self._remaking = Remaking(force=force, restate=restate, keep_stale=keep_stale)
        self._clock = clock
        self._watch = watch

    def run(
        self, workflow: Workflow, context: Mapping[str, Any] | None = None, *, only: str | None = None
    ) -> WorkflowResult:
        """Run the workflow's steps over the context, which its pipelines read and write in place.

        ``only`` names one pipeline step: it is run after the checks and choices before it, and no other that
        declares what it makes.

        Exceptions of steps do not come out of here: the result is FAILED, with `error` and `failed_step`, and
        `raise_for_failure()` raises it. What makes the workflow impossible to run is raised before any step
        has run: UnknownPipelineError, PartitionError for a wrong partition_key, DatabaseError. So is a
        DatabaseError that keeps the end of a COMPLETE run from being recorded; a FAILED run has it in a note.
        KeyboardInterrupt and SystemExit go on upwards once they are recorded. A SQLite database without the
        core tables gets them.

        Warns UntrackedPipelineWarning and OutputNotKeptWarning, once the run has ended.
        """
        if not isinstance(workflow, Workflow):
            raise WorkflowDefinitionError(f"{workflow!r} is not a Workflow: pass Workflow(name=…, steps=[…])")
        if context is not None and not isinstance(context, Mapping):
            raise WorkflowDefinitionError(
                f"workflow {workflow.name!r} cannot run over {context!r}: pass a dict, such as "
                f"{{'partition_key': '2025-W51'}}"
            )
        shared = context if isinstance(context, WorkflowContext) else WorkflowContext(context)
        self._refuse_unknown_pipelines(workflow)
        _refuse_wrong_partition(workflow, shared)
        ensure_core(self._database)
        run = Run(
            workflow,
            shared,
            database=self._database,
            registry=self._registry,
            data_root=self._data_root,
            remaking=self._remaking,
            clock=self._clock,
            watch=self._watch,
            only=only,
        )
        result = run.go()
        for warning in run.warnings():
            warnings.warn(warning, stacklevel=2)
        return result

    def _refuse_unknown_pipelines(self, workflow: Workflow) -> None:
        problems = []
        for name in dict.fromkeys(workflow.pipeline_names):
            try:
                self._registry.pipeline(name)
            except UnknownPipelineError as error:
                problems.append(str(error))
        if problems:
            raise UnknownPipelineError(f"workflow {workflow.name!r} cannot run: " + "; ".join(problems))


def _refuse_wrong_partition(workflow: Workflow, context: WorkflowContext) -> None:
    """A key that is there must be right; whether there must be one, the workflow's checks say."""
    key = context.get("partition_key")
    if key is None:
        return
    check_partition_key(key)
    if workflow.partitions is not None:
        workflow.partitions.parse(key)
