"""How many anomalies a row stands for, where a code has a limit of those that are stored."""

import sqlalchemy as sa
from alembic import op

revision = "spine_core_0006"
down_revision = "spine_core_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it; every row that is there stands for itself."""
    column = sa.Column("stands_for", sa.BigInteger, nullable=False, server_default=sa.text("1"))
    op.add_column("core_anomalies", column)


def downgrade() -> None:
    """Forget it: rows that stand for several count as one."""
    op.drop_column("core_anomalies", "stands_for")
