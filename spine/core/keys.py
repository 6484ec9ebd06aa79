"""What every partition key must be, whatever its dimensions: text that names one partition."""

from spine.errors import GlobalPartitionError, PartitionError

GLOBAL_KEYS = frozenset({"", "*", "all", "any", "global", "default", "none", "null"})


def check_partition_key(key: object) -> str:
    """The key; GlobalPartitionError where it names no partition, PartitionError where it is no key."""
    if key is None:
        raise GlobalPartitionError("None")
    if not isinstance(key, str):
        raise PartitionError(
            f"partition key {key!r} is a {type(key).__name__}: pass text, such as '2025-W23' or '2025-01-15'"
        )
    if is_global_key(key):
        raise GlobalPartitionError(key)
    if not key.isprintable():
        raise PartitionError(f"partition key {key!r} has control characters: use printable text")
    return str(key)


def is_global_key(key: str) -> bool:
    """Whether the key names everything, and so no partition: ``ALL``, ``*``, blank…"""
    return key.strip().casefold() in GLOBAL_KEYS
