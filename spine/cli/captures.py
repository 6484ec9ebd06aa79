"""What core_manifest tells the commands: the captures that count, by domain, partition and stage.

Of every (domain, partition, stage, tier) two can count: the current complete capture, whose rows readers see,
and the newest attempt, when that is another one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spine.core.tables import core_lineage, core_manifest
from spine.errors import CapturePrefixError, UnknownDomainError

MOST_NEAR_NAMES = 4
MOST_CANDIDATES = 8


@dataclass(frozen=True, kw_only=True)
class CaptureRecord:
    """One attempt at a stage of a partition."""

    capture_id: str
    domain: str
    partition_key: str
    stage: str
    tier: str
    status: str
    row_count: int | None
    started_at: datetime | None
    completed_at: datetime | None
    error: str | None
    current: bool  # complete and not superseded: its rows are what readers see
    newest: bool  # no later attempt at the same stage and partition
    stale: bool  # made, perhaps at a remove, from a capture that was superseded since


def counting_captures() -> sa.Subquery:
    """The captures that count, as a subquery with CaptureRecord's columns."""
    m = core_manifest.c
    place = (m.domain, m.partition_key, m.stage, m.tier)
    attempt = sa.func.row_number().over(partition_by=place, order_by=m.capture_id.desc())
    ranked = sa.select(
        core_manifest,
        sa.and_(m.status == "COMPLETE", m.superseded_at.is_(None)).label("current"),
        (attempt == 1).label("newest"),
        m.capture_id.in_(sa.select(_stale_captures().c.capture_id)).label("stale"),
    ).subquery()
    return sa.select(ranked).where(sa.or_(ranked.c.current, ranked.c.newest)).subquery("counting")


def counting_records(connection: Connection, domain: str | None) -> tuple[CaptureRecord, ...]:
    """The captures that count of one domain or of all, in order of capture."""
    counting = counting_captures()
    query = sa.select(counting).order_by(counting.c.capture_id)
    if domain is not None:
        query = query.where(counting.c.domain == domain)
    return _records(connection, query)


def records_of(connection: Connection, capture_ids: Sequence[str]) -> dict[str, CaptureRecord]:
    """The captures with these ids, whether or not they count."""
    if not capture_ids:
        return {}
    m = core_manifest.c
    query = sa.select(
        core_manifest,
        sa.and_(m.status == "COMPLETE", m.superseded_at.is_(None)).label("current"),
        sa.false().label("newest"),
        m.capture_id.in_(sa.select(_stale_captures().c.capture_id)).label("stale"),
    ).where(m.capture_id.in_(capture_ids))
    return {record.capture_id: record for record in _records(connection, query)}


def capture_by_prefix(connection: Connection, prefix: str) -> str:
    """The one capture id that starts so. Raises CapturePrefixError for none, and for several, naming them."""
    m = core_manifest.c
    found = connection.execute(
        sa.select(m.capture_id, m.domain, m.partition_key, m.stage)
        .where(m.capture_id.startswith(prefix.lower(), autoescape=True))
        .order_by(m.capture_id)
        .limit(MOST_CANDIDATES + 1)
    ).all()
    if len(found) == 1:
        return str(found[0].capture_id)
    if not found:
        raise CapturePrefixError(
            f"no capture has an id that starts with {prefix!r}; spine status --format json lists captures"
        )
    lines = [
        f"  {row.capture_id}  {row.domain} {row.partition_key} {row.stage}" for row in found[:MOST_CANDIDATES]
    ]
    if len(found) > MOST_CANDIDATES:
        lines.append("  …")
    raise CapturePrefixError(
        "\n".join([f"{prefix!r} starts the id of several captures; give more of one of them:", *lines])
    )


def check_domain(connection: Connection, domain: str | None, declared: Sequence[str]) -> None:
    """Raise UnknownDomainError, with near names, for a domain neither declared nor with captures."""
    if domain is None:
        return
    captured = connection.scalars(sa.select(core_manifest.c.domain).distinct()).all()
    known = sorted({*captured, *declared})
    if domain in known:
        return
    near = get_close_matches(domain, known, n=MOST_NEAR_NAMES, cutoff=0.6)
    if near:
        advice = f"did you mean {' or '.join(repr(name) for name in near)}?"
    elif known:
        advice = f"there are {', '.join(known[:MOST_NEAR_NAMES])}"
    else:
        advice = "nothing has run here yet"
    raise UnknownDomainError(f"there is no domain {domain!r}; {advice}")


def has_captures(connection: Connection, domain: str | None, partition: str | None) -> bool:
    """Whether anything ran for the partition of the domain, where they are named."""
    m = core_manifest.c
    wanted = [
        column == value for column, value in ((m.domain, domain), (m.partition_key, partition)) if value
    ]
    return (
        connection.execute(
            sa.select(sa.literal(1)).where(*wanted).limit(1).select_from(core_manifest)
        ).first()
        is not None
    )


def _stale_captures() -> sa.CTE:
    """Everything downstream of a superseded capture."""
    m, lineage = core_manifest.c, core_lineage.c
    first = (
        sa.select(lineage.capture_id)
        .join_from(core_lineage, core_manifest, lineage.input_capture_id == m.capture_id)
        .where(m.superseded_at.is_not(None))
        .cte("stale", recursive=True)
    )
    further = sa.select(lineage.capture_id).join_from(
        core_lineage, first, lineage.input_capture_id == first.c.capture_id
    )
    return first.union(further)


def _records(connection: Connection, query: sa.Select[tuple[object, ...]]) -> tuple[CaptureRecord, ...]:
    return tuple(
        CaptureRecord(
            capture_id=row.capture_id,
            domain=row.domain,
            partition_key=row.partition_key,
            stage=row.stage,
            tier=row.tier,
            status=row.status,
            row_count=row.row_count,
            started_at=row.started_at,
            completed_at=row.completed_at,
            error=row.error,
            current=bool(row.current),
            newest=bool(row.newest),
            stale=bool(row.stale),
        )
        for row in connection.execute(query)
    )
