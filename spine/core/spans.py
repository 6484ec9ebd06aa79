"""Spans of partitions: those of a stage up to one in time, all else of their keys the same.

Whoever reads the newest complete one of a span depends on there being no newer one. All keys of a span are of
one length and form, so that in any collation their order is that of time.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from .captures import Place, StageKey
from .tables import IS_CURRENT, core_awaited_inputs, core_manifest, is_current

if TYPE_CHECKING:
    from .partitions.partitioning import Partition

_now = core_manifest.alias("now")


class Span(NamedTuple):
    """The stage's partitions up to that key."""

    stage_key: StageKey
    up_to: str
    key_begins: str  # what stands in the key before its time
    key_ends: str  # and behind it

    @classmethod
    def up_to_partition(cls, stage_key: StageKey, partition: "Partition") -> "Span":
        """The span that ends with the partition. Raises PartitionError where not one dimension is a time."""
        return cls(stage_key, partition.key, *partition.around_time())

    def holds(self, keys: Iterable[str]) -> list[str]:
        """Those of the keys that are in it, oldest first."""
        return sorted(
            key
            for key in keys
            if len(key) == len(self.up_to)
            and key <= self.up_to
            and key.startswith(self.key_begins)
            and key.endswith(self.key_ends)
        )

    def is_of(self, captures: sa.FromClause) -> sa.ColumnElement[bool]:
        """True for captures of core_manifest, or of an alias of it, at the span's places."""
        c = captures.c
        return sa.and_(
            c.domain == self.stage_key.domain,
            c.stage == self.stage_key.stage,
            c.tier == self.stage_key.tier,
            c.partition_key <= self.up_to,
            *_alike(c.partition_key, sa.literal(self.up_to), self.key_begins, self.key_ends),
        )


class Awaited(NamedTuple):
    """A span of which that key was the newest that was complete, "" where none was."""

    span: Span
    after: str

    def as_row(self) -> dict[str, str]:
        """Its row of core_awaited_inputs, but for the capture."""
        span = self.span
        return {
            **span.stage_key._asdict(),
            "up_to_key": span.up_to,
            "after_key": self.after,
            "key_begins": span.key_begins,
            "key_ends": span.key_ends,
        }


def newest_in(connection: sa.Connection, span: Span) -> list[str]:
    """The key of the newest of the span that is complete, if any is."""
    key = core_manifest.c.partition_key
    newest = sa.select(key).where(span.is_of(core_manifest), IS_CURRENT).order_by(key.desc()).limit(1)
    return list(connection.execute(newest).scalars())


def arrived_in(awaited: sa.FromClause) -> sa.ScalarSelect[str]:
    """For each row of core_awaited_inputs, the key of a complete capture that has come to its span since."""
    a, key = awaited.c, _now.c.partition_key
    same = (_now.c[name] == a[name] for name in StageKey._fields)
    newest = (
        sa.select(key)
        .where(
            *same,
            key > a.after_key,
            key <= a.up_to_key,
            *_alike(key, a.up_to_key, a.key_begins, a.key_ends),
            is_current(_now),
        )
        .order_by(key.desc())
        .limit(
            sa.literal_column("1", sa.Integer)
        )  # in the text: PostgreSQL plans for a limit that it can see
    )
    return newest.correlate(awaited).scalar_subquery()


def awaits_stage(stage_key: StageKey) -> sa.ColumnElement[bool]:
    """Whether any capture awaits partitions of the stage."""
    a = core_awaited_inputs.c
    return sa.exists().where(*(a[name] == value for name, value in stage_key._asdict().items()))


def awaits_key(place: Place) -> sa.ColumnElement[bool]:
    """True for rows of core_awaited_inputs to whose span that place is newer than what was there."""
    a, key = core_awaited_inputs.c, sa.literal(place.partition_key)
    same = (a[name] == value for name, value in place.stage_key._asdict().items())
    alike = _alike(key, a.up_to_key, a.key_begins, a.key_ends)
    return sa.and_(*same, a.up_to_key >= key, a.after_key < key, *alike)


def awaited_at(awaited: Iterable[Awaited], capture_id: str) -> list[dict[str, str]]:
    """The rows of core_awaited_inputs for a capture."""
    return [{"capture_id": capture_id, **one.as_row()} for one in sorted(awaited)]


def awaits(awaited: sa.FromClause = core_awaited_inputs) -> sa.ColumnElement[bool]:
    """True for rows of core_awaited_inputs to whose span a complete capture has come since."""
    return arrived_in(awaited).is_not(None)


def _alike(
    key: sa.ColumnElement[str],
    up_to: sa.ColumnElement[str],
    begins: "str | sa.ColumnElement[str]",
    ends: "str | sa.ColumnElement[str]",
) -> tuple[sa.ColumnElement[bool], ...]:
    """True for keys that differ from the span's in nothing but their time."""
    size = sa.func.length
    return (
        size(key) == size(up_to),
        sa.func.substr(key, 1, size(begins)) == begins,
        sa.func.substr(key, size(key) - size(ends) + 1, size(ends)) == ends,
    )
