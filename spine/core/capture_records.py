"""Captures in core_manifest: which rows are a stage's or a place's, and reading them as records."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from .captures import CaptureRecord, Place, StageKey
from .tables import IS_CURRENT, core_manifest

_c = core_manifest.c
PLACE = (_c.domain, _c.partition_key, _c.stage, _c.tier)  # the columns of a Place
_COLUMNS = (
    _c.capture_id,
    _c.domain,
    _c.partition_key,
    _c.stage,
    _c.tier,
    _c.status,
    _c.row_count,
    _c.completed_at,
    _c.definition,
    _c.superseded_at,
)
_STORY = (
    *_COLUMNS,
    _c.started_at,
    _c.attempt,
    _c.number,
    _c.reason,
    _c.error,
    _c.host,
    _c.supersedes,
    _c.superseded_by,
)
_STATUS = sa.select(_c.status).where(_c.capture_id == sa.bindparam("capture"))
_NAMES = tuple(column.name for column in _COLUMNS)
_STORY_NAMES = tuple(column.name for column in _STORY)


def of_stage(key: StageKey) -> tuple[sa.ColumnElement[bool], ...]:
    """True for every attempt at the stage."""
    return _c.domain == key.domain, _c.stage == key.stage, _c.tier == key.tier


def at_place(place: Place) -> tuple[sa.ColumnElement[bool], ...]:
    """True for every attempt at that partition of the stage."""
    return *of_stage(place.stage_key), _c.partition_key == place.partition_key


def current_at(connection: sa.Connection, place: Place) -> CaptureRecord | None:
    """The place's current capture."""
    row = connection.execute(sa.select(*_COLUMNS).where(IS_CURRENT, *at_place(place))).first()
    return None if row is None else record_of(row)


def status_of(connection: sa.Connection, capture_id: str) -> str | None:
    """How far the capture is; None where there is none of that id."""
    return connection.execute(_STATUS, {"capture": capture_id}).scalar()


def record_columns() -> tuple[sa.Column[Any], ...]:
    """What to select, at the end of a row, for ``record_of``."""
    return _COLUMNS


def record_of(row: Sequence[Any], **further: Any) -> CaptureRecord:
    """The record that the last columns of the row hold."""
    return CaptureRecord(**dict(zip(_NAMES, row[-len(_NAMES) :], strict=True)), **further)


def story_columns() -> tuple[sa.Column[Any], ...]:
    """What to select for ``story_of``: also when and where it was started, as which attempt, and why."""
    return _STORY


def story_of(row: Sequence[Any]) -> CaptureRecord:
    """The record, with its story, that the row's columns hold."""
    return CaptureRecord(**dict(zip(_STORY_NAMES, row, strict=True)))
