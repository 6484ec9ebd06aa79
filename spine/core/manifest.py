"""Which captures started, completed and failed: the story of every stage and partition."""

import os
import platform
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

import sqlalchemy as sa

from spine.errors import PublishRefusedError

from .attempts import Attempt
from .capture_records import RECORD, of_stage, record_of
from .capture_rows import OF_PLACE, define_command, place_parameters, start_command
from .captures import CaptureRecord, Place, StageKey
from .database.statements import fetch_first
from .definitions import Definition
from .dependencies import Dependencies
from .endings import checked_count, complete, complete_within, fail
from .ids import new_capture_id
from .numbers import AsOf, stood_at
from .partitions.keys import check_name, check_partition_key
from .recording import Look, Recording
from .remaking import changes_since
from .spans import Span
from .staleness import inputs_changed_of_few
from .tables import IS_CURRENT, core_capture_outputs, core_manifest

if TYPE_CHECKING:
    from .database.database import DatabaseLike

_c = core_manifest.c

_CHECK = (
    sa.select(
        sa.select(core_capture_outputs.c.outputs)
        .where(core_capture_outputs.c.capture_id == _c.capture_id)
        .scalar_subquery(),
        inputs_changed_of_few(_c.capture_id).label("inputs_changed"),
        _c.inputs_asked,
        *RECORD,
    )
    .select_from(core_manifest)
    .where(OF_PLACE, IS_CURRENT)
)
_HOST = platform.node()


class CoreManifest:
    """The captures, in ``core_manifest``: one row for each attempt at a stage of a partition.

    Made of a database (Session, Engine, URL…) or of the Tracking of a run. Every call is one committed
    transaction of its own, except that ``record_complete`` joins the capture's publish where one is open.
    """

    def __init__(self, database: "DatabaseLike | Recording") -> None:
        self._recording = Recording.of(database)

    def check_complete(
        self,
        domain: str,
        partition_key: str,
        stage: str,
        tier: str,
        dependencies: Dependencies | None = None,
        *,
        definition: object = None,
    ) -> CaptureRecord | None:
        """The current complete capture, or None where the work is to be done.

        That is where there is none; where the run is forced; and where the capture is stale, since what it
        was made from has been restated, has arrived or is gone, or a file of ``dependencies`` has changed.
        One made by another definition than that of ``dependencies`` stands until it is restated or accepted;
        its ``standing`` says so. A pipeline written by hand may give its ``definition`` alone, as to
        ``record_start``. Raises GlobalPartitionError for a key such as ``ALL``.
        """
        if dependencies is None and definition is not None:
            dependencies = Dependencies(definition=Definition.of(definition))
        recording = self._recording.of_step()
        place = _place(domain, partition_key, stage, tier)
        if recording.remaking.force:
            recording.look(place, Look(reason="forced"))
            return None
        with recording.read() as connection:
            row = fetch_first(connection, _CHECK, place_parameters(place))
            if row is None:
                recording.look(place, Look(reason=None))
                return None
            outputs, changed, asked, *_ = row
            record = record_of(row, outputs=outputs)
            reasons = changes_since(
                connection, record, dependencies, inputs_changed=bool(changed), inputs_asked=asked
            )
        answer = recording.remaking.decide(record, reasons)
        if isinstance(answer, CaptureRecord):
            recording.find(answer)
            return answer
        recording.look(place, Look(reason=answer))
        return None

    def record_start(
        self, domain: str, partition_key: str, stage: str, tier: str, definition: object = None
    ) -> str:
        """Note that an attempt begins; returns its capture id, a UUIDv7.

        ``definition`` is what a pipeline written by hand is to be remembered by: any plain value, such as a
        version, or a Definition.
        """
        recording = self._recording.of_step()
        place = _place(domain, partition_key, stage, tier)
        look = recording.last_look(place)
        attempt = Attempt(
            capture_id=new_capture_id(),
            place=place,
            is_first=look is not None and look.reason is None,
            reason=None if look is None else look.reason,
            definition=None if definition is None else Definition.of(definition),
        )
        define = () if attempt.definition is None else (define_command(attempt.definition),)
        recording.write_all(
            *define,
            start_command(
                attempt, at=recording.clock(), run_id=recording.run_id, host=_HOST, process_id=os.getpid()
            ),
            durable=False,  # without its COMPLETE it is worth nothing, and that one's commit covers it
        )
        recording.start(attempt)
        return attempt.capture_id

    def record_complete(self, capture_id: str, row_count: int) -> None:
        """Note that the attempt succeeded; it takes the place of the capture that was current at its start.

        Raises CaptureConflictError if another one completed since, PublishRefusedError where its rows are
        not what that says, UnknownCaptureError, CaptureFinishedError, RowCountError for what is no number.
        """
        row_count = checked_count(row_count)
        recording = self._recording.of_step()
        attempt = recording.attempt_of(capture_id)
        if attempt.was_rolled_back:
            raise PublishRefusedError(
                f"capture {capture_id} cannot be COMPLETE: its publish was rolled back, so its rows are not "
                "in the table. Call manifest.record_failed, and manifest.record_start for a new attempt"
            )
        if attempt.publish is not None:
            attempt.publish.check_complete(row_count)
            complete_within(recording, attempt.publish.begin(), attempt, row_count)
            attempt.publish.completed = True
            return
        complete(recording, attempt, row_count)
        recording.end(capture_id, "COMPLETE")

    def record_failed(self, capture_id: str, error: str | BaseException) -> None:
        """Note that the attempt failed and why; anomalies that wait for its end are stored with it.

        An error without a text, such as that of a bare assert, is told by the exception's name. FAILED is
        noted also where the anomalies cannot be stored; the reason then says so.
        Raises UnknownCaptureError or CaptureFinishedError.
        """
        recording = self._recording.of_step()
        cause = error if isinstance(error, BaseException) else sys.exception()
        why = str(error) or ("no reason was given" if cause is None else type(cause).__name__)
        attempt = recording.attempt(capture_id)
        waiting = attempt.anomalies if attempt is not None and attempt.anomalies.counts else None
        fail(recording, capture_id, why, waiting)
        recording.end(capture_id, "FAILED")

    def complete_partitions(
        self, domain: str, stage: str, tier: str, *, as_of: AsOf | None = None
    ) -> tuple[str, ...]:
        """The keys of the stage's complete partitions, now or at a moment of the past, in text order."""
        statement = sa.select(_c.partition_key).where(
            *of_stage(StageKey(domain, stage, tier)), stood_at(as_of)
        )
        with self._recording.of_step().read() as connection:
            return tuple(sorted(connection.execute(statement).scalars()))

    def current_captures(
        self,
        domain: str,
        stage: str,
        tier: str,
        partition_keys: Iterable[str],
        *,
        as_of: AsOf | None = None,
    ) -> dict[str, CaptureRecord]:
        """The complete capture of each of the partitions that has one, in the order given.

        It is the current one, or the one that stood at a moment of the past.
        """
        stage_key = StageKey(domain, stage, tier)
        places = [stage_key.at(key) for key in partition_keys]
        found = self.captures_of(places, as_of=as_of)
        return {place.partition_key: found[place] for place in places if place in found}

    def captures_of(
        self, places: Iterable[Place], spans: Iterable[Span] = (), *, as_of: AsOf | None = None
    ) -> dict[Place, CaptureRecord]:
        """The complete captures of those places that have one, and the newest of each span, of one state."""
        asked: dict[StageKey, list[str]] = {}
        for place in places:
            asked.setdefault(place.stage_key, []).append(place.partition_key)
        wanted = [sa.and_(*of_stage(key), _c.partition_key.in_(keys)) for key, keys in asked.items()]
        wanted += [_c.capture_id == _newest_in(span, as_of) for span in spans]
        if not wanted:
            return {}
        statement = sa.select(*RECORD).where(sa.or_(*wanted), stood_at(as_of))
        with self._recording.of_step().read() as connection:
            found = [record_of(row) for row in connection.execute(statement)]
        return {record.place: record for record in found}


def _newest_in(span: Span, as_of: AsOf | None) -> sa.ScalarSelect[str]:
    newest = sa.select(_c.capture_id).where(span.is_of(core_manifest), stood_at(as_of))
    return newest.order_by(_c.partition_key.desc()).limit(1).correlate(None).scalar_subquery()


def _place(domain: str, partition_key: str, stage: str, tier: str) -> Place:
    return Place(
        check_name("domain", domain),
        check_partition_key(partition_key),
        check_name("stage", stage),
        check_name("tier", tier),
    )
