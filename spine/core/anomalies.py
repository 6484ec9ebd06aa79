"""Record data quality issues without stopping the work that found them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, get_args

import sqlalchemy as sa

from spine.errors import AnomalyError

from .afterwards import tell
from .anomaly_rows import AnomalyRow, Severity, insert_anomalies
from .json_text import json_text, storable_text
from .recording import Recording
from .tables import NUMBER_OF_ANOMALIES, core_anomalies

if TYPE_CHECKING:
    from spine.core.database.database import DatabaseLike

SEVERITIES: tuple[str, ...] = get_args(Severity)

_COUNTS = (
    sa.select(core_anomalies.c.anomaly_code, NUMBER_OF_ANOMALIES.label("number"))
    .where(core_anomalies.c.capture_id == sa.bindparam("capture"))
    .group_by(core_anomalies.c.anomaly_code)
)


@dataclass(frozen=True)
class AnomalyCode:
    """A declared code: a contract with whoever reads core_anomalies.

    Of the anomalies of a capture that are recorded before it ends, the first ``stored`` are stored, and the
    others counted; all of them, where it is None.
    """

    code: str
    severity: str = "WARNING"
    description: str = ""
    stored: int | None = None

    def __post_init__(self) -> None:
        _check_severity(self.severity)
        if self.stored is not None and self.stored < 0:
            raise AnomalyError(
                f"of anomalies {self.code} there cannot be {self.stored} stored: 0 is the least"
            )

    def __str__(self) -> str:
        return self.code


class CoreAnomalies:
    """The anomalies of captures, in ``core_anomalies``.

    Made of a database (Session, Engine, URL…) or of the Tracking of a run. The anomalies of a capture of the
    running step, and of one that is being published, wait for the transaction that ends it, COMPLETE or
    FAILED; any other is committed when ``record`` returns.
    """

    def __init__(self, database: "DatabaseLike | Recording") -> None:
        self._recording = Recording.of(database)

    def record(
        self,
        capture_id: str,
        code: str | AnomalyCode,
        message: str | None = None,
        severity: str | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> None:
        """Record one anomaly of the capture; the severity is the code's own, or WARNING.

        Raises UnknownCaptureError when no capture has the id, AnomalyError for a severity that is none.
        """
        recording = self._recording.of_step()
        row = self.row(code, message, severity, context)
        attempt = recording.attempt(capture_id)
        if attempt is not None and (recording.is_watched or attempt.publish is not None):
            attempt.anomalies.append(row, limit_of(code))
            return

        def write(connection: sa.Connection, counts_from: int | None) -> None:
            insert_anomalies(recording.database, connection, capture_id, (row,), counts_from)

        tell(recording, capture_id, write)

    def row(
        self,
        code: str | AnomalyCode,
        message: str | None = None,
        severity: str | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> AnomalyRow:
        """The checked, storable row of one anomaly, stamped with the clock."""
        return anomaly_row(code, message, severity, context, self._recording.of_step().clock())

    def counts(self, capture_id: str) -> Counter[str]:
        """How many anomalies of each code the capture has, those that wait for its publish included."""
        recording = self._recording.of_step()
        attempt = recording.attempt(capture_id)
        with recording.read() as connection:
            stored = connection.execute(_COUNTS, {"capture": capture_id}).all()
        counts = Counter({row.anomaly_code: row.number for row in stored})
        if attempt is not None and not attempt.was_rolled_back:
            counts.update(attempt.anomalies.counts)
        return counts

    def count(self, capture_id: str, code: str | AnomalyCode | None = None) -> int:
        """How many anomalies the capture has, of one code or of all."""
        counts = self.counts(capture_id)
        return counts.total() if code is None else counts[str(code)]


def limit_of(code: str | AnomalyCode) -> int | None:
    """How many anomalies of the code are stored with a capture; all, where it is None."""
    return code.stored if isinstance(code, AnomalyCode) else None


def anomaly_row(
    code: str | AnomalyCode,
    message: str | None,
    severity: str | None,
    context: Mapping[str, Any] | None,
    recorded_at: datetime,
) -> AnomalyRow:
    """The storable row of one anomaly; AnomalyError for a code or severity that is none."""
    own = code.severity if isinstance(code, AnomalyCode) else "WARNING"
    name = str(code)
    if not name.strip():
        raise AnomalyError("an anomaly needs a code, such as 'NULL_VOLUME'")
    return AnomalyRow(
        storable_text(name),
        None if message is None else storable_text(str(message)),
        _check_severity(own if severity is None else severity),
        None if context is None else json_text(context),
        recorded_at,
    )


def _check_severity(severity: str) -> str:
    if severity not in SEVERITIES:
        raise AnomalyError(f"severity {severity!r} is none of {', '.join(SEVERITIES)}")
    return severity
