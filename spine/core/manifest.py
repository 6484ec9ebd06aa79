"""Which captures started, completed and failed: the story of every stage and partition."""

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import index
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from spine.core.database.statements import Command, execute, execute_all, fetch_first
from spine.core.partitions.keys import check_name, check_partition_key
from spine.errors import (
    CaptureConflictError,
    CaptureFinishedError,
    RowCountError,
    SpineError,
    UnknownCaptureError,
)

from .anomaly_rows import insert_anomalies
from .captures import CaptureNote, CompleteCapture
from .ids import new_capture_id
from .json_text import storable_text
from .ledger import Ledger
from .lineage_rows import lineage_commands, naming_unknown
from .tables import IS_CURRENT, core_capture_outputs, core_manifest

if TYPE_CHECKING:
    from spine.core.database.database import DatabaseLike
    from spine.core.dependencies import Dependencies

MOST_ROWS = 2**63 - 1  # that either database can note

_c = core_manifest.c
_OF_PLACE = (
    (_c.domain == sa.bindparam("of_domain"))
    & (_c.stage == sa.bindparam("of_stage"))
    & (_c.tier == sa.bindparam("of_tier"))
)
_OF_PARTITION = _OF_PLACE & (_c.partition_key == sa.bindparam("of_key"))
_CAPTURE = _c.capture_id == sa.bindparam("of_capture")

_COMPLETE_COLUMNS = (
    _c.capture_id,
    _c.domain,
    _c.partition_key,
    _c.stage,
    _c.tier,
    _c.row_count,
    _c.completed_at,
)
_CHECK = (
    sa.select(*_COMPLETE_COLUMNS, core_capture_outputs.c.outputs)
    .outerjoin_from(core_manifest, core_capture_outputs)
    .where(_OF_PARTITION, IS_CURRENT)
)
_CURRENT = (
    sa.select(*_COMPLETE_COLUMNS)
    .where(_OF_PLACE, IS_CURRENT, _c.partition_key.in_(sa.bindparam("of_keys", expanding=True)))
    .order_by(_c.partition_key)
)
_PARTITIONS = sa.select(_c.partition_key).where(_OF_PLACE, IS_CURRENT).order_by(_c.partition_key)
_START = core_manifest.insert().values(
    status="RUNNING",
    supersedes=sa.select(_c.capture_id).where(_OF_PARTITION, IS_CURRENT).scalar_subquery(),
)
_own = core_manifest.alias("own")
_SUPERSEDE = (
    core_manifest.update()
    .where(
        _c.capture_id
        == sa.select(_own.c.supersedes)
        .where(_own.c.capture_id == sa.bindparam("of_capture"), _own.c.status == "RUNNING")
        .scalar_subquery(),
        IS_CURRENT,
    )
    .values(superseded_at=sa.bindparam("at"), superseded_by=sa.bindparam("of_capture"))
)
_END = (
    core_manifest.update()
    .where(_CAPTURE, _c.status == "RUNNING")
    .values(
        status=sa.bindparam("end_status"),
        completed_at=sa.bindparam("at"),
        row_count=sa.bindparam("rows"),
        error=sa.bindparam("why"),
    )
)
_STORY = sa.select(_c.domain, _c.partition_key, _c.stage, _c.tier, _c.status).where(_CAPTURE)


class CoreManifest:
    """The captures, in ``core_manifest``: one row for each attempt at a stage of a partition.

    Made of a database (Session, Engine, URL…) or of the Tracking of a run. Every call is one committed
    transaction of its own, except that ``record_complete`` joins the capture's publish where one is open.
    """

    def __init__(self, database: "DatabaseLike | Ledger") -> None:
        self._ledger = Ledger.of(database)

    def check_complete(
        self,
        domain: str,
        partition_key: str,
        stage: str,
        tier: str,
        dependencies: "Dependencies | None" = None,  # noqa: ARG002
    ) -> CompleteCapture | None:
        """The current complete capture, or None where the work is to be done (always when forced).

        Raises GlobalPartitionError for a key such as ``ALL``.
        """
        ledger = self._ledger.of_step()
        ledger.last_complete = ledger.last_absent = None
        place = _place(domain, partition_key, stage, tier)
        if ledger.force:
            return None
        with ledger.read() as connection:
            complete = _complete_capture(fetch_first(connection, _CHECK, place))
        ledger.last_absent = place if complete is None else None
        ledger.note_found(complete)
        return complete

    def record_start(self, domain: str, partition_key: str, stage: str, tier: str) -> str:
        """Note that an attempt begins; returns its capture id, a UUIDv7."""
        ledger = self._ledger.of_step()
        place = _place(domain, partition_key, stage, tier)
        capture_id = new_capture_id()
        values = {
            "capture_id": capture_id,
            "domain": domain,
            "partition_key": place["of_key"],
            "stage": stage,
            "tier": tier,
            "started_at": ledger.clock(),
            "run_id": ledger.run_id,
        }
        ledger.write_all((_START, values | place))
        ledger.inputs[capture_id] = set()
        if ledger.last_absent == place:
            ledger.first_of_partition.add(capture_id)
        ledger.last_absent = None
        ledger.note_start(
            CaptureNote(
                capture_id=capture_id, domain=domain, partition_key=place["of_key"], stage=stage, tier=tier
            )
        )
        return capture_id

    def record_complete(self, capture_id: str, row_count: int) -> None:
        """Note that the attempt succeeded; it takes the place of the capture that was current at its start.

        Raises CaptureConflictError if another one completed since, UnknownCaptureError, CaptureFinishedError,
        RowCountError for what is no number of rows.
        """
        row_count = _checked_count(row_count)
        ledger = self._ledger.of_step()
        publish = ledger.open_publish(capture_id)
        if publish is not None:
            self._complete(ledger, publish.begin(), capture_id, row_count)
            publish.completed = True
            return
        if capture_id in ledger.inputs:
            self._complete_at_once(ledger, capture_id, row_count)
        else:
            with ledger.write() as connection:
                self._complete(ledger, connection, capture_id, row_count)
        ledger.note_end(capture_id, "COMPLETE")
        ledger.forget(capture_id)

    def record_failed(self, capture_id: str, error: str | BaseException) -> None:
        """Note that the attempt failed and why; anomalies of its rolled-back publish are stored with it.

        An error without a text, such as that of a bare assert, is told by the exception's name.
        Raises UnknownCaptureError or CaptureFinishedError.
        """
        ledger = self._ledger.of_step()
        cause = error if isinstance(error, BaseException) else sys.exception()
        why = str(error) or ("no reason was given" if cause is None else type(cause).__name__)
        kept = ledger.kept_anomalies(capture_id)
        with ledger.write() as connection:
            _end(connection, capture_id, "FAILED", at=ledger.clock(), why=storable_text(why))
            if kept is not None:
                insert_anomalies(connection, capture_id, kept)
        ledger.note_end(capture_id, "FAILED")
        ledger.forget(capture_id)

    def complete_partitions(self, domain: str, stage: str, tier: str) -> tuple[str, ...]:
        """The keys of the stage's complete partitions, in text order."""
        with self._ledger.of_step().read() as connection:
            place = {"of_domain": domain, "of_stage": stage, "of_tier": tier}
            return tuple(sorted(connection.execute(_PARTITIONS, place).scalars()))

    def current_captures(
        self, domain: str, stage: str, tier: str, partition_keys: Iterable[str]
    ) -> dict[str, CompleteCapture]:
        """The current complete capture of each of the partitions that has one, in the order given."""
        keys = list(partition_keys)
        place = {"of_domain": domain, "of_stage": stage, "of_tier": tier, "of_keys": keys}
        with self._ledger.of_step().read() as connection:
            found = {
                row.partition_key: CompleteCapture(**row._mapping)
                for row in connection.execute(_CURRENT, place)
            }
        return {key: found[key] for key in keys if key in found}

    def _complete_at_once(self, ledger: Ledger, capture_id: str, row_count: int) -> None:
        """Complete a capture that was started here and still runs, in one round trip to PostgreSQL."""
        now = ledger.clock()
        inputs = ledger.inputs[capture_id]
        commands: list[Command] = [
            (_END, _ending(capture_id, "COMPLETE", at=now, row_count=row_count, why=None)),
            *lineage_commands(ledger.database.dialect, capture_id, inputs),
            *_rest_of_completion(ledger, capture_id, row_count),
        ]
        if capture_id not in ledger.first_of_partition:
            # Before the end, which it makes room for; it changes nothing unless the capture is still RUNNING.
            commands.insert(0, (_SUPERSEDE, {"of_capture": capture_id, "at": now}))
        try:
            with naming_unknown(ledger.read, inputs):
                changed = ledger.write_all(*commands)
        except sa.exc.IntegrityError as error:  # the unique index on the current capture
            raise self._conflict(capture_id) from error
        if changed[commands[0][0] is _SUPERSEDE] != 1:
            with ledger.read() as connection:
                raise _cannot_end(connection, capture_id, "COMPLETE")

    def _complete(self, ledger: Ledger, connection: sa.Connection, capture_id: str, row_count: int) -> None:
        now = ledger.clock()
        if capture_id not in ledger.first_of_partition:
            execute(connection, _SUPERSEDE, {"of_capture": capture_id, "at": now})
        try:
            _end(connection, capture_id, "COMPLETE", at=now, row_count=row_count)
        except sa.exc.IntegrityError as error:  # the unique index on the current capture
            raise self._conflict(capture_id) from error
        execute_all(connection, _rest_of_completion(ledger, capture_id, row_count))

    def _conflict(self, capture_id: str) -> CaptureConflictError:
        with self._ledger.of_step().read() as connection:
            story = connection.execute(_STORY, {"of_capture": capture_id}).one()
            place = _place(story.domain, story.partition_key, story.stage, story.tier)
            winner = _complete_capture(fetch_first(connection, _CHECK, place))
        name = f"{story.domain} {story.stage} {story.partition_key}"
        return CaptureConflictError(capture_id, name, None if winner is None else winner.capture_id)


def _place(domain: str, partition_key: str, stage: str, tier: str) -> dict[str, str]:
    return {
        "of_domain": check_name("domain", domain),
        "of_key": check_partition_key(partition_key),
        "of_stage": check_name("stage", stage),
        "of_tier": check_name("tier", tier),
    }


def _checked_count(row_count: int) -> int:
    try:
        count = index(row_count)
    except TypeError:
        raise RowCountError(row_count) from None
    if not 0 <= count <= MOST_ROWS:
        raise RowCountError(row_count)
    return count


def _end(
    connection: sa.Connection,
    capture_id: str,
    status: Literal["COMPLETE", "FAILED"],
    *,
    at: datetime,
    row_count: int | None = None,
    why: str | None = None,
) -> None:
    if execute(connection, _END, _ending(capture_id, status, at=at, row_count=row_count, why=why)) != 1:
        raise _cannot_end(connection, capture_id, status)


def _ending(
    capture_id: str, status: str, *, at: datetime, row_count: int | None, why: str | None
) -> dict[str, Any]:
    return {"of_capture": capture_id, "end_status": status, "at": at, "rows": row_count, "why": why}


def _rest_of_completion(ledger: Ledger, capture_id: str, row_count: int) -> Iterable[Command]:
    """What belongs to the transaction of a COMPLETE beside it."""
    if capture_id in ledger.captures:
        ledger.captures[capture_id].row_count = row_count
    return () if ledger.completing is None else ledger.completing(capture_id)


def _cannot_end(connection: sa.Connection, capture_id: str, wanted: str) -> SpineError:
    """Why a capture did not end as wanted."""
    story = connection.execute(_STORY, {"of_capture": capture_id}).first()
    if story is None:
        return UnknownCaptureError(capture_id)
    return CaptureFinishedError(capture_id, story.status, wanted)


def _complete_capture(row: Sequence[Any] | None) -> CompleteCapture | None:
    if row is None:
        return None
    names = (*(column.name for column in _COMPLETE_COLUMNS), "outputs")
    return CompleteCapture(**dict(zip(names, row, strict=True)))
