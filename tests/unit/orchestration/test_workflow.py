"""A workflow is checked as a whole when it is made: what could not run is refused, saying what to do."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from spine.errors import DuplicateStepError, LambdaRuleError, PipelineReferenceError, WorkflowDefinitionError
from spine.orchestration import Step, Workflow, register_workflow
from spine.pipelines import Context, Pipeline, Registry, register_pipeline


def true(_ctx: Any) -> bool:
    return True


FETCH = Step.pipeline("fetch", "prices/fetch")
CHECK = Step.lambda_("check", true)
STORE = Step.pipeline("store", "prices/store")


def test_it_keeps_its_steps_in_order_and_knows_its_pipelines() -> None:
    workflow = Workflow("prices/daily", iter([FETCH, CHECK, STORE]))
    assert [step.name for step in workflow.steps] == ["fetch", "check", "store"]
    assert workflow.pipeline_names == ("prices/fetch", "prices/store")
    assert (workflow.position("store"), workflow.position("end")) == (2, 3)


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([], "has no steps"),
        (FETCH, "pass a list of steps"),
        ("fetch", "pass a list of steps"),
        ([FETCH, lambda ctx: True], "make steps with Step.lambda_, Step.pipeline or Step.choice"),
        ([FETCH, "prices/store"], "step 2 of workflow 'w' is 'prices/store'"),
        ([FETCH, Step.choice("fork", true, then_step="stroe"), STORE], "did you mean 'store'"),
        ([FETCH, Step.choice("fork", true, then_step="fetch"), STORE], "goes back to 'fetch'"),
        ([FETCH, Step.choice("fork", true, else_step="fork"), STORE], "goes back to itself"),
        ([FETCH, Step.lambda_("end", true)], "name it differently"),
    ],
)
def test_steps_that_could_not_run_are_refused(steps: Any, message: str) -> None:
    with pytest.raises(WorkflowDefinitionError, match=message):
        Workflow("w", steps)


def test_two_steps_of_one_name_are_refused_with_both_places() -> None:
    with pytest.raises(DuplicateStepError, match="'fetch', the 1st and the 3rd"):
        Workflow("w", [FETCH, CHECK, Step.lambda_("fetch", true)])


@pytest.mark.parametrize("name", ["", "  ", None, 7])
def test_nameless_steps_and_workflows_are_refused(name: Any) -> None:
    with pytest.raises(WorkflowDefinitionError, match="give it a name"):
        Step.lambda_(name, true)
    with pytest.raises(WorkflowDefinitionError, match="give it a name"):
        Workflow(name, [FETCH])


async def asynchronous(_ctx: Any) -> bool:
    return True


async def asynchronous_generator(_ctx: Any) -> AsyncIterator[bool]:
    yield True


def generator(_ctx: Any) -> Iterator[bool]:
    yield True


class Asynchronous:
    async def __call__(self, _ctx: Any) -> bool:
        return True


@pytest.mark.parametrize("function", [asynchronous, asynchronous_generator, generator, Asynchronous()])
def test_lambdas_that_do_not_answer_at_once_are_refused(function: Any) -> None:
    with pytest.raises(LambdaRuleError, match="step 'check' is a"):
        Step.lambda_("check", function)


@pytest.mark.parametrize(
    "function", [None, "prices/fetch", 3, lambda: True, lambda a, b: True, lambda *, ctx: True]
)
def test_what_cannot_be_called_with_the_context_is_refused(function: Any) -> None:
    with pytest.raises(WorkflowDefinitionError, match="lambda ctx: "):
        Step.lambda_("check", function)
    with pytest.raises(WorkflowDefinitionError, match="lambda ctx: "):
        Step.choice("fork", function, then_step="end")


@pytest.mark.parametrize("function", [bool, len, dict.__len__, lambda ctx, other=1: True, lambda *args: True])
def test_anything_that_takes_the_context_is_a_lambda(function: Any) -> None:
    assert Step.lambda_("check", function).function is function


def test_a_choice_that_chooses_nothing_is_refused() -> None:
    with pytest.raises(WorkflowDefinitionError, match="either way"):
        Step.choice("fork", true)
    with pytest.raises(WorkflowDefinitionError, match="either way"):
        Step.choice("fork", true, then_step="end", else_step="end")


def test_an_object_where_a_pipeline_name_belongs_is_refused() -> None:
    class Unregistered(Pipeline):
        def run(self, context: Context) -> None: ...

    for wrong in (Unregistered, Unregistered(), None, 3):
        with pytest.raises(PipelineReferenceError, match="pass the registered name, such as 'domain/fetch'"):
            Step.pipeline("fetch", wrong)  # type: ignore[arg-type]
    with pytest.raises(WorkflowDefinitionError, match="names no pipeline"):
        Step.pipeline("fetch", " ")


def test_a_workflow_is_registered_once_under_a_name_of_its_own() -> None:
    registry = Registry()
    workflow = register_workflow(Workflow("prices/daily", [FETCH]), registry)
    assert registry.workflows.get("prices/daily") is workflow
    with pytest.raises(ValueError, match="workflow 'prices/daily' is registered twice"):
        register_workflow(Workflow("prices/daily", [FETCH, STORE]), registry)
    with pytest.raises(WorkflowDefinitionError, match="no name to register"):
        register_workflow(Workflow(steps=[FETCH]), registry)
    with pytest.raises(WorkflowDefinitionError, match="not a Workflow"):
        register_workflow("prices/daily", registry)  # type: ignore[arg-type]
    with pytest.raises(KeyError, match="did you mean 'prices/daily'"):
        registry.workflows.get("prices/dialy")


def test_a_pipeline_is_registered_once_and_found_by_near_names() -> None:
    registry = Registry()

    @register_pipeline("prices/fetch", registry)
    class Fetch(Pipeline):
        def run(self, context: Context) -> None: ...

    assert registry.pipeline("prices/fetch") is Fetch
    with pytest.raises(ValueError, match="registered twice: by .*Fetch and by .*Fetch; give one of them"):
        register_pipeline("prices/fetch", registry)(Fetch)
    with pytest.raises(KeyError, match="did you mean 'prices/fetch'"):
        registry.pipeline("prices/fecth")
    with pytest.raises(
        KeyError, match=r"import the module that registers it before it runs \(1 registered: prices/fetch\)"
    ):
        registry.pipeline("weather")
    with pytest.raises(KeyError, match="0 registered: none"):
        Registry().pipeline("prices/fetch")


def test_only_pipelines_that_can_run_are_registered() -> None:
    registry = Registry()

    class NoRun(Pipeline):
        pass

    class Later(Pipeline):
        async def run(self, context: Context) -> None: ...

    for wrong, message in (
        (object, "not a subclass of spine.Pipeline"),
        (true, "not a subclass of spine.Pipeline"),
        (NoRun, "has no run"),
        (Later, "is asynchronous"),
    ):
        with pytest.raises(PipelineReferenceError, match=message):
            register_pipeline("prices/fetch", registry)(wrong)  # type: ignore[type-var]
    for name in ("", " prices"):
        with pytest.raises(PipelineReferenceError, match="cannot name a pipeline"):
            register_pipeline(name, registry)
    with pytest.raises(PipelineReferenceError, match="write @register_pipeline"):
        register_pipeline(NoRun)  # type: ignore[arg-type]
    assert len(registry.pipelines) == 0
