"""What captures depend on, the order in which they were published, and what checks saw."""

import sqlalchemy as sa
from alembic import op

from spine.core.numbers import number_all
from spine.core.types import UtcTimestamp
from spine.migrations.json_columns import retype_json_columns

revision = "spine_core_0002"
down_revision = "spine_core_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them; captures that are there get their order, and keep depending on nothing that is known."""
    for column in (
        sa.Column("attempt", sa.Integer),
        sa.Column("reason", sa.Text),
        sa.Column("host", sa.Text),
        sa.Column("process_id", sa.Integer),
        sa.Column("definition", sa.String(64)),
        sa.Column("inputs_asked", sa.Integer),
        sa.Column("published_at", UtcTimestamp()),
        sa.Column("visible_at", UtcTimestamp()),
        sa.Column("number", sa.BigInteger),
    ):
        op.add_column("core_manifest", column)
    op.create_index(
        "ix_core_manifest_place", "core_manifest", ["domain", "partition_key", "stage", "tier", "attempt"]
    )
    op.create_index("uq_core_manifest_number", "core_manifest", ["number"], unique=True)
    unnumbered = sa.text("status = 'COMPLETE' AND number IS NULL")
    op.create_index(
        "ix_core_manifest_unnumbered",
        "core_manifest",
        ["published_at"],
        sqlite_where=unnumbered,
        postgresql_where=unnumbered,
    )
    op.add_column("core_runs", sa.Column("attempt", sa.Integer))
    op.add_column("core_runs", sa.Column("only_step", sa.Text))
    op.drop_index("ix_core_runs_workflow", "core_runs")
    op.create_index("ix_core_runs_workflow", "core_runs", ["workflow", "partition_key", "attempt"])
    op.create_index("ix_core_run_steps_capture", "core_run_steps", ["capture_id"])
    _create_tables()
    connection = op.get_bind()
    connection.execute(
        sa.text(
            "UPDATE core_runs SET attempt = run.attempt FROM ("
            " SELECT run_id, row_number() OVER (PARTITION BY workflow, partition_key"
            " ORDER BY run_id) AS attempt FROM core_runs) AS run WHERE run.run_id = core_runs.run_id"
        )
    )
    connection.execute(
        sa.text(
            "UPDATE core_manifest SET attempt = place.attempt FROM ("
            " SELECT capture_id, row_number() OVER (PARTITION BY domain, stage, tier, partition_key"
            " ORDER BY capture_id) AS attempt FROM core_manifest) AS place"
            " WHERE place.capture_id = core_manifest.capture_id"
        )
    )
    connection.execute(
        sa.text("UPDATE core_manifest SET published_at = completed_at WHERE status = 'COMPLETE'")
    )
    number_all(connection)
    retype_json_columns(connection)


def _create_tables() -> None:
    op.create_table(
        "core_definitions",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table(
        "core_acceptances",
        sa.Column("domain", sa.Text, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("tier", sa.Text, nullable=False),
        sa.Column("definition", sa.String(64), nullable=False),
        sa.Column("accepted_as", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("accepted_at", UtcTimestamp(), nullable=False),
        sa.PrimaryKeyConstraint(
            "domain", "stage", "tier", "definition", "accepted_as", name="pk_core_acceptances"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "core_absent_inputs",
        sa.Column("capture_id", sa.String(36), sa.ForeignKey("core_manifest.capture_id"), nullable=False),
        sa.Column("domain", sa.Text, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("tier", sa.Text, nullable=False),
        sa.Column("partition_key", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint(
            "capture_id", "domain", "stage", "tier", "partition_key", name="pk_core_absent_inputs"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_core_absent_inputs_place", "core_absent_inputs", ["domain", "stage", "tier", "partition_key"]
    )
    op.create_table(
        "core_files",
        sa.Column("capture_id", sa.String(36), sa.ForeignKey("core_manifest.capture_id"), nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("modified_ns", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("capture_id", "path", name="pk_core_files"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "core_run_reads",
        sa.Column("run_id", sa.Text, sa.ForeignKey("core_runs.run_id"), nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("domain", sa.Text, nullable=False),
        sa.Column("fact", sa.Text, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("partition_key", sa.Text, nullable=False),
        sa.Column("capture_id", sa.String(36)),
        sa.Column("value", sa.BigInteger),
        sa.PrimaryKeyConstraint(
            "run_id", "step", "fact", "domain", "stage", "partition_key", name="pk_core_run_reads"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "core_answers",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("answered_until", UtcTimestamp()),
    )
    op.execute("INSERT INTO core_answers (id) VALUES (1)")
    op.create_table(
        "core_horizons",
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("raised_at", UtcTimestamp(), nullable=False),
        sa.PrimaryKeyConstraint("number", "reason", name="pk_core_horizons"),
    )


def downgrade() -> None:
    """Forget them."""
    for table in (
        "core_horizons",
        "core_answers",
        "core_run_reads",
        "core_files",
        "core_absent_inputs",
        "core_acceptances",
        "core_definitions",
    ):
        op.drop_table(table)
    op.drop_index("ix_core_run_steps_capture", "core_run_steps")
    op.drop_index("ix_core_runs_workflow", "core_runs")
    op.create_index("ix_core_runs_workflow", "core_runs", ["workflow", "partition_key"])
    op.drop_column("core_runs", "only_step")
    op.drop_column("core_runs", "attempt")
    for index in ("ix_core_manifest_unnumbered", "uq_core_manifest_number", "ix_core_manifest_place"):
        op.drop_index(index, "core_manifest")
    for column in (
        "attempt",
        "reason",
        "host",
        "process_id",
        "definition",
        "inputs_asked",
        "published_at",
        "visible_at",
        "number",
    ):
        op.drop_column("core_manifest", column)
