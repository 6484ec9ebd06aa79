"""Anomalies on their way into ``core_anomalies``: the row, a spool that waits for a commit, the bulk insert.

However many anomalies there are, memory does not grow with them: the spool spills to a temporary file, and
what another part of the runtime can produce on demand is attached rather than copied.
"""

import json
import tempfile
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import IO, Literal, NamedTuple, TypeAlias

import sqlalchemy as sa

from .database.database import Database
from .tables import core_anomalies

Severity: TypeAlias = Literal["INFO", "WARNING", "ERROR"]

ROWS_IN_MEMORY = 1000
NOT_STORED = "not_stored"  # in a context: how many anomalies its row counts, of which nothing else is stored


class AnomalyRow(NamedTuple):
    """One row of core_anomalies but for its capture; every text storable (see json_text.py)."""

    code: str
    message: str | None
    severity: str
    context: str | None  # JSON text
    recorded_at: datetime  # aware
    stands_for: int = 1


class AnomalySpool:
    """The anomalies of one capture, recorded before the transaction that will hold them commits.

    They can be written more than once: a transaction may be rolled back and the anomalies kept with FAILED.
    Of a code with a limit, what comes first is stored, and the rest is one row that counts it.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()  # of all, stored or not
        # By code and severity: one of them, that stands for all.
        self._unstored: dict[tuple[str, str], AnomalyRow] = {}
        self._rows: list[AnomalyRow] = []
        self._spilled: IO[str] | None = None
        self._attached: list[Callable[[], Iterable[AnomalyRow]]] = []
        self._resources = ExitStack()
        weakref.finalize(self, self._resources.close)  # where a process ends without record_failed

    def room(self, code: str, limit: int | None) -> int | None:
        """How many more anomalies of the code are stored; None for as many as there are."""
        return None if limit is None else max(limit - self.counts[code], 0)

    def append(self, row: AnomalyRow, limit: int | None = None) -> None:
        """Add one anomaly, of whose code as many as the limit are stored."""
        room = self.room(row.code, limit)
        self.counts[row.code] += 1
        if room == 0:
            self._count(row, 1)
            return
        self._rows.append(row)
        if len(self._rows) >= ROWS_IN_MEMORY:
            self._spill()

    def attach(
        self, rows: Callable[[], Iterable[AnomalyRow]], number: int, one: AnomalyRow, limit: int | None = None
    ) -> None:
        """Add that many anomalies of the code of ``one``, which ``rows()`` yields, until the spool is closed.

        It is called whenever they are written, after the appended ones, and may yield those only that there
        is room for: nothing else is taken of it.
        """
        room = self.room(one.code, limit)
        self.counts[one.code] += number
        if room is None or room >= number:
            self._attached.append(rows)
            return
        self._count(one, number - room)
        if room:
            self._attached.append(lambda: islice(rows(), room))

    def on_close(self, callback: Callable[[], object]) -> None:
        """Call back when the anomalies are safely stored or given up: what ``attach`` needs may then go."""
        self._resources.callback(callback)

    def close(self) -> None:
        """Let everything go."""
        self._rows.clear()
        self._attached.clear()
        self._resources.close()

    def __iter__(self) -> Iterator[AnomalyRow]:
        """The rows to store: the appended in their order, then the attached, then what is counted only."""
        if self._spilled is not None:
            self._spilled.seek(0)
            for line in self._spilled:
                code, message, severity, context, recorded_at = json.loads(line)
                yield AnomalyRow(code, message, severity, context, datetime.fromisoformat(recorded_at))
        yield from self._rows
        for rows in self._attached:
            yield from rows()
        yield from self._unstored.values()

    def _count(self, row: AnomalyRow, number: int) -> None:
        """Count that many anomalies like the row, none of which is stored."""
        before = self._unstored.get((row.code, row.severity))
        all_of_them = number + (0 if before is None else before.stands_for)
        self._unstored[row.code, row.severity] = (before or row)._replace(
            message=f"{all_of_them} more, which are counted only",
            context=json.dumps({NOT_STORED: all_of_them}),
            stands_for=all_of_them,
        )

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
    stamp = lru_cache(maxsize=1)(bind or (lambda recorded_at: recorded_at))  # mostly the one before's
    columns = (
        "capture_id",
        "anomaly_code",
        "message",
        "severity",
        "context",
        "recorded_at",
        "counts_from",
        "stands_for",
    )
    values = (
        (
            capture_id,
            *row[:4],
            stamp(row.recorded_at),
            counts_from,
            row.stands_for,
        )
        for row in rows
    )
    database.insert_rows(connection, core_anomalies.name, columns, values)
