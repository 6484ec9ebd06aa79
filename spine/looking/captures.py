"""Captures as people name them and look them up: by the start of an id, by place, in short."""

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches

import sqlalchemy as sa

from spine.core.capture_records import RECORD, record_of
from spine.core.captures import CaptureRecord, Place
from spine.core.tables import core_manifest
from spine.errors import CapturePrefixError, UnknownDomainError
from spine.looking.partition_keys import captured_domains

MOST_NEAR_NAMES = 4
MOST_CANDIDATES = 8
_ID_LENGTH = 36
_SHORTEST = 8  # characters
_CUT = "…"
_UNNUMBERED = 2**63  # after every number

_c = core_manifest.c


class ShortIds:
    """Capture ids cut to as many characters as tell apart all that are shown together."""

    def __init__(self, shown: Iterable[str | None], *, full: bool = False) -> None:
        captures = {capture_id for capture_id in shown if capture_id is not None}
        self._length = _ID_LENGTH if full else _length(captures)

    def __call__(self, capture_id: str | None) -> str | None:
        """The id as it is shown."""
        if capture_id is None or len(capture_id) <= self._length:
            return capture_id
        return capture_id[: self._length].rstrip("-") + _CUT


def _length(captures: set[str]) -> int:
    length = _SHORTEST
    while length < _ID_LENGTH and len({one[:length].rstrip("-") for one in captures}) < len(captures):
        length += 1
    return length


def capture_by_prefix(connection: sa.Connection, prefix: str) -> CaptureRecord:
    """The one capture whose id starts so. Raises CapturePrefixError for none and for several, naming them."""
    start = prefix.removesuffix(_CUT).lower()
    found = [
        record_of(row)
        for row in connection.execute(
            sa.select(*RECORD)
            .where(_c.capture_id.startswith(start, autoescape=True))
            .order_by(_c.capture_id)
            .limit(MOST_CANDIDATES + 1)
        )
    ]
    if len(found) == 1:
        return found[0]
    if not found:
        raise CapturePrefixError(
            f"no capture has an id that starts with {prefix!r}; spine captures lists them"
        )
    lines = [
        f"  {one.capture_id}  {one.domain} {one.partition_key} {one.stage}" for one in found[:MOST_CANDIDATES]
    ]
    if len(found) > MOST_CANDIDATES:
        lines.append(f"  {_CUT}")
    raise CapturePrefixError(
        "\n".join([f"{prefix!r} starts the id of several captures; give more of one of them:", *lines])
    )


def attempts(
    connection: sa.Connection, *, domain: str | None, partition: str | None, stage: str | None, limit: int
) -> Iterator[CaptureRecord]:
    """Every attempt at these places, those of the newest partitions first, each place's in order."""
    for one in captured_domains(connection) if domain is None else [domain]:
        query = (
            sa.select(*RECORD)
            .where(_c.domain == one)
            .order_by(_c.partition_key.desc(), _c.stage, _c.tier, _c.attempt, _c.capture_id)
            .limit(limit)
        )
        if partition is not None:
            query = query.where(_c.partition_key == partition)
        if stage is not None:
            query = query.where(_c.stage == stage)
        found = [record_of(row) for row in connection.execute(query)]
        limit -= len(found)
        yield from _stages_in_order(found)


def _stages_in_order(found: list[CaptureRecord]) -> list[CaptureRecord]:
    """The attempts by partition as they are, the stages of each as they were first published."""
    first: dict[Place, tuple[int, str]] = {}
    for one in found:
        order = in_publication(one)
        first[one.place] = min(order, first.get(one.place, order))
    partitions = {key: at for at, key in enumerate(dict.fromkeys(one.partition_key for one in found))}
    return sorted(
        found,
        key=lambda one: (partitions[one.partition_key], first[one.place], one.place, one.attempt or 0),
    )


def in_publication(record: CaptureRecord) -> tuple[int, str]:
    """What captures are sorted by as they were published; those without a number as they were started."""
    return (_UNNUMBERED if record.number is None else record.number), record.capture_id


def check_domain(connection: sa.Connection, domain: str | None, declared: Sequence[str]) -> None:
    """Raise UnknownDomainError, with near names, for a domain neither declared nor with captures."""
    if domain is None or domain in declared:
        return
    known = sorted({*captured_domains(connection), *declared})
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


def has_captures(connection: sa.Connection, domain: str | None, partition: str | None) -> bool:
    """Whether anything ran for the partition of the domain, where they are named."""
    wanted = [
        column == value for column, value in ((_c.domain, domain), (_c.partition_key, partition)) if value
    ]
    query = sa.select(sa.literal(1)).select_from(core_manifest).where(*wanted).limit(1)
    return connection.execute(query).first() is not None
