"""Fill a stage's table for one capture: the object that generated pipelines drive, from rows to COMPLETE."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy as sa

from spine.core.publish import Publish
from spine.core.tables import core_manifest
from spine.core.tracking import Tracking
from spine.errors import StageOrderError, UnknownCaptureError

from .capture import Capture
from .checks import Check
from .columns import Target
from .journal import Journal
from .provenance import Provenance
from .result import StageResult
from .sources import Source, locate

if TYPE_CHECKING:
    from collections.abc import Callable

    from spine.core.anomalies import AnomalyCode
    from spine.core.partitions import Partition


_PLACE = sa.select(core_manifest.c.domain, core_manifest.c.stage).where(
    core_manifest.c.capture_id == sa.bindparam("capture")
)


class Work(Protocol):
    """Rows on their way into the table: a source's, a SELECT's or some logic's."""

    def check(self, checks: Sequence[Check]) -> None:
        """Make anomalies of what the checks find; CheckFailedError where one fails the stage."""

    def write(self, begin: "Callable[[], sa.Connection]", constants: Mapping[str, str]) -> int:
        """Write what no check dropped, in the transaction that ``begin`` begins; how many rows that is."""


class StageCapture(Capture):
    """One publish: read, select or insert; check; write; then ``manifest.record_complete``.

    Nothing is in the table before ``write``, and nothing committed before the ``publish`` block is left.
    """

    def __init__(
        self, tracking: Tracking, publish: Publish, partition: "Partition", into: sa.Table, data_root: Path
    ) -> None:
        self._tracking = tracking
        self._publish = publish
        self._partition = partition
        self._table = into
        self._data_root = data_root
        self._target = Target.of(into, tracking.database.dialect)
        self._journal = Journal(tracking, publish)
        self._place = _place_of(tracking, publish.capture_id)
        self._provenance = Provenance(partition_key=partition.key, capture_id=publish.capture_id)
        self._work: Work | None = None
        self._row_count: int | None = None

    @property
    def partition(self) -> "Partition":
        """The partition that rows are wanted for."""
        return self._partition

    @property
    def capture_id(self) -> str:
        """The capture's id in core_manifest."""
        return self._publish.capture_id

    @property
    def anomalies(self) -> Mapping[str, int]:
        """How many anomalies of each code were found or recorded so far."""
        return self._journal.counts

    @property
    def row_count(self) -> int:
        """How many rows ``write`` wrote."""
        if self._row_count is None:
            raise StageOrderError("there is no row count before capture.write(): call it first")
        return self._row_count

    @property
    def result(self) -> StageResult:
        """What the pipeline returns."""
        return StageResult(
            status="SUCCESS",
            stage=self._place.stage,
            partition_key=self._partition.key,
            capture_id=self.capture_id,
            row_count=self.row_count,
            _tracking=self._tracking,
            _table=self._table,
        )

    def record(
        self,
        code: "AnomalyCode | str",
        message: str | None = None,
        severity: str | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> None:
        """Record an anomaly; it is stored with the capture's COMPLETE, or with its FAILED."""
        self._journal.record(code, message, severity, context)

    def read(self, source: Source) -> None:
        """Read the source's file for the partition; malformed records become anomalies.

        Raises SourceError where the file is missing or not what the source declares.
        """
        # DuckDB is loaded by stages that read files only.
        from .source_rows import SourceRows  # noqa: PLC0415

        file = locate(source, self._partition, self._data_root)
        self._take(SourceRows(source, file, self._target, self._journal))

    def check(self, checks: Sequence[Check]) -> None:
        """Check the rows: see checks.py. Raises CheckFailedError where a check fails the stage."""
        self._rows("checked").check(checks)

    def write(self) -> None:
        """Write the rows, in the transaction that COMPLETE joins. Raises RowRejectedError naming a row."""
        constants = self._provenance.constants(self._table)
        self._row_count = self._rows("written").write(self._publish.begin, constants)

    def _take(self, work: Work) -> None:
        if self._work is not None:
            raise StageOrderError(
                "this capture has rows already: call one of capture.read, select and insert, once"
            )
        self._work = work

    def _rows(self, done: str) -> Work:
        if self._work is None:
            raise StageOrderError(
                f"there are no rows to be {done}: call capture.read, select or insert first"
            )
        if self._row_count is not None:
            raise StageOrderError(f"the rows are written already and cannot be {done} again")
        return self._work


@contextmanager
def publish(
    tracking: Tracking, capture_id: str, partition: "Partition", into: sa.Table, data_root: Path
) -> Iterator[StageCapture]:
    """Publish one capture into its table: on leaving, rows, anomalies, lineage and COMPLETE commit together.

    Any error undoes the rows; the anomalies wait for ``manifest.record_failed``.
    """
    with tracking.publishing(capture_id) as opened:
        yield StageCapture(tracking, opened, partition, into, data_root)


def _place_of(tracking: Tracking, capture_id: str) -> "sa.Row[Any]":
    with tracking.read() as connection:
        place = connection.execute(_PLACE, {"capture": capture_id}).first()
    if place is None:
        raise UnknownCaptureError(capture_id)
    return place
