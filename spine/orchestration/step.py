"""The three kinds of step; it checks what can be known before a run."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from spine.errors import LambdaRuleError, PipelineReferenceError, WorkflowDefinitionError
from spine.pipelines.registry import default_registry

if TYPE_CHECKING:
    from spine.orchestration.context import LambdaContext

LambdaFunction: TypeAlias = "Callable[[LambdaContext], object]"

END = "end"  # a choice's target that ends the workflow


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of a workflow, made by `Step.lambda_`, `Step.pipeline` or `Step.choice`."""

    name: str

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise WorkflowDefinitionError(
                f"a step cannot be named {self.name!r}: give it a name, such as 'ingest'"
            )

    @staticmethod
    def lambda_(name: str, function: LambdaFunction, *, expression: str | None = None) -> "LambdaStep":
        """Check something: the workflow goes on if `function(ctx)` is true, else it is FAILED.

        `expression` is what the function asks, for people: it is told where the answer is false.
        """
        return LambdaStep(name=name, function=function, expression=expression)

    @staticmethod
    def pipeline(name: str, pipeline_name: str) -> "PipelineStep":
        """Run the pipeline registered under `pipeline_name`."""
        return PipelineStep(name=name, pipeline_name=pipeline_name)

    @staticmethod
    def choice(
        name: str,
        condition: LambdaFunction,
        then_step: str | None = None,
        else_step: str | None = None,
        *,
        expression: str | None = None,
    ) -> "ChoiceStep":
        """Go on at `then_step` or at `else_step`: a later step's name, "end", or None for the next step.

        `expression` is what the condition asks, for people: the run's history tells it beside the answer.
        """
        return ChoiceStep(
            name=name, condition=condition, then_step=then_step, else_step=else_step, expression=expression
        )


@dataclass(frozen=True, kw_only=True)
class LambdaStep(Step):
    """A light check between pipelines."""

    function: LambdaFunction
    expression: str | None = None  # what the function asks, as people read it

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_function(self.name, self.function)


@dataclass(frozen=True, kw_only=True)
class PipelineStep(Step):
    """The run of a registered pipeline."""

    pipeline_name: str

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.pipeline_name, str):
            raise PipelineReferenceError(_instead_of(self.name, self.pipeline_name))
        if not self.pipeline_name.strip():
            raise WorkflowDefinitionError(
                f"step {self.name!r} names no pipeline: pass the registered name, such as 'domain/fetch'"
            )


@dataclass(frozen=True, kw_only=True)
class ChoiceStep(Step):
    """A fork: each side goes on in sequence from its target."""

    condition: LambdaFunction
    then_step: str | None
    else_step: str | None
    expression: str | None = None  # what the condition asks, as people read it

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_function(self.name, self.condition)
        for target in (self.then_step, self.else_step):
            if target is not None and not isinstance(target, str):
                raise WorkflowDefinitionError(
                    f"choice {self.name!r} goes to {target!r}: name a later step, as in then_step='SCORE', "
                    f"or 'end'"
                )
        if self.then_step == self.else_step:
            raise WorkflowDefinitionError(
                f"choice {self.name!r} goes to {self.then_step or 'the next step'!r} either way: "
                f"give then_step and else_step different targets, or leave the step out"
            )


def _instead_of(step: str, wrong: object) -> str:
    """The message for a thing where a pipeline's name belongs."""
    registered = default_registry.pipelines.names_of(wrong if isinstance(wrong, type) else type(wrong))
    what = f"the class {wrong.__name__}" if isinstance(wrong, type) else repr(wrong)
    if registered:
        return f"step {step!r} was given {what}: pass the name it is registered under, {registered[0]!r}"
    return (
        f"step {step!r} was given {what}: pass the registered name, such as 'domain/fetch', not the class "
        f"(register it with @register_pipeline('domain/fetch'))"
    )


def _check_function(step: str, function: object) -> None:
    """Refuse what can never be a lambda: not callable, asynchronous, a generator, or of another shape."""
    if not callable(function):
        raise WorkflowDefinitionError(
            f"step {step!r} was given {function!r}, which cannot be called: pass a function of the context, "
            f"as in lambda ctx: ctx.get('partition_key') is not None"
        )
    called = function if inspect.isroutine(function) else type(function).__call__
    if inspect.iscoroutinefunction(called) or inspect.isasyncgenfunction(called):
        raise LambdaRuleError(
            f"step {step!r} is asynchronous, which is for work: check something plain in the lambda, "
            f"and move the work to a pipeline (Step.pipeline)"
        )
    if inspect.isgeneratorfunction(called):
        raise LambdaRuleError(
            f"step {step!r} is a generator, which answers neither true nor false: return the truth instead"
        )
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return  # builtins do not always tell their parameters
    try:
        signature.bind(None)
    except TypeError:
        raise WorkflowDefinitionError(
            f"step {step!r} was given a function{signature}: it is called with the context alone, as in "
            f"lambda ctx: …"
        ) from None
