"""Captures as values: what is known of one that is complete, and of one that this run started."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class CompleteCapture:
    """The current complete capture of one stage and partition."""

    capture_id: str
    domain: str
    partition_key: str
    stage: str
    tier: str
    row_count: int | None
    completed_at: datetime
    # What its pipeline left in the context (see core_capture_outputs), where check_complete found it.
    outputs: str | None = field(default=None, repr=False, compare=False)


@dataclass(kw_only=True, slots=True)
class CaptureNote:
    """A capture that was started by this run, as far as it got."""

    capture_id: str
    domain: str
    partition_key: str
    stage: str
    tier: str
    status: Literal["RUNNING", "COMPLETE", "FAILED"] = "RUNNING"
    row_count: int | None = None
