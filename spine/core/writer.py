"""The transactions that tracking writes in, and rows that wait to ride along with the next of them.

Holds no SQL of its own: the manifest, anomalies and lineage say what is written, this says when it commits.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from .database.database import Database
from .database.schema import ensure_core
from .database.statements import Command, gathered


class Writer:
    """One run's way into one database; threads of a step may use it side by side."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._deferred: list[Command] = []
        self._lock = threading.Lock()  # for the deferred rows, which one of several threads writes

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection for SELECTs, which takes no write lock."""
        ensure_core(self.database)
        with self.database.read() as connection:
            yield connection

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[sa.Connection]:
        """One write transaction, with the deferred rows first; they are forgotten only once it committed."""
        ensure_core(self.database)
        with (
            self._taken() as deferred,
            self.database.write(gathered(deferred), durable=durable) as connection,
        ):
            yield connection

    def write_all(self, *commands: Command, durable: bool = True) -> list[int]:
        """One write transaction of the deferred rows and these commands; how many rows each changed.

        Where it is not ``durable``, its commit does not wait for the disk: a later COMPLETE's covers it.
        """
        ensure_core(self.database)
        with self._taken() as deferred:
            first = gathered(deferred)
            changed = self.database.write_all((*first, *commands), durable=durable)
        return changed[len(first) :]

    def defer(self, statement: sa.ClauseElement, parameters: Mapping[str, Any]) -> None:
        """Execute the statement in the next write transaction, before what that one writes.

        Pass the same statement object each time: neighbours of one INSERT are executed as one.
        """
        with self._lock:
            self._deferred.append((statement, parameters))

    def is_waiting(self, parameters: Mapping[str, Any]) -> bool:
        """Whether the very parameters that were deferred are not yet written, and so may still be changed."""
        return any(waiting is parameters for _, waiting in self._deferred)

    def flush(self) -> None:
        """Write what is deferred now, if anything is; it does not wait for the disk."""
        if self._deferred:
            self.write_all(durable=False)

    @contextmanager
    def _taken(self) -> Iterator[list[Command]]:
        """The deferred rows, for this write alone; put back where it fails."""
        with self._lock:
            deferred, self._deferred = self._deferred, []
        try:
            yield deferred
        except BaseException:
            with self._lock:
                self._deferred[:0] = deferred
            raise
