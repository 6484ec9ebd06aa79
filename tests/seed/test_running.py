"""Sections 1 and 2 of the architecture document: pipelines run directly, and in workflows."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from spine import Pipeline, register_pipeline
from spine.core.manifest import CoreManifest
from spine.errors import CheckStepFailedError, UnknownPipelineError, UntrackedPipelineWarning
from spine.orchestration import Step, StepResult, Workflow, WorkflowRunner


def test_files_are_where_the_document_has_them() -> None:
    from spine.core.anomalies import CoreAnomalies  # noqa: PLC0415
    from spine.core.manifest import CoreManifest as FromManifest  # noqa: PLC0415
    from spine.orchestration import runner, workflow  # noqa: PLC0415

    assert workflow.Workflow is Workflow
    assert workflow.Step is Step
    assert workflow.StepResult is StepResult
    assert runner.WorkflowRunner is WorkflowRunner
    assert {FromManifest.__name__, CoreAnomalies.__name__} == {"CoreManifest", "CoreAnomalies"}


def test_legacy_a_pipeline_run_directly_needs_no_database() -> None:
    class FetchPricePipeline(Pipeline):
        def run(self, context):
            data = [1.5, 2.5]
            return {"rows": len(data)}

    assert FetchPricePipeline().run({}) == {"rows": 2}


def test_legacy_a_pipeline_run_directly_may_track_itself(db_session: Session, ask: Any) -> None:
    class FetchPricePipeline(Pipeline):
        def run(self, context):
            capture_id = self.manifest.record_start("prices", context["partition_key"], "INGEST", "BRONZE")
            self.anomalies.record(capture_id, "STALE_DATA")
            self.manifest.record_complete(capture_id, 2)
            return {"rows": 2}

    FetchPricePipeline(db_session).run({"partition_key": "2025-01-15"})
    assert ask("SELECT status, row_count FROM core_manifest") == [("COMPLETE", 2)]
    assert ask("SELECT anomaly_code, severity FROM core_anomalies") == [("STALE_DATA", "WARNING")]


def test_legacy_tracking_without_a_database_says_what_to_pass() -> None:
    class FetchPricePipeline(Pipeline):
        def run(self, context):
            self.manifest.check_complete("prices", "2025-01-15", "INGEST", "BRONZE")

    with pytest.raises(
        Exception, match=r"FetchPricePipeline has no database .*run it in a workflow, or give it one"
    ):
        FetchPricePipeline().run({})


def price_workflow() -> Workflow:
    return Workflow(
        name="price_ingestion",
        steps=[
            # Lambda: LIGHTWEIGHT validation only
            Step.lambda_("validate_params", lambda ctx: ctx.get("symbol") is not None),
            # Pipeline: Actual work via registry lookup
            Step.pipeline("fetch", "prices/fetch_daily"),
            # Lambda: Check data quality
            Step.lambda_("check_quality", lambda ctx: len(ctx.get("rows", [])) > 0),
            # Pipeline: More work
            Step.pipeline("calculate", "prices/calculate_metrics"),
        ],
    )


def register_prices(rows: list[dict[str, Any]]) -> list[str]:
    """The two pipelines that the workflow names; returns the list of what they do."""
    done: list[str] = []

    @register_pipeline("prices/fetch_daily")
    class FetchDailyPricePipeline(Pipeline):
        def run(self, context):
            day = context["date"]
            if self.manifest.check_complete("prices", day, "INGEST", "BRONZE"):
                return {"status": "SKIPPED", "reason": "Already complete"}
            capture_id = self.manifest.record_start("prices", day, "INGEST", "BRONZE")
            done.append("fetch")
            context["rows"] = rows
            self.manifest.record_complete(capture_id, len(rows))
            return {"status": "SUCCESS", "rows": len(rows)}

    @register_pipeline("prices/calculate_metrics")
    class CalculateMetricsPipeline(Pipeline):
        def run(self, context):
            day = context["date"]
            if self.manifest.check_complete("prices", day, "METRICS", "SILVER"):
                return {"status": "SKIPPED", "reason": "Already complete"}
            capture_id = self.manifest.record_start("prices", day, "METRICS", "SILVER")
            done.append("calculate")
            context["metrics"] = [row["close"] * 2 for row in context["rows"]]
            self.manifest.record_complete(capture_id, len(context["metrics"]))

    return done


def test_a_workflow_runs_registered_pipelines_and_shares_the_context(db_session: Session, ask: Any) -> None:
    done = register_prices([{"close": 1.5}])
    context = {"symbol": "AAPL", "date": "2025-01-01"}

    result = WorkflowRunner(db_session).run(price_workflow(), context)

    assert (result.status, result.error, done) == ("COMPLETE", None, ["fetch", "calculate"])
    assert context["rows"] == [{"close": 1.5}]
    assert context["metrics"] == [3.0]
    assert ask("SELECT stage, status, row_count FROM core_manifest ORDER BY capture_id") == [
        ("INGEST", "COMPLETE", 1),
        ("METRICS", "COMPLETE", 1),
    ]


@pytest.mark.parametrize("kind", ["session", "engine", "url"])
def test_the_runner_takes_a_session_an_engine_or_a_url(
    db_session: Session, database_url: str, kind: str
) -> None:
    register_prices([{"close": 1.5}])
    given = {"session": db_session, "engine": db_session.get_bind(), "url": database_url}[kind]
    result = WorkflowRunner(given).run(price_workflow(), {"symbol": "AAPL", "date": "2025-01-01"})
    assert result.status == "COMPLETE"


def test_a_lambda_that_answers_false_stops_the_workflow_naming_the_step(
    db_session: Session, ask: Any
) -> None:
    done = register_prices([])

    result = WorkflowRunner(db_session).run(price_workflow(), {"symbol": "AAPL", "date": "2025-01-01"})

    assert (result.status, result.failed_step, done) == ("FAILED", "check_quality", ["fetch"])
    assert isinstance(result.error, CheckStepFailedError)
    assert "step 'check_quality' failed" in str(result.error)
    assert ask("SELECT status, failed_step FROM core_runs") == [("FAILED", "check_quality")]
    assert ask("SELECT name, status FROM core_run_steps ORDER BY position") == [
        ("validate_params", "COMPLETE"),
        ("fetch", "COMPLETE"),
        ("check_quality", "FAILED"),
        ("calculate", "NOT_RUN"),
    ]


def test_an_exception_in_a_pipeline_ends_the_workflow_with_its_cause(db_session: Session, ask: Any) -> None:
    register_prices([{"open": 1.5}])  # no "close": the calculation fails, and does not record it by itself

    result = WorkflowRunner(db_session).run(price_workflow(), {"symbol": "AAPL", "date": "2025-01-01"})

    assert (result.status, result.failed_step) == ("FAILED", "calculate")
    assert isinstance(result.error, KeyError)
    with pytest.raises(KeyError, match="close"):
        result.raise_for_failure()
    assert ask("SELECT stage, status, error FROM core_manifest ORDER BY capture_id") == [
        ("INGEST", "COMPLETE", None),
        ("METRICS", "FAILED", "'close'"),
    ]
    assert ask("SELECT status, failed_step, error FROM core_runs") == [("FAILED", "calculate", "'close'")]


def test_an_unregistered_name_is_refused_before_anything_runs(db_session: Session, ask: Any) -> None:
    done = register_prices([{"close": 1.5}])
    workflow = Workflow(
        name="price_ingestion",
        steps=[
            Step.pipeline("fetch", "prices/fetch_daily"),
            Step.pipeline("calculate", "prices/calculate_metric"),
        ],
    )
    with pytest.raises(UnknownPipelineError, match="did you mean 'prices/calculate_metrics'"):
        WorkflowRunner(db_session).run(workflow, {"symbol": "AAPL", "date": "2025-01-01"})
    assert done == []
    assert ask("SELECT * FROM core_runs") == []


def test_a_name_registered_twice_is_refused() -> None:
    register_prices([])
    with pytest.raises(ValueError, match="pipeline 'prices/fetch_daily' is registered twice.*another name"):
        register_prices([])


def test_a_choice_runs_one_side(db_session: Session) -> None:
    done = register_prices([{"close": 1.5}])
    workflow = Workflow(
        name="price_ingestion",
        steps=[
            Step.pipeline("fetch", "prices/fetch_daily"),
            Step.choice(
                "enough_rows",
                condition=lambda ctx: len(ctx["rows"]) > 5,
                then_step="calculate",
                else_step="end",
            ),
            Step.pipeline("calculate", "prices/calculate_metrics"),
        ],
    )
    result = WorkflowRunner(db_session).run(workflow, {"symbol": "AAPL", "date": "2025-01-01"})
    assert (result.status, done) == ("COMPLETE", ["fetch"])
    assert [step.status for step in result.steps] == ["COMPLETE", "COMPLETE", "NOT_RUN"]


def test_a_step_result_tells_why(db_session: Session) -> None:
    register_prices([{"close": 1.5}])
    workflow = Workflow(
        name="price_ingestion",
        steps=[
            Step.pipeline("fetch", "prices/fetch_daily"),
            Step.lambda_(
                "enough_rows",
                lambda ctx: (
                    StepResult.ok() if len(ctx["rows"]) > 5 else StepResult.fail("fewer than six rows")
                ),
            ),
        ],
    )
    result = WorkflowRunner(db_session).run(workflow, {"date": "2025-01-01"})
    assert result.status == "FAILED"
    assert str(result.error) == "step 'enough_rows' failed: fewer than six rows"
    assert result.step("enough_rows").reason == str(result.error)


def test_a_pipeline_that_tracks_nothing_warns(db_session: Session) -> None:
    @register_pipeline("prices/fetch_daily")
    class FetchDailyPricePipeline(Pipeline):
        def run(self, context):
            context["data"] = [1]
            return {"status": "SUCCESS"}

    workflow = Workflow(name="fetch_only", steps=[Step.pipeline("fetch", "prices/fetch_daily")])
    with pytest.warns(
        UntrackedPipelineWarning, match=r"'prices/fetch_daily' .* call self.manifest.check_complete"
    ):
        result = WorkflowRunner(db_session).run(workflow)
    assert result.status == "COMPLETE"


def test_a_free_manifest_is_part_of_the_run(db_session: Session, ask: Any) -> None:
    manifest = CoreManifest(db_session.get_bind())

    @register_pipeline("prices/fetch_daily")
    class FetchDailyPricePipeline(Pipeline):
        def run(self, context):
            manifest.record_start("prices", "2025-01-15", "INGEST", "BRONZE")
            raise RuntimeError("the vendor is down")

    workflow = Workflow(name="fetch_only", steps=[Step.pipeline("fetch", "prices/fetch_daily")])
    result = WorkflowRunner(db_session).run(workflow)
    assert isinstance(result.error, RuntimeError)
    run_id = result.run_id
    assert ask("SELECT status, error, run_id FROM core_manifest") == [
        ("FAILED", "the vendor is down", run_id)
    ]
