"""Fill a stage's table for one capture: the object that generated pipelines drive, from rows to COMPLETE."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import sqlalchemy as sa

from spine.core.publish import Publish
from spine.core.tables import core_manifest
from spine.core.tracking import Tracking
from spine.data.inputs.current import input_captures
from spine.data.inputs.declared import Input, InputRows
from spine.data.inputs.rows import StoredRows
from spine.data.sources.declared import Source, locate
from spine.data.tables.provenance import Provenance
from spine.data.tables.target import Target
from spine.data.work.logic import GivenRows
from spine.data.work.select import SelectRows
from spine.errors import StageOrderError, UnknownCaptureError

from .capture import Capture
from .checks import Check
from .journal import Journal
from .result import StageResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from spine.core.anomalies import AnomalyCode
    from spine.core.partitions.partitioning import Partition


T = TypeVar("T")

_PLACE = sa.select(core_manifest.c.domain, core_manifest.c.stage).where(
    core_manifest.c.capture_id == sa.bindparam("capture")
)


class Work(Protocol):
    """Rows on their way into the table: a source's, a SELECT's or some logic's."""

    def check(self, checks: Sequence[Check], begin: "Callable[[], sa.Connection]", /) -> None:
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
        self._readings: list[StoredRows[Any]] = []
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
        from spine.data.work.source import SourceRows  # noqa: PLC0415

        file = locate(source, self._partition, self._data_root)
        self._take(SourceRows(source, file, self._target, self._journal))

    def select(self, sql: str | Mapping[str, str], inputs: Sequence[Input] = ()) -> None:
        """Take what the SELECT returns, in which each input is a table of its stage's name.

        One text, or one per dialect. Raises MissingInputError where an input is not there for the partition.
        """
        read = [(given, tuple(self._captures_of(given).values())) for given in inputs]
        self._take(SelectRows(self._table, self._target, self._journal, sql, read))

    def rows_of(self, given: Input, row_type: type[T]) -> InputRows[T]:
        """The input's rows as ``row_type``, streamed. Raises MissingInputError as ``select`` does."""
        captures = self._captures_of(given)
        rows = StoredRows(self._tracking.database, given, captures, row_type)
        self._readings.append(rows)
        return rows

    def insert(self, rows: Iterable[object]) -> None:
        """Take the rows: named tuples, tuples in the table's order, or mappings. Consumes them at once.

        Raises RowRejectedError naming the first row that is not of the table's types.
        """
        dialect = self._tracking.database.engine.dialect
        self._take(GivenRows(self._table, self._target, self._journal, rows, dialect))
        self.close()

    def check(self, checks: Sequence[Check]) -> None:
        """Check the rows: see checks.py. Raises CheckFailedError where a check fails the stage."""
        self._rows("checked").check(checks, self._publish.begin)

    def write(self) -> None:
        """Write the rows, in the transaction that COMPLETE joins. Raises RowRejectedError naming a row."""
        self.close()
        constants = self._provenance.constants(self._table)
        self._row_count = self._rows("written").write(self._publish.begin, constants)

    def close(self) -> None:
        """Let go of what is being read; the rows and anomalies are not touched."""
        for reading in self._readings:
            reading.close()

    def _captures_of(self, given: Input) -> dict[str, str]:
        """The captures to read, by partition key; they are this capture's inputs from now on."""
        found = input_captures(self._tracking, self._place.domain, given, self._partition)
        captures = {key: capture.capture_id for key, capture in found.items()}
        self._provenance = self._provenance.reading(captures.values())
        self._tracking.lineage.record(self.capture_id, captures.values())
        return captures

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
        capture = StageCapture(tracking, opened, partition, into, data_root)
        try:
            yield capture
        finally:
            capture.close()


def _place_of(tracking: Tracking, capture_id: str) -> "sa.Row[str, str]":
    with tracking.read() as connection:
        place = connection.execute(_PLACE, {"capture": capture_id}).first()
    if place is None:
        raise UnknownCaptureError(capture_id)
    return place
