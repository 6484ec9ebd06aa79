"""Where a stage is made: the workflow that has its pipeline as a step, or the pipeline by itself."""

import sqlalchemy as sa

from spine.core.capture_records import of_stage
from spine.core.captures import Place, StageKey
from spine.core.tables import core_manifest, core_run_steps, core_runs
from spine.errors import UnknownPipelineError
from spine.orchestration.counting import NEWEST_FIRST
from spine.orchestration.ranges import no_partition
from spine.orchestration.step import Step
from spine.orchestration.workflow import Workflow
from spine.pipelines.registry import Registry
from spine.pipelines.stages import DeclaredStages


def registered_workflow(name: str, registry: Registry) -> Workflow:
    """The workflow of that name. Raises UnknownWorkflowError."""
    workflow = registry.workflows.get(name)
    assert isinstance(workflow, Workflow)  # register_workflow takes nothing else
    return workflow


def workflow_of(name: str, registry: Registry) -> Workflow:
    """The workflow of that name, or the pipeline of that name as a workflow of one step.

    A pipeline takes its domain and its partitions from its declaration, or from a workflow that has it as a
    step. Raises UnknownPipelineError.
    """
    if name in registry.workflows:
        return registered_workflow(name, registry)
    makes = registry.pipeline(name).makes
    if makes is None:
        for other in registry.workflows.names():
            home = registered_workflow(other, registry)
            for step in home.pipeline_steps:
                if step.pipeline_name == name:
                    return Workflow(name=name, steps=[step], domain=home.domain, partitions=home.partitions)
        return Workflow(name=name, steps=[Step.pipeline(name.rpartition("/")[2] or name, name)])
    return Workflow(
        name=name,
        steps=[Step.pipeline(makes.stage, name)],
        domain=makes.domain,
        partitions=makes.partitions,
    )


class Homes:
    """Finds the workflow and step that make a stage: those that made its capture, or else by declaration."""

    def __init__(self, connection: sa.Connection, registry: Registry, within: str | None = None) -> None:
        """``within`` is the one workflow to look in."""
        self._connection = connection
        self._registry = registry
        self._within = within
        self._declared = DeclaredStages(registry)
        self._known: dict[StageKey, tuple[str, str] | None] = {}
        self._workflows: dict[str, Workflow] = {}

    def has(self, place: Place) -> bool:
        """Whether anything that is registered makes the stage."""
        return self._by_stage(place) is not None

    def obstacle(self, place: Place) -> str | None:
        """Why nothing that is registered makes that partition of the stage, if nothing does."""
        home = self._by_stage(place)
        if home is None:
            return "no workflow is known that makes it"
        makes = self._declared.stage(place.stage_key)
        partitionings = (None if makes is None else makes.partitions, self._workflow(home[0]).partitions)
        refused = (no_partition(place.partition_key, one) for one in partitionings)
        return next((why for why in refused if why is not None), None)

    def of(self, place: Place, capture_id: str | None) -> tuple[str, str]:
        """The names of the workflow and the step; ``capture_id`` is the stage's current capture, if any."""
        made_by = (
            None if capture_id is None or self._within is not None else self._that_made(place, capture_id)
        )
        found = made_by or self._by_stage(place)
        assert found is not None  # whoever asks has asked whether there is one
        return found

    def _workflow(self, name: str) -> Workflow:
        if name not in self._workflows:
            self._workflows[name] = workflow_of(name, self._registry)
        return self._workflows[name]

    def _by_stage(self, place: Place) -> tuple[str, str] | None:
        key = place.stage_key
        if key not in self._known:
            self._known[key] = self._declared_home(key) or self._home_in_history(key)
        return self._known[key]

    def _declared_home(self, key: StageKey) -> tuple[str, str] | None:
        pipeline = self._declared.pipeline(key)
        if pipeline is None:
            return None
        for name in self._registry.workflows.names() if self._within is None else (self._within,):
            for step in registered_workflow(name, self._registry).pipeline_steps:
                if step.pipeline_name == pipeline:
                    return name, step.name
        return None if self._within is not None else (pipeline, key.stage)

    def _home_in_history(self, key: StageKey) -> tuple[str, str] | None:
        """For a stage of pipelines written by hand: the last run that made a capture of it."""
        c = core_manifest.c
        newest = (
            sa.select(c.capture_id)
            .where(*of_stage(key), c.status == "COMPLETE", c.run_id.is_not(None))
            .order_by(*NEWEST_FIRST)
            .limit(1)
        )
        capture_id = self._connection.execute(newest).scalar()
        row = None if capture_id is None else self._step_that_made(capture_id)
        return None if row is None else self._checked(*row)

    def _that_made(self, place: Place, capture_id: str) -> tuple[str, str] | None:
        row = self._step_that_made(capture_id) or self._step_of_a_run_that_died(place, capture_id)
        if row is None or row[0] not in self._registry.workflows:
            return None  # the pipeline by itself: the workflow that has it also checks what comes before it
        return self._checked(*row)

    def _step_that_made(self, capture_id: str) -> tuple[str, str] | None:
        """The names of the workflow and the step of the run that the capture belongs to.

        A step's capture is the last one that it made. As a run's captures have ids in the order of their
        starts, another one is of the first step whose capture is not before it.
        """
        c, r, s = core_manifest.c, core_runs.c, core_run_steps.c
        made = (
            sa.select(r.workflow, s.name)
            .join_from(core_manifest, core_runs, r.run_id == c.run_id)
            .join(core_run_steps, s.run_id == r.run_id)
            .where(
                c.capture_id == capture_id,
                s.kind == "pipeline",
                s.status.in_(("COMPLETE", "FAILED")),
                s.capture_id >= capture_id,
            )
            .order_by(s.position)
            .limit(1)
        )
        row = self._connection.execute(made).first()
        return None if row is None else (row.workflow, row.name)

    def _step_of_a_run_that_died(self, place: Place, capture_id: str) -> tuple[str, str] | None:
        """Where the run was killed before it noted the step: the step that has the stage's pipeline."""
        of_run = (
            sa.select(core_runs.c.workflow)
            .join_from(core_manifest, core_runs, core_runs.c.run_id == core_manifest.c.run_id)
            .where(core_manifest.c.capture_id == capture_id)
        )
        name, pipeline = self._connection.execute(of_run).scalar(), self._declared.pipeline(place.stage_key)
        if name is None or name not in self._registry.workflows:
            return None
        steps = registered_workflow(name, self._registry).pipeline_steps
        return next(((name, step.name) for step in steps if step.pipeline_name == pipeline), None)

    def _checked(self, workflow: str, step: str) -> tuple[str, str] | None:
        """The home, if it is registered and the one to look in."""
        if self._within not in (None, workflow):
            return None
        try:
            steps = workflow_of(workflow, self._registry).steps
        except UnknownPipelineError:
            return None
        return (workflow, step) if any(one.name == step for one in steps) else None
