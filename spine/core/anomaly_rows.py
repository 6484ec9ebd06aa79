"""Anomalies on their way into ``core_anomalies``: the row, a spool that waits for a commit, the bulk insert.

However many anomalies there are, memory does not grow with them: the spool spills to a temporary file, and
what another part of the runtime can produce on demand is attached rather than copied.
"""

import json
import tempfile
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime
from typing import IO, Literal, NamedTuple, TypeAlias

import sqlalchemy as sa

from .database.database import Database
from .tables import core_anomalies

Severity: TypeAlias = Literal["INFO", "WARNING", "ERROR"]

ROWS_IN_MEMORY = 1000


class AnomalyRow(NamedTuple):
    """One row of core_anomalies but for its capture; every text storable (see json_text.py)."""

    code: str
    message: str | None
    severity: str
    context: str | None  # JSON text
    recorded_at: datetime  # aware


class AnomalySpool:
    """The anomalies of one capture, recorded before the transaction that will hold them commits.

    They can be written more than once: a transaction may be rolled back and the anomalies kept with FAILED.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._rows: list[AnomalyRow] = []
        self._spilled: IO[str] | None = None
        self._attached: list[Callable[[], Iterable[AnomalyRow]]] = []
        self._resources = ExitStack()
        weakref.finalize(self, self._resources.close)  # where a process ends without record_failed

    def append(self, row: AnomalyRow) -> None:
        """Add one anomaly."""
        self.counts[row.code] += 1
        self._rows.append(row)
        if len(self._rows) >= ROWS_IN_MEMORY:
            self._spill()

    def attach(self, rows: Callable[[], Iterable[AnomalyRow]], counts: Mapping[str, int]) -> None:
        """Add anomalies that ``rows()`` yields, afresh on each call, until the spool is closed.

        ``counts`` says how many of each code it yields. They are written after the appended ones.
        """
        self.counts.update(counts)
        self._attached.append(rows)

    def on_close(self, callback: Callable[[], object]) -> None:
        """Call back when the anomalies are safely stored or given up: what ``attach`` needs may then go."""
        self._resources.callback(callback)

    def close(self) -> None:
        """Let everything go."""
        self._rows.clear()
        self._attached.clear()
        self._resources.close()

    def __iter__(self) -> Iterator[AnomalyRow]:
        """Every anomaly: the appended in their order, then the attached."""
        if self._spilled is not None:
            self._spilled.seek(0)
            for line in self._spilled:
                code, message, severity, context, recorded_at = json.loads(line)
                yield AnomalyRow(code, message, severity, context, datetime.fromisoformat(recorded_at))
        yield from self._rows
        for rows in self._attached:
            yield from rows()

    def _spill(self) -> None:
        if self._spilled is None:
            self._spilled = tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n")  # noqa: SIM115
            self._resources.enter_context(self._spilled)
        self._spilled.seek(0, 2)
        for row in self._rows:
            self._spilled.write(json.dumps([*row[:4], row.recorded_at.isoformat()]) + "\n")
        self._rows.clear()


def insert_anomalies(
    database: Database,
    connection: sa.Connection,
    capture_id: str,
    rows: Iterable[AnomalyRow],
    counts_from: int | None = None,
) -> None:
    """Stream the rows into core_anomalies, in the connection's transaction."""
    stored = core_anomalies.c.recorded_at.type.dialect_impl(connection.dialect)
    bind = stored.bind_processor(connection.dialect)
    columns = ("capture_id", "anomaly_code", "message", "severity", "context", "recorded_at", "counts_from")
    values = (
        (capture_id, *row[:4], row.recorded_at if bind is None else bind(row.recorded_at), counts_from)
        for row in rows
    )
    database.insert_rows(connection, core_anomalies.name, columns, values)
