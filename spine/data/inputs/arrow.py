"""An input's rows as Arrow, streamed from the database."""

import weakref
from collections.abc import Generator, Iterable, Mapping
from itertools import chain
from typing import Any

from spine.core.database.database import Database
from spine.core.partitions.partitioning import Partition
from spine.data.arrow_batches import arrow_reader, require_arrow
from spine.data.arrow_stream import ArrowStream
from spine.data.tables.target import data_columns

from .declared import ArrowRows, Input
from .rows import select_rows

_BATCH = 10_000  # rows: enough that what a batch costs by itself does not count


class StoredArrow(ArrowRows):
    """The rows of the captures that were current when the stage asked for its input."""

    def __init__(self, database: Database, given: Input, captures: Mapping[str, str]) -> None:
        """``captures`` are the capture of each partition, oldest partition first.

        Raises ArrowMissingError where pyarrow is not installed.
        """
        require_arrow()
        self._database = database
        self._captures = captures
        self._columns = data_columns(given.table)
        self._select = select_rows(
            given.table, database.dialect, [given.table.columns[column.name] for column in self._columns]
        )
        # Read by somebody else's code, which may stop anywhere: see close().
        self._reading: weakref.WeakSet[Generator[Any]] = weakref.WeakSet()

    @property
    def partition_keys(self) -> tuple[str, ...]:
        """The partitions of the window that are there, oldest first."""
        return tuple(self._captures)

    def of(self, partition: Partition | str) -> ArrowStream:
        """The rows of one partition, in key order."""
        key = partition.key if isinstance(partition, Partition) else partition
        return _Part(self, [self._captures[key]] if key in self._captures else [])

    def __arrow_c_stream__(self, requested_schema: Any = None) -> object:
        """The rows of all partitions."""
        return self.stream(self._captures.values(), requested_schema)

    def stream(self, captures: Iterable[str], requested_schema: Any) -> object:
        """The rows of these captures, read anew."""
        readings = [self._read(capture) for capture in captures]
        self._reading.update(readings)
        reader = arrow_reader(self._columns, chain.from_iterable(readings))
        return reader.__arrow_c_stream__(requested_schema)

    def close(self) -> None:
        """Stop the readings that were left in the middle, whose connections would be in the writer's way."""
        for reading in tuple(self._reading):
            reading.close()

    def _read(self, capture: str) -> Generator[Any]:
        with self._database.snapshot() as connection:
            streaming = connection.execution_options(yield_per=_BATCH)
            with streaming.execute(self._select, {"capture": capture}) as result:
                yield from result.partitions()


class _Part:
    """The rows of some of the captures, as often as they are wanted."""

    def __init__(self, rows: StoredArrow, captures: list[str]) -> None:
        self._rows = rows
        self._captures = captures

    def __arrow_c_stream__(self, requested_schema: Any = None) -> object:
        return self._rows.stream(self._captures, requested_schema)
