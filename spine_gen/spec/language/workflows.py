"""Workflows and their steps."""

from typing import TypeAlias

from spine_gen.spec.node import Filled, Given, Maybe, Name, Nodes, Valid, Values, Written, field, node


@node
class _CheckStep:
    """A lambda step: either context keys that must be there, or a condition that must hold."""

    name: Name = field(key="check")
    require: Values[str] = field(default=())
    expect: Maybe[Filled] = field(default=None)


class DraftCheckStep(_CheckStep, Written): ...


class CheckStep(_CheckStep, Valid): ...


@node
class _StageStep:
    """A pipeline step: run one stage, whose name is the step's."""

    name: Name = field(key="stage")


class DraftStageStep(_StageStep, Written): ...


class StageStep(_StageStep, Valid): ...


@node
class _ChoiceStep:
    """A choice step: `then` and `otherwise` are a later step's name, "end", or None for the next step."""

    name: Name = field(key="choice")
    condition: Given[Filled] = field(key="if")
    then: Maybe[str] = field(default=None)
    otherwise: Maybe[str] = field(key="else", default=None)


class DraftChoiceStep(_ChoiceStep, Written): ...


class ChoiceStep(_ChoiceStep, Valid): ...


DraftStep: TypeAlias = DraftCheckStep | DraftStageStep | DraftChoiceStep
Step: TypeAlias = CheckStep | StageStep | ChoiceStep


@node
class _Workflow:
    """Steps in order, over one partition."""

    name: Name
    renamed_from: Maybe[str] = field(default=None)
    description: Maybe[Filled] = field(default=None)
    schedule: Maybe[str] = field(default=None)  # five-field cron expression
    steps: Nodes[DraftStep, Step]


class DraftWorkflow(_Workflow, Written):
    @property
    def steps_known(self) -> bool:
        """False where a step is misshapen: then none that is referred to is missing."""
        return "steps" not in self.partly


class WorkflowSpec(_Workflow, Valid): ...
