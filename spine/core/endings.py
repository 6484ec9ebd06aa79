"""How a capture ends, once: COMPLETE and current, with what it was made from, or FAILED with its reason."""

from operator import index

import sqlalchemy as sa

from spine.errors import (
    CaptureConflictError,
    CaptureFinishedError,
    RowCountError,
    SpineError,
    UnknownCaptureError,
)

from .anomaly_rows import AnomalySpool, insert_anomalies
from .attempts import Attempt
from .capture_records import status_of
from .capture_rows import (
    OF_PLACE,
    complete_command,
    define_command,
    fail_command,
    place_parameters,
    publish_command,
    supersede_command,
)
from .database.statements import Command, execute, execute_all, fetch_first
from .json_text import storable_text
from .lineage_rows import dependency_commands, naming_unknown
from .recording import Recording
from .tables import IS_CURRENT, core_manifest

MOST_ROWS = 2**63 - 1  # that either database can note

_c = core_manifest.c
_WINNER = sa.select(_c.capture_id).where(OF_PLACE, IS_CURRENT)


def checked_count(row_count: int) -> int:
    """The number of rows; RowCountError for what is none."""
    try:
        count = index(row_count)
    except TypeError:
        raise RowCountError(row_count) from None
    if not 0 <= count <= MOST_ROWS:
        raise RowCountError(row_count)
    return count


def complete(recording: Recording, attempt: Attempt, row_count: int) -> None:
    """End the capture as COMPLETE in a transaction of its own, with the anomalies that wait for it."""
    with recording.looking_up(attempt.capture_id):
        if attempt.anomalies.counts:
            with naming_unknown(recording.read, attempt.inputs), recording.write() as connection:
                complete_within(recording, connection, attempt, row_count)
                execute_all(connection, dependency_commands(attempt))
                insert_anomalies(recording.database, connection, attempt.capture_id, attempt.anomalies)
                execute(connection, *publish_command(attempt.capture_id))
        else:
            _complete_at_once(recording, attempt, row_count)


def complete_within(
    recording: Recording, connection: sa.Connection, attempt: Attempt, row_count: int
) -> None:
    """End the capture as COMPLETE in the connection's transaction; what it was made from comes beside it."""
    recording.database.check_committable(connection)
    *before, end = _completion(recording, attempt, row_count)
    execute_all(connection, before)
    try:
        ended = execute(connection, *end)
    except sa.exc.IntegrityError as error:  # the unique index on the current capture
        raise _conflict(recording, attempt) from error
    if ended != 1:
        raise _cannot_end(connection, attempt.capture_id, "COMPLETE")
    attempt.row_count = row_count
    execute_all(connection, _added(recording, attempt))


def fail(recording: Recording, capture_id: str, why: str, anomalies: AnomalySpool | None) -> None:
    """End the capture as FAILED, with its anomalies; without them, saying so, where they cannot be stored."""
    try:
        with recording.write() as connection:
            _fail_within(recording, connection, capture_id, why)
            if anomalies is not None:
                insert_anomalies(recording.database, connection, capture_id, anomalies)
    except (UnknownCaptureError, CaptureFinishedError):
        raise
    except Exception as unstored:
        if anomalies is None:
            raise
        number = anomalies.counts.total()
        with recording.write() as connection:
            lost = f"{why} (its {number} anomalies could not be stored: {unstored})"
            _fail_within(recording, connection, capture_id, lost)


def _complete_at_once(recording: Recording, attempt: Attempt, row_count: int) -> None:
    """In one round trip to PostgreSQL."""
    commands = _completion(recording, attempt, row_count)
    end = len(commands) - 1
    commands += dependency_commands(attempt)
    commands += _added(recording, attempt)
    attempt.row_count = row_count
    try:
        with naming_unknown(recording.read, attempt.inputs):
            changed = recording.write_all(*commands)
    except sa.exc.IntegrityError as error:
        raise _conflict(recording, attempt) from error
    if changed[end] != 1:
        with recording.read() as connection:
            raise _cannot_end(connection, attempt.capture_id, "COMPLETE")


def _completion(recording: Recording, attempt: Attempt, row_count: int) -> list[Command]:
    """What makes the capture COMPLETE and current; the last command is the one that ends it."""
    now = recording.clock()
    commands = [complete_command(attempt, now, row_count)]
    if not attempt.is_first:
        commands.insert(0, supersede_command(attempt.capture_id, now))
    if attempt.definition is not None:
        commands.insert(0, define_command(attempt.definition))
    return commands


def _added(recording: Recording, attempt: Attempt) -> tuple[Command, ...]:
    """What a runner adds to the transaction of a COMPLETE."""
    return () if recording.completing is None else tuple(recording.completing(attempt.capture_id))


def _fail_within(recording: Recording, connection: sa.Connection, capture_id: str, why: str) -> None:
    if execute(connection, *fail_command(capture_id, recording.clock(), storable_text(why))) != 1:
        raise _cannot_end(connection, capture_id, "FAILED")


def _conflict(recording: Recording, attempt: Attempt) -> CaptureConflictError:
    """The error for a capture whose place the database has given to another."""
    with recording.read() as connection:
        winner = fetch_first(connection, _WINNER, place_parameters(attempt.place))
    return CaptureConflictError(attempt.capture_id, str(attempt.place), None if winner is None else winner[0])


def _cannot_end(connection: sa.Connection, capture_id: str, wanted: str) -> SpineError:
    """Why a capture did not end as wanted."""
    status = status_of(connection, capture_id)
    if status is None:
        return UnknownCaptureError(capture_id)
    return CaptureFinishedError(capture_id, status, wanted)
