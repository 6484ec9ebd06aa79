"""Section 5, mistakes 2 and 3, wrong and corrected; 1 is with the lambda rule, 4 with tracking."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from spine import Pipeline, register_pipeline
from spine.core.manifest import CoreManifest
from spine.errors import PipelineReferenceError, UntrackedPipelineWarning
from spine.orchestration import Step, Workflow, WorkflowRunner


def test_mistake_2_a_class_where_its_name_belongs() -> None:
    class FetchPipeline(Pipeline):
        def run(self, context): ...

    with pytest.raises(TypeError, match="pass the registered name, such as 'domain/fetch', not the class"):
        Workflow(
            steps=[
                Step.pipeline("fetch", FetchPipeline)  # Don't pass class!
            ]
        )


def test_mistake_2_a_registered_class_is_told_its_name() -> None:
    @register_pipeline("domain/fetch")
    class FetchPipeline(Pipeline):
        def run(self, context): ...

    for wrong in (FetchPipeline, FetchPipeline()):
        with pytest.raises(
            PipelineReferenceError, match="pass the name it is registered under, 'domain/fetch'"
        ):
            Step.pipeline("fetch", wrong)


def test_mistake_2_corrected(db_session: Session) -> None:
    @register_pipeline("domain/fetch")
    class FetchPipeline(Pipeline):
        def run(self, context):
            capture_id = self.manifest.record_start("domain", "2025-W23", "INGEST", "BRONZE")
            self.manifest.record_complete(capture_id, 0)

    workflow = Workflow(
        steps=[
            Step.pipeline("fetch", "domain/fetch")  # String reference
        ]
    )
    assert WorkflowRunner(db_session).run(workflow, {}).status == "COMPLETE"


def fetch() -> list[int]:
    return [1, 2]


def test_mistake_3_skipping_database_tracking(db_session: Session) -> None:
    @register_pipeline("domain/fetch")
    class FetchPipeline(Pipeline):
        def run(self, context):
            data = fetch()
            context["data"] = data
            return {"status": "SUCCESS"}

    workflow = Workflow(name="w", steps=[Step.pipeline("fetch", "domain/fetch")])
    with pytest.warns(UntrackedPipelineWarning, match=r"record_start and record_complete in its run method"):
        WorkflowRunner(db_session).run(workflow, {})


def test_mistake_3_corrected_with_outputs_left_after_completion(db_session: Session) -> None:
    manifest = CoreManifest(db_session.get_bind())
    runs: list[Any] = []

    @register_pipeline("domain/fetch")
    class FetchPipeline(Pipeline):
        def run(self, context):
            if manifest.check_complete("domain", "2025-W23", "INGEST", "BRONZE"):
                return {"status": "SKIPPED"}

            capture_id = manifest.record_start("domain", "2025-W23", "INGEST", "BRONZE")
            data = fetch()
            manifest.record_complete(capture_id, len(data))
            context["data"] = data
            return {"status": "SUCCESS", "capture_id": capture_id}

    workflow = Workflow(
        name="w",
        steps=[
            Step.pipeline("fetch", "domain/fetch"),
            Step.lambda_("check_data", lambda ctx: len(ctx.get("data", [])) > 0),
        ],
    )
    for _ in range(2):
        context: dict[str, Any] = {}
        runs.append((WorkflowRunner(db_session).run(workflow, context).status, context))
    assert runs == [("COMPLETE", {"data": [1, 2]})] * 2
