"""One publish in progress: what must commit together with a capture's COMPLETE.

The data path opens it (``Ledger.publishing``), calls ``begin`` when it is ready to write rows, and never
commits itself. The manifest, anomalies and lineage find it by its capture id and join it.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

import sqlalchemy as sa

from spine.core.database.statements import execute_sql, together

from .anomaly_rows import AnomalySpool, insert_anomalies
from .lineage_rows import insert_lineage


class Publish:
    """The transaction of one capture's rows, anomalies, lineage and COMPLETE, from ``begin`` to its end."""

    def __init__(
        self,
        capture_id: str,
        write: Callable[[], AbstractContextManager[sa.Connection]],
        inputs: set[str],
    ) -> None:
        self.capture_id = capture_id
        self.spool = AnomalySpool()  # anomalies, until the commit or record_failed
        self.inputs = inputs  # captures it reads, for core_lineage
        self.completed = False  # record_complete was called
        self.connection: sa.Connection | None = None
        self._write = write
        self._transaction = ExitStack()

    def begin(self) -> sa.Connection:
        """The connection of its write transaction, begun on the first call."""
        if self.connection is None:
            self.connection = self._transaction.enter_context(self._write())
        return self.connection

    def commit(self) -> None:
        """Write the anomalies and lineage beside the rows and COMPLETE, and commit them all."""
        connection = self.begin()
        with self._transaction.pop_all():
            if self.spool.counts:
                insert_anomalies(connection, self.capture_id, self.spool)
            with together(connection):
                insert_lineage(connection, self.capture_id, self.inputs)
                if connection.dialect.name == "postgresql":
                    # In the same round trip; the transaction's own end then finds nothing left to do.
                    execute_sql(connection, "COMMIT")
        self.connection = None
        self.spool.close()

    def rollback(self, error: BaseException) -> None:
        """Undo the rows because of the error; the spool stays, for record_failed."""
        self.connection = None
        self._transaction.pop_all().__exit__(type(error), error, error.__traceback__)
