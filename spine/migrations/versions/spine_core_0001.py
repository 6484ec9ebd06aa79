"""The tables that tracking keeps: captures, anomalies, lineage and workflow history."""

import sqlalchemy as sa
from alembic import op

from spine.core.types import Json, UtcTimestamp

revision = "spine_core_0001"
down_revision = None
branch_labels = ("spine_core",)
depends_on = None


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "core_manifest",
        sa.Column("capture_id", sa.String(36), primary_key=True),
        sa.Column("domain", sa.Text, nullable=False),
        sa.Column("partition_key", sa.Text, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("tier", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("started_at", UtcTimestamp()),
        sa.Column("completed_at", UtcTimestamp()),
        sa.Column("row_count", sa.BigInteger),
        sa.Column("error", sa.Text),
        sa.Column("run_id", sa.Text),
        sa.Column("supersedes", sa.String(36)),
        sa.Column("superseded_at", UtcTimestamp()),
        sa.Column("superseded_by", sa.String(36)),
        sqlite_with_rowid=False,
    )
    # At most one current complete capture of a stage and partition, whoever writes.
    current = sa.text("status = 'COMPLETE' AND superseded_at IS NULL")
    op.create_index(
        "uq_core_manifest_current",
        "core_manifest",
        ["domain", "stage", "tier", "partition_key"],
        unique=True,
        sqlite_where=current,
        postgresql_where=current,
    )
    op.create_table(
        "core_anomalies",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), sa.Identity(), primary_key=True),
        sa.Column("capture_id", sa.String(36), sa.ForeignKey("core_manifest.capture_id"), nullable=False),
        sa.Column("anomaly_code", sa.Text, nullable=False),
        sa.Column("message", sa.Text),
        sa.Column("severity", sa.Text),
        sa.Column("context", Json()),
        sa.Column("recorded_at", UtcTimestamp()),
    )
    op.create_index("ix_core_anomalies_capture", "core_anomalies", ["capture_id", "anomaly_code"])
    op.create_table(
        "core_lineage",
        sa.Column("capture_id", sa.String(36), sa.ForeignKey("core_manifest.capture_id"), nullable=False),
        sa.Column(
            "input_capture_id", sa.String(36), sa.ForeignKey("core_manifest.capture_id"), nullable=False
        ),
        sa.PrimaryKeyConstraint("capture_id", "input_capture_id", name="pk_core_lineage"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_core_lineage_input", "core_lineage", ["input_capture_id"])
    op.create_table(
        "core_runs",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("workflow", sa.Text, nullable=False),
        sa.Column("domain", sa.Text),
        sa.Column("partition_key", sa.Text),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("params", Json()),
        sa.Column("started_at", UtcTimestamp(), nullable=False),
        sa.Column("finished_at", UtcTimestamp()),
        sa.Column("failed_step", sa.Text),
        sa.Column("error", sa.Text),
    )
    op.create_index("ix_core_runs_workflow", "core_runs", ["workflow", "partition_key"])
    op.create_table(
        "core_run_steps",
        sa.Column("run_id", sa.Text, sa.ForeignKey("core_runs.run_id"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("capture_id", sa.String(36)),
        sa.Column("reason", sa.Text),
        sa.Column("started_at", UtcTimestamp()),
        sa.Column("finished_at", UtcTimestamp()),
        sa.PrimaryKeyConstraint("run_id", "position", name="pk_core_run_steps"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "core_capture_outputs",
        sa.Column("capture_id", sa.String(36), sa.ForeignKey("core_manifest.capture_id"), primary_key=True),
        sa.Column("outputs", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Drop them, and with them everything that was recorded."""
    for table in (
        "core_capture_outputs",
        "core_run_steps",
        "core_runs",
        "core_lineage",
        "core_anomalies",
        "core_manifest",
    ):
        op.drop_table(table)
