"""Captures as values: which stage and partition one belongs to, and what core_manifest says of it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

CaptureStatus: TypeAlias = Literal["RUNNING", "COMPLETE", "FAILED"]


class StageKey(NamedTuple):
    """A stage, of whatever partition."""

    domain: str
    stage: str
    tier: str

    def at(self, partition_key: str) -> "Place":
        """The stage of that partition."""
        return Place(self.domain, partition_key, self.stage, self.tier)


class Place(NamedTuple):
    """What a capture is an attempt at: one stage of one partition of a domain."""

    domain: str
    partition_key: str
    stage: str
    tier: str

    def __str__(self) -> str:
        return f"{self.domain} {self.stage} {self.partition_key}"

    @property
    def stage_key(self) -> StageKey:
        """Its stage."""
        return StageKey(self.domain, self.stage, self.tier)


@dataclass(frozen=True, kw_only=True, slots=True)
class CaptureRecord:
    """A capture as core_manifest has it."""

    capture_id: str
    domain: str
    partition_key: str
    stage: str
    tier: str
    status: CaptureStatus = "COMPLETE"
    row_count: int | None
    completed_at: datetime | None  # when it ended, COMPLETE or FAILED
    definition: str | None = None  # the digest of what it was made by; None where none was recorded
    superseded_at: datetime | None = None
    # What its pipeline left in the context (see core_capture_outputs), where check_complete found it.
    outputs: str | None = field(default=None, repr=False, compare=False)
    # Why it stands although it is not fresh, where check_complete found that: "stale: …", "behind: …".
    standing: str | None = field(default=None, repr=False, compare=False)
    # Its story; not known yet of one that has just ended here.
    started_at: datetime | None = field(default=None, compare=False)
    attempt: int | None = field(default=None, compare=False)
    number: int | None = field(default=None, compare=False)
    reason: str | None = field(default=None, compare=False)
    error: str | None = field(default=None, compare=False)
    host: str | None = field(default=None, compare=False)
    supersedes: str | None = field(default=None, compare=False)
    superseded_by: str | None = field(default=None, compare=False)
    destroyed: str | None = field(default=None, compare=False)  # by migrations, see core_manifest

    @property
    def destroyed_columns(self) -> tuple[str, ...]:
        """The columns of the stage's table whose values migrations destroyed."""
        if self.destroyed is None or self.destroyed == "*":
            return ()
        return tuple(dict.fromkeys(self.destroyed.split(", ")))  # one that came back may have gone again

    @property
    def taken(self) -> str | None:
        """How a migration took its rows from readers, if one did."""
        if self.destroyed == "*":
            return "a migration destroyed its rows"
        if self.superseded_at is not None and self.superseded_by is None:
            return "a migration gave its table to another stage, or partitions other keys"
        return None

    @property
    def migrated(self) -> str | None:
        """What a migration did to its rows or values, if one did."""
        if self.taken is None and (values := self.destroyed_columns):
            return f"a migration destroyed its values of {', '.join(values)}"
        return self.taken

    @property
    def is_current(self) -> bool:
        """Whether it is complete and nothing took its place: its rows are what readers see."""
        return self.status == "COMPLETE" and self.superseded_at is None

    @property
    def place(self) -> Place:
        """What it is an attempt at."""
        return Place(self.domain, self.partition_key, self.stage, self.tier)

    @property
    def stage_key(self) -> StageKey:
        """Its stage."""
        return StageKey(self.domain, self.stage, self.tier)
