"""Other stages' rows: which captures of them a stage reads, and those rows, streamed."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

import sqlalchemy as sa

from spine.core.captures import Place, StageKey

if TYPE_CHECKING:
    from spine.core.partitions.partitioning import Partition

T = TypeVar("T")


@dataclass(frozen=True)
class Input:
    """Another stage that this one reads: the same partition of it, or a window that ends with that."""

    stage: str
    _: KW_ONLY
    tier: str
    table: sa.Table
    window: int = 1

    def asked(self, domain: str, partition: "Partition") -> list[Place]:
        """The partitions of it that a stage of the domain asks for, there or not; oldest first."""
        stage_key = StageKey(domain, self.stage, self.tier)
        return [stage_key.at(key) for key in partition.window(self.window)]


class InputRows(ABC, Generic[T]):
    """The rows of one input, streamed: those of the oldest partition first, each partition's in key order.

    Iterate over it as often as you like; each time, the rows are read anew.
    """

    @property
    @abstractmethod
    def partition_keys(self) -> tuple[str, ...]:
        """The partitions of the window that are there, oldest first; the current one is always among them."""

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
