"""Section 4: a monolith becomes focused, tracked pipelines in a workflow, with provenance and reruns."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from spine import Pipeline, register_pipeline
from spine.orchestration import Step, Workflow, WorkflowRunner


def register_domain(data: list[dict[str, Any]], *, fail: bool = False) -> None:
    """Steps 2, 3 and 5: the focused pipelines, with tracking and provenance."""

    @register_pipeline("domain/ingest")
    class IngestPipeline(Pipeline):
        def fetch_data(self):
            return [dict(row) for row in data]

        def validate(self, row):
            return row["volume"] is not None

        def run(self, context):
            partition_key = context["partition_key"]

            # Idempotency check
            if self.manifest.check_complete("domain", partition_key, "INGEST", "BRONZE"):
                return {"status": "SKIPPED"}

            capture_id = self.manifest.record_start("domain", partition_key, "INGEST", "BRONZE")

            try:
                rows = self.fetch_data()

                # Record anomalies
                for row in rows:
                    if not self.validate(row):
                        self.anomalies.record(capture_id, "INVALID_ROW", str(row))

                # Add capture_id to all rows
                for row in rows:
                    row["capture_id"] = capture_id

                context["raw_data"] = rows
                self.manifest.record_complete(capture_id, len(rows))

                return {"status": "SUCCESS", "rows": len(rows)}

            except Exception as e:
                self.manifest.record_failed(capture_id, str(e))
                raise

    @register_pipeline("domain/clean")
    class CleanPipeline(Pipeline):
        def run(self, context):
            partition_key = context["partition_key"]
            if self.manifest.check_complete("domain", partition_key, "CLEAN", "SILVER"):
                return {"status": "SKIPPED"}
            capture_id = self.manifest.record_start("domain", partition_key, "CLEAN", "SILVER")
            try:
                if fail:
                    raise ValueError("the reference data is missing")
                clean = [row for row in context["raw_data"] if row["volume"] is not None]
                context["clean_data"] = clean
                self.manifest.record_complete(capture_id, len(clean))
                return {"status": "SUCCESS", "capture_id": capture_id}
            except Exception as e:
                self.manifest.record_failed(capture_id, str(e))
                raise

    @register_pipeline("domain/calculate")
    class CalculatePipeline(Pipeline):
        def calculate(self, rows):
            return [{"volume": row["volume"] * 2} for row in rows]

        def run(self, context):
            partition_key = context["partition_key"]
            if self.manifest.check_complete("domain", partition_key, "CALCULATE", "GOLD"):
                return {"status": "SKIPPED"}
            input_rows = context["clean_data"]

            # Extract input provenance
            input_capture_ids = {r["capture_id"] for r in input_rows}

            capture_id = self.manifest.record_start("domain", partition_key, "CALCULATE", "GOLD")
            results = []
            for result in self.calculate(input_rows):
                result["capture_id"] = capture_id
                result["input_min_capture_id"] = min(input_capture_ids)
                result["input_max_capture_id"] = max(input_capture_ids)
                results.append(result)
            self.lineage.record(capture_id, input_capture_ids)
            context["results"] = results
            self.manifest.record_complete(capture_id, len(results))


def domain_workflow() -> Workflow:
    """Step 4."""
    return Workflow(
        name="domain_processing",
        steps=[
            Step.lambda_("validate_input", lambda ctx: ctx.get("partition_key") is not None),
            Step.pipeline("ingest", "domain/ingest"),
            Step.lambda_("check_data", lambda ctx: len(ctx.get("raw_data", [])) > 0),
            Step.pipeline("clean", "domain/clean"),
            Step.pipeline("calculate", "domain/calculate"),
        ],
    )


DATA = [{"volume": 1}, {"volume": None}, {"volume": 3}]


def test_the_monolith_that_it_starts_from_still_runs() -> None:
    stored = []

    class OldPipeline(Pipeline):
        def fetch(self):
            return list(DATA)

        def clean(self):
            return [row for row in self.fetch() if row["volume"] is not None]

        def calc(self):
            return [row["volume"] * 2 for row in self.clean()]

        def store(self, metrics):
            stored.extend(metrics)

        def run(self, context):
            metrics = self.calc()
            self.store(metrics)

    OldPipeline().run({})
    assert stored == [2, 6]


def test_the_workflow_runs_tracks_and_records_provenance(db_session: Session, ask: Any) -> None:
    register_domain(DATA)
    context: dict[str, Any] = {"partition_key": "2025-W23"}

    result = WorkflowRunner(db_session).run(domain_workflow(), context)

    assert result.status == "COMPLETE"
    assert ask("SELECT stage, status, row_count FROM core_manifest ORDER BY capture_id") == [
        ("INGEST", "COMPLETE", 3),
        ("CLEAN", "COMPLETE", 2),
        ("CALCULATE", "COMPLETE", 2),
    ]
    assert ask("SELECT anomaly_code, severity FROM core_anomalies") == [("INVALID_ROW", "WARNING")]
    ingest, calculate = result.step("ingest").capture_id, result.step("calculate").capture_id
    assert {row["capture_id"] for row in context["results"]} == {calculate}
    assert {row["input_min_capture_id"] for row in context["results"]} == {ingest}
    assert ask("SELECT capture_id, input_capture_id FROM core_lineage") == [(calculate, ingest)]


def test_run_twice_it_is_complete_both_times(db_session: Session, ask: Any) -> None:
    register_domain(DATA)
    contexts: list[dict[str, Any]] = [{"partition_key": "2025-W23"} for _ in range(2)]

    first, second = (WorkflowRunner(db_session).run(domain_workflow(), context) for context in contexts)

    assert (first.status, second.status) == ("COMPLETE", "COMPLETE")
    assert [step.status for step in second.steps] == ["COMPLETE", "SKIPPED", "COMPLETE", "SKIPPED", "SKIPPED"]
    assert contexts[0] == contexts[1]
    assert ask("SELECT COUNT(*) FROM core_manifest") == [(3,)]
    assert ask("SELECT COUNT(*) FROM core_anomalies") == [(1,)]


def test_after_a_failure_a_rerun_goes_on_where_it_stopped(
    db_session: Session, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from spine.pipelines.registry import default_registry  # noqa: PLC0415

    register_domain(DATA, fail=True)
    failed = WorkflowRunner(db_session).run(domain_workflow(), {"partition_key": "2025-W23"})
    assert (failed.status, failed.failed_step) == ("FAILED", "clean")
    assert "the reference data is missing" in str(failed.error)

    monkeypatch.setattr(default_registry.pipelines, "_entries", {})
    register_domain(DATA)
    result = WorkflowRunner(db_session).run(domain_workflow(), {"partition_key": "2025-W23"})
    assert [step.status for step in result.steps] == [
        "COMPLETE",
        "SKIPPED",
        "COMPLETE",
        "COMPLETE",
        "COMPLETE",
    ]
    assert ask("SELECT stage, status, error FROM core_manifest ORDER BY capture_id") == [
        ("INGEST", "COMPLETE", None),
        ("CLEAN", "FAILED", "the reference data is missing"),
        ("CLEAN", "COMPLETE", None),
        ("CALCULATE", "COMPLETE", None),
    ]


def test_without_its_input_the_workflow_stops_at_once(db_session: Session) -> None:
    register_domain(DATA)
    result = WorkflowRunner(db_session).run(domain_workflow(), {})
    assert (result.status, result.failed_step) == ("FAILED", "validate_input")
