"""The workflow: named steps in order, checked as a whole when it is made. Running it is the runner's."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from spine.errors import DuplicateStepError, WorkflowDefinitionError
from spine.orchestration.step import END, ChoiceStep, LambdaStep, PipelineStep, Step
from spine.orchestration.step_result import StepResult
from spine.pipelines.registry import Registry, default_registry

if TYPE_CHECKING:
    from spine.core.partitions.partitioning import Partitioning

__all__ = [
    "END",
    "ChoiceStep",
    "LambdaStep",
    "PipelineStep",
    "Step",
    "StepResult",
    "Workflow",
    "register_workflow",
]

UNNAMED = "unnamed"


@dataclass(frozen=True, init=False)
class Workflow:
    """Steps in order over one partition.

    `domain` is whose captures the context's facts are about, `partitions` what the context's partition_key
    must look like. Only a workflow with a name can be registered. Raises DuplicateStepError for two steps of
    one name and WorkflowDefinitionError for whatever else could not run.
    """

    name: str
    steps: tuple[Step, ...]
    domain: str | None
    description: str | None
    partitions: "Partitioning | None"
    schedule: str | None  # five-field cron expression, for whoever schedules it; the runner does not read it

    def __init__(
        self,
        name: str = UNNAMED,
        steps: Iterable[Step] = (),
        *,
        domain: str | None = None,
        description: str | None = None,
        partitions: "Partitioning | None" = None,
        schedule: str | None = None,
    ) -> None:
        if not isinstance(name, str) or not name.strip():
            raise WorkflowDefinitionError(
                f"a workflow cannot be named {name!r}: give it a name, such as 'domain/daily'"
            )
        entries = _checked_steps(name, steps)
        values = {
            "name": name,
            "steps": entries,
            "domain": domain,
            "description": description,
            "partitions": partitions,
            "schedule": schedule,
        }
        for field, value in values.items():
            object.__setattr__(self, field, value)

    @property
    def pipeline_steps(self) -> tuple[PipelineStep, ...]:
        """Its steps that run a pipeline, in order."""
        return tuple(step for step in self.steps if isinstance(step, PipelineStep))

    @property
    def pipeline_names(self) -> tuple[str, ...]:
        """The pipelines it refers to, in step order."""
        return tuple(step.pipeline_name for step in self.pipeline_steps)

    def position(self, step_name: str) -> int:
        """Where a step stands, from 0; the position after the last one for "end"."""
        if step_name == END:
            return len(self.steps)
        return next(position for position, step in enumerate(self.steps) if step.name == step_name)

    def next_name(self, position: int) -> str:
        """The name of the step after that position, or "end"."""
        return self.steps[position + 1].name if position + 1 < len(self.steps) else END


def register_workflow(workflow: Workflow, registry: Registry = default_registry) -> Workflow:
    """Make the workflow known by its name, so that `spine run` finds it; returns it unchanged."""
    if not isinstance(workflow, Workflow):
        raise WorkflowDefinitionError(f"{workflow!r} is not a Workflow: pass Workflow(name=…, steps=[…])")
    if workflow.name == UNNAMED:
        raise WorkflowDefinitionError(
            "this workflow has no name to register: write Workflow(name='domain/daily', …)"
        )
    registry.workflows.add(workflow.name, workflow)
    return workflow


def _checked_steps(workflow: str, steps: Iterable[Step]) -> tuple[Step, ...]:
    if isinstance(steps, str | Step) or not isinstance(steps, Iterable):
        raise WorkflowDefinitionError(
            f"workflow {workflow!r} has {steps!r} for its steps: pass a list of steps"
        )
    entries = tuple(steps)
    if not entries:
        raise WorkflowDefinitionError(
            f"workflow {workflow!r} has no steps: give it at least one, as in [Step.pipeline(…)]"
        )
    places: dict[str, int] = {}
    for position, step in enumerate(entries):
        if not isinstance(step, LambdaStep | PipelineStep | ChoiceStep):
            raise WorkflowDefinitionError(
                f"step {position + 1} of workflow {workflow!r} is {step!r}: "
                f"make steps with Step.lambda_, Step.pipeline or Step.choice"
            )
        if step.name in places:
            raise DuplicateStepError(
                f"workflow {workflow!r} has two steps named {step.name!r}, the {_nth(places[step.name])} "
                f"and the {_nth(position)}: give one of them another name"
            )
        if step.name == END:
            raise WorkflowDefinitionError(
                f"workflow {workflow!r} has a step named {END!r}, which is where choices end it: name it "
                f"differently"
            )
        places[step.name] = position
    for position, step in enumerate(entries):
        if isinstance(step, ChoiceStep):
            _check_targets(workflow, step, position, places)
    return entries


def _check_targets(workflow: str, choice: ChoiceStep, position: int, places: dict[str, int]) -> None:
    for target in (choice.then_step, choice.else_step):
        if target is None or target == END:
            continue
        if target not in places:
            near = get_close_matches(target, places, n=4)
            advice = (
                f"did you mean {' or '.join(map(repr, near))}?" if near else "name a later step, or 'end'"
            )
            raise WorkflowDefinitionError(
                f"choice {choice.name!r} of workflow {workflow!r} goes to {target!r}, which is no step of "
                f"it; {advice}"
            )
        if places[target] <= position:
            where = "itself" if places[target] == position else f"{target!r}, which comes before it"
            raise WorkflowDefinitionError(
                f"choice {choice.name!r} of workflow {workflow!r} goes back to {where}: "
                f"workflows only go forward; choose a later step, or 'end'"
            )


def _nth(position: int) -> str:
    number = position + 1
    last = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{last}"
