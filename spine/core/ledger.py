"""The transactions that everything recorded goes through: deferred history, open publishes, the running step.

Holds no SQL of its own: the manifest, anomalies and lineage say what is written, this says when it commits.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal

import sqlalchemy as sa

from spine.core.database.database import Database, DatabaseLike
from spine.core.database.schema import ensure_core
from spine.core.database.statements import Command, gathered
from spine.errors import PublishNotCompletedError, PublishOpenError

from .anomaly_rows import AnomalySpool
from .captures import CaptureNote, CompleteCapture
from .clock import Clock, utc_now
from .lineage_rows import naming_unknown
from .publish import Publish

# The ledger of the workflow step that is running, so that a manifest made elsewhere joins it.
current_step: ContextVar["Ledger | None"] = ContextVar("spine_current_step", default=None)


class Ledger:
    """One run's (or one manifest's) way into one database.

    Threads that a step starts may record through it side by side, except while a publish is open.
    """

    def __init__(
        self,
        database: DatabaseLike,
        *,
        run_id: str | None = None,
        force: bool = False,
        clock: Clock = utc_now,
    ) -> None:
        self.database = Database.of(database)
        self.run_id = run_id
        self.force = force  # complete captures are made again
        self.clock = clock
        self.touched = False  # the manifest was used; the runner resets it before each step
        self.last_complete: CompleteCapture | None = None  # what check_complete found last
        self.last_absent: Mapping[str, str] | None = None  # where check_complete last found nothing
        self.in_step = False  # a runner looks at what a step does, below
        self.captures: dict[str, CaptureNote] = {}  # started in this step
        self.found: list[CompleteCapture] = []  # by check_complete, in this step
        # What the runner adds to the transaction of a capture's COMPLETE.
        self.completing: Callable[[str], Iterable[Command]] | None = None
        self.inputs: dict[str, set[str]] = {}  # what the captures started here read, until they end
        # Captures started here, until they end, that had nothing to supersede when check_complete looked.
        self.first_of_partition: set[str] = set()
        self._deferred: list[Command] = []
        self._lock = threading.Lock()  # for the deferred rows, which one of several threads writes
        self._publishes: dict[str, Publish] = {}
        self._kept: dict[str, AnomalySpool] = {}  # of publishes that were rolled back

    @classmethod
    def of(cls, given: "DatabaseLike | Ledger") -> "Ledger":
        """The ledger itself, or a new one for the database."""
        return given if isinstance(given, Ledger) else Ledger(given)

    def of_step(self) -> "Ledger":
        """The ledger to use now: the running step's, where that is on the same database, else this one."""
        step = current_step.get()
        if step is None:
            self.touched = True
            return self
        step.touched = True
        return step if step.database.identity == self.database.identity else self

    def begin_step(self) -> None:
        """Keep for the runner what the coming step does with the manifest, not what the last one did."""
        self.in_step = True
        self.touched = False
        self.last_complete = None
        self.captures.clear()
        self.found.clear()

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection for SELECTs, which takes no write lock."""
        ensure_core(self.database)
        with self.database.read() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One write transaction, with the deferred rows first; they are forgotten only once it committed."""
        self._ready_to_write()
        with self._taken() as deferred, self.database.write(gathered(deferred)) as connection:
            yield connection

    def write_all(self, *commands: Command) -> list[int]:
        """One write transaction of the deferred rows and these commands; how many rows each changed."""
        self._ready_to_write()
        with self._taken() as deferred:
            first = gathered(deferred)
            changed = self.database.write_all((*first, *commands))
        return changed[len(first) :]

    def defer(self, statement: sa.ClauseElement, parameters: Mapping[str, Any]) -> None:
        """Execute the statement in the next write transaction, before what that one writes.

        Pass the same statement object each time: neighbours of one INSERT are executed as one.
        """
        with self._lock:
            self._deferred.append((statement, parameters))

    def is_waiting(self, parameters: Mapping[str, Any]) -> bool:
        """Whether the very parameters that were deferred are not yet written, and so may still be changed."""
        return any(waiting is parameters for _, waiting in self._deferred)

    def flush(self) -> None:
        """Write what is deferred now, if anything is."""
        if self._deferred:
            self.write_all()

    @contextmanager
    def _taken(self) -> Iterator[list[Command]]:
        """The deferred rows, for this write alone; put back where it fails."""
        with self._lock:
            deferred, self._deferred = self._deferred, []
        try:
            yield deferred
        except BaseException:
            with self._lock:
                self._deferred[:0] = deferred
            raise

    def _ready_to_write(self) -> None:
        for publish in tuple(self._publishes.values()):
            if publish.connection is not None:
                raise PublishOpenError(
                    f"the publish of capture {publish.capture_id} is open, and nothing else can be written "
                    "until it ends: record other captures, and their anomalies, before or after it"
                )
        ensure_core(self.database)

    @contextmanager
    def publishing(self, capture_id: str) -> Iterator[Publish]:
        """Publish one capture: on leaving, its rows, anomalies, lineage and COMPLETE commit together.

        Any error, or leaving without ``record_complete`` (PublishNotCompletedError), rolls it all back; the
        anomalies wait for ``record_failed``.
        """
        if capture_id in self._publishes:
            raise PublishOpenError(f"capture {capture_id} is being published already: publish it once")
        inputs = self.inputs.setdefault(capture_id, set())
        publish = self._publishes[capture_id] = Publish(capture_id, self.write, inputs)
        try:
            yield publish
            if not publish.completed:
                raise PublishNotCompletedError(capture_id)
            with naming_unknown(self.database.read, inputs):
                publish.commit()
        except BaseException as error:
            publish.rollback(error)
            self._kept[capture_id] = publish.spool
            raise
        finally:
            del self._publishes[capture_id]
        self.note_end(capture_id, "COMPLETE")
        self.forget(capture_id)

    def note_found(self, complete: CompleteCapture | None) -> None:
        """Note what check_complete answered."""
        self.last_complete = complete
        if self.in_step and complete is not None:
            self.found.append(complete)

    def note_start(self, note: CaptureNote) -> None:
        """Note that a capture started, once that is committed."""
        if self.in_step:
            self.captures[note.capture_id] = note

    def note_end(self, capture_id: str, status: Literal["COMPLETE", "FAILED"]) -> None:
        """Note that a capture ended, once that is committed."""
        if capture_id in self.captures:
            self.captures[capture_id].status = status

    def open_publish(self, capture_id: str) -> Publish | None:
        """The publish of that capture, if one is open."""
        return self._publishes.get(capture_id)

    def kept_anomalies(self, capture_id: str) -> AnomalySpool | None:
        """The anomalies of a publish that was rolled back."""
        return self._kept.get(capture_id)

    def forget(self, capture_id: str) -> None:
        """Let go of a capture that ended, once that is committed."""
        self.inputs.pop(capture_id, None)
        self.first_of_partition.discard(capture_id)
        spool = self._kept.pop(capture_id, None)
        if spool is not None:
            spool.close()
