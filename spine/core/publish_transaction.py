"""One publish in progress: what must commit together with a capture's COMPLETE.

The data path opens it (``Recording.publishing``), calls ``begin`` when it is ready to write rows, and never
commits itself. The manifest, anomalies and lineage find it by its capture id and join it.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

import sqlalchemy as sa

from spine.errors import ParentsTransactionError, PublishRefusedError

from .anomaly_rows import AnomalySpool, insert_anomalies
from .database.database import Database
from .database.statements import Command


class PublishTransaction:
    """The transaction of one capture's rows, anomalies, lineage and COMPLETE, from ``begin`` to its end."""

    def __init__(
        self,
        capture_id: str,
        database: Database,
        write: Callable[[], AbstractContextManager[sa.Connection]],
        spool: AnomalySpool,
    ) -> None:
        self._database = database
        self.capture_id = capture_id
        self.spool = spool  # the capture's anomalies, until the commit or record_failed
        self.completed = False  # record_complete was called
        self.connection: sa.Connection | None = None
        self._process = os.getpid()
        self._write = write
        self._transaction = ExitStack()
        self._error: BaseException | None = None  # that somebody may have swallowed
        self._is_counted = False
        self._written: int | None = None

    def begin(self) -> sa.Connection:
        """The connection of its write transaction, begun on the first call.

        Raises ParentsTransactionError in a child that was forked since.
        """
        if self._process != os.getpid():
            raise ParentsTransactionError(self._database.url)
        if self.connection is None:
            self.connection = self._transaction.enter_context(self._write())
        return self.connection

    def count_rows(self) -> None:
        """Have COMPLETE refused unless its row count is what ``wrote`` was told."""
        self._is_counted = True

    def wrote(self, rows: int) -> None:
        """Note how many rows were written."""
        self._written = rows

    @contextmanager
    def step(self) -> Iterator[None]:
        """A part of the work: an error in it is the publish's, also where somebody swallows it."""
        try:
            yield
        except BaseException as error:
            if self._error is None:
                self._error = error
            raise

    def check_complete(self, row_count: int) -> None:
        """Raise PublishRefusedError where COMPLETE with that many rows would not be true."""
        if self._error is not None:
            raise PublishRefusedError(
                f"capture {self.capture_id} cannot be COMPLETE: its work failed "
                f"({type(self._error).__name__}: {self._error}), and the error was not passed on. Let it "
                "leave the publish block, and call manifest.record_failed"
            ) from self._error
        if not self._is_counted:
            return
        if self._written is None:
            raise PublishRefusedError(
                f"capture {self.capture_id} cannot be COMPLETE: nothing was written; call capture.write() "
                "before manifest.record_complete"
            )
        if row_count != self._written:
            raise PublishRefusedError(
                f"capture {self.capture_id} cannot be COMPLETE with {row_count} rows: {self._written} were "
                "written; call manifest.record_complete(capture_id, capture.row_count)"
            )

    def commit(self, commands: list[Command]) -> None:
        """Write the anomalies and the commands beside the rows and COMPLETE, and commit them all."""
        connection = self.begin()
        with self._transaction.pop_all():
            if self.spool.counts:
                insert_anomalies(self._database, connection, self.capture_id, self.spool)
            self._database.finish(connection, commands)
        self.connection = None

    def rollback(self, error: BaseException) -> None:
        """Undo the rows because of the error; the spool stays, for record_failed."""
        self.connection = None
        self._transaction.pop_all().__exit__(type(error), error, error.__traceback__)
