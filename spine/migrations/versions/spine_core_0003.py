"""What was recorded after its capture ended, and what migrations destroyed of a capture."""

import sqlalchemy as sa
from alembic import op

revision = "spine_core_0003"
down_revision = "spine_core_0002"
branch_labels = None
depends_on = None

TABLES = ("core_anomalies", "core_lineage")


def upgrade() -> None:
    """Add both; what is there already counts from the beginning, as before, and is whole."""
    op.add_column("core_manifest", sa.Column("destroyed", sa.Text))
    for table in TABLES:
        op.add_column(table, sa.Column("counts_from", sa.BigInteger))


def downgrade() -> None:
    """Forget them."""
    op.drop_column("core_manifest", "destroyed")
    for table in TABLES:
        op.drop_column(table, "counts_from")
