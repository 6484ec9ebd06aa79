"""Other stages' rows: which captures of them a stage reads, and those rows, streamed."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import sqlalchemy as sa

from spine.core.captures import Place, StageKey
from spine.core.partitions.mapping import is_finer, keys_for, newest_key_for
from spine.core.spans import Span
from spine.data.arrow_stream import ArrowStream

if TYPE_CHECKING:
    from spine.core.partitions.partitioning import Partition, Partitioning

T = TypeVar("T")


@dataclass(frozen=True)
class Input:
    """Another stage that this one reads: its partitions that the reading one's partition asks for.

    Where both are partitioned alike that is the same partition, or a ``window`` of so many that ends with it.
    Else ``partitions`` are the input's: of a coarser grain, it is the one that the partition belongs to (and
    those before it, by the window); of a finer grain, all that belong to the partition; and all values of an
    enum that the reading stage is not partitioned by. With ``latest`` it is the newest that is complete, at
    or before the partition.

    Of several that belong to the partition all must be complete, or with ``partial`` any; of a window the
    last. An ``optional`` input may lack all of them, and then has no rows.
    """

    stage: str
    _: KW_ONLY
    tier: str
    table: sa.Table
    window: int = 1
    latest: bool = False
    partial: bool = False
    optional: bool = False
    domain: str | None = None  # where it is not the reading stage's
    partitions: "Partitioning | None" = None  # where they are not the reading stage's
    name: str | None = None  # in a SELECT and in conditions, where it is not the stage's

    @property
    def named(self) -> str:
        """What a SELECT calls it."""
        return self.name or self.stage

    def stage_key(self, domain: str) -> StageKey:
        """The stage that it is, for one of that domain."""
        return StageKey(self.domain or domain, self.stage, self.tier)

    def asked(self, domain: str, partition: "Partition") -> list[Place]:
        """The partitions of it that a stage of the domain asks for, there or not; oldest first.

        None of an input whose latest is read: which one that is, what is complete tells.
        """
        if self.latest:
            return []
        keys = keys_for(partition, self.partitions or partition.partitioning, self.window)
        return [self.stage_key(domain).at(key) for key in keys]

    def span(self, domain: str, partition: "Partition") -> Span | None:
        """The partitions whose newest is read, if it is so declared; None where none is early enough."""
        if not self.latest:
            return None
        last = newest_key_for(partition, self.partitions or partition.partitioning)
        return None if last is None else Span.up_to_partition(self.stage_key(domain), last)

    def required(self, asked: Sequence[Place], partition: "Partition") -> Sequence[Place]:
        """Those that must be complete, of all that are asked for."""
        if self.partitions is not None and is_finer(self.partitions, partition.partitioning):
            return () if self.partial else asked
        return asked[-1:]

    def lacks(self, found: "Mapping[str, object]", missing: Sequence[Place], partition: "Partition") -> bool:
        """Whether the partition cannot be made of what was found, some of what is required being missing."""
        if found and not missing:
            return False
        is_of_several = self.partitions is not None and is_finer(self.partitions, partition.partitioning)
        return not self.optional or bool(found and is_of_several)


class InputRows(ABC, Generic[T]):
    """The rows of one input, streamed: those of the oldest partition first, each partition's in key order.

    Iterate over it as often as you like; each time, the rows are read anew.
    """

    @property
    @abstractmethod
    def partition_keys(self) -> tuple[str, ...]:
        """The partitions that are there, oldest first; the current one is, but where it is optional."""

    @abstractmethod
    def of(self, partition: "Partition | str") -> Iterator[T]:
        """The rows of one partition; none where it is not among the ``partition_keys``."""

    def items(self) -> Iterator[tuple[str, T]]:
        """Every row with the key of its partition."""
        for key in self.partition_keys:
            for row in self.of(key):
                yield key, row

    def __iter__(self) -> Iterator[T]:
        for key in self.partition_keys:
            yield from self.of(key)


class ArrowRows(ABC):
    """The rows of one input as a stream of Arrow: those of the oldest partition first, each's in key order.

    ``polars.DataFrame(rows)``, ``pyarrow.table(rows)``, ``duckdb.from_arrow(rows)`` and
    ``pandas.DataFrame.from_arrow(rows)`` take it. The types are exact: see arrow_batches.py. Take the stream
    as often as you like; each time, the rows are read anew.
    """

    @property
    @abstractmethod
    def partition_keys(self) -> tuple[str, ...]:
        """The partitions that are there, oldest first; the current one is, but where it is optional."""

    @abstractmethod
    def of(self, partition: "Partition | str") -> ArrowStream:
        """The rows of one partition; none where it is not among the ``partition_keys``."""

    @abstractmethod
    def __arrow_c_stream__(self, requested_schema: Any = None) -> object:
        """The rows of all partitions."""

    def items(self) -> Iterator[tuple[str, ArrowStream]]:
        """The rows of each partition with its key."""
        for key in self.partition_keys:
            yield key, self.of(key)
