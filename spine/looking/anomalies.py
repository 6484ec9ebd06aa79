"""What was odd about captures: counted by code, or one by one, in the order in which these were published."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import sqlalchemy as sa

from spine.core.afterwards import counted_at
from spine.core.anomaly_rows import NOT_STORED
from spine.core.numbers import AsOf, stood_at
from spine.core.standing import COUNTS
from spine.core.tables import NUMBER_OF_ANOMALIES, core_anomalies, core_manifest

Condition: TypeAlias = sa.ColumnElement[bool]
Found: TypeAlias = dict[str, Any]  # in the order in which people read it

_a, _c = core_anomalies.c, core_manifest.c
_FIRST = (_c.domain, _c.partition_key, _c.stage, _a.anomaly_code.label("code"), _a.severity)
_CAPTURE = (_c.status.label("capture_status"), _c.capture_id)
_BATCH = 1000
_COUNT = NUMBER_OF_ANOMALIES.label("count")
# A partition's in the order of their publication, then those without a number.
_AS_PUBLISHED = (
    _c.domain,
    _c.partition_key,
    _c.number.is_(None),
    _c.number,
    _c.stage,
    _c.attempt,
    _c.capture_id,
)


def wanted(
    *, domain: str | None, partition: str | None, code: str | None, as_of: AsOf | None
) -> Sequence[Condition]:
    """Those of captures that count, or that stood at the moment, as far as they are narrowed down."""
    named = ((_c.domain, domain), (_c.partition_key, partition), (_a.anomaly_code, code))
    counting = COUNTS if as_of is None else stood_at(as_of)
    return (
        counting,
        counted_at(_a.counts_from, as_of),
        *(column == value for column, value in named if value is not None),
    )


def counted(connection: sa.Connection, conditions: Sequence[Condition]) -> list[Found]:
    """How many of each code and severity a capture has."""
    by = (_c.domain, _c.partition_key, _c.stage, _a.anomaly_code, _a.severity, _c.status, _c.capture_id)
    query = sa.select(*_FIRST, _COUNT, *_CAPTURE).group_by(*by, _c.number, _c.attempt)
    return _found(connection, query.where(*conditions).order_by(*_AS_PUBLISHED, _a.anomaly_code, _a.severity))


def one_by_one(connection: sa.Connection, conditions: Sequence[Condition], limit: int) -> list[Found]:
    """Each with its message and context."""
    query = sa.select(*_FIRST, _a.message, _a.recorded_at, *_CAPTURE, _a.context)
    return _found(connection, query.where(*conditions).order_by(*_AS_PUBLISHED, _a.id).limit(limit))


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Anomalies of which nothing but the number is stored."""

    number: int


def held_back(connection: sa.Connection, conditions: Sequence[Condition]) -> Iterator[Any]:
    """The content of each record that was left out, as its file had it, or as JSON has its values; streamed.

    None for an anomaly that is of no record, or of one that was kept; Counted for those past a code's limit.
    """
    query = sa.select(_a.context).join_from(core_anomalies, core_manifest, _a.capture_id == _c.capture_id)
    query = query.where(*conditions).order_by(*_AS_PUBLISHED, _a.id)
    with connection.execute(query, execution_options={"yield_per": _BATCH}) as result:
        for (context,) in result:
            if not isinstance(context, dict):
                yield None
            elif context.keys() == {NOT_STORED}:
                yield Counted(number=context[NOT_STORED])
            else:
                yield context.get("raw")


def _found(connection: sa.Connection, query: "sa.Select[*tuple[Any, ...]]") -> list[Found]:
    joined = query.join_from(core_anomalies, core_manifest, _a.capture_id == _c.capture_id)
    return [dict(row._mapping) for row in connection.execute(joined)]
