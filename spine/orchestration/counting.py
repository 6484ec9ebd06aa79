"""In which partitions a stage is complete: all up to one of them in time, or the last few of those.

The database counts, over the index of current captures; no key is parsed for it, unless a calendar says which
of them are partitions.
"""

import re
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from spine.core.capture_records import RECORD, record_of
from spine.core.database.backend import DialectName
from spine.core.database.engines import dialect_name
from spine.core.partitions.times import Temporal
from spine.core.tables import IS_CURRENT, core_manifest
from spine.data.tables.target import in_byte_order
from spine.errors import PartitionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from spine.core.captures import CaptureRecord
    from spine.core.partitions.partitioning import Partition, Partitioning

_c = core_manifest.c
_KEY = _c.partition_key
_DIGITS = "0123456789"
# Of captures of one partition at several tiers. One without a number was published after any with one.
NEWEST_FIRST = (_c.number.is_not(None), _c.number.desc(), _c.published_at.desc(), _c.capture_id.desc())
_Condition = sa.ColumnElement[bool]


def count_up_to(
    connection: sa.Connection, domain: str, stage: str, key: str, partitions: "Partitioning | None"
) -> int:
    """How many partitions of the stage are complete: this one and those before it, in other dimensions alike.

    Without a partitioning, keys are compared as text, which is the order of time for canonical ones.
    """
    dialect = dialect_name(connection.engine)
    of_tiers = _c.tier.in_(tiers := _tiers(connection, domain, stage))
    conditions = (
        (_in_order(_KEY, dialect) <= key,)
        if partitions is None
        else tuple(_up_to(partitions.parse(key), dialect))
    )
    asked = (*_of_stage(domain, stage), of_tiers, *conditions)
    if partitions is not None and partitions.without_gaps is not partitions:
        keys = connection.execute(sa.select(_KEY).distinct().where(*asked)).scalars()
        return sum(map(partitions.has, keys))
    count = sa.func.count() if len(tiers) == 1 else sa.func.count(_KEY.distinct())
    return connection.execute(sa.select(count).where(*asked)).scalar_one()


def expected_up_to(key: str, partitions: "Partitioning | None") -> int:
    """How many partitions there are up to this one; PartitionError where nothing tells."""
    if partitions is not None:
        return partitions.parse(key).count_from_start
    raise PartitionError(
        f"nobody knows how many partitions there are up to {key!r}: write "
        'Workflow(…, partitions=Partitioning(week=IsoWeek(start="2025-W01")))'
    )


def captures_among(
    connection: sa.Connection, domain: str, stage: str, keys: "Sequence[str]"
) -> "Mapping[str, Sequence[CaptureRecord]]":
    """The stage's current captures in each of those partitions: of several tiers, the newest first."""
    found: dict[str, list[CaptureRecord]] = {key: [] for key in keys}
    query = sa.select(*RECORD).where(*_of_stage(domain, stage), _KEY.in_(keys))
    for row in connection.execute(query.order_by(*NEWEST_FIRST)):
        record = record_of(row)
        found[record.partition_key].append(record)
    return found


def window_of(key: str, partitions: "Partitioning | None", length: int) -> "Sequence[str]":
    """The keys of that partition and those before it, ``length`` in all; PartitionError where none tells."""
    if partitions is not None:
        return partitions.parse(key).window(length)
    if length == 1:
        return (key,)
    raise PartitionError(
        f"a window of {length} partitions ends with {key!r}, but the workflow does not say which ones come "
        "before it: write Workflow(…, partitions=Partitioning(week=IsoWeek()))"
    )


def _of_stage(domain: str, stage: str) -> tuple[_Condition, ...]:
    return _c.domain == domain, _c.stage == stage, IS_CURRENT


def _tiers(connection: sa.Connection, domain: str, stage: str) -> list[str]:
    """The tiers that the stage is complete at, with which its current captures are read in a range."""
    found: list[str] = []
    next_tier = sa.select(sa.func.min(_c.tier)).where(*_of_stage(domain, stage))
    while tier := connection.execute(next_tier.where(_c.tier > found[-1]) if found else next_tier).scalar():
        found.append(tier)
    return found


def _up_to(partition: "Partition", dialect: DialectName) -> "Iterator[_Condition]":
    """What is true of the keys of that partition and of those before it, and of no key of another form.

    Times of one type are of one width, so that each part of the key stands at the same place in all of them.
    """
    yield sa.func.length(_KEY) == len(partition.key)
    at, fixed = 0, ""
    for name, value in partition.values.items():
        if len(partition.values) > 1:
            fixed += f"/{name}=" if at or fixed else f"{name}="
        dimension = partition.partitioning.dimensions[name]
        if not isinstance(dimension, Temporal):
            fixed += value
            continue
        if fixed:
            yield _part(at, len(fixed)) == fixed
        first = dimension.value(dimension.first_number)
        if at == 0:  # the key's own order is that of this time: a range of the index
            yield _in_order(_KEY, dialect) >= f"{fixed}{first}"
            yield _in_order(_KEY, dialect) <= partition.key
        else:
            time = _in_order(_part(at + len(fixed), len(value)), dialect)
            yield time >= first
            yield time <= str(value)
        yield from _alike(at + len(fixed), value)
        at, fixed = at + len(fixed) + len(value), ""
    if fixed:
        yield _part(at, len(fixed)) == fixed


def _part(start: int, length: int) -> sa.Function[str]:
    return sa.func.substr(_KEY, start + 1, length, type_=sa.Text)


def _alike(start: int, value: str) -> "Iterator[_Condition]":
    """What is true of text at that place with digits where the value has some, and elsewhere the same."""
    for run in re.finditer("[0-9]+|[^0-9]+", value):
        part = _part(start + run.start(), len(run[0]))
        yield sa.func.ltrim(part, _DIGITS) == "" if run[0].isdigit() else part == run[0]


def _in_order(text: sa.ColumnElement[Any], dialect: DialectName) -> sa.ColumnElement[Any]:
    return in_byte_order([text], dialect)[0]
