"""Where a capture's anomalies go while it is being published, and how many there are of each code."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from spine.core.anomalies import AnomalyCode, limit_of
from spine.core.anomaly_rows import AnomalyRow
from spine.core.publish_transaction import PublishTransaction
from spine.core.tracking import Tracking


class Entry(NamedTuple):
    """One anomaly but for its code; both texts storable (see core/json_text.py)."""

    message: str
    context: str  # JSON


class Journal:
    """The anomalies of one publish: they commit with its rows, or with its FAILED."""

    def __init__(self, tracking: Tracking, publish: PublishTransaction) -> None:
        self._tracking = tracking
        self._spool = publish.spool

    @property
    def counts(self) -> Mapping[str, int]:
        """How many anomalies of each code there are so far."""
        return dict(self._spool.counts)

    def record(
        self,
        code: AnomalyCode | str,
        message: str | None = None,
        severity: str | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> None:
        """Add one anomaly."""
        row = self._tracking.anomalies.row(code, message, severity, context)
        self._spool.append(row, limit_of(code))

    def room(self, code: AnomalyCode | str) -> int | None:
        """How many more anomalies of the code are stored; None for as many as there are."""
        return self._spool.room(str(code), limit_of(code))

    def attach(self, code: AnomalyCode | str, entries: Callable[[], Iterator[Entry]], number: int) -> None:
        """Add that many anomalies of one code, which ``entries()`` yields whenever they are to be written.

        Where there is no room for so many, it need not yield the others. All are of one instant.
        """
        one = self._tracking.anomalies.row(code)

        def rows() -> Iterator[AnomalyRow]:
            name, _, severity, _, recorded_at, _ = one
            for message, context in entries():
                yield AnomalyRow(name, message, severity, context, recorded_at)

        self._spool.attach(rows, number, one, limit_of(code))

    def on_close(self, callback: Callable[[], object]) -> None:
        """Call back once the anomalies are stored, and what they are produced from may go."""
        self._spool.on_close(callback)
