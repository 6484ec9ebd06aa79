"""For how many partitions a stage is complete, up to one of them in time."""

from typing import TYPE_CHECKING

import sqlalchemy as sa

from spine.core.partitions.dimensions import Temporal
from spine.core.tables import IS_CURRENT, core_manifest
from spine.errors import PartitionError

if TYPE_CHECKING:
    from spine.core.partitions.partitioning import Partitioning

_c = core_manifest.c
_PARTITIONS = (
    sa.select(_c.partition_key)
    .where(_c.domain == sa.bindparam("domain"), _c.stage == sa.bindparam("stage"), IS_CURRENT)
    .distinct()
)


def count_up_to(
    connection: sa.Connection, domain: str, stage: str, key: str, partitions: "Partitioning | None"
) -> int:
    """How many partitions of the stage are complete: this one and those before it, in other dimensions alike.

    Without a partitioning, keys are compared as text, which is the order of time for canonical ones.
    """
    keys = connection.execute(_PARTITIONS, {"domain": domain, "stage": stage}).scalars().all()
    if partitions is None:
        return sum(one <= key for one in keys)
    current = partitions.parse(key)
    count = 0
    for one in keys:
        try:
            partition = partitions.parse(one)
        except PartitionError:
            continue  # recorded when the domain was partitioned differently
        count += all(
            # Values of one type of time are of one width, so they sort as text.
            partition[name] <= current[name]
            if isinstance(dimension, Temporal)
            else partition[name] == current[name]
            for name, dimension in partitions.dimensions.items()
        )
    return count
