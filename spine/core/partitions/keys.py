"""What must be true of the names that a capture is filed under, above all of its partition's key."""

from spine.errors import CapturePlaceError, GlobalPartitionError, PartitionError

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


def check_name(what: str, name: object) -> str:
    """The name of a domain, stage or tier; CapturePlaceError where it is none."""
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise CapturePlaceError(
            f"{what} {name!r} is no name: pass printable text for domain, partition key, stage and tier, "
            "as in ('finra.otc', '2025-W23', 'INGEST', 'BRONZE')"
        )
    return str(name)


def is_global_key(key: str) -> bool:
    """Whether the key names everything, and so no partition: ``ALL``, ``*``, blank…"""
    return key.strip().casefold() in GLOBAL_KEYS
