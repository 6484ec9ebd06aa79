"""Workflows: which pipelines run in which order, what must hold between them, and the runner."""

from spine.orchestration.context import LambdaContext, WorkflowContext
from spine.orchestration.result import StepOutcome, WorkflowResult
from spine.orchestration.runner import WorkflowRunner
from spine.orchestration.step import Step
from spine.orchestration.step_result import StepResult
from spine.orchestration.workflow import Workflow, register_workflow

__all__ = [
    "LambdaContext",
    "Step",
    "StepOutcome",
    "StepResult",
    "Workflow",
    "WorkflowContext",
    "WorkflowResult",
    "WorkflowRunner",
    "register_workflow",
]
