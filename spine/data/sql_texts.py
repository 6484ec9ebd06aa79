"""SQL as its author wrote it, and as each engine is asked where it would understand something else."""

from collections.abc import Mapping
from typing import TypeAlias

# One text for all; or a text for each database; or what was "written", with what an engine is asked instead.
SqlText: TypeAlias = str | Mapping[str, str]

WRITTEN = "written"


def text_for(sql: SqlText, engine: str) -> str:
    """What the engine is asked: ``sqlite``, ``postgresql``, or ``duckdb``, which checks the rows of files."""
    return sql if isinstance(sql, str) else sql.get(engine) or sql[WRITTEN]


def as_written(sql: SqlText) -> str:
    """What people are shown."""
    return sql if isinstance(sql, str) else sql.get(WRITTEN) or " / ".join(sql.values())
