"""What spine run is asked for: names, partitions and parameters."""

import pytest

from spine.cli.targets import context_of, parsed_params, workflow_named
from spine.core.partitions.partitioning import IsoWeek, Partitioning
from spine.errors import ParameterError, PartitionError, UnknownNameError
from spine.orchestration.step import Step
from spine.orchestration.workflow import Workflow, register_workflow
from spine.pipelines.pipeline import Context, Pipeline
from spine.pipelines.registry import Registry, register_pipeline

WEEKS = Partitioning(week=IsoWeek(start="2025-W01"))


@pytest.fixture
def registry() -> Registry:
    found = Registry()

    @register_pipeline("shop.sales/ingest", found)
    class Ingest(Pipeline):
        def run(self, context: Context) -> None:
            context["ran"] = True

    @register_pipeline("loose", found)
    class Loose(Ingest):
        pass

    register_workflow(
        Workflow(
            name="shop.sales/weekly",
            domain="shop.sales",
            partitions=WEEKS,
            steps=[
                Step.lambda_("has_week", lambda ctx: "partition_key" in ctx),
                Step.pipeline("INGEST", "shop.sales/ingest"),
            ],
        ),
        found,
    )
    return found


def test_a_workflow_is_found_by_its_name(registry: Registry) -> None:
    assert workflow_named("shop.sales/weekly", registry) is registry.workflows.get("shop.sales/weekly")


def test_a_pipeline_runs_as_the_step_of_its_workflow(registry: Registry) -> None:
    found = workflow_named("shop.sales/ingest", registry)
    assert [step.name for step in found.steps] == ["INGEST"]
    assert (found.name, found.domain, found.partitions) == ("shop.sales/ingest", "shop.sales", WEEKS)


def test_a_pipeline_without_a_workflow_runs_alone(registry: Registry) -> None:
    found = workflow_named("loose", registry)
    assert ([step.name for step in found.steps], found.partitions) == (["loose"], None)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("shop.sales/wekly", "did you mean shop.sales/weekly"),
        ("ingest", "did you mean shop.sales/ingest"),
        ("zzz", "there are shop.sales/weekly, loose, shop.sales/ingest"),
    ],
)
def test_an_unknown_name_is_told_with_near_ones(name: str, said: str, registry: Registry) -> None:
    with pytest.raises(UnknownNameError, match=said):
        workflow_named(name, registry)


def test_parameters_read_as_what_they_look_like() -> None:
    params = ["n=5", "low=-0.25", "full=true", "name=a=b", "code=007", 'year="2025"', "empty=", "big=1e3"]
    assert parsed_params(params) == {
        "n": 5,
        "low": -0.25,
        "full": True,
        "name": "a=b",
        "code": "007",
        "year": "2025",
        "empty": "",
        "big": "1e3",
    }


@pytest.mark.parametrize(
    "params", [["x"], ["=1"], ["a b=1"], ["x=1", "x=2"], ["partition_key=2"], ["params=1"]]
)
def test_wrong_parameters_are_refused(params: list[str]) -> None:
    with pytest.raises(ParameterError):
        parsed_params(params)


def test_the_context_has_the_partition_and_the_parameters(registry: Registry) -> None:
    workflow = workflow_named("shop.sales/weekly", registry)
    assert context_of(workflow, "2026-W01", ["n=1"]) == {
        "partition_key": "2026-W01",
        "n": 1,
        "params": {"n": 1},
    }


@pytest.mark.parametrize("partition", [None, "2025-51", "2025-W54", "ALL", "2024-W52"])
def test_a_wrong_partition_is_refused_before_anything_runs(partition: str | None, registry: Registry) -> None:
    with pytest.raises(PartitionError):
        context_of(workflow_named("shop.sales/weekly", registry), partition, [])
