"""Accepting a changed definition: somebody says that it gives the results that the earlier one gave."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from spine.errors import AcceptanceError

from .capture_records import of_stage
from .capture_rows import define_command
from .captures import StageKey
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
    """Another definition than the one now: whether its results were accepted, and what it made."""

    stage: str
    tier: str
    definition: str  # its digest
    change: str  # "its definition changed (sql)"
    captures: int  # current ones that it made
    is_accepted: bool


def accept(
    recording: "Recording",
    *,
    of: StageKey,
    now: Definition,
    reason: str,
    definition: str | None = None,
) -> tuple[Accepted, ...]:
    """Record that what another definition made of the stage is what ``now`` would make.

    It is the one that made the newest capture, as what came before it may differ; or the one whose digest
    begins with ``definition``. Returns every other one that is not accepted yet, the newest first. Raises
    AcceptanceError without a reason. Accepting again what is accepted changes nothing.
    """
    if not reason.strip():
        raise AcceptanceError("an acceptance needs a reason that auditors can read: say why nothing differs")
    others = (
        sa.select(_c.definition, sa.func.count())
        .where(IS_CURRENT, *of_stage(of), _c.definition.is_not(None))
        .group_by(_c.definition)
        .order_by(sa.func.max(_c.published_at).desc(), _c.definition)
    )
    found: list[Accepted] = []
    with recording.write() as connection:
        same = accepted_digests(connection, of, now.digest)
        for digest, number in connection.execute(others).all():
            if digest in same:
                continue
            change = "; ".join(one.text for one in changes_between(connection, digest, now))
            is_accepted = not found if definition is None else digest.startswith(definition)
            found.append(
                Accepted(
                    stage=of.stage,
                    tier=of.tier,
                    definition=digest,
                    change=change,
                    captures=number,
                    is_accepted=is_accepted,
                )
            )
            if not is_accepted:
                continue
            connection.execute(
                core_acceptances.insert(),
                {
                    **of._asdict(),
                    "definition": digest,
                    "accepted_as": now.digest,
                    "reason": storable_text(reason),
                    "accepted_at": recording.clock(),
                },
            )
        if any(one.is_accepted for one in found):
            execute_all(connection, [define_command(now)])
        same = accepted_digests(connection, of, now.digest)  # with what was accepted as that one before
    return tuple(replace(one, is_accepted=one.definition in same) for one in found)
