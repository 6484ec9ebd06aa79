"""The insert of lineage edges, within someone's transaction."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from .prepared import execute_all
from .tables import core_lineage

_INSERT = {
    "sqlite": sqlite.insert(core_lineage).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(core_lineage).on_conflict_do_nothing(),
}


def insert_lineage(connection: sa.Connection, capture_id: str, inputs: Iterable[str]) -> None:
    """Write the edges; one that is there already stays as it is."""
    statement = _INSERT[connection.dialect.name]
    execute_all(
        connection,
        [(statement, {"capture_id": capture_id, "input_capture_id": one}) for one in sorted(inputs)],
    )
