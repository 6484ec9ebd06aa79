"""Numbers that put published captures in the order in which readers could see them.

Publishing is not serialised, and no clock tells which of two commits came first. So a capture gets its number
after its commit, under a lock, by whoever comes next: a run that ends, at most once a second in a process, or
somebody who asks about the past. What is complete then and has none is numbered after all that has one. Of
several at a time, inputs come before what was made of them, and what is superseded before what took its
place; others go by the database's clock.

What destroys rows takes a number of its own, the horizon: below it the past cannot be told any more.

An instant stands for the last number that was visible then. Once somebody asked about an instant, nothing
that is numbered later counts as visible at or before it, so an answer once given never changes.
"""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from spine.errors import AsOfError, HorizonError

from .database.database import Database
from .database.database_clock import database_now, just_after, later_of
from .database.engines import backend_of
from .database.statements import execute_all, fetch_all
from .tables import IS_CURRENT, IS_UNNUMBERED, core_answers, core_horizons, core_lineage, core_manifest
from .writer import Writer

AGAIN_AFTER_SECONDS = 1.0
_LOCK = 7_377_696_602  # any number that nothing else locks: captures are numbered by one at a time

_c = core_manifest.c
_newest = core_manifest.alias("newest")
_last = sa.select(sa.func.max(_newest.c.number)).scalar_subquery()
_last_horizon = sa.select(sa.func.max(core_horizons.c.number)).scalar_subquery()
_seen_until = sa.select(_newest.c.visible_at).where(_newest.c.number == _last).scalar_subquery()
_answered_until = sa.select(core_answers.c.answered_until).scalar_subquery()
# What has no number, by the database's clock; with the last numbers, and from when on the next one counts.
_UNNUMBERED = (
    sa.select(
        _c.capture_id,
        _c.supersedes,
        _c.published_at,
        _last,
        _last_horizon,
        just_after(later_of(_answered_until, _seen_until)),
    )
    .where(IS_UNNUMBERED)
    .order_by(_c.published_at, _c.capture_id)
)
_EDGES = (
    sa.select(core_lineage.c.capture_id, core_lineage.c.input_capture_id)
    .join_from(core_lineage, core_manifest, core_lineage.c.capture_id == _c.capture_id)
    .where(IS_UNNUMBERED)
)
_NUMBER = (
    core_manifest.update()
    .where(_c.capture_id == sa.bindparam("of_capture"))
    .values(number=sa.bindparam("as_number"), visible_at=sa.bindparam("from_then"))
)
_ANSWER = core_answers.update().values(answered_until=later_of(core_answers.c.answered_until, database_now()))


@dataclass(frozen=True, kw_only=True)
class AsOf:
    """A moment of the past: what stood when the captures up to this number were all that was published."""

    number: int


def number_all(connection: sa.Connection) -> int:
    """Number everything that is complete, in the connection's write transaction; the last number."""
    execute_all(connection, backend_of(connection.dialect.name).lock_commands(_LOCK))
    rows = fetch_all(connection, _UNNUMBERED, {})
    last = _later(*(rows[0][3:5] if rows else connection.execute(sa.select(_last, _last_horizon)).one()))
    if not rows:
        return last
    published = {row[0]: row[2] for row in rows}
    before = {row[0]: [row[1]] for row in rows}
    if len(rows) > 1:
        for capture_id, input_id in fetch_all(connection, _EDGES, {}):
            if capture_id in before:  # others may have committed since
                before[capture_id].append(input_id)
    visible = rows[0][5]
    numbered = []
    for number, capture_id in enumerate(_in_order(before), start=last + 1):
        instants = (visible, published[capture_id])
        visible = max(instant for instant in instants if instant is not None)
        numbered.append({"of_capture": capture_id, "as_number": number, "from_then": visible})
    connection.execute(_NUMBER, numbered)
    return int(numbered[-1]["as_number"])


def number_in_time(writer: Writer) -> None:
    """Number everything that is complete, unless this was done through the same database a moment ago.

    Numbers wait for nobody: who asks about the past gives them first. Many short runs need not pay for each.
    """
    database = writer.database
    if database.numbered_at is None or time.monotonic() - database.numbered_at >= AGAIN_AFTER_SECONDS:
        with writer.write(durable=False) as connection:
            number_all(connection)
        database.numbered_at = time.monotonic()


def _later(number: int | None, horizon: int | None) -> int:
    return max(number or 0, horizon or 0)


def _in_order(before: Mapping[str, Sequence[str | None]]) -> Iterator[str]:
    """The captures as they are given, each after those before it; one that goes round comes once."""
    begun: set[str] = set()
    done: set[str] = set()
    for first in before:
        waiting = [first]
        while waiting:
            capture_id = waiting[-1]
            if capture_id not in begun:
                begun.add(capture_id)
                waiting += [one for one in before[capture_id] if one in before and one not in begun and one]
                continue
            waiting.pop()
            if capture_id not in done:
                done.add(capture_id)
                yield capture_id


def resolve(database: Database, given: str) -> AsOf:
    """The moment that a number or a time names.

    A time is in ISO 8601, by the database's clock; without an offset it is in UTC. Raises AsOfError for what
    is neither or has not come yet, HorizonError where the rows of that moment have been destroyed since.
    """
    wanted = int(given) if re.fullmatch("[0-9]{1,18}", given) else _instant(given)
    with database.write() as connection:
        last = number_all(connection)
        connection.execute(_ANSWER)
        if isinstance(wanted, int):
            if wanted > last:
                raise AsOfError(f"there is no number {wanted} yet: the last one is {last}")
            number = wanted
        else:
            now = connection.execute(sa.select(core_answers.c.answered_until)).scalar_one()
            if wanted > now:
                raise AsOfError(f"{given} has not come yet: it is {now.isoformat()} by the database's clock")
            number = _later(*connection.execute(_last_at(wanted)).one())
        _refuse_below_horizon(connection, number)
    return AsOf(number=int(number))


def _last_at(instant: datetime) -> sa.Select[int, int]:
    horizon = sa.select(sa.func.max(core_horizons.c.number)).where(core_horizons.c.raised_at <= instant)
    return sa.select(
        sa.select(sa.func.max(_c.number)).where(_c.visible_at <= instant).scalar_subquery(),
        horizon.scalar_subquery(),
    )


def stood_at(moment: AsOf | None) -> sa.ColumnElement[bool]:
    """True for the captures that readers saw at the moment, published by then and not yet superseded; or for
    those that they see now.
    What took a capture's place is looked up by its id for each row; a join PostgreSQL may begin at all of it.
    """
    if moment is None:
        return IS_CURRENT
    is_there = sa.or_(_c.superseded_at.is_(None), _c.superseded_by.is_not(None))  # else a migration took it
    newer = core_manifest.alias("newer")
    superseded = sa.select(newer.c.number).where(newer.c.capture_id == _c.superseded_by)
    by = superseded.correlate(core_manifest).scalar_subquery()
    return sa.and_(
        _c.number <= moment.number, is_there, sa.func.coalesce(by, moment.number + 1) > moment.number
    )


def raise_horizon(connection: sa.Connection, reason: str) -> None:
    """Note, in the transaction that destroys rows, that the past up to now can no longer be told.

    The horizon is the next number: what is published later comes after it. Where nothing was published there
    is no past to tell, and none is noted.
    """
    last = number_all(connection)
    if not last:
        return
    connection.execute(_ANSWER)  # so that nothing published later counts as visible before
    connection.execute(
        core_horizons.insert().values(number=last + 1, reason=reason, raised_at=_answered_until)
    )


def _refuse_below_horizon(connection: sa.Connection, number: int) -> None:
    horizon = connection.execute(
        sa.select(core_horizons)
        .where(core_horizons.c.number > number)
        .order_by(core_horizons.c.number.desc(), core_horizons.c.raised_at.desc())
        .limit(1)
    ).first()
    if horizon is not None:
        raise HorizonError(number, horizon.number, horizon.reason)


def _instant(given: str) -> datetime:
    try:
        instant = datetime.fromisoformat(given)
    except ValueError as error:
        raise AsOfError(
            f"{given!r} is neither a number nor a time: write a number that a command printed, or a time "
            "such as 2025-12-17T09:30:00+01:00 (UTC where it has no offset)"
        ) from error
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant
