"""Captures that asked for other days of an input than by its calendar now.

Who asked for as many days as now, the first of them the same, and for none that does not count now, asked for
the same: so the database tells of each capture where it began, and not the whole of it.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

import sqlalchemy as sa

from spine.core.capture_records import of_stage
from spine.core.database.engines import dialect_name
from spine.core.database.statements import chunks
from spine.core.tables import IS_CURRENT, core_absent_inputs, core_lineage, core_manifest
from spine.data.tables.target import in_byte_order
from spine.errors import PartitionError

if TYPE_CHECKING:
    from spine.core.captures import StageKey
    from spine.data.inputs.declared import Input
    from spine.data.stage import Stage

_c, _lineage, _absent = core_manifest.c, core_lineage.c, core_absent_inputs.c
_input = core_manifest.alias("input")
_Began: TypeAlias = "sa.Select[str, str, str | None, str | None]"


def asked_for_other_days(connection: sa.Connection, makes: "Stage") -> set[str]:
    """Captures, among them all current ones of a stage that asked for other days of an input by a calendar.

    A capture that asked for more or fewer partitions than it would now may not be among them: that is told by
    their number.
    """
    by_calendar = filter(makes.asks_by_calendar, makes.inputs)
    return {capture_id for given in by_calendar for capture_id in _of_input(connection, makes, given)}


def _of_input(connection: sa.Connection, makes: "Stage", given: "Input") -> Iterator[str]:
    asks, partitions = given.stage_key(makes.domain), given.partitions or makes.partitions
    for capture_id, key, read, in_vain in connection.execute(_began(connection, makes.stage_key, asks)):
        first = min((one for one in (read, in_vain) if one is not None), default=None)
        if first != _first_now(makes, given, key):
            yield capture_id
    for some in chunks([key for key in _keys(connection, asks) if not partitions.has(key)]):
        for query in _askers(asks, some):
            for (capture_id,) in connection.execute(query):
                yield capture_id


def _first_now(makes: "Stage", given: "Input", key: str) -> str | None:
    """The first partition of the input that one of the stage asks for; None where there is none such now."""
    try:
        asked = given.asked(makes.domain, makes.partitions.parse(key))
    except PartitionError:
        return None
    return min((place.partition_key for place in asked), default=None)


def _began(connection: sa.Connection, of: "StageKey", asks: "StageKey") -> _Began:
    """The current captures of a stage, each with its partition, and with the first partition of another stage
    that it read, and the first that it asked for in vain.

    As scalars they are looked up by index for each row; a join SQLite may begin at all that there are.
    """
    read_key = (
        sa.select(_input.c.partition_key)
        .where(_input.c.capture_id == _lineage.input_capture_id)
        .where(*(_input.c[name] == value for name, value in asks._asdict().items()))
        .correlate(core_lineage)
        .scalar_subquery()
    )
    in_order = in_byte_order([read_key, _absent.partition_key], dialect_name(connection.engine))
    read = sa.select(sa.func.min(in_order[0])).where(_lineage.capture_id == _c.capture_id)
    in_vain = sa.select(sa.func.min(in_order[1])).where(
        _absent.capture_id == _c.capture_id,
        *(_absent[name] == value for name, value in asks._asdict().items()),
    )
    first = (one.correlate(core_manifest).scalar_subquery() for one in (read, in_vain))
    return sa.select(_c.capture_id, _c.partition_key, *first).where(IS_CURRENT, *of_stage(of))


def _keys(connection: sa.Connection, asks: "StageKey") -> set[str]:
    """The partitions of a stage that anybody may have read, or asked for in vain."""
    in_vain = (_absent[name] == value for name, value in asks._asdict().items())
    made = sa.select(_c.partition_key).distinct().where(*of_stage(asks))
    asked = sa.select(_absent.partition_key).distinct().where(*in_vain)
    return {key for query in (made, asked) for key in connection.execute(query).scalars()}


def _askers(asks: "StageKey", keys: Sequence[str]) -> Iterator[sa.Select[str]]:
    """The captures that read those partitions of a stage, and those that asked for them in vain."""
    yield (
        sa.select(_lineage.capture_id)
        .join_from(core_manifest, core_lineage, _lineage.input_capture_id == _c.capture_id)
        .where(*of_stage(asks), _c.partition_key.in_(keys))
    )
    yield sa.select(_absent.capture_id).where(
        *(_absent[name] == value for name, value in asks._asdict().items()), _absent.partition_key.in_(keys)
    )
