"""What one run, or one manifest of its own, knows of the captures it deals with: the attempts it started.

The manifest, anomalies and lineage are its hands; the data path publishes through it; a runner looks on.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

import sqlalchemy as sa

from spine.errors import PublishNotCompletedError, PublishOpenError, UnknownCaptureError

from .attempts import Attempt
from .capture_records import PLACE
from .capture_rows import publish_command
from .captures import CaptureRecord, CaptureStatus, Place
from .clock import Clock, utc_now
from .database.database import Database, DatabaseLike
from .database.statements import Command
from .lineage_rows import dependency_commands, naming_unknown
from .pins import Pins
from .publish_transaction import PublishTransaction
from .remaking import Remaking
from .tables import core_manifest
from .writer import Writer

# The recording of the workflow step that is running, so that a manifest made elsewhere joins it.
current_step: ContextVar["Recording | None"] = ContextVar("spine_current_step", default=None)

# The attempts that some recording of this process deals with: what one publishes another may complete, and
# must then know of the publish.
_OF_PROCESS: WeakValueDictionary[tuple[object, str], Attempt] = WeakValueDictionary()

_c = core_manifest.c
_PLACE = sa.select(*PLACE).where(_c.capture_id == sa.bindparam("capture"))

# Waits for a transaction that is about to end the capture: its COMMIT may be under way.
_FINAL_STATUS = sa.select(_c.status).where(_c.capture_id == sa.bindparam("capture")).with_for_update()


@dataclass(frozen=True, kw_only=True)
class Look:
    """What check_complete saw where it answered that there is work to do."""

    reason: str | None  # why what is complete is made again; None where nothing is


@dataclass(kw_only=True)
class StepLog:
    """What one step did with the manifest, for the runner."""

    touched: bool = False
    started: dict[str, Attempt] = field(default_factory=dict)
    found: list[CaptureRecord] = field(default_factory=list)


class Recording:
    """One run's (or one manifest's) dealings with one database.

    Threads that a step starts may record through it side by side, except while a publish is open.
    """

    def __init__(
        self,
        database: DatabaseLike,
        *,
        run_id: str | None = None,
        remaking: Remaking | None = None,
        pins: Pins | None = None,
        outer: "Recording | None" = None,
        clock: Clock = utc_now,
    ) -> None:
        self.database = Database.of(database)
        self.writer = Writer(self.database)
        self.run_id = run_id
        self.remaking = Remaking() if remaking is None else remaking
        self.pins = Pins() if pins is None else pins
        self._outer = outer  # of the step that this run is part of
        self.clock = clock
        self.log = StepLog()
        self.is_watched = False  # a runner reads the log
        # What a runner adds to the transaction of a capture's COMPLETE.
        self.completing: Callable[[str], Iterable[Command]] | None = None
        self._attempts: dict[str, Attempt] = {}  # started or published here, until they end
        self._looks: dict[Place, Look] = {}

    @classmethod
    def of(cls, given: "DatabaseLike | Recording") -> "Recording":
        """The recording itself, or a new one for the database."""
        return given if isinstance(given, Recording) else Recording(given)

    def of_step(self) -> "Recording":
        """The one to use now: the running step's, where that is on the same database, else this one."""
        step = current_step.get()
        if step is None:
            self.log.touched = True
            return self
        step.log.touched = True
        return step if step.database.identity == self.database.identity else self

    def begin_step(self) -> None:
        """Keep a log of what the coming step does."""
        self.is_watched = True
        self.log = StepLog()

    def read(self) -> AbstractContextManager[sa.Connection]:
        """A connection for SELECTs, which takes no write lock."""
        return self.writer.read()

    def write(self, *, durable: bool = True) -> AbstractContextManager[sa.Connection]:
        """One write transaction. Raises PublishOpenError where a publish would be in its way."""
        self._refuse_within_publish()
        return self.writer.write(durable=durable)

    def write_all(self, *commands: Command, durable: bool = True) -> list[int]:
        """One write transaction of the commands; how many rows each changed. See Writer.write_all."""
        self._refuse_within_publish()
        return self.writer.write_all(*commands, durable=durable)

    @contextmanager
    def publishing(self, capture_id: str) -> Iterator[PublishTransaction]:
        """Publish one capture: on leaving, its rows, anomalies, lineage and COMPLETE commit together.

        Any error, or leaving without ``record_complete`` (PublishNotCompletedError), rolls it all back; the
        anomalies wait for ``record_failed``.
        """
        attempt = self.attempt_of(capture_id)
        if attempt.publish is not None:
            raise PublishOpenError(f"capture {capture_id} is being published already: publish it once")
        publish = attempt.publish = PublishTransaction(
            capture_id, self.database, self.write, attempt.anomalies
        )
        try:
            yield publish
            if not publish.completed:
                raise PublishNotCompletedError(capture_id)
            last = list(dependency_commands(attempt))
            if attempt.anomalies.counts:
                last.append(publish_command(capture_id))  # storing them takes its time
            with naming_unknown(self.database.read, attempt.inputs), self.looking_up(capture_id):
                publish.commit(last)
        except BaseException as error:
            publish.rollback(error)
            attempt.was_rolled_back = True
            raise
        finally:
            attempt.publish = None
        self.end(capture_id, "COMPLETE")

    @contextmanager
    def looking_up(self, capture_id: str) -> Iterator[None]:
        """Where the connection is lost within, ask the manifest whether COMPLETE was committed after all.

        A COMMIT that the server is still busy with is waited for. Raises DatabaseLockedError where that takes
        longer than any lock may.
        """
        try:
            yield
        except sa.exc.DBAPIError as error:
            if not self.database.is_lost_by(error) or not self._is_complete(capture_id):
                raise

    def _is_complete(self, capture_id: str) -> bool:
        with self.database.write() as connection:
            return connection.execute(_FINAL_STATUS, {"capture": capture_id}).scalar() == "COMPLETE"

    def look(self, place: Place, look: Look) -> None:
        """Note that check_complete found work to do."""
        self._looks[place] = look

    def find(self, record: CaptureRecord) -> None:
        """Note that check_complete found a capture that stands."""
        self._looks.pop(record.place, None)
        if self.is_watched:
            self.log.found.append(record)
            self.pins.see(record)

    def last_look(self, place: Place) -> Look | None:
        """What check_complete saw before the attempt that starts now."""
        return self._looks.pop(place, None)

    def start(self, attempt: Attempt) -> None:
        """Note that a capture started, once that is committed."""
        self._know(attempt)
        if self.is_watched:
            self.log.started[attempt.capture_id] = attempt

    def attempt(self, capture_id: str) -> Attempt | None:
        """The attempt of that id, if it was started or is published here and has not ended."""
        attempt = self._attempts.get(capture_id)
        return attempt if attempt is not None and attempt.status == "RUNNING" else None

    def attempt_of(self, capture_id: str) -> Attempt:
        """The attempt of that id, whoever started it. Raises UnknownCaptureError."""
        known = self._attempts.get(capture_id) or _OF_PROCESS.get((self.database.identity, capture_id))
        if known is not None:
            self._attempts[capture_id] = known
            return known
        with self.read() as connection:
            row = connection.execute(_PLACE, {"capture": capture_id}).first()
        if row is None:
            raise UnknownCaptureError(capture_id)
        attempt = Attempt(capture_id=capture_id, place=Place(*row))
        self._know(attempt)
        return attempt

    def end(self, capture_id: str, status: CaptureStatus) -> None:
        """Let go of a capture that ended, once that is committed."""
        attempt = self._attempts.pop(capture_id, None)
        if attempt is None:
            return
        attempt.status = status
        attempt.anomalies.close()
        if status == "COMPLETE" and self.is_watched:
            attempt.completed_at = self.clock()
            self.pins.see(attempt.as_record())

    def _know(self, attempt: Attempt) -> None:
        self._attempts[attempt.capture_id] = attempt
        _OF_PROCESS[self.database.identity, attempt.capture_id] = attempt

    def _refuse_within_publish(self) -> None:
        """Refuse at once to wait for a lock that this thread itself holds."""
        within: Recording | None = self
        while within is not None:
            for attempt in tuple(within._attempts.values()):
                if attempt.publish is not None and attempt.publish.connection is not None:
                    raise PublishOpenError(
                        f"the publish of capture {attempt.capture_id} is open, and nothing else can be "
                        "written until it ends: record other captures, and their anomalies, before or after"
                    )
            within = within._outer
            if within is not None and within.database.identity != self.database.identity:
                return
