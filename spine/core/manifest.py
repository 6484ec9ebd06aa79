"""Which captures started, completed and failed: the story of every stage and partition."""

import os
import platform
import sys
from collections.abc import Iterable, Sequence
from operator import index
from typing import TYPE_CHECKING

import sqlalchemy as sa

from spine.errors import (
    CaptureConflictError,
    CaptureFinishedError,
    PublishRefusedError,
    RowCountError,
    SpineError,
    UnknownCaptureError,
)

from .anomaly_rows import insert_anomalies
from .attempts import Attempt
from .capture_records import record_columns, record_of
from .capture_rows import (
    OF_PARTITION,
    OF_PLACE,
    complete_command,
    define_command,
    fail_command,
    place_parameters,
    start_command,
    supersede_command,
)
from .captures import CaptureRecord, Place
from .database.statements import Command, execute, execute_all, fetch_first
from .definitions import Definition
from .freshness import judge
from .ids import new_capture_id
from .json_text import storable_text
from .lineage_rows import dependency_commands, naming_unknown
from .numbers import AsOf, numbering, stood_at
from .partitions.keys import check_name, check_partition_key
from .recording import Look, Recording
from .staleness import inputs_asked, inputs_changed
from .tables import IS_CURRENT, core_capture_outputs, core_manifest

if TYPE_CHECKING:
    from .database.database import DatabaseLike
    from .dependencies import AskedInput, Dependencies

MOST_ROWS = 2**63 - 1  # that either database can note

_c = core_manifest.c


def _number_of(table: sa.Table) -> sa.ScalarSelect[int]:
    return (
        sa.select(sa.func.count())
        .where(table.c.capture_id == _c.capture_id)
        .correlate(core_manifest)
        .scalar_subquery()
    )


_CHECK = (
    sa.select(
        core_capture_outputs.c.outputs,
        inputs_changed(_c.capture_id).label("inputs_changed"),
        inputs_asked(),
        *record_columns(),
    )
    .outerjoin_from(core_manifest, core_capture_outputs)
    .where(OF_PARTITION, IS_CURRENT)
)
_PARTITIONS = sa.select(_c.partition_key).where(OF_PLACE, IS_CURRENT).order_by(_c.partition_key)
_WINNER = sa.select(_c.capture_id).where(OF_PARTITION, IS_CURRENT)
_STORY = sa.select(_c.domain, _c.partition_key, _c.stage, _c.tier, _c.status).where(
    _c.capture_id == sa.bindparam("of_capture")
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
        dependencies: "Dependencies | None" = None,
    ) -> CaptureRecord | None:
        """The current complete capture, or None where the work is to be done.

        That is where there is none; where the run is forced; and where the capture is stale, since what it
        was made from has been restated, has arrived or is gone, or a file of ``dependencies`` has changed.
        One made by another definition than that of ``dependencies`` stands until it is restated or accepted;
        its ``standing`` says so. Raises GlobalPartitionError for a key such as ``ALL``.
        """
        recording = self._recording.of_step()
        place = _place(domain, partition_key, stage, tier)
        if recording.remaking.force:
            recording.look(place, Look(nothing_complete=False, reason="forced"))
            return None
        with recording.read() as connection:
            row = fetch_first(connection, _CHECK, place_parameters(*place))
            if row is None:
                recording.look(place, Look(nothing_complete=True))
                return None
            outputs, changed, asked, *_ = row
            record = record_of(row, outputs=outputs)
            judgement = judge(
                connection, record, dependencies, inputs_changed=bool(changed), inputs_asked=asked
            )
        answer = judgement.decide(recording.remaking)
        if isinstance(answer, CaptureRecord):
            recording.find(answer)
            return answer
        recording.look(place, Look(nothing_complete=False, reason=answer))
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
            is_first=look is not None and look.nothing_complete,
            reason=None if look is None else look.reason,
            definition=None if definition is None else Definition.of(definition),
        )
        define = (
            ()
            if attempt.definition is None
            else (define_command(recording.database.dialect, attempt.definition),)
        )
        recording.write_all(
            *numbering(recording.database),
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
        row_count = _checked_count(row_count)
        recording = self._recording.of_step()
        attempt = recording.attempt_of(capture_id)
        if attempt.was_rolled_back:
            raise PublishRefusedError(
                f"capture {capture_id} cannot be COMPLETE: its publish was rolled back, so its rows are not "
                "in the table. Call manifest.record_failed, and manifest.record_start for a new attempt"
            )
        if attempt.publish is not None:
            attempt.publish.check_complete(row_count)
            self._complete(recording, attempt.publish.begin(), attempt, row_count)
            attempt.publish.completed = True
            return
        if attempt.anomalies.counts:
            with (
                naming_unknown(recording.read, attempt.inputs),
                recording.looking_up(capture_id),
                recording.write() as connection,
            ):
                self._complete(recording, connection, attempt, row_count)
                execute_all(connection, dependency_commands(recording.database.dialect, attempt))
                insert_anomalies(recording.database, connection, capture_id, attempt.anomalies)
        else:
            self._complete_at_once(recording, attempt, row_count)
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
        spool = attempt.anomalies if attempt is not None and attempt.anomalies.counts else None
        try:
            with recording.write() as connection:
                self._fail(recording, connection, capture_id, why)
                if spool is not None:
                    insert_anomalies(recording.database, connection, capture_id, spool)
        except (UnknownCaptureError, CaptureFinishedError):
            raise
        except Exception as unstored:
            if spool is None:
                raise
            lost = f"{why} (its {spool.counts.total()} anomalies could not be stored: {unstored})"
            with recording.write() as connection:
                self._fail(recording, connection, capture_id, lost)
        recording.end(capture_id, "FAILED")

    def complete_partitions(
        self, domain: str, stage: str, tier: str, *, as_of: AsOf | None = None
    ) -> tuple[str, ...]:
        """The keys of the stage's complete partitions, now or at a moment of the past, in text order."""
        statement = (
            _PARTITIONS if as_of is None else sa.select(_c.partition_key).where(OF_PLACE, stood_at(as_of))
        )
        with self._recording.of_step().read() as connection:
            place = {"of_domain": domain, "of_stage": stage, "of_tier": tier}
            return tuple(sorted(connection.execute(statement, place).scalars()))

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
        keys = list(partition_keys)
        statement = sa.select(*record_columns()).where(
            _c.domain == domain,
            _c.stage == stage,
            _c.tier == tier,
            _c.partition_key.in_(keys),
            IS_CURRENT if as_of is None else stood_at(as_of),
        )
        with self._recording.of_step().read() as connection:
            found = {row.partition_key: record_of(row) for row in connection.execute(statement)}
        return {key: found[key] for key in keys if key in found}

    def captures_of(
        self, asked: "Sequence[AskedInput]", *, as_of: AsOf | None = None
    ) -> dict[Place, CaptureRecord]:
        """The complete captures of everything asked for that is there, all read from one state."""
        if not asked:
            return {}
        wanted = [
            sa.and_(
                _c.domain == one.domain,
                _c.stage == one.stage,
                _c.tier == one.tier,
                _c.partition_key.in_(one.partition_keys),
            )
            for one in asked
        ]
        statement = sa.select(*record_columns()).where(
            sa.or_(*wanted), IS_CURRENT if as_of is None else stood_at(as_of)
        )
        with self._recording.of_step().read() as connection:
            found = [record_of(row) for row in connection.execute(statement)]
        return {record.place: record for record in found}

    def _complete_at_once(self, recording: Recording, attempt: Attempt, row_count: int) -> None:
        """Complete a capture in one round trip to PostgreSQL."""
        commands = self._completion(recording, attempt, row_count)
        end = len(commands) - 1
        commands += dependency_commands(recording.database.dialect, attempt)
        commands += self._added(recording, attempt)
        try:
            changed = [1] * len(commands)  # unless the answer is lost, and the manifest says COMPLETE
            with (
                naming_unknown(recording.read, attempt.inputs),
                recording.looking_up(attempt.capture_id),
            ):
                changed = recording.write_all(*commands)
        except sa.exc.IntegrityError as error:  # the unique index on the current capture
            raise self._conflict(recording, attempt) from error
        if changed[end] != 1:
            with recording.read() as connection:
                raise _cannot_end(connection, attempt.capture_id, "COMPLETE")
        attempt.row_count = row_count

    def _complete(
        self, recording: Recording, connection: sa.Connection, attempt: Attempt, row_count: int
    ) -> None:
        *before, end = self._completion(recording, attempt, row_count)
        execute_all(connection, before)
        try:
            ended = execute(connection, *end)
        except sa.exc.IntegrityError as error:  # the unique index on the current capture
            raise self._conflict(recording, attempt) from error
        if ended != 1:
            raise _cannot_end(connection, attempt.capture_id, "COMPLETE")
        attempt.row_count = row_count
        execute_all(connection, self._added(recording, attempt))

    def _completion(self, recording: Recording, attempt: Attempt, row_count: int) -> list[Command]:
        """What makes the capture COMPLETE and current; the last command is the one that ends it."""
        now = recording.clock()
        commands = [complete_command(attempt, now, row_count)]
        if not attempt.is_first:
            commands.insert(0, supersede_command(attempt.capture_id, now))
        if attempt.definition is not None:
            commands.insert(0, define_command(recording.database.dialect, attempt.definition))
        return commands

    def _added(self, recording: Recording, attempt: Attempt) -> tuple[Command, ...]:
        """What a runner adds to the transaction of a COMPLETE."""
        return () if recording.completing is None else tuple(recording.completing(attempt.capture_id))

    def _fail(self, recording: Recording, connection: sa.Connection, capture_id: str, why: str) -> None:
        if execute(connection, *fail_command(capture_id, recording.clock(), storable_text(why))) != 1:
            raise _cannot_end(connection, capture_id, "FAILED")

    def _conflict(self, recording: Recording, attempt: Attempt) -> CaptureConflictError:
        with recording.read() as connection:
            winner = fetch_first(connection, _WINNER, place_parameters(*attempt.place))
        return CaptureConflictError(
            attempt.capture_id, str(attempt.place), None if winner is None else winner[0]
        )


def _place(domain: str, partition_key: str, stage: str, tier: str) -> Place:
    return Place(
        check_name("domain", domain),
        check_partition_key(partition_key),
        check_name("stage", stage),
        check_name("tier", tier),
    )


def _checked_count(row_count: int) -> int:
    try:
        count = index(row_count)
    except TypeError:
        raise RowCountError(row_count) from None
    if not 0 <= count <= MOST_ROWS:
        raise RowCountError(row_count)
    return count


def _cannot_end(connection: sa.Connection, capture_id: str, wanted: str) -> SpineError:
    """Why a capture did not end as wanted."""
    story = connection.execute(_STORY, {"of_capture": capture_id}).first()
    if story is None:
        return UnknownCaptureError(capture_id)
    return CaptureFinishedError(capture_id, story.status, wanted)
