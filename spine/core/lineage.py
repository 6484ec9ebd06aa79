"""Which captures a capture was built from, and what it fed."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import sqlalchemy as sa

from spine.errors import UnknownCaptureError

from .ledger import Ledger
from .lineage_rows import insert_lineage
from .tables import core_lineage, core_manifest

if TYPE_CHECKING:
    from .database import DatabaseLike

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
_KNOWN = sa.select(core_manifest.c.capture_id).where(
    core_manifest.c.capture_id.in_(sa.bindparam("captures", expanding=True))
)


class CoreLineage:
    """The edges between captures, in ``core_lineage``."""

    def __init__(self, database: "DatabaseLike | Ledger") -> None:
        self._ledger = Ledger.of(database)

    def record(self, capture_id: str, input_capture_ids: Iterable[str]) -> None:
        """Note the captures that this one reads; naming one again changes nothing.

        While a publish of the capture is open they are written in its transaction, else at once. Raises
        UnknownCaptureError when core_manifest lacks one of them.
        """
        ledger = self._ledger.of_step()
        inputs = set(input_capture_ids)
        publish = ledger.open_publish(capture_id)
        if publish is not None:
            publish.inputs |= inputs
            return
        try:
            with ledger.write() as connection:
                insert_lineage(connection, capture_id, inputs)
        except sa.exc.IntegrityError as error:
            wanted = sorted({capture_id} | inputs)
            with ledger.read() as connection:
                known = set(connection.execute(_KNOWN, {"captures": wanted}).scalars())
            for missing in (one for one in wanted if one not in known):
                raise UnknownCaptureError(missing) from error
            raise

    def upstream(self, capture_id: str) -> tuple[str, ...]:
        """The captures that it was built from, oldest first."""
        return self._ids(_UPSTREAM, capture_id)

    def downstream(self, capture_id: str) -> tuple[str, ...]:
        """The captures that were built from it, oldest first."""
        return self._ids(_DOWNSTREAM, capture_id)

    def _ids(self, statement: sa.Select[str], capture_id: str) -> tuple[str, ...]:
        with self._ledger.of_step().read() as connection:
            return tuple(connection.execute(statement, {"capture": capture_id}).scalars())
