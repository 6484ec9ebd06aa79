"""Plan a refresh: exactly what is stale, and then what that makes stale, each stage of each partition once.

Works from the manifest and the registered pipelines alone. What is stale is asked of the database by sets;
what comes after is followed from there, along what captures were made from and what checks and choices saw.
"""

import graphlib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa

from spine.core.ancestry import made_from
from spine.core.captures import Place
from spine.core.staleness import CAUSES, told
from spine.orchestration.homes import Homes
from spine.orchestration.left_out import LeftOut, left_out_stages
from spine.orchestration.plan import Plan, Task
from spine.orchestration.stale import StaleCaptures
from spine.pipelines.registry import Registry

Wanted = Callable[[Place], bool]


@dataclass(kw_only=True)
class _Node:
    """A stage of a partition that is to be made."""

    reason: str
    is_root: bool
    capture_id: str | None  # its current capture
    after: set[Place] = field(default_factory=set)


class Planner:
    """Makes plans for one database and one registry."""

    def __init__(self, registry: Registry, stale: StaleCaptures) -> None:
        self._registry = registry
        self._stale = stale

    def plan(
        self,
        connection: sa.Connection,
        *,
        domain: str | None = None,
        workflow: str | None = None,
        wanted: Wanted = lambda _place: True,
        because: Collection[str] = CAUSES,
    ) -> Plan:
        """What a refresh would make: of the domain, of a workflow's stages, or of all where neither is named.

        ``wanted`` narrows it to some partitions, ``because`` to what is stale for one of those causes and
        what comes after that. Looks at source files.
        """
        homes = Homes(connection, self._registry, within=workflow)
        left_out = list(left_out_stages(connection, self._registry, domain))
        nodes: dict[Place, _Node] = {}

        def is_wanted(place: Place) -> bool:
            return (domain is None or place.domain == domain) and wanted(place) and homes.has(place)

        for record, reasons in self._stale.find(connection, domain, look_at_files=True):
            if is_wanted(record.place) and any(reason.cause in because for reason in reasons):
                nodes[record.place] = _Node(reason=told(reasons), is_root=True, capture_id=record.capture_id)
        for one in left_out:
            if one.changed is not None and is_wanted(one.place) and one.place not in nodes:
                nodes[one.place] = _Node(reason=f"left out, and {one.changed}", is_root=True, capture_id=None)
        self._follow(connection, nodes, left_out, is_wanted)
        return Plan(tasks=tuple(_tasks(nodes, homes)))

    def _follow(
        self,
        connection: sa.Connection,
        nodes: dict[Place, _Node],
        left_out: Iterable[LeftOut],
        is_wanted: Wanted,
    ) -> None:
        """Add what comes after the nodes, and what comes after that."""
        level = list(nodes)
        while level:
            further: list[Place] = []

            def add(before: Place, place: Place, capture_id: str | None, reason: str) -> None:
                if place == before or not is_wanted(place):
                    return
                if place not in nodes:
                    nodes[place] = _Node(reason=reason, is_root=False, capture_id=capture_id)
                    further.append(place)  # noqa: B023 - called within the same round
                nodes[place].after.add(before)

            for before, record in made_from(connection, {place: nodes[place].capture_id for place in level}):
                reason = f"behind: {before.stage} {before.partition_key} is made again"
                add(before, record.place, record.capture_id, reason)
            for one in left_out:
                for before in level:
                    if any(read.is_of(before) for read in one.reads):
                        reason = f"left out, and {before.stage} {before.partition_key} is made again"
                        add(before, one.place, None, reason)
            level = further


def _tasks(nodes: dict[Place, _Node], homes: Homes) -> Iterable[Task]:
    """A task a node, each after those that it depends on; else by partition."""
    order = graphlib.TopologicalSorter({place: nodes[place].after for place in sorted(nodes)})
    order.prepare()
    while order.is_active():
        ready = sorted(order.get_ready(), key=lambda place: (place.partition_key, place))
        for place in ready:
            node = nodes[place]
            workflow, step = homes.of(place, node.capture_id)
            yield Task(
                place=place,
                workflow=workflow,
                step=step,
                reason=node.reason,
                is_root=node.is_root,
                after=tuple(sorted(node.after)),
            )
        order.done(*ready)
