"""Which spans of partitions captures read the newest of."""

import sqlalchemy as sa
from alembic import op

revision = "spine_core_0005"
down_revision = "spine_core_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; what is there already read the newest of nothing."""
    names = ("domain", "stage", "tier", "up_to_key", "after_key", "key_begins", "key_ends")
    op.create_table(
        "core_awaited_inputs",
        sa.Column("capture_id", sa.String(36), sa.ForeignKey("core_manifest.capture_id"), nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in names),
        sa.PrimaryKeyConstraint(
            "capture_id", "domain", "stage", "tier", "up_to_key", name="pk_core_awaited_inputs"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_core_awaited_inputs_stage", "core_awaited_inputs", ["domain", "stage", "tier", "up_to_key"]
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_table("core_awaited_inputs")
