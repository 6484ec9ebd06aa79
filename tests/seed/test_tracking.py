"""Section 3: the usage patterns of the manifest and the anomalies, as free variables."""

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from spine import Pipeline, register_pipeline
from spine.core.anomalies import CoreAnomalies
from spine.core.manifest import CoreManifest
from spine.orchestration import Step, Workflow, WorkflowRunner

DOMAIN = "finra.otc"
MANIFEST_COLUMNS = (
    *("capture_id", "domain", "partition_key", "stage", "tier", "status"),
    *("started_at", "completed_at", "row_count"),
)
ANOMALY_COLUMNS = ("id", "capture_id", "anomaly_code", "message", "severity", "context", "recorded_at")


def test_the_tables_have_the_documents_columns(db_session: Session) -> None:
    inspector = sa.inspect(db_session.get_bind())
    for table, columns in (("core_manifest", MANIFEST_COLUMNS), ("core_anomalies", ANOMALY_COLUMNS)):
        assert {column["name"] for column in inspector.get_columns(table)} >= set(columns)


def test_manifest_usage(db_session: Session, ask: Any) -> None:
    manifest = CoreManifest(db_session)

    def fetch_data() -> list[int]:
        return [1, 2, 3]

    class IngestPipeline(Pipeline):
        def run(self, context):
            partition_key = context["partition_key"]

            # 1. Check if already done (idempotency)
            if manifest.check_complete(DOMAIN, partition_key, "INGEST", "BRONZE"):
                return {"status": "SKIPPED", "reason": "Already complete"}

            # 2. Record start
            capture_id = manifest.record_start(DOMAIN, partition_key, "INGEST", "BRONZE")
            assert ask("SELECT status, row_count FROM core_manifest") == [("RUNNING", None)]

            # 3. Do work
            rows = fetch_data()

            # 4. Record completion
            manifest.record_complete(capture_id, len(rows))

    began = datetime.now(UTC)
    assert IngestPipeline().run({"partition_key": "2025-W23"}) is None
    assert IngestPipeline().run({"partition_key": "2025-W23"}) == {
        "status": "SKIPPED",
        "reason": "Already complete",
    }
    assert ask("SELECT domain, partition_key, stage, tier, status, row_count FROM core_manifest") == [
        (DOMAIN, "2025-W23", "INGEST", "BRONZE", "COMPLETE", 3)
    ]
    complete = manifest.check_complete(DOMAIN, "2025-W23", "INGEST", "BRONZE")
    assert complete is not None
    assert began <= complete.completed_at <= datetime.now(UTC)
    assert complete.capture_id[14] == "7", "a capture id is a UUIDv7"


def test_manifest_usage_in_a_workflow_is_skipped_on_the_rerun(db_session: Session) -> None:
    manifest = CoreManifest(db_session.get_bind())

    @register_pipeline("finra/ingest")
    class IngestPipeline(Pipeline):
        def run(self, context):
            partition_key = context["partition_key"]
            if manifest.check_complete(DOMAIN, partition_key, "INGEST", "BRONZE"):
                return {"status": "SKIPPED", "reason": "Already complete"}
            capture_id = manifest.record_start(DOMAIN, partition_key, "INGEST", "BRONZE")
            manifest.record_complete(capture_id, 3)

    workflow = Workflow(
        name="weekly",
        steps=[
            Step.pipeline("ingest", "finra/ingest"),
            Step.lambda_("has_rows", lambda ctx: ctx.rows("INGEST") == 3 and ctx.rows("ingest") == 3),
        ],
    )
    runner = WorkflowRunner(db_session)
    first, second = (runner.run(workflow, {"partition_key": "2025-W23"}) for _ in range(2))
    assert [run.step("ingest").status for run in (first, second)] == ["COMPLETE", "SKIPPED"]
    assert [run.status for run in (first, second)] == ["COMPLETE", "COMPLETE"]
    assert second.step("ingest").reason == "Already complete"
    assert second.step("ingest").capture_id == first.step("ingest").capture_id


def test_anomalies_usage(db_session: Session, ask: Any) -> None:
    manifest, anomalies = CoreManifest(db_session), CoreAnomalies(db_session)
    source_data = [{"symbol": "A", "volume": 1}, {"symbol": "B"}, {"symbol": "C", "volume": None}]
    valid_rows: list[dict[str, Any]] = []

    class IngestPipeline(Pipeline):
        def run(self, context):
            capture_id = manifest.record_start(DOMAIN, "2025-W23", "INGEST", "BRONZE")

            for row in source_data:
                if row.get("volume") is None:
                    # Record anomaly but continue processing
                    anomalies.record(
                        capture_id=capture_id,
                        code="NULL_VOLUME",
                        message=f"Null volume for {row.get('symbol')}",
                        severity="WARNING",
                    )
                    continue  # Skip this row

                valid_rows.append(row)

    IngestPipeline().run({})
    assert valid_rows == [{"symbol": "A", "volume": 1}]
    assert ask("SELECT anomaly_code, message, severity FROM core_anomalies ORDER BY id") == [
        ("NULL_VOLUME", "Null volume for B", "WARNING"),
        ("NULL_VOLUME", "Null volume for C", "WARNING"),
    ]


def test_anomalies_of_a_capture_that_fails_are_kept(db_session: Session, ask: Any) -> None:
    manifest, anomalies = CoreManifest(db_session), CoreAnomalies(db_session)
    capture_id = manifest.record_start(DOMAIN, "2025-W23", "INGEST", "BRONZE")
    anomalies.record(capture_id, "INVALID_ROW", "{'a': 1}", "ERROR", {"row": {"a": 1}})
    manifest.record_failed(capture_id, "too many invalid rows")
    assert ask("SELECT status, error FROM core_manifest") == [("FAILED", "too many invalid rows")]
    assert ask("SELECT anomaly_code, severity FROM core_anomalies") == [("INVALID_ROW", "ERROR")]
    assert not manifest.check_complete(DOMAIN, "2025-W23", "INGEST", "BRONZE")


@pytest.mark.parametrize("key", ["ALL", "all", "*", "", "GLOBAL", None])
def test_mistake_4_global_partition_keys_are_refused(db_session: Session, ask: Any, key: Any) -> None:
    manifest = CoreManifest(db_session)
    for call in (manifest.check_complete, manifest.record_start):
        with pytest.raises(ValueError, match="Use a key of the data's own time.*, such as '2025-W23'"):
            call("domain", key, "INGEST", "BRONZE")
    assert ask("SELECT * FROM core_manifest") == []


def test_mistake_4_corrected_partitioned_by_time(db_session: Session) -> None:
    manifest = CoreManifest(db_session)
    context: dict[str, Any] = {}
    partition_key = context.get("week_ending", "2025-W23")
    assert not manifest.check_complete("domain", partition_key, "INGEST", "BRONZE")


def test_mistake_4_in_a_workflow_is_refused_before_anything_runs(db_session: Session, ask: Any) -> None:
    workflow = Workflow(name="w", steps=[Step.lambda_("check", lambda ctx: True)])
    with pytest.raises(ValueError, match="partition key 'ALL' is global"):
        WorkflowRunner(db_session).run(workflow, {"partition_key": "ALL"})
    assert ask("SELECT * FROM core_runs") == []
