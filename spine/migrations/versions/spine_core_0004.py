"""Which revisions were applied, in which order, and what each of them was."""

import sqlalchemy as sa
from alembic import op

from spine.core.types import UtcTimestamp

revision = "spine_core_0004"
down_revision = "spine_core_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; whatever is migrated then fills it."""
    op.create_table(
        "core_revisions",
        sa.Column("revision", sa.Text, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String(64)),
        sa.Column("applied_at", UtcTimestamp()),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_table("core_revisions")
