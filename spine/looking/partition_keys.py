"""The partitions that a domain has captures of, newest first, read key by key however long the history is."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa

from spine.core.tables import core_manifest
from spine.errors import PartitionError

if TYPE_CHECKING:
    from spine.core.partitions.partitioning import Partitioning

_c = core_manifest.c
_AT_ONCE = 500

Newness = tuple[str, str]  # what partitions are ordered by


def captured_domains(connection: sa.Connection) -> list[str]:
    """The domains that have captures, in text order."""
    first = sa.select(sa.func.min(_c.domain).label("name")).cte("names", recursive=True)
    further = sa.select(sa.func.min(_c.domain)).where(_c.domain > first.c.name).scalar_subquery()
    names = first.union_all(sa.select(further).where(first.c.name.is_not(None)))
    found = connection.execute(sa.select(names.c.name).where(names.c.name.is_not(None))).scalars()
    return sorted(found)


def keys_newest_first(
    connection: sa.Connection, domain: str, partitions: "Partitioning | None", before: str | None = None
) -> Iterator[str]:
    """The keys of the domain's partitions, or those older than ``before``.

    The order is that of time where a key's first dimension is one, else where the partitioning is known.
    """
    if _in_key_order(partitions):
        while True:
            found = [row.key for row in connection.execute(_next_keys(domain, before))]
            yield from found
            if len(found) < _AT_ONCE:
                return
            before = found[-1]
    yield from ordered_newest_first(keys_newest_first(connection, domain, None), partitions, before)


def ordered_newest_first(
    keys: Iterable[str], partitions: "Partitioning | None", before: str | None = None
) -> Iterator[str]:
    """These keys in the order of ``keys_newest_first``."""
    bound = None if before is None else newness(before, partitions)
    for key in sorted(keys, key=lambda one: newness(one, partitions), reverse=True):
        if bound is None or newness(key, partitions) < bound:
            yield key


def by_domain(places: Iterable[Sequence[str]]) -> dict[str, set[str]]:
    """The partition keys of each domain, of pairs of the two."""
    found: dict[str, set[str]] = {}
    for domain, key in places:
        found.setdefault(domain, set()).add(key)
    return found


def newness(key: str, partitions: "Partitioning | None") -> Newness:
    """What the key is ordered by: its time where that is not what it begins with, and itself."""
    if partitions is None or _in_key_order(partitions):
        return "", key
    try:
        return str(partitions.without_gaps.parse(key)[partitions.temporal[0]]), key
    except PartitionError:
        return "", key  # recorded when the domain was partitioned differently, or of no time


def _in_key_order(partitions: "Partitioning | None") -> bool:
    if partitions is None or len(partitions.dimensions) == 1:
        return True
    try:
        return partitions.temporal[0] == next(iter(partitions.dimensions))
    except PartitionError:
        return True


def _next_keys(domain: str, before: str | None) -> sa.Select[tuple[str]]:
    """Each key is looked up from the one before it: the captures between the two are not read."""
    newest = sa.select(sa.func.max(_c.partition_key).label("key")).where(_c.domain == domain)
    if before is not None:
        newest = newest.where(_c.partition_key < before)
    keys = newest.cte("keys", recursive=True)
    next_key = (
        sa.select(sa.func.max(_c.partition_key))
        .where(_c.domain == domain, _c.partition_key < keys.c.key)
        .scalar_subquery()
    )
    keys = keys.union_all(sa.select(next_key).where(keys.c.key.is_not(None)))
    return sa.select(keys.c.key).where(keys.c.key.is_not(None)).limit(_AT_ONCE)
