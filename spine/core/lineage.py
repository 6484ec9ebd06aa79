"""Which captures a capture was built from, and what it fed."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import sqlalchemy as sa

from .afterwards import tell
from .database.statements import execute_all
from .lineage_rows import lineage_commands, naming_unknown
from .recording import Recording
from .tables import core_lineage

if TYPE_CHECKING:
    from spine.core.database.database import DatabaseLike

_UPSTREAM = (
    sa.select(core_lineage.c.input_capture_id)
    .where(core_lineage.c.capture_id == sa.bindparam("capture"))
    .order_by(core_lineage.c.input_capture_id)
)
_DOWNSTREAM = (
    sa.select(core_lineage.c.capture_id)
    .where(core_lineage.c.input_capture_id == sa.bindparam("capture"))
    .order_by(core_lineage.c.capture_id)
)


class CoreLineage:
    """The edges between captures, in ``core_lineage``."""

    def __init__(self, database: "DatabaseLike | Recording") -> None:
        self._recording = Recording.of(database)

    def record(self, capture_id: str, input_capture_ids: Iterable[str]) -> None:
        """Note the captures that this one reads; naming one again changes nothing.

        Those of a capture of the running step, and of one that is being published, are written with its
        COMPLETE, others at once; either raises UnknownCaptureError for one that core_manifest lacks.
        """
        recording = self._recording.of_step()
        inputs = set(input_capture_ids)
        attempt = recording.attempt(capture_id)
        if attempt is not None and (recording.is_watched or attempt.publish is not None):
            attempt.read(inputs)
            return
        with naming_unknown(recording.read, inputs | {capture_id}):
            tell(
                recording,
                capture_id,
                lambda connection, counts_from: execute_all(
                    connection, lineage_commands(capture_id, inputs, counts_from)
                ),
            )

    def upstream(self, capture_id: str) -> tuple[str, ...]:
        """The captures that it was built from, oldest first."""
        return self._ids(_UPSTREAM, capture_id)

    def downstream(self, capture_id: str) -> tuple[str, ...]:
        """The captures that were built from it, oldest first."""
        return self._ids(_DOWNSTREAM, capture_id)

    def _ids(self, statement: sa.Select[str], capture_id: str) -> tuple[str, ...]:
        with self._recording.of_step().read() as connection:
            return tuple(connection.execute(statement, {"capture": capture_id}).scalars())
