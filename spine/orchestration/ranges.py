"""Which partitions a command is about: one of them, those from one to another in time, or all."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spine.errors import PartitionError, PartitionFormError

if TYPE_CHECKING:
    from spine.core.partitions.partitioning import Partitioning


@dataclass(frozen=True, kw_only=True)
class PartitionRange:
    """Bounds are partition keys, or just values of the dimension that is a time; both are included."""

    partition: str | None = None
    first: str | None = None
    last: str | None = None

    @property
    def is_bounded(self) -> bool:
        """Whether it leaves anything out."""
        return not (self.partition is None and self.first is None and self.last is None)

    def as_recorded(self, partitionings: "Collection[Partitioning]") -> "PartitionRange":
        """The range with its keys as captures have them, by whichever of the partitionings they are given."""
        return PartitionRange(
            partition=as_recorded(self.partition, partitionings),
            first=as_recorded(self.first, partitionings),
            last=as_recorded(self.last, partitionings),
        )

    def check(self, partitionings: "Collection[Partitioning]") -> None:
        """PartitionError where what is given is a partition, or a bound, by none of these partitionings."""
        if self.partition is not None:
            _check(self.partition, partitionings, lambda partitions, key: partitions.parse(key))
        for bound in (self.first, self.last):
            if bound is not None:
                _check(bound, partitionings, _check_bound)

    def is_about(self, partitions: "Partitioning") -> bool:
        """Whether it can be said of those partitions: a range of weeks holds no days."""
        try:
            self.check([partitions])
        except PartitionError:
            return False
        return True

    def holds(self, key: str, partitions: "Partitioning | None") -> bool:
        """Whether the key is within the range; without a partitioning, keys compare as text."""
        if self.partition is not None and key != self.partition:
            return False
        return (self.first is None or _in_order(self.first, key, partitions)) and (
            self.last is None or _in_order(key, self.last, partitions)
        )


def as_recorded(given: str | None, partitionings: "Collection[Partitioning]") -> str | None:
    """The key as captures have it, whether it is given bare or with the name of its one dimension."""
    if given is None:
        return None
    keys = (partitions.key_from(given) for partitions in partitionings)
    return next((key for key in keys if key != given), given)


def no_partition(key: str, partitions: "Partitioning | None") -> str | None:
    """Why the key is that of no partition as they are declared now; None where it is one."""
    if partitions is None:
        return None
    try:
        partitions.parse(key)
    except PartitionError as error:
        return str(error)
    return None


def _check(
    given: str,
    partitionings: "Collection[Partitioning]",
    check: "Callable[[Partitioning, str], object]",
) -> None:
    """Raise the first of the errors where each of the partitionings refuses what is given.

    Of a partitioning whose keys look so, where there is one.
    """
    errors = []
    for partitions in partitionings:
        try:
            check(partitions, given)
        except PartitionError as error:
            errors.append(error)
        else:
            return
    if errors:
        raise next((one for one in errors if not isinstance(one, PartitionFormError)), errors[0])


def _check_bound(partitions: "Partitioning", given: str) -> None:
    """A bound need not be a partition: it may be before the first one."""
    name, dimension = partitions.temporal
    if len(partitions.dimensions) > 1 and "=" in given:
        partitions.without_gaps.parse(given)
        return
    try:
        dimension.check_form(given)
    except PartitionError as error:
        kind = PartitionFormError if isinstance(error, PartitionFormError) else PartitionError
        raise kind(f"{name} {error}") from error


def _in_order(one: str, other: str, partitions: "Partitioning | None") -> bool:
    if partitions is None or len(partitions.dimensions) == 1:
        return one <= other  # values of one type of time are of one width
    split = [_split(key, partitions) for key in (one, other)]
    if None in split:
        return False  # recorded when the domain was partitioned differently: within no bounds
    times, others = zip(*(found for found in split if found is not None), strict=True)
    return bool(times[0] <= times[1] and (None in others or others[0] == others[1]))


def _split(key: str, partitions: "Partitioning") -> tuple[str, dict[str, str] | None] | None:
    """A key's time and its other values; of a bound that is a time alone, no others."""
    name, dimension = partitions.temporal
    if "=" not in key:
        dimension.check_form(key)
        return key, None
    try:
        partition = partitions.without_gaps.parse(key)
    except PartitionError:
        return None
    return str(partition[name]), partition.others(name)
