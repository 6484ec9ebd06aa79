"""How a domain stands: a page of its newest partitions, with what counts of each stage, how fresh it is."""

import graphlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import islice
from typing import TYPE_CHECKING

import sqlalchemy as sa

from spine.core.capture_records import RECORD, record_of
from spine.core.captures import CaptureRecord, Place, StageKey
from spine.core.database.statements import MOST_VALUES_AT_ONCE, chunks
from spine.core.numbers import AsOf, stood_at
from spine.core.standing import COUNTS, IS_NEWER_ATTEMPT
from spine.core.tables import IS_TAKEN, core_manifest
from spine.looking.captures import in_publication
from spine.looking.freshness import FRESH, Freshness, FreshnessOf
from spine.looking.missing import missing_keys
from spine.looking.partition_keys import by_domain, keys_newest_first, ordered_newest_first
from spine.orchestration.ranges import PartitionRange, as_recorded, no_partition
from spine.pipelines.stages import DeclaredStages

if TYPE_CHECKING:
    from spine.core.partitions.partitioning import Partitioning
    from spine.data.stage import Stage

_c = core_manifest.c


@dataclass(frozen=True, kw_only=True)
class Question:
    """Which partitions of a domain to look at. Of the conditions, one that holds is enough."""

    within: PartitionRange
    before: str | None = None  # only older ones
    limit: int
    stale: bool = False  # those with a stage that is stale or behind
    failed: bool = False  # those whose newest attempt at a stage failed
    missing: bool = False  # those without a complete capture of a declared stage
    as_of: AsOf | None = None  # what stood then, and no attempts
    superseded: bool = False  # also captures that do not count

    def as_recorded(self, partitionings: "Collection[Partitioning]") -> "Question":
        """The question with its keys as captures have them."""
        within = self.within.as_recorded(partitionings)
        return replace(self, within=within, before=as_recorded(self.before, partitionings))

    def is_about(self, partitions: "Partitioning") -> bool:
        """Whether its keys, where it has any, can be keys of those partitions."""
        bounds = PartitionRange(partition=self.before)
        return self.within.is_about(partitions) and bounds.is_about(partitions)

    @property
    def has_conditions(self) -> bool:
        """Whether only some of the partitions are wanted."""
        return self.stale or self.failed or self.missing

    @property
    def is_about_one_domain(self) -> bool:
        """Whether partitions are bounded by keys, which differ from domain to domain."""
        return not (self.before is None and self.within.first is None and self.within.last is None)


@dataclass(kw_only=True)
class Standing:
    """What counts of one stage of one partition."""

    complete: CaptureRecord | None = None  # whose rows readers see
    attempt: CaptureRecord | None = None  # newer than that, and not complete
    gone: CaptureRecord | None = None  # where nothing is complete: the last one, which a migration took
    freshness: Freshness = FRESH


@dataclass(frozen=True, kw_only=True)
class DomainStatus:
    """One page of a domain."""

    domain: str
    stages: tuple[StageKey, ...]
    partitions: tuple[str, ...]  # oldest first
    standings: dict[Place, Standing] = field(repr=False)
    superseded: tuple[CaptureRecord, ...] = field(repr=False)  # captures that do not count, if asked for
    has_more: bool  # older ones

    def standing(self, partition_key: str, stage: StageKey) -> Standing:
        """What counts there."""
        return self.standings.get(stage.at(partition_key), Standing())

    def captures(self) -> Iterator[tuple[CaptureRecord, Freshness]]:
        """Every capture of the page, by partition and stage, attempts in order."""
        by_place: dict[Place, list[tuple[CaptureRecord, Freshness]]] = {}
        for record in self.superseded:
            by_place.setdefault(record.place, []).append((record, FRESH))
        for place, standing in self.standings.items():
            if standing.complete is not None:
                by_place.setdefault(place, []).append((standing.complete, standing.freshness))
            if standing.attempt is not None:
                by_place.setdefault(place, []).append((standing.attempt, FRESH))
        for key in self.partitions:
            for stage in self.stages:
                found = by_place.get(stage.at(key), [])
                yield from sorted(found, key=lambda one: one[0].attempt or 0)


class StatusOf:
    """Answers questions about domains."""

    def __init__(self, connection: sa.Connection, declared: DeclaredStages, freshness: FreshnessOf) -> None:
        self._connection = connection
        self._declared = declared
        self._freshness = freshness

    def pages(self, domain: str, asked: Question) -> Iterator[DomainStatus]:
        """The newest partitions of the domain that the question is about.

        Where its stages are partitioned differently, a page for each of the partitionings.
        """
        declared = _inputs_first([makes for makes in self._declared if makes.domain == domain])
        apart = tuple(dict.fromkeys(makes.partitions for makes in declared))
        if len(apart) <= 1:
            yield self._page(domain, asked, apart[0] if apart else None, declared, lambda _key: True)
            return
        for partitions in apart:
            stages = [makes for makes in declared if makes.partitions == partitions]
            if asked.is_about(partitions):
                yield self._page(domain, asked, partitions, stages, partial(_is_of, partitions, apart))

    def _page(
        self,
        domain: str,
        asked: Question,
        partitions: "Partitioning | None",
        declared: "Sequence[Stage]",
        is_wanted: Callable[[str], bool],
    ) -> DomainStatus:
        keys: Iterator[str] = filter(is_wanted, self._keys(domain, asked, partitions, declared))
        if asked.as_of is not None:
            keys = self._that_stood(domain, keys, asked.as_of)
        shown = list(islice((key for key in keys if asked.within.holds(key, partitions)), asked.limit + 1))
        has_more = len(shown) > asked.limit
        shown = shown[: asked.limit][::-1]
        standings, superseded = self._standings(domain, shown, asked)
        if asked.as_of is None:
            self._judge(standings.values())
            self._find_gone(domain, standings, shown, declared)
        return DomainStatus(
            domain=domain,
            stages=tuple(_stages(standings, superseded, declared, missing=asked.missing)),
            partitions=tuple(shown),
            standings=standings,
            superseded=superseded,
            has_more=has_more,
        )

    @cached_property
    def _stale_keys(self) -> dict[str, set[str]]:
        """The partitions of each domain of which something is stale or behind."""
        return self._freshness.keys(self._connection)

    @cached_property
    def _failed_keys(self) -> dict[str, set[str]]:
        """The partitions of each domain of which the newest attempt at a stage failed.

        Found among all that failed: by its domain, SQLite would look up every capture of it in an index.
        """
        failed = sa.select(_c.domain, _c.partition_key).where(
            _c.status == sa.literal_column("'FAILED'"), IS_NEWER_ATTEMPT
        )
        return by_domain(self._connection.execute(failed).all())

    def _keys(
        self, domain: str, asked: Question, partitions: "Partitioning | None", declared: "Sequence[Stage]"
    ) -> Iterator[str]:
        if not asked.has_conditions:
            return keys_newest_first(self._connection, domain, partitions, asked.before)
        wanted: set[str] = set()
        if asked.stale:
            wanted |= self._stale_keys.get(domain, set())
        if asked.failed:
            wanted |= self._failed_keys.get(domain, set())
        if asked.missing:
            wanted |= missing_keys(self._connection, declared, asked.within)
        return ordered_newest_first(wanted, partitions, asked.before)

    def _that_stood(self, domain: str, keys: Iterator[str], as_of: AsOf) -> Iterator[str]:
        """Those of the keys of which anything was complete at that moment."""
        while some := list(islice(keys, MOST_VALUES_AT_ONCE)):
            stood = sa.select(_c.partition_key).where(
                _c.domain == domain, _c.partition_key.in_(some), stood_at(as_of)
            )
            there = set(self._connection.execute(stood).scalars())
            yield from (key for key in some if key in there)

    def _standings(
        self, domain: str, keys: Sequence[str], asked: Question
    ) -> tuple[dict[Place, Standing], tuple[CaptureRecord, ...]]:
        """What counts of these partitions, and what does not where that was asked for."""
        counts = COUNTS if asked.as_of is None else stood_at(asked.as_of)
        standings: dict[Place, Standing] = {}
        others = []
        query = sa.select(*RECORD, counts.label("counts")).where(_c.domain == domain)
        if not asked.superseded:
            query = query.where(counts)
        for some in chunks(keys):
            for *row, is_counting in self._connection.execute(query.where(_c.partition_key.in_(some))):
                record = record_of(row)
                if not is_counting:
                    others.append(record)
                elif record.status == "COMPLETE":
                    standings.setdefault(record.place, Standing()).complete = record
                else:
                    standings.setdefault(record.place, Standing()).attempt = record
        return standings, tuple(others)

    def _find_gone(
        self,
        domain: str,
        standings: dict[Place, Standing],
        keys: Sequence[str],
        declared: "Sequence[Stage]",
    ) -> None:
        """Tell declared stages of which nothing is complete what a migration took from readers."""
        stages = {makes.stage_key for makes in declared}
        query = sa.select(*RECORD).where(_c.domain == domain, IS_TAKEN).order_by(_c.attempt)
        for some in chunks(keys):
            for row in self._connection.execute(query.where(_c.partition_key.in_(some))):
                record = record_of(row)
                if record.stage_key not in stages:
                    continue
                standing = standings.setdefault(record.place, Standing())
                if standing.complete is None:
                    standing.gone = record

    def _judge(self, standings: Iterable[Standing]) -> None:
        """Tell each how fresh what is complete of it is."""
        by_capture = {one.complete.capture_id: one for one in standings if one.complete is not None}
        records = [one.complete for one in by_capture.values() if one.complete is not None]
        for capture_id, freshness in self._freshness.captures(self._connection, records).items():
            by_capture[capture_id].freshness = freshness


def _is_of(partitions: "Partitioning", among: "Sequence[Partitioning]", key: str) -> bool:
    """Whether a key is one of those partitions; what is a key of none of them counts to the first."""
    fitting = next((one for one in among if no_partition(key, one) is None), among[0])
    return fitting == partitions


def _inputs_first(declared: "Sequence[Stage]") -> "list[Stage]":
    """The stages of one domain, each after those that it reads."""
    by_key = {makes.stage_key: makes for makes in declared}
    reads = {key: {one.stage_key(key.domain) for one in makes.inputs} for key, makes in by_key.items()}
    order = graphlib.TopologicalSorter(reads).static_order()
    return [by_key[key] for key in order if key in by_key]


def _stages(
    standings: dict[Place, Standing],
    superseded: Sequence[CaptureRecord],
    declared: "Sequence[Stage]",
    *,
    missing: bool,
) -> Iterator[StageKey]:
    """The stages to show: those that have captures, as they are declared; others as they were published."""
    captures = list(superseded)
    for standing in standings.values():
        each = (standing.complete, standing.attempt, standing.gone)
        captures += [one for one in each if one is not None]
    found: dict[StageKey, tuple[int, str]] = {}
    for record in captures:
        stage, order = record.stage_key, in_publication(record)
        found[stage] = min(order, found.get(stage, order))
    for makes in declared:
        stage = makes.stage_key
        if found.pop(stage, None) is not None or missing:
            yield stage
    yield from sorted(found, key=lambda stage: (found[stage], stage))
