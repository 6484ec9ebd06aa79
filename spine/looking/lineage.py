"""What a capture was made from and what was made from it, at any remove."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import sqlalchemy as sa

from spine.core.afterwards import counted_at
from spine.core.database.statements import chunks
from spine.core.numbers import AsOf, stood_at
from spine.core.tables import core_lineage, core_manifest
from spine.errors import AsOfError

Edges: TypeAlias = Mapping[str, Sequence[str]]  # capture → its neighbours in one direction


def edges_from(
    connection: sa.Connection, root: str, *, down: bool, as_of: AsOf | None = None
) -> dict[str, tuple[str, ...]]:
    """Every capture reachable from the root in one direction, with its neighbours, a query per level.

    Neighbours are in the order of their partitions; those published after the moment are left out.
    """
    here, there = core_lineage.c.capture_id, core_lineage.c.input_capture_id
    if down:
        here, there = there, here
    c = core_manifest.c
    query = (
        sa.select(here, there)
        .join_from(core_lineage, core_manifest, c.capture_id == there)
        .order_by(here, c.domain, c.stage, c.tier, c.partition_key, c.attempt, there)
    )
    if as_of is not None:
        query = query.where(c.number <= as_of.number, counted_at(core_lineage.c.counts_from, as_of))
    edges: dict[str, tuple[str, ...]] = {}
    level = [root]
    while level:
        found: dict[str, list[str]] = {capture_id: [] for capture_id in level}
        for some in chunks(level):
            for source, neighbour in connection.execute(query.where(here.in_(some))):
                found[source].append(neighbour)
        edges.update({capture_id: tuple(neighbours) for capture_id, neighbours in found.items()})
        level = sorted({near for neighbours in found.values() for near in neighbours} - edges.keys())
    return edges


def check_published(connection: sa.Connection, capture_id: str, as_of: AsOf) -> None:
    """Raise AsOfError for a capture that was not published by then."""
    c = core_manifest.c
    number = connection.execute(sa.select(c.number).where(c.capture_id == capture_id)).scalar_one()
    if number is None or number > as_of.number:
        when = "is not published" if number is None else f"was published as number {number}"
        raise AsOfError(f"capture {capture_id} {when}: nobody saw it at number {as_of.number}")


def that_stood(connection: sa.Connection, captures: Sequence[str], as_of: AsOf) -> set[str]:
    """Those of the captures that were what readers saw at the moment."""
    c = core_manifest.c
    stood = sa.select(c.capture_id).where(stood_at(as_of))
    return {
        one
        for some in chunks(captures)
        for one in connection.execute(stood.where(c.capture_id.in_(some))).scalars()
    }
