"""Which captures of its inputs a stage reads: all of one state, the one that its run goes by."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from spine.core.ancestry import ancestors_of
from spine.core.capture_records import RECORD, at_place, record_of
from spine.core.captures import CaptureRecord, Place, StageKey
from spine.core.numbers import AsOf, number_all
from spine.core.partitions.mapping import is_finer
from spine.core.partitions.partitioning import Partition
from spine.core.spans import Awaited, Span
from spine.core.staleness import accepted_digests
from spine.core.tables import IS_TAKEN, core_manifest
from spine.core.tracking import Tracking
from spine.errors import InputsRestatedError, MissingInputError

from .declared import Input

_c = core_manifest.c


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """The captures of the inputs, each input's by partition key, oldest partition first."""

    captures: Mapping[Input, Mapping[str, CaptureRecord]]
    absent: tuple[Place, ...]
    awaited: Mapping[Input, Awaited]  # of those whose latest is read
    notes: tuple[str, ...]  # what whoever reads the rows should know of them

    @property
    def seen(self) -> dict[Place, CaptureRecord | None]:
        """The capture of each place that was asked for, or that there was none."""
        records = (record for of_input in self.captures.values() for record in of_input.values())
        return {**dict.fromkeys(self.absent), **{record.place: record for record in records}}


NOTHING_RESOLVED = Resolved(captures={}, absent=(), awaited={}, notes=())


def resolve_inputs(
    tracking: Tracking,
    domain: str,
    inputs: Sequence[Input],
    partition: Partition,
    before: Resolved = NOTHING_RESOLVED,
) -> Resolved:
    """The captures to read of all the inputs, and of those that were resolved before, by one query.

    What the run made or found before, and what was resolved before, is what is read now. Where that was
    restated meanwhile, all inputs are those that stood just before. Raises MissingInputError where what an
    input must have is not complete (see ``Input``), or where a migration took what is missing;
    InputsRestatedError where no one state fits what was seen.
    """
    asked = {given: given.asked(domain, partition) for given in (*before.captures, *inputs)}
    for given in before.awaited:  # once it is known which is the latest, it stays that
        asked[given] = [record.place for record in before.captures[given].values()]
    places = list(dict.fromkeys(place for of_input in asked.values() for place in of_input))
    spans = {given: given.span(domain, partition) for given in asked if given not in before.awaited}
    new = [span for span in spans.values() if span is not None]
    pins = tracking.pins
    seen = {place: pins[place] for place in places if place in pins} | before.seen
    found = current = tracking.manifest.captures_of(places, new)
    notes = []
    if overtaken := _overtaken(seen, current):
        moment = _moment_before(tracking, overtaken)
        found = tracking.manifest.captures_of(places, new, as_of=moment)
        if torn := _overtaken(seen, found):
            raise _torn(torn)
        notes.append(
            f"made of what stood at number {moment.number}: "
            f"{_listed(tuple(overtaken))} restated while this run went on"
        )
    awaited = dict(before.awaited)
    for given, span in spans.items():
        if span is not None:
            asked[given] = _newest(span, found)
            awaited[given] = Awaited(span, asked[given][0].partition_key if asked[given] else "")
    captures = {}
    for given, its in asked.items():
        captures[given] = {place.partition_key: found[place] for place in its if place in found}
        missing = [place for place in given.required(its, partition) if place not in found]
        if any(place in current for place in missing):
            raise _torn(overtaken)  # it came after what was seen had been restated
        if given.lacks(captures[given], missing, partition):
            raise _missing(given, domain, partition, missing, len(its))
    notes += _mixed(tracking, list(dict.fromkeys(one for of in captures.values() for one in of.values())))
    absent = tuple(place for place in places if place not in found)
    _check_not_taken(tracking, absent, awaited.values())
    return Resolved(captures=captures, absent=absent, awaited=awaited, notes=tuple(notes))


def _newest(span: Span, found: Iterable[Place]) -> list[Place]:
    """The newest place of the span that was found, if one was."""
    keys = span.holds(place.partition_key for place in found if place.stage_key == span.stage_key)
    return [span.stage_key.at(key) for key in keys[-1:]]


def _missing(
    given: Input, domain: str, partition: Partition, missing: Sequence[Place], asked: int
) -> MissingInputError:
    """What the input lacks, and what to do."""
    stage = f"{given.stage} ({given.tier}) of {given.domain or domain}"
    if given.latest:
        return MissingInputError(
            f"{stage} is not complete for any partition at or before {partition.key}: run {given.stage} for "
            "one first, or declare the input optional"
        )
    if not asked:
        return MissingInputError(
            f"{stage} has no partition for {partition.key}: it starts later, or ends before"
        )
    if not missing:
        return MissingInputError(
            f"{stage} is not complete for any of the {asked} partitions of {partition.key}: run it first, or "
            "declare the input optional"
        )
    keys = [place.partition_key for place in missing]
    if asked == 1 or not is_finer(given.partitions or partition.partitioning, partition.partitioning):
        return MissingInputError(
            f"{stage} is not complete for {keys[0]}: run {given.stage} for that partition first"
        )
    shown = ", ".join(keys[:3]) + (f" and {len(keys) - 3} more" if len(keys) > 3 else "")
    return MissingInputError(
        f"{stage} is not complete for {shown}, of the {asked} partitions of {partition.key}: run "
        f"{given.stage} for these first, or declare the input partial"
    )


def _check_not_taken(tracking: Tracking, absent: Sequence[Place], awaited: Iterable[Awaited]) -> None:
    """Nothing is made without what a migration took from it: nobody could tell that from what is late."""
    gone = [sa.and_(*at_place(place)) for place in absent]
    gone += [sa.and_(one.span.is_of(core_manifest), _c.partition_key > one.after) for one in awaited]
    if not gone:
        return
    with tracking.read() as connection:
        for condition in gone:
            taken = sa.select(*RECORD).where(condition, IS_TAKEN).order_by(_c.attempt.desc()).limit(1)
            if (row := connection.execute(taken).first()) is not None:
                record = record_of(row)
                raise MissingInputError(
                    f"{record.stage} ({record.tier}) of {record.domain} is gone for {record.partition_key} "
                    f"({record.taken}): run `spine refresh`, or {record.stage} for that partition"
                )


def _overtaken(
    seen: Mapping[Place, CaptureRecord | None], found: Mapping[Place, CaptureRecord]
) -> dict[Place, CaptureRecord | None]:
    """What was seen of places where something else is found."""
    return {place: record for place, record in seen.items() if _id(record) != _id(found.get(place))}


def _moment_before(tracking: Tracking, overtaken: Mapping[Place, CaptureRecord | None]) -> AsOf:
    """The last moment at which what was seen stood."""
    numbers = []
    newer = core_manifest.alias("newer")
    with tracking.write() as connection:
        number_all(connection)
        for place, seen in overtaken.items():
            if seen is None:
                arrived = sa.select(sa.func.max(_c.number)).where(_c.supersedes.is_(None), *at_place(place))
            else:
                arrived = (
                    sa.select(newer.c.number)
                    .join_from(core_manifest, newer, newer.c.capture_id == _c.superseded_by)
                    .where(_c.capture_id == seen.capture_id)
                )
            numbers.append(connection.execute(arrived).scalar())
    known = [number for number in numbers if number is not None]
    if len(known) < len(numbers):
        raise _torn(overtaken)
    return AsOf(number=min(known) - 1)


def _torn(overtaken: Iterable[Place]) -> InputsRestatedError:
    return InputsRestatedError(
        f"{_listed(tuple(overtaken))} restated while this run went on, and what it saw of its inputs no "
        "longer belongs together: run it again"
    )


def _mixed(tracking: Tracking, read: Sequence[CaptureRecord]) -> list[str]:
    """Say where what is read was made, at any remove, by definitions of a stage whose results may differ."""
    if len(read) < 2:
        return []
    notes = []
    by_stage: dict[StageKey, list[CaptureRecord]] = {}
    with tracking.read() as connection:
        behind = ancestors_of(connection, [one.capture_id for one in read])
        for record in (*read, *behind):
            by_stage.setdefault(record.stage_key, []).append(record)
        for records in by_stage.values():
            newest = max(records, key=lambda one: one.partition_key)
            others = [one for one in records if one.definition not in (None, newest.definition)]
            if newest.definition is None or not others:
                continue
            same = accepted_digests(connection, newest.stage_key, newest.definition)
            mixed = sorted(one.place for one in others if one.definition not in same)
            if mixed:
                notes.append(
                    f"mixes definitions: {_listed(mixed)} made by another than {newest.partition_key}"
                )
    return notes


def _listed(places: Sequence[Place]) -> str:
    first = f"{places[0].stage} {places[0].partition_key}"
    return f"{first} and {len(places) - 1} more were" if len(places) > 1 else f"{first} was"


def _id(record: CaptureRecord | None) -> str | None:
    return None if record is None else record.capture_id
