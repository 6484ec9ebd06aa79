"""The partition before one, as far as readers have it: the last that is complete, however long ago."""

from typing import NamedTuple

import sqlalchemy as sa

from spine.errors import PartitionError

from .captures import Place
from .partitions.partitioning import Partition
from .spans import Span
from .tables import IS_CURRENT, core_manifest

_c = core_manifest.c


class PreviousCapture(NamedTuple):
    """The current capture of an earlier partition."""

    partition_key: str
    capture_id: str


def previous_capture(connection: sa.Connection, place: Place, partition: Partition) -> PreviousCapture | None:
    """The current capture of the last partition before that one in time, all else of its key the same.

    None where none is complete, or where the partitioning has not one dimension of time. What was made for
    days that a calendar leaves out is passed over.
    """
    try:
        span = Span.up_to_partition(place.stage_key, partition)
    except PartitionError:
        return None
    query = (
        sa.select(_c.partition_key, _c.capture_id)
        .where(span.is_of(core_manifest), _c.partition_key != partition.key, IS_CURRENT)
        .order_by(_c.partition_key.desc())
    )
    with connection.execute(query) as found:
        for key, capture_id in found:
            if partition.partitioning.has(key):
                return PreviousCapture(key, capture_id)
    return None
