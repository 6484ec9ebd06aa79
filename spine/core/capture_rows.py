"""The statements that move a capture's row in core_manifest from its start to its end."""

from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from .attempts import Attempt
from .captures import Place
from .database.database_clock import database_now
from .database.statements import Command, insert_if_absent
from .definitions import Definition
from .tables import IS_CURRENT, core_definitions, core_manifest

_c = core_manifest.c
OF_PLACE = (
    (_c.domain == sa.bindparam("of_domain"))
    & (_c.stage == sa.bindparam("of_stage"))
    & (_c.tier == sa.bindparam("of_tier"))
    & (_c.partition_key == sa.bindparam("of_key"))
)

_START = core_manifest.insert().values(
    status="RUNNING",
    supersedes=sa.select(_c.capture_id).where(OF_PLACE, IS_CURRENT).scalar_subquery(),
    # Of two that start at once, both may be the same attempt: it tells the order of those that did not.
    attempt=sa.select(sa.func.coalesce(sa.func.max(_c.attempt), 0) + 1).where(OF_PLACE).scalar_subquery(),
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
_COMPLETE = (
    core_manifest.update()
    .where(_c.capture_id == sa.bindparam("of_capture"), _c.status == "RUNNING")
    .values(
        status="COMPLETE",
        completed_at=sa.bindparam("at"),
        published_at=database_now(),
        row_count=sa.bindparam("rows"),
        definition=sa.func.coalesce(sa.bindparam("made_by", type_=sa.Text), _c.definition),
        inputs_asked=sa.bindparam("asked", type_=sa.Integer),
    )
)
_PUBLISH = (
    core_manifest.update()
    .where(_c.capture_id == sa.bindparam("of_capture"))
    .values(published_at=database_now())
)
_FAIL = (
    core_manifest.update()
    .where(_c.capture_id == sa.bindparam("of_capture"), _c.status == "RUNNING")
    .values(status="FAILED", completed_at=sa.bindparam("at"), error=sa.bindparam("why"))
)
_DEFINE = insert_if_absent(core_definitions)


@lru_cache(maxsize=64)
def _take_over(table: sa.Table) -> sa.Update:
    has_rows = sa.exists().where(table.c.capture_id == _c.capture_id)
    of_partition = (_c.domain == sa.bindparam("of_domain")) & (_c.partition_key == sa.bindparam("of_key"))
    return (
        core_manifest.update()
        .where(of_partition, sa.not_(OF_PLACE), IS_CURRENT, has_rows)
        .values(superseded_at=sa.bindparam("at"))
    )


def place_parameters(place: Place) -> dict[str, str]:
    """The values that OF_PLACE is bound to."""
    domain, partition_key, stage, tier = place
    return {"of_domain": domain, "of_key": partition_key, "of_stage": stage, "of_tier": tier}


def start_command(
    attempt: Attempt, *, at: datetime, run_id: str | None, host: str, process_id: int
) -> Command:
    """The insert of a capture that begins."""
    values: dict[str, Any] = {
        "capture_id": attempt.capture_id,
        **attempt.place._asdict(),
        "started_at": at,
        "run_id": run_id,
        "reason": attempt.reason,
        "host": host,
        "process_id": process_id,
        "definition": None if attempt.definition is None else attempt.definition.digest,
    }
    return _START, values | place_parameters(attempt.place)


def define_command(definition: Definition) -> Command:
    """The insert of a definition's text, unless it is known."""
    return _DEFINE, {"digest": definition.digest, "text": definition.text}


def supersede_command(capture_id: str, at: datetime) -> Command:
    """Make room for a capture that completes: what was current when it started is superseded.

    It changes nothing unless the capture is still RUNNING.
    """
    return _SUPERSEDE, {"of_capture": capture_id, "at": at}


def take_over_command(place: Place, table: sa.Table, at: datetime) -> Command:
    """Take from readers what another stage of the domain has in the table for the partition.

    A stage has its table alone. But where a migration renamed it, a process that began before goes on to
    record what it makes under the earlier name; its rows and those of the renamed one must not be shown both.
    """
    return _take_over(table), {"at": at, **place_parameters(place)}


def complete_command(attempt: Attempt, at: datetime, row_count: int) -> Command:
    """The update of a RUNNING capture to COMPLETE."""
    made_by = None if attempt.definition is None else attempt.definition.digest
    values = {"at": at, "rows": row_count, "made_by": made_by, "asked": attempt.inputs_asked}
    return _COMPLETE, {"of_capture": attempt.capture_id, **values}


def publish_command(capture_id: str) -> Command:
    """The time of the commit that comes next, for a capture whose COMPLETE was written some time before."""
    return _PUBLISH, {"of_capture": capture_id}


def fail_command(capture_id: str, at: datetime, why: str) -> Command:
    """The update of a RUNNING capture to FAILED."""
    return _FAIL, {"of_capture": capture_id, "at": at, "why": why}
