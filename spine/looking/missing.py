"""Which partitions lack a complete capture of a declared stage, those that never ran among them."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa

from spine.core.capture_records import of_stage
from spine.core.tables import IS_CURRENT, core_manifest
from spine.errors import PartitionError
from spine.looking.partition_keys import keys_newest_first

if TYPE_CHECKING:
    from spine.core.partitions.partitioning import Partition, Partitioning
    from spine.data.stage import Stage
    from spine.orchestration.ranges import PartitionRange

_c = core_manifest.c


def missing_keys(
    connection: sa.Connection, declared: "Sequence[Stage]", within: "PartitionRange"
) -> set[str]:
    """The keys, among those expected, that lack a complete capture of any of a domain's stages.

    Expected are all partitions in time from the domain's start to the newest that anything ran for, or in the
    range asked for, with the values of other dimensions that anything ran for.
    """
    if not declared:
        return set()
    domain, partitions = declared[0].domain, declared[0].partitions
    known = list(keys_newest_first(connection, domain, None))
    expected = {key for key in _expected(partitions, known, within) if within.holds(key, partitions)}
    current = sa.select(_c.partition_key).where(IS_CURRENT)
    complete = [
        set(connection.execute(current.where(*of_stage(makes.stage_key))).scalars()) for makes in declared
    ]
    return expected.difference(set.intersection(*complete))


def _expected(partitions: "Partitioning", known: Sequence[str], within: "PartitionRange") -> Iterator[str]:
    parsed = [one for one in (_parsed(partitions, key) for key in known) if one is not None]
    if within.partition is not None:
        yield within.partition
        return
    try:
        name, dimension = partitions.temporal
    except PartitionError:
        yield from (partition.key for partition in parsed)  # no calendar says which others there are
        return
    times = [str(partition[name]) for partition in parsed]
    first, last = _bound(partitions, within.first), _bound(partitions, within.last)
    if first is None:
        first = dimension.start or min(times, default=None)
    if last is None:
        last = max(times, default=None)
    if first is None or last is None:
        return
    others = {tuple(sorted(partition.others(name).items())) for partition in parsed}
    if len(partitions.dimensions) == 1:
        others.add(())
    for other in others:
        for number in dimension.numbers(first, last):
            yield partitions.key_of({**dict(other), name: dimension.value(number)})


def _parsed(partitions: "Partitioning", key: str) -> "Partition | None":
    """The partition; None for a key recorded when the domain was partitioned differently."""
    try:
        return partitions.parse(key)
    except PartitionError:
        return None


def _bound(partitions: "Partitioning", given: str | None) -> str | None:
    """The time of a bound: a key, or a value of the time alone."""
    if given is None or "=" not in given:
        return given
    return partitions.without_gaps.parse(given)[partitions.temporal[0]]
