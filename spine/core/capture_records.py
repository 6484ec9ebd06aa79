"""Captures in core_manifest: which rows are a stage's or a place's, and reading them as records."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from .captures import CaptureRecord, Place, StageKey
from .database.statements import chunks
from .tables import IS_CURRENT, core_manifest

_c = core_manifest.c
PLACE = (_c.domain, _c.partition_key, _c.stage, _c.tier)  # the columns of a Place
RECORD = (  # what to select, at the end of a row, for ``record_of``
    _c.capture_id,
    *PLACE,
    _c.status,
    _c.row_count,
    _c.started_at,
    _c.completed_at,
    _c.definition,
    _c.attempt,
    _c.number,
    _c.reason,
    _c.error,
    _c.host,
    _c.supersedes,
    _c.superseded_at,
    _c.superseded_by,
    _c.destroyed,
)
_NAMES = tuple(column.name for column in RECORD)
_STATUS = sa.select(_c.status).where(_c.capture_id == sa.bindparam("capture"))


def of_stage(key: StageKey) -> tuple[sa.ColumnElement[bool], ...]:
    """True for every attempt at the stage."""
    return _c.domain == key.domain, _c.stage == key.stage, _c.tier == key.tier


def at_place(place: Place) -> tuple[sa.ColumnElement[bool], ...]:
    """True for every attempt at that partition of the stage."""
    return *of_stage(place.stage_key), _c.partition_key == place.partition_key


def record_of(row: Sequence[Any], **further: Any) -> CaptureRecord:
    """The record that the last columns of the row hold."""
    return CaptureRecord(**dict(zip(_NAMES, row[-len(_NAMES) :], strict=True)), **further)


def records_of(connection: sa.Connection, captures: Iterable[str]) -> dict[str, CaptureRecord]:
    """The captures with these ids."""
    return {
        row.capture_id: record_of(row)
        for some in chunks(sorted(captures))
        for row in connection.execute(sa.select(*RECORD).where(_c.capture_id.in_(some)))
    }


def current_at(connection: sa.Connection, place: Place) -> CaptureRecord | None:
    """The place's current capture."""
    row = connection.execute(sa.select(*RECORD).where(IS_CURRENT, *at_place(place))).first()
    return None if row is None else record_of(row)


def status_of(connection: sa.Connection, capture_id: str) -> str | None:
    """How far the capture is; None where there is none of that id."""
    return connection.execute(_STATUS, {"capture": capture_id}).scalar()
