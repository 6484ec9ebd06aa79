"""From which number on an anomaly or an edge of lineage counts that was recorded after its capture ended."""

import sqlalchemy as sa
from alembic import op

revision = "spine_core_0003"
down_revision = "spine_core_0002"
branch_labels = None
depends_on = None

TABLES = ("core_anomalies", "core_lineage")


def upgrade() -> None:
    """Add it; what is there already counts from the beginning, as before."""
    for table in TABLES:
        op.add_column(table, sa.Column("counts_from", sa.BigInteger))


def downgrade() -> None:
    """Forget it."""
    for table in TABLES:
        op.drop_column(table, "counts_from")
