"""An input's rows, streamed from the database."""

import weakref
from collections.abc import Generator, Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from spine.core.database.backend import DialectName
from spine.core.database.database import Database
from spine.core.partitions.partitioning import Partition
from spine.data.tables.target import columns_of_fields, data_columns, data_key, in_byte_order

from .declared import Input, InputRows

T = TypeVar("T")
_BATCH = 1000


class StoredRows(InputRows[T], Generic[T]):
    """The rows of the captures that were current when the stage asked for its input."""

    def __init__(
        self, database: Database, given: Input, captures: Mapping[str, str], row_type: type[T]
    ) -> None:
        """``captures`` are the capture of each partition, oldest partition first."""
        self._database = database
        self._captures = captures
        self._row_type = row_type
        self._select = select_rows(given.table, database.dialect, _fields_of(given.table, row_type))
        # Read by somebody else's code, which may stop anywhere: see close().
        self._reading: weakref.WeakSet[Generator[T]] = weakref.WeakSet()

    @property
    def partition_keys(self) -> tuple[str, ...]:
        """The partitions of the window that are there, oldest first."""
        return tuple(self._captures)

    def of(self, partition: Partition | str) -> Iterator[T]:
        """The rows of one partition, in key order."""
        key = partition.key if isinstance(partition, Partition) else partition
        capture = self._captures.get(key)
        if capture is None:
            return iter(())
        reading = self._read(capture)
        self._reading.add(reading)
        return reading

    def close(self) -> None:
        """Stop the readings that were left in the middle, whose connections would be in the writer's way."""
        for reading in tuple(self._reading):
            reading.close()

    def _read(self, capture: str) -> Generator[T]:
        with self._database.snapshot() as connection:
            make: Any = self._row_type
            streaming = connection.execution_options(yield_per=_BATCH)
            with streaming.execute(self._select, {"capture": capture}) as result:
                for row in result:
                    yield make(*row)


def select_rows(table: sa.Table, dialect: DialectName, columns: Iterable[sa.Column[Any]]) -> sa.Select[Any]:
    """The columns of one capture's rows, in key order."""
    key = in_byte_order((table.columns[name] for name in data_key(table)), dialect)
    return sa.select(*columns).where(table.columns.capture_id == sa.bindparam("capture")).order_by(*key)


def _fields_of(table: sa.Table, row_type: type[Any]) -> list[sa.Column[Any]]:
    """What the row type's fields are of."""
    fields = getattr(row_type, "_fields", [column.name for column in data_columns(table)])
    names = columns_of_fields(fields, table.columns.keys())
    missing = [name for name in names if name not in table.columns]
    if missing:
        raise TypeError(
            f"{row_type.__name__} has {', '.join(missing)}; {table.name} has none: use its row type"
        )
    return [table.columns[name] for name in names]
