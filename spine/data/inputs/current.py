"""Which captures of its inputs a stage reads: the ones that are current when it asks."""

from spine.core.captures import CompleteCapture
from spine.core.partitions.partitioning import Partition
from spine.core.tracking import Tracking
from spine.errors import MissingInputError

from .declared import Input


def input_captures(
    tracking: Tracking, domain: str, given: Input, partition: Partition
) -> dict[str, CompleteCapture]:
    """The current capture of every partition in the input's window that has one, oldest partition first.

    Raises MissingInputError where the partition itself has none: a window may be cut short in the past only.
    """
    keys = partition.window(given.window)
    found = tracking.manifest.current_captures(domain, given.stage, given.tier, keys)
    if partition.key not in found:
        raise MissingInputError(
            f"{given.stage} ({given.tier}) of {domain} is not complete for {partition.key}: "
            f"run {given.stage} for that partition first"
        )
    return found
