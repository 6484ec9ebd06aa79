"""Packages of the least kind: a folder with a lock and revisions that each make a table."""

import json
from pathlib import Path

from spine.core.revision_ids import text_digest

REVISION = """
from alembic import op
import sqlalchemy as sa

revision = "{name}_{number:04}"
down_revision = {down!r}
branch_labels = {labels!r}
depends_on = {depends!r}
destroys = {destroys!r}


def upgrade():
    op.create_table("{name}_{number}", sa.Column("n", sa.Integer))
    {more}
"""


def package(generated: Path, name: str, number: int = 1, more: str = "pass", **values: object) -> None:
    """A generated package's revision, and a lock that knows it."""
    folder = generated / name / "migrations"
    folder.mkdir(parents=True, exist_ok=True)
    defaults = {
        "down": None if number == 1 else f"{name}_{number - 1:04}",
        "labels": (name,) if number == 1 else None,
        "depends": "spine_core_0001" if number == 1 else None,
        "destroys": (),
    }
    text = REVISION.format(name=name, number=number, more=more, **(defaults | values))
    (folder / f"{number:04}_step.py").write_text(text)
    written = {f"migrations/{file.name}": text_digest(file.read_text()) for file in folder.glob("*.py")}
    (generated / name / "spine.lock.json").write_text(json.dumps({"migrations": written}))
