"""Plan a refresh: exactly what is stale, and then what that makes stale, each stage of each partition once.

Works from the manifest and the registered pipelines alone. What is stale is asked of the database by sets;
what comes after is followed from there, along what captures were made from and what checks and choices saw.
"""

import graphlib
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from spine.core.ancestry import made_from
from spine.core.captures import Place
from spine.core.staleness import CAUSES, told
from spine.errors import PartitionError
from spine.orchestration.homes import Homes
from spine.orchestration.left_out import LeftOut, left_out_stages
from spine.orchestration.plan import Plan, Task
from spine.orchestration.ranges import PartitionRange
from spine.orchestration.stale import StaleCaptures
from spine.orchestration.workflow import Workflow
from spine.pipelines.registry import Registry
from spine.pipelines.stages import DeclaredStages

_Wanted = Callable[[Place], bool]


@dataclass(kw_only=True)
class _Node:
    """A stage of a partition that is to be made."""

    reason: str
    is_root: bool
    capture_id: str | None  # its current capture
    after: set[Place] = field(default_factory=set)


class Planner:
    """Makes plans for one database and one registry."""

    def __init__(self, registry: Registry, data_root: Path) -> None:
        self._registry = registry
        self._declared = DeclaredStages(registry)
        self._stale = StaleCaptures(self._declared, data_root)

    def plan(
        self,
        connection: sa.Connection,
        *,
        domain: str | None = None,
        workflow: str | None = None,
        within: PartitionRange | None = None,
        only: Collection[Place] | None = None,
        because: Collection[str] = CAUSES,
    ) -> Plan:
        """What a refresh would make: of the domain, of a workflow's stages, or of all where neither is named.

        ``within`` narrows it to some partitions, ``only`` to some places, ``because`` to what is stale for
        one of those causes and what comes after that. Looks at source files.
        """
        homes = Homes(connection, self._registry, within=workflow)
        left_out = list(left_out_stages(connection, self._registry, domain))
        nodes: dict[Place, _Node] = {}

        def is_wanted(place: Place) -> bool:
            return (
                (domain is None or place.domain == domain)
                and (only is None or place in only)
                and (within is None or self._is_within(place, within))
                and homes.has(place)
            )

        for record, reasons in self._stale.find(connection, domain, look_at_files=True):
            if is_wanted(record.place) and any(reason.cause in because for reason in reasons):
                nodes[record.place] = _Node(reason=told(reasons), is_root=True, capture_id=record.capture_id)
        for one in left_out:
            if one.changed is not None and is_wanted(one.place) and one.place not in nodes:
                nodes[one.place] = _Node(reason=f"left out, and {one.changed}", is_root=True, capture_id=None)
        self._follow(connection, nodes, left_out, is_wanted)
        for place, node in nodes.items():
            # What a new attempt asks for need not be what the last one read: it may be declared since.
            node.after.update(asked for asked in self._asked_by(place) if asked in nodes)
        return Plan(tasks=tuple(_tasks(nodes, homes)))

    def upstream(self, connection: sa.Connection, workflow: Workflow, partition_key: str) -> Plan:
        """What is stale of all that the workflow's stages are made from, at any remove, for the partition."""
        stages = [self._registry.pipeline(name).makes for name in workflow.pipeline_names]
        level = [
            Place(makes.domain, partition_key, makes.stage, makes.tier)
            for makes in stages
            if makes is not None
        ]
        ancestors: set[Place] = set()
        while level:
            level = [place for one in level for place in self._asked_by(one) if place not in ancestors]
            ancestors.update(level)
        return self.plan(connection, only=ancestors)

    def _asked_by(self, place: Place) -> Iterator[Place]:
        """What a new attempt at the place would ask for."""
        makes = self._declared.stage(place.domain, place.stage, place.tier)
        if makes is None:
            return
        try:
            partition = makes.partitions.parse(place.partition_key)
        except PartitionError:
            return  # recorded when the domain was partitioned differently
        for given in makes.inputs:
            asked = given.asked(makes.domain, partition)
            for key in asked.partition_keys:
                yield Place(asked.domain, key, asked.stage, asked.tier)

    def _is_within(self, place: Place, within: PartitionRange) -> bool:
        makes = self._declared.stage(place.domain, place.stage, place.tier)
        return within.holds(place.partition_key, None if makes is None else makes.partitions)

    def _follow(
        self,
        connection: sa.Connection,
        nodes: dict[Place, _Node],
        left_out: Iterable[LeftOut],
        is_wanted: _Wanted,
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
                    is_new = nodes[before].capture_id is None
                    if any(read.may_change_by(before, is_new=is_new) for read in one.reads):
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
