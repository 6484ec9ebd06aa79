"""Accepting a changed definition: somebody says that it gives the results that the earlier one gave."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from spine.errors import AcceptanceError

from .capture_rows import define_command
from .captures import Place
from .database.statements import execute_all
from .definitions import Definition
from .json_text import storable_text
from .staleness import accepted_digests, changes_between
from .tables import IS_CURRENT, core_acceptances, core_manifest

if TYPE_CHECKING:
    from .recording import Recording

_c = core_manifest.c


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """One definition whose results were accepted, and how many current captures it made."""

    stage: str
    tier: str
    definition: str
    change: str  # "its definition changed (sql)"
    captures: int


def accept(
    recording: "Recording", *, domain: str, stage: str, tier: str, now: Definition, reason: str
) -> tuple[Accepted, ...]:
    """Record that what other definitions made of the stage is what ``now`` would make.

    Raises AcceptanceError without a reason. Accepting again what is accepted changes nothing.
    """
    if not reason.strip():
        raise AcceptanceError("an acceptance needs a reason that auditors can read: say why nothing differs")
    of_stage = (_c.domain == domain, _c.stage == stage, _c.tier == tier)
    others = (
        sa.select(_c.definition, sa.func.count())
        .where(IS_CURRENT, *of_stage, _c.definition.is_not(None))
        .group_by(_c.definition)
        .order_by(_c.definition)
    )
    accepted = []
    with recording.write() as connection:
        same = accepted_digests(connection, Place(domain, "", stage, tier), now.digest)
        for digest, number in connection.execute(others).all():
            if digest in same:
                continue
            change = "; ".join(one.text for one in changes_between(connection, digest, now))
            accepted.append(
                Accepted(stage=stage, tier=tier, definition=digest, change=change, captures=number)
            )
            connection.execute(
                core_acceptances.insert(),
                {
                    "domain": domain,
                    "stage": stage,
                    "tier": tier,
                    "definition": digest,
                    "accepted_as": now.digest,
                    "reason": storable_text(reason),
                    "accepted_at": recording.clock(),
                },
            )
        if accepted:
            execute_all(connection, [define_command(recording.database.dialect, now)])
    return tuple(accepted)
