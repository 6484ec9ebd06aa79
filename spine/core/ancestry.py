"""What captures were made from and what was made from them, at any remove: who is behind, and behind what."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from .capture_records import RECORD, record_of, records_of
from .captures import CaptureRecord, Place, StageKey
from .database.statements import MOST_VALUES_AT_ONCE, chunks, fetch_all
from .spans import awaits_key, awaits_stage
from .staleness import Declared, Reason, inputs_changed_of_few, told
from .tables import IS_CURRENT, core_absent_inputs, core_awaited_inputs, core_lineage, core_manifest

_c = core_manifest.c
_AT_ONCE = (1, 3, 8, 64, MOST_VALUES_AT_ONCE)


def behind_what(
    connection: sa.Connection,
    captures: Sequence[str],
    stale_among: Callable[[Sequence[CaptureRecord]], Mapping[str, tuple[Reason, ...]]],
) -> dict[str, str]:
    """For each of the captures that has a stale ancestor: the nearest such, and why it is stale, in words.

    ``stale_among`` finds the stale ones among their ancestors.
    """
    inputs = _inputs_of(connection, captures)
    ancestors = {one for above in inputs.values() for one in above}
    records = records_of(connection, ancestors)
    stale = stale_among(list(records.values()))
    found = {}
    for capture_id in captures:
        nearest = _nearest(capture_id, inputs, stale)
        if nearest is not None:
            record = records[nearest]
            found[capture_id] = f"{record.stage} {record.partition_key} is {told(stale[nearest])}"
    return found


def glance_at_ancestors(
    connection: sa.Connection, captures: Sequence[str], declared: Declared
) -> Iterator[tuple[str, StageKey, bool]]:
    """Their ancestors, each with its stage, and whether it may be stale by the manifest.

    One quick query at each remove, as most are fresh.
    """
    seen, level = set(captures), list(captures)
    while level:
        above: set[str] = set()
        for some in chunks(level):
            statement, names = _inputs_of_few(len(some))
            values: dict[str, str | None] = dict.fromkeys(names)
            values |= zip(names, some, strict=False)
            for input_id, domain, stage, tier, definition, destroyed, changed in fetch_all(
                connection, statement, values
            ):
                stage_key = StageKey(domain, stage, tier)
                now = None if definition is None else declared(stage_key)
                is_other = now is not None and now.digest != definition
                may_be_stale = bool(changed) or is_other or destroyed is not None
                yield input_id, stage_key, may_be_stale
                above.add(input_id)
        level = sorted(above - seen)
        seen |= above


@lru_cache
def _inputs_of_few(number: int) -> tuple[sa.Select[Any], tuple[str, ...]]:
    """The inputs of so many captures or a few more, by which definition they were made, and whether they are
    stale otherwise; the names that the captures are bound to, of which some may be NULL.
    """
    if number not in _AT_ONCE:
        return _inputs_of_few(next(one for one in _AT_ONCE if one >= number))
    names = tuple(f"capture_{place}" for place in range(number))
    edges = core_lineage.alias("edges")
    # As scalars they are looked up by index; a join PostgreSQL may begin at all captures there are.
    of_input = (
        sa.select(_c[name]).where(_c.capture_id == edges.c.input_capture_id).scalar_subquery()
        for name in ("domain", "stage", "tier", "definition", "destroyed")
    )
    query = sa.select(
        edges.c.input_capture_id, *of_input, inputs_changed_of_few(edges.c.input_capture_id)
    ).where(edges.c.capture_id.in_([sa.bindparam(name, type_=sa.Text) for name in names]))
    return query, names


def ancestors_of(connection: sa.Connection, captures: Sequence[str]) -> list[CaptureRecord]:
    """What the captures were made from, at any remove."""
    inputs = _inputs_of(connection, captures)
    return list(records_of(connection, {one for above in inputs.values() for one in above}).values())


def made_from(
    connection: sa.Connection, places: Mapping[Place, str | None]
) -> Iterator[tuple[Place, CaptureRecord]]:
    """The current captures that read these places or asked for them in vain, each with the place.

    ``places`` has the current capture of each, where there is one.
    """
    by_capture = {capture_id: place for place, capture_id in places.items() if capture_id is not None}
    lineage, absent = core_lineage.c, core_absent_inputs.c
    for some in chunks(list(by_capture)):
        readers = (
            sa.select(lineage.input_capture_id, *RECORD)
            .join_from(core_lineage, core_manifest, lineage.capture_id == _c.capture_id)
            .where(lineage.input_capture_id.in_(some), IS_CURRENT)
        )
        for row in connection.execute(readers).all():
            yield by_capture[row[0]], record_of(row)
    names = (absent.domain, absent.partition_key, absent.stage, absent.tier)
    for asked in chunks(list(places)):
        askers = (
            sa.select(*(name.label(f"of_{name.name}") for name in names), *RECORD)
            .join_from(core_absent_inputs, core_manifest, absent.capture_id == _c.capture_id)
            .where(sa.tuple_(*names).in_(asked), IS_CURRENT)
        )
        for row in connection.execute(askers).all():
            yield Place(*row[:4]), record_of(row)
    awaited = core_awaited_inputs.c
    awaiting = sa.select(*RECORD).join_from(
        core_awaited_inputs, core_manifest, awaited.capture_id == _c.capture_id
    )
    for stage_key, of_stage in groupby(sorted(places, key=_stage_key), _stage_key):
        if connection.execute(sa.select(awaits_stage(stage_key))).scalar():
            for place in of_stage:
                for row in connection.execute(awaiting.where(awaits_key(place), IS_CURRENT)).all():
                    yield place, record_of(row)


def _stage_key(place: Place) -> StageKey:
    return place.stage_key


def _inputs_of(connection: sa.Connection, captures: Sequence[str]) -> dict[str, list[str]]:
    """The inputs of the captures and of all their ancestors."""
    here, above = core_lineage.c.capture_id, core_lineage.c.input_capture_id
    edges: dict[str, list[str]] = {}
    level = sorted(set(captures))
    while level:
        edges.update({capture_id: [] for capture_id in level})
        for some in chunks(level):
            for capture_id, input_id in connection.execute(
                sa.select(here, above).where(here.in_(some)).order_by(here, above)
            ):
                edges[capture_id].append(input_id)
        level = sorted({one for capture_id in level for one in edges[capture_id]} - edges.keys())
    return edges


def _nearest(
    capture_id: str, inputs: dict[str, list[str]], stale: Mapping[str, tuple[Reason, ...]]
) -> str | None:
    """The stale ancestor at the smallest remove."""
    seen, level = {capture_id}, inputs[capture_id]
    while level:
        for one in level:
            if one in stale:
                return one
        seen.update(level)
        level = [further for one in level for further in inputs[one] if further not in seen]
    return None
