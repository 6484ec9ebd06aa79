"""A capture in the making: what is known, here, of one that was started here, until it has ended."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from .anomaly_rows import AnomalySpool
from .captures import CaptureRecord, CaptureStatus, Place
from .definitions import Definition
from .files import FileSeen
from .publish_transaction import PublishTransaction
from .spans import Awaited


@dataclass(kw_only=True)
class Attempt:
    """One attempt at a stage of a partition, and what it was made from so far."""

    capture_id: str
    place: Place
    status: CaptureStatus = "RUNNING"
    row_count: int | None = None
    completed_at: datetime | None = None  # where a runner looks on
    is_first: bool = False  # nothing was complete when check_complete looked, so it has nothing to supersede
    reason: str | None = None  # why it is made, where its place was complete before
    definition: Definition | None = None
    inputs_asked: int | None = None  # partitions of its declared inputs, there or not
    inputs: set[str] = field(default_factory=set)  # captures that were read
    absent: set[Place] = field(default_factory=set)  # what was asked for, and was not there
    awaited: set[Awaited] = field(default_factory=set)  # of what the newest was asked for
    files: tuple[FileSeen, ...] = ()
    anomalies: AnomalySpool = field(default_factory=AnomalySpool)  # until they are stored with its end
    publish: PublishTransaction | None = None  # while one is open
    was_rolled_back: bool = False  # a publish of it failed, so it cannot be COMPLETE any more

    def as_record(self) -> CaptureRecord:
        """What core_manifest says of it, once it is COMPLETE."""
        return CaptureRecord(
            **self.place._asdict(),
            capture_id=self.capture_id,
            row_count=self.row_count,
            completed_at=self.completed_at,
            definition=None if self.definition is None else self.definition.digest,
            reason=self.reason,
        )

    def read(
        self, captures: Iterable[str], absent: Iterable[Place] = (), awaited: Iterable[Awaited] = ()
    ) -> None:
        """Note captures that it reads, places that it asked for in vain, and of what it reads the newest."""
        self.inputs.update(captures)
        self.absent.update(absent)
        self.awaited.update(awaited)
