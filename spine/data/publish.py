"""Fill a stage's table for one capture: the object that generated pipelines drive, from rows to COMPLETE."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import sqlalchemy as sa

from spine.core.attempts import Attempt
from spine.core.capture_rows import take_over_command
from spine.core.data_root import DataRoot, DataRootLike
from spine.core.database.statements import execute
from spine.core.files import FileSeen
from spine.core.publish_transaction import PublishTransaction
from spine.core.tracking import Tracking
from spine.data.arrow_stream import ArrowStream, gives_arrow
from spine.data.inputs.current import NOTHING_RESOLVED, resolve_inputs
from spine.data.inputs.declared import ArrowRows, Input, InputRows
from spine.data.inputs.looked_into import LookedInto
from spine.data.inputs.rows import StoredRows
from spine.data.sources.declared import Source
from spine.data.sources.located import locate
from spine.data.tables.provenance import Provenance
from spine.data.tables.target import Target
from spine.data.work.logic import GivenRows
from spine.data.work.select import SelectRows
from spine.errors import PublishRefusedError, StageOrderError

from .capture import Capture
from .checks import Check
from .journal import Journal
from .of_partition import as_condition
from .result import StageResult
from .sql_texts import SqlText
from .stage import Stage
from .whole_stage import WholeStage

if TYPE_CHECKING:
    from spine.core.anomalies import AnomalyCode
    from spine.core.partitions.partitioning import Partition


T = TypeVar("T")


class Work(Protocol):
    """Rows on their way into the table: a source's, a SELECT's or some logic's."""

    @property
    def files(self) -> tuple[FileSeen, ...]:
        """The files that were read for them."""

    def check(
        self, checks: Sequence[Check], looked: Sequence[LookedInto], begin: Callable[[], sa.Connection], /
    ) -> None:
        """Make anomalies of the rows that the checks find; CheckFailedError where one fails the stage.

        ``looked`` are all the inputs that their conditions look into.
        """

    def write(self, begin: Callable[[], sa.Connection], constants: Mapping[str, str]) -> int:
        """Write what no check dropped, in the transaction that ``begin`` begins; how many rows that is."""


class Closing(Protocol):
    """Rows that are being read."""

    def close(self) -> None:
        """Stop the readings that were left in the middle."""


class Publication(Capture):
    """One publish: read, select or insert; check; write; then ``manifest.record_complete``.

    Nothing is in the table before ``write``, and nothing committed before the ``publish`` block is left.
    """

    def __init__(
        self,
        *,
        tracking: Tracking,
        transaction: PublishTransaction,
        attempt: Attempt,
        partition: "Partition",
        into: sa.Table,
        data_root: DataRoot,
        makes: Stage | None,
    ) -> None:
        self._tracking = tracking
        self._transaction = transaction
        self._attempt = attempt
        self._partition = partition
        self._table = into
        self._data_root = data_root
        self._has_table_alone = makes is not None  # as every stage that is declared
        self._inputs: tuple[Input, ...] = () if makes is None else tuple(makes.inputs)
        self._form = "tuples" if makes is None else makes.rows
        self._resolved = NOTHING_RESOLVED
        self._target = Target.of(into, tracking.database.dialect)
        self._journal = Journal(tracking, transaction)
        self._provenance = Provenance(partition_key=partition.key, capture_id=attempt.capture_id)
        self._readings: list[Closing] = []
        self._work: Work | None = None
        self._whole: tuple[Check, ...] = ()
        self._unjudged: tuple[str, ...] = ()
        self._archived: tuple[str, ...] = ()  # what was not fetched, in words
        self._row_count: int | None = None

    @property
    def partition(self) -> "Partition":
        """The partition that rows are wanted for."""
        return self._partition

    @property
    def capture_id(self) -> str:
        """The capture's id in core_manifest."""
        return self._attempt.capture_id

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
        told = (self._attempt.reason, *self._resolved.notes, *self._archived, *self._unjudged)
        return StageResult(
            status="SUCCESS",
            stage=self._attempt.place.stage,
            partition_key=self._partition.key,
            capture_id=self.capture_id,
            row_count=self.row_count,
            reason="; ".join(text for text in told if text) or None,
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

        with self._transaction.step():
            files = locate(source, self._partition, self._data_root)
            self._archived = tuple(
                f"{file.shown} from the archive, fetched {file.archived_at}"
                for file in files
                if file.archived_at
            )
            self._take(SourceRows(source, files, self._target, self._journal, self._partition))

    def select(self, sql: SqlText, inputs: Sequence[Input] = ()) -> None:
        """Take what the SELECT returns, in which each input is a table of its stage's name.

        One text, or one per dialect. Raises MissingInputError where an input is not there for the partition.
        """
        with self._transaction.step():
            read = [(given, tuple(self._captures_of(given, inputs).values())) for given in inputs]
            self._take(SelectRows(self._table, self._target, self._journal, sql, read))

    def rows_of(self, given: Input, row_type: type[T]) -> InputRows[T]:
        """The input's rows as ``row_type``, streamed. Raises MissingInputError as ``select`` does."""
        with self._transaction.step():
            captures = self._captures_of(given)
            rows = StoredRows(self._tracking.database, given, captures, row_type)
            self._readings.append(rows)
        return rows

    def arrow_of(self, given: Input) -> ArrowRows:
        """The input's rows as Arrow, streamed. Raises MissingInputError as ``select`` does.

        And ArrowMissingError where pyarrow is not installed.
        """
        from spine.data.inputs.arrow import StoredArrow  # noqa: PLC0415 - few need it

        with self._transaction.step():
            rows = StoredArrow(self._tracking.database, given, self._captures_of(given))
            self._readings.append(rows)
        return rows

    def insert(self, rows: Iterable[object] | ArrowStream) -> None:
        """Take the rows: named tuples, tuples in the table's order, or mappings; or all of them as Arrow.

        Consumes them at once. Raises RowRejectedError naming the first row that is not of the table's types,
        or the columns of Arrow that are not.
        """
        given = (self._table, self._target, self._journal)
        dialect = self._tracking.database.engine.dialect
        with self._transaction.step():
            if gives_arrow(rows):
                # DuckDB is loaded by stages that need it only.
                from spine.data.work.arrow import StreamedRows  # noqa: PLC0415

                portable = self._form == "arrow"  # then the checks are written for DuckDB, too
                self._take(StreamedRows(*given, rows, dialect, portable=portable))
            else:
                self._take(GivenRows(*given, rows, dialect))
            self.close()

    def check(self, checks: Sequence[Check]) -> None:
        """Check the rows: see row_checks.py. Raises CheckFailedError where a check fails the stage.

        What is said of the stage as a whole is checked by ``write``.
        """
        with self._transaction.step():
            work = self._waiting("checked")
            of_rows = [
                as_condition(check, self._partition, self._target) if check.partition else check
                for check in checks
                if not check.having
            ]
            asked = tuple(dict.fromkeys(given for check in checks for given in check.inputs))
            looked = [self._looked_into(given, asked) for given in asked]
            work.check(of_rows, looked, self._transaction.begin)
            self._whole += tuple(check for check in checks if check.having)

    def write(self) -> None:
        """Write the rows, in the transaction that COMPLETE joins, and check the stage as a whole.

        Raises RowRejectedError naming a row, CheckFailedError where a check fails the stage.
        """
        with self._transaction.step():
            self.close()
            work = self._waiting("written")
            self._row_count = work.write(self._transaction.begin, self._provenance.constants(self._table))
            if self._has_table_alone:
                taken = take_over_command(self._attempt.place, self._table, self._tracking.clock())
                execute(self._transaction.begin(), *taken)
            self._attempt.files = work.files
            if self._whole:
                whole = WholeStage(self._table, self._target, self._attempt, self._partition)
                self._unjudged = whole.judge(self._transaction.begin(), self._whole, self._journal)
            self._transaction.wrote(self._row_count)

    def close(self) -> None:
        """Let go of what is being read; the rows and anomalies are not touched."""
        for reading in self._readings:
            reading.close()

    def _captures_of(self, given: Input, others: Sequence[Input] = ()) -> dict[str, str]:
        """The captures to read, by partition key; they are this capture's inputs from now on.

        The first call resolves all the inputs that are known, so that they are of one state. Where another is
        asked for later, it is of that state too.
        """
        if given not in self._resolved.captures:
            self._resolved = resolve_inputs(
                self._tracking,
                self._attempt.place.domain,
                (*self._inputs, *others, given),
                self._partition,
                self._resolved,
            )
            read = [
                record.capture_id for found in self._resolved.captures.values() for record in found.values()
            ]
            self._provenance = self._provenance.reading(read)
            self._attempt.read(read, self._resolved.absent, self._resolved.awaited.values())
        found = self._resolved.captures[given]
        return {key: record.capture_id for key, record in found.items()}

    def _looked_into(self, given: Input, others: Sequence[Input]) -> LookedInto:
        captures = tuple(self._captures_of(given, others).values())
        return LookedInto(given=given, captures=captures, database=self._tracking.database)

    def _take(self, work: Work) -> None:
        if self._work is not None:
            raise StageOrderError(
                "this capture has rows already: call one of capture.read, select and insert, once"
            )
        self._work = work

    def _waiting(self, done: str) -> Work:
        if self._work is None:
            raise StageOrderError(
                f"there are no rows to be {done}: call capture.read, select or insert first"
            )
        if self._row_count is not None:
            raise StageOrderError(f"the rows are written already and cannot be {done} again")
        return self._work


@contextmanager
def publish(
    tracking: Tracking,
    capture_id: str,
    partition: "Partition",
    into: sa.Table,
    data_root: DataRootLike,
    *,
    makes: Stage | None = None,
) -> Iterator[Publication]:
    """Publish one capture into its table: on leaving, rows, anomalies, lineage and COMPLETE commit together.

    ``makes`` is the stage as it is declared, which the capture is remembered by. Any error undoes the rows;
    the anomalies wait for ``manifest.record_failed``. Raises PublishRefusedError for a capture that was
    started for something else.
    """
    attempt, root = tracking.attempt_of(capture_id), DataRoot.of(data_root)
    _refuse_another(attempt, partition, makes)
    if makes is not None:
        attempt.definition = makes.definition
        attempt.inputs_asked = len(makes.inputs_asked(partition))
    with tracking.publishing(capture_id) as transaction:
        transaction.count_rows()
        capture = Publication(
            tracking=tracking,
            transaction=transaction,
            attempt=attempt,
            partition=partition,
            into=into,
            data_root=root,
            makes=makes,
        )
        try:
            yield capture
        finally:
            capture.close()


def _refuse_another(attempt: Attempt, partition: "Partition", makes: Stage | None) -> None:
    started = attempt.place
    wanted = (started if makes is None else makes).stage_key.at(partition.key)
    if wanted != started:
        raise PublishRefusedError(
            f"capture {attempt.capture_id} was started for {started}, not for {wanted}: start one with "
            "manifest.record_start for what is published"
        )
