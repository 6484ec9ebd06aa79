"""Fakes for people who test their own logic: a capture and input rows, as Arrow too, without a database.

::

    def test_score():
        capture = FakeCapture(PARTITIONS.parse("2025-W51"))
        aggregate = input_rows({"2025-W50": [FinraOtcSymbolWeekRow("A", 10, 1, 1)], "2025-W51": []})
        assert list(score(capture, aggregate)) == []
        assert capture.recorded == []
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from spine.core.anomalies import AnomalyCode, anomaly_row
from spine.core.partitions.partitioning import Partition
from spine.data.arrow_batches import arrow_reader, require_arrow
from spine.data.arrow_stream import ArrowStream
from spine.data.capture import Capture
from spine.data.inputs.declared import ArrowRows, InputRows
from spine.data.tables.target import DataColumn, data_columns

__all__ = ["FakeCapture", "Recorded", "arrow_rows", "input_rows"]

T = TypeVar("T")
_UNTIMED = datetime.fromtimestamp(0, UTC)  # what a fake records has no time


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One anomaly that logic recorded."""

    code: str
    message: str | None
    severity: str
    context: Mapping[str, Any] | None


class FakeCapture(Capture):
    """A capture of a partition that keeps the anomalies it is told in ``recorded``."""

    def __init__(self, partition: Partition, *, capture_id: str = "fake-capture") -> None:
        self._partition = partition
        self._capture_id = capture_id
        self.recorded: list[Recorded] = []

    @property
    def partition(self) -> Partition:
        """The partition that it was made with."""
        return self._partition

    @property
    def capture_id(self) -> str:
        """The id that it was made with."""
        return self._capture_id

    @property
    def anomalies(self) -> Mapping[str, int]:
        """How many anomalies of each code were recorded."""
        return Counter(one.code for one in self.recorded)

    def record(
        self,
        code: AnomalyCode | str,
        message: str | None = None,
        severity: str | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep the anomaly as it would be stored; AnomalyError for a code or severity that is none."""
        row = anomaly_row(code, message, severity, context, _UNTIMED)
        stored = None if row.context is None else json.loads(row.context)
        self.recorded.append(
            Recorded(code=row.code, message=row.message, severity=row.severity, context=stored)
        )


def input_rows(rows: Mapping[str, Sequence[T]]) -> InputRows[T]:
    """Input rows out of lists by partition key, oldest partition first."""
    return _GivenRows(rows)


def arrow_rows(table: sa.Table, rows: Mapping[str, Sequence[Sequence[Any]]]) -> ArrowRows:
    """Input rows as Arrow out of lists of the table's rows by partition key, oldest partition first.

    Their types are those that a pipeline gives. Raises ArrowMissingError where pyarrow is not installed.
    """
    return _GivenArrow(data_columns(table), rows)


class _GivenRows(InputRows[T]):
    def __init__(self, rows: Mapping[str, Sequence[T]]) -> None:
        self._rows = dict(rows)

    @property
    def partition_keys(self) -> tuple[str, ...]:
        return tuple(self._rows)

    def of(self, partition: Partition | str) -> Iterator[T]:
        key = partition.key if isinstance(partition, Partition) else partition
        return iter(self._rows.get(key, ()))


class _GivenArrow(ArrowRows):
    def __init__(self, columns: Sequence[DataColumn], rows: Mapping[str, Sequence[Sequence[Any]]]) -> None:
        require_arrow()
        self._columns = columns
        self._rows = dict(rows)

    @property
    def partition_keys(self) -> tuple[str, ...]:
        return tuple(self._rows)

    def of(self, partition: Partition | str) -> ArrowStream:
        key = partition.key if isinstance(partition, Partition) else partition
        return _GivenArrow(self._columns, {key: self._rows.get(key, ())})

    def __arrow_c_stream__(self, requested_schema: Any = None) -> object:
        batches = (batch for batch in self._rows.values() if batch)
        return arrow_reader(self._columns, batches).__arrow_c_stream__(requested_schema)
