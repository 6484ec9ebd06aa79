"""Whether a complete capture is what a new attempt would make: what it depends on, beside what there is now.

A capture is stale when one of its own dependencies is not what a new attempt would find. It is behind when it
is fresh itself and something that it was made from, at any remove, is stale. Where nothing was recorded of
what it depends on, it is neither.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import sqlalchemy as sa

from .capture_records import current_at
from .captures import CaptureRecord, Place, StageKey
from .database.statements import chunks
from .definitions import Definition, changed_parts
from .spans import arrived_in, awaits
from .tables import (
    core_absent_inputs,
    core_acceptances,
    core_awaited_inputs,
    core_definitions,
    core_lineage,
    core_manifest,
    is_current,
)

Cause: TypeAlias = Literal[
    "input restated",
    "input arrived",
    "input gone",
    "definition changed",
    "logic changed",
    "file changed",
    "file arrived",
    "values destroyed",
]
CAUSES: tuple[Cause, ...] = get_args(Cause)
_BY_AUTHOR: frozenset[Cause] = frozenset({"definition changed", "logic changed"})
_SHOWN = 3

# A stage's definition as it is now; None where it is not known.
Declared: TypeAlias = Callable[[StageKey], Definition | None]

_input = core_manifest.alias("input")
_now = core_manifest.alias("now")
_ONE = sa.literal_column("1", sa.Integer)  # in the text: PostgreSQL plans for a limit that it can see


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One dependency that changed."""

    cause: Cause
    text: str  # "AGGREGATE 2025-W47 arrived since"

    @property
    def by_author(self) -> bool:
        """Whether its author changed the stage, not the data it is made from."""
        return self.cause in _BY_AUTHOR


def told(reasons: Sequence[Reason]) -> str:
    """The reasons in one line, the first few of many; what its author changed comes first."""
    in_order = sorted(reasons, key=lambda reason: not reason.by_author)
    shown = "; ".join(reason.text for reason in in_order[:_SHOWN])
    more = f"; and {len(reasons) - _SHOWN} more" if len(reasons) > _SHOWN else ""
    return f"stale: {shown}{more}"


def inputs_changed(capture_id: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """True for a capture one of whose inputs was restated, arrived or is gone: for looking through many."""
    return sa.or_(*(sa.exists(one) for one in _changes(capture_id)))


def inputs_changed_of_few(capture_id: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """The same, for a few captures: by index for each, where for EXISTS PostgreSQL may hash whole tables."""
    return sa.or_(*(one.limit(_ONE).scalar_subquery().is_not(None) for one in _changes(capture_id)))


def input_reasons(
    connection: sa.Connection, captures: "Sequence[str] | sa.Select[tuple[str]]"
) -> dict[str, tuple[Reason, ...]]:
    """What changed among the inputs of each of the captures of which something did."""
    found: dict[str, list[Reason]] = {}
    there = _current_at(_input).is_not(None).label("there")
    no_longer = (
        sa.select(core_lineage.c.capture_id, _input.c.partition_key, there, *_named(_input))
        .join_from(core_lineage, _input, core_lineage.c.input_capture_id == _input.c.capture_id)
        .join(core_manifest, core_manifest.c.capture_id == core_lineage.c.capture_id)
        .where(core_lineage.c.capture_id.in_(captures), _input.c.superseded_at.is_not(None))
        .order_by(core_lineage.c.capture_id, _input.c.stage, _input.c.partition_key)
    )
    for capture_id, key, is_there, *named in connection.execute(no_longer):
        stage = _name(*named)
        found.setdefault(capture_id, []).append(
            Reason(cause="input restated", text=f"{stage} {key} was restated since")
            if is_there
            else Reason(cause="input gone", text=f"{stage} {key} is gone")
        )
    absent = core_absent_inputs.c
    arrived = (
        sa.select(absent.capture_id, absent.partition_key, *_named(core_absent_inputs))
        .join_from(core_absent_inputs, core_manifest, core_manifest.c.capture_id == absent.capture_id)
        .where(absent.capture_id.in_(captures), _current_at(core_absent_inputs).is_not(None))
        .order_by(absent.capture_id, absent.stage, absent.partition_key)
    )
    awaited = core_awaited_inputs.c
    newer = (
        sa.select(
            awaited.capture_id, arrived_in(core_awaited_inputs).label("key"), *_named(core_awaited_inputs)
        )
        .join_from(core_awaited_inputs, core_manifest, core_manifest.c.capture_id == awaited.capture_id)
        .where(awaited.capture_id.in_(captures), awaits())
        .order_by(awaited.capture_id, awaited.stage)
    )
    for capture_id, key, *named in (*connection.execute(arrived), *connection.execute(newer)):
        found.setdefault(capture_id, []).append(_arrived(_name(*named), key))
    return {capture_id: tuple(reasons) for capture_id, reasons in found.items()}


def stale_among(
    connection: sa.Connection, records: Sequence[CaptureRecord], declared: Declared
) -> dict[str, tuple[Reason, ...]]:
    """What has changed for each of the captures that is stale, as far as the database and the code tell.

    Looks at no files. A definition is compared where ``declared`` knows the stage's.
    """
    found: dict[str, list[Reason]] = {}
    for some in chunks([record.capture_id for record in records]):
        for capture_id, reasons in input_reasons(connection, some).items():
            found.setdefault(capture_id, []).extend(reasons)
    compared: dict[tuple[StageKey, str], tuple[Reason, ...]] = {}
    for record in records:
        now = None if record.definition is None else declared(record.stage_key)
        if now is None or record.definition is None:
            continue
        made_by = record.stage_key, record.definition
        if made_by not in compared:
            compared[made_by] = definition_reasons(connection, record, now)
        if reasons := compared[made_by] + destroyed_reasons(record, now):
            found.setdefault(record.capture_id, []).extend(reasons)
    return {capture_id: tuple(reasons) for capture_id, reasons in found.items()}


def asked_otherwise(connection: sa.Connection, capture_id: str, asked: Sequence[Place]) -> tuple[Reason, ...]:
    """What a new attempt would find by asking for other partitions of its inputs, as where the start moved.

    That is inputs which the capture did not ask for and which are there, and what it read of the same stages
    and would not be asked for any more.
    """
    names = Place._fields
    lineage = sa.select(*(_input.c[name] for name in names)).join_from(
        core_lineage, _input, core_lineage.c.input_capture_id == _input.c.capture_id
    )
    absent = sa.select(*(core_absent_inputs.c[name] for name in names))
    there = lineage.where(core_lineage.c.capture_id == capture_id)
    not_there = absent.where(core_absent_inputs.c.capture_id == capture_id)
    read = {Place(*row) for row in connection.execute(there)}
    recorded = read | {Place(*row) for row in connection.execute(not_there)}
    reasons = [
        _arrived(place.stage, place.partition_key)
        for place in asked
        if place not in recorded and current_at(connection, place) is not None
    ]
    stages = {place.stage_key for place in asked}
    reasons += [
        Reason(cause="input gone", text=f"{place.stage} {place.partition_key} is no longer asked for")
        for place in sorted(read.difference(asked))
        if place.stage_key in stages
    ]
    return tuple(reasons)


def definition_reasons(
    connection: sa.Connection, record: CaptureRecord, now: Definition
) -> tuple[Reason, ...]:
    """Whether a capture was made by another definition than its stage's now, and not accepted as the same."""
    if record.definition is None or record.definition == now.digest:
        return ()
    if record.definition in accepted_digests(connection, record.stage_key, now.digest):
        return ()
    return changes_between(connection, record.definition, now)


def destroyed_reasons(record: CaptureRecord, now: Definition) -> tuple[Reason, ...]:
    """Whether a migration destroyed values of columns that the stage has (again)."""
    lost = set(record.destroyed_columns).intersection(now.columns)
    if not lost:
        return ()
    listed = ", ".join(sorted(lost))
    return (Reason(cause="values destroyed", text=f"a migration destroyed its values of {listed}"),)


def values_destroyed(now: Definition) -> sa.ColumnElement[bool]:
    """The same as a condition on captures of a stage of that definition."""
    destroyed = core_manifest.c.destroyed
    listed = ", " + destroyed + ","
    named = (listed.contains(f", {name},", autoescape=True) for name in sorted(now.columns))
    return sa.and_(destroyed.is_not(None), sa.or_(sa.false(), *named))


def is_declared_otherwise(
    connection: sa.Connection, record: CaptureRecord, now: Definition, part: str
) -> bool:
    """Whether the capture's definition had another such part, ``inputs`` or ``source``.

    What a new attempt would ask for besides is then the author's doing, and no input or file that arrived.
    """
    if record.definition in (None, now.digest):
        return False
    text = _definition_text(connection, str(record.definition))
    return text is None or part in changed_parts(text, now.text)


def changes_between(connection: sa.Connection, digest: str, now: Definition) -> tuple[Reason, ...]:
    """How a definition that captures were made by differs from the one now."""
    text = _definition_text(connection, digest)
    parts = () if text is None else changed_parts(text, now.text)
    reasons = []
    if "logic" in parts:
        reasons.append(Reason(cause="logic changed", text="its logic changed"))
    if others := [part for part in parts if part != "logic"]:
        reasons.append(
            Reason(cause="definition changed", text=f"its definition changed ({', '.join(others)})")
        )
    return tuple(reasons) or (Reason(cause="definition changed", text="its definition changed"),)


def accepted_digests(connection: sa.Connection, of: StageKey, digest: str) -> frozenset[str]:
    """The definitions of the stage whose results were accepted as the same, at any remove, as this one's."""
    a = core_acceptances.c
    pairs = connection.execute(
        sa.select(a.definition, a.accepted_as).where(
            a.domain == of.domain, a.stage == of.stage, a.tier == of.tier
        )
    ).all()
    same = {digest}
    while (
        more := {other for pair in pairs for one, other in (tuple(pair), tuple(pair)[::-1]) if one in same}
        - same
    ):
        same |= more
    return frozenset(same)


def _definition_text(connection: sa.Connection, digest: str) -> str | None:
    query = sa.select(core_definitions.c.text).where(core_definitions.c.digest == digest)
    return connection.execute(query).scalar_one_or_none()


def _changes(capture_id: sa.ColumnElement[str]) -> tuple[sa.Select[int], ...]:
    """A row for each input that was restated or is gone, for each that arrived, and for each newer one."""
    no_longer = (
        sa.select(_ONE)
        .join_from(core_lineage, _input, core_lineage.c.input_capture_id == _input.c.capture_id)
        .where(core_lineage.c.capture_id == capture_id, _input.c.superseded_at.is_not(None))
    )
    arrived = sa.select(_ONE).where(
        core_absent_inputs.c.capture_id == capture_id, _current_at(core_absent_inputs).is_not(None)
    )
    newer = sa.select(_ONE).where(core_awaited_inputs.c.capture_id == capture_id, awaits())
    return no_longer, arrived, newer


def _current_at(place: sa.FromClause) -> sa.ScalarSelect[str]:
    """The current capture of each row's place, if there is one.

    As a scalar it is looked up by the index for each row; a join PostgreSQL may begin at all that is current.
    """
    names = ("domain", "stage", "tier", "partition_key")
    of_place = (_now.c[name] == place.c[name] for name in names)
    return sa.select(_now.c.capture_id).where(*of_place, is_current(_now)).correlate(place).scalar_subquery()


def _named(given: sa.FromClause) -> tuple[sa.ColumnElement[str], ...]:
    """What an input is called by the one that reads it, a capture of core_manifest."""
    return given.c.stage, given.c.domain.label("its_domain"), core_manifest.c.domain.label("own_domain")


def _name(stage: str, domain: str, own_domain: str) -> str:
    return stage if domain == own_domain else f"{domain}/{stage}"


def _arrived(stage: str, key: str) -> Reason:
    return Reason(cause="input arrived", text=f"{stage} {key} arrived since")
