"""The partition before one, as far as readers have it: the last that is complete, however long ago."""

from typing import NamedTuple

import sqlalchemy as sa

from spine.errors import PartitionError

from .captures import Place
from .partitions.partitioning import Partition
from .tables import IS_CURRENT, core_manifest

_c = core_manifest.c


class PreviousCapture(NamedTuple):
    """The current capture of an earlier partition."""

    partition_key: str
    capture_id: str


def previous_capture(connection: sa.Connection, place: Place, partition: Partition) -> PreviousCapture | None:
    """The current capture of the last partition before that one in time, all else of its key the same.

    None where none is complete, or where the partitioning has not one dimension of time.
    """
    try:
        name, _ = partition.partitioning.temporal
    except PartitionError:
        return None
    own = partition[name]
    before, behind = _around(partition, name)
    # Keys of one form sort by their time in the order of their bytes.
    key = _c.partition_key.collate("C") if connection.dialect.name == "postgresql" else _c.partition_key
    query = (
        sa.select(_c.partition_key, _c.capture_id)
        .where(_c.domain == place.domain, _c.stage == place.stage, _c.tier == place.tier, IS_CURRENT)
        .where(key < partition.key)
        .order_by(key.desc())
    )
    with connection.execute(query) as found:
        for row in found:
            one: str = row.partition_key
            alike = len(one) == len(partition.key) and one.startswith(before) and one.endswith(behind)
            if alike and one[len(before) : len(before) + len(own)] < own:
                return PreviousCapture(one, row.capture_id)
    return None


def _around(partition: Partition, name: str) -> tuple[str, str]:
    """What stands before and behind the value of that dimension in the key."""
    if len(partition.values) == 1:
        return "", ""
    parts = [f"{one}={value}" for one, value in partition.values.items()]
    place = list(partition.values).index(name)
    before = "".join(f"{part}/" for part in parts[:place]) + f"{name}="
    return before, "".join(f"/{part}" for part in parts[place + 1 :])
