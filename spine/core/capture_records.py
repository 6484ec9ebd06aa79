"""Reading captures out of core_manifest as records."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from .captures import CaptureRecord
from .tables import core_manifest

_c = core_manifest.c
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
)
_NAMES = tuple(column.name for column in _COLUMNS)


def record_columns() -> tuple[sa.Column[Any], ...]:
    """What to select, at the end of a row, for ``record_of``."""
    return _COLUMNS


def record_of(row: Sequence[Any], **further: Any) -> CaptureRecord:
    """The record that the last columns of the row hold."""
    return CaptureRecord(**dict(zip(_NAMES, row[-len(_NAMES) :], strict=True)), **further)
