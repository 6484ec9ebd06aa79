"""Plan a refresh: exactly what is stale, and then what that makes stale, each stage of each partition once.

Works from the manifest and the registered pipelines alone. What is stale is asked of the database by sets;
what comes after is followed from there, along what captures were made from and what checks and choices saw.
"""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import sqlalchemy as sa

from spine.core.ancestry import made_from
from spine.core.captures import Place
from spine.core.staleness import CAUSES, told
from spine.orchestration.draft import Draft
from spine.orchestration.homes import Homes
from spine.orchestration.left_out import LeftOut, left_out_stages
from spine.orchestration.plan import Plan, Task
from spine.orchestration.ranges import PartitionRange
from spine.orchestration.stale import StaleCaptures
from spine.orchestration.upstream import ancestors_of, asked_by
from spine.orchestration.workflow import Workflow
from spine.pipelines.registry import Registry
from spine.pipelines.stages import DeclaredStages


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
        left_out = left_out_stages(connection, self._registry, domain)

        def is_wanted(place: Place) -> bool:
            return (
                (domain is None or place.domain == domain)
                and (only is None or place in only)
                and (within is None or self._is_within(place, within))
                and (workflow is None or homes.has(place))
            )

        draft = Draft(is_wanted=is_wanted, obstacle=homes.obstacle)
        redefined: set[str] = set()
        for record, reasons in self._stale.find(connection, domain, look_at_files=True):
            if any(reason.by_author for reason in reasons):
                redefined.add(record.capture_id)
            if any(reason.cause in because for reason in reasons):
                draft.add(record.place, reason=told(reasons), capture_id=record.capture_id)
        for one in left_out:
            change = next((change for change in one.changes if change.cause in because), None)
            if change is not None:
                draft.add(one.place, reason=f"left out, and {change.text}", capture_id=None)
        _follow(connection, draft, left_out)
        for place, node in draft.nodes.items():
            node.is_redefined = node.capture_id in redefined
            node.declared.update(asked for asked in asked_by(self._declared, place) if asked != place)
        return Plan(tasks=tuple(_tasks(draft, homes, left_out)), unmade=draft.unmade)

    def upstream(self, connection: sa.Connection, workflow: Workflow, partition_key: str) -> Plan:
        """What is stale of all that the workflow's stages are made from, at any remove, for the partition."""
        return self.plan(connection, only=ancestors_of(connection, self._registry, workflow, partition_key))

    def _is_within(self, place: Place, within: PartitionRange) -> bool:
        makes = self._declared.stage(place.domain, place.stage, place.tier)
        if makes is None:
            return within.holds(place.partition_key, None)
        return within.is_about(makes.partitions) and within.holds(place.partition_key, makes.partitions)


def _follow(connection: sa.Connection, draft: Draft, left_out: Sequence[LeftOut]) -> None:
    """Add what comes after the nodes, and what comes after that."""
    level = list(draft.nodes)
    while level:
        further: list[Place] = []

        def add(before: Place, place: Place, capture_id: str | None, reason: str) -> None:
            if draft.add(place, reason=reason, capture_id=capture_id):
                further.append(place)  # noqa: B023 - called within the same round
            if place in draft.nodes and place != before:
                draft.nodes[place].recorded.add(before)

        for before, record in made_from(
            connection, {place: draft.nodes[place].capture_id for place in level}
        ):
            reason = f"behind: {before.stage} {before.partition_key} is made again"
            add(before, record.place, record.capture_id, reason)
        for one in left_out:
            for before in level:
                is_new = draft.nodes[before].capture_id is None
                if any(read.may_change_by(before, is_new=is_new) for read in one.reads):
                    reason = f"left out, and {before.stage} {before.partition_key} is made again"
                    add(before, one.place, None, reason)
        level = further


def _tasks(draft: Draft, homes: Homes, left_out: Sequence[LeftOut]) -> Iterator[Task]:
    """A task a node, each after those that it depends on.

    What a choice left out of the last run is planned all the same, as not all that choices see is recorded.
    """
    kept = {(one.workflow, one.step, one.place): one.by for one in left_out if one.is_complete}
    for place, node, after in draft.in_order():
        workflow, step = homes.of(place, node.capture_id)
        by = kept.get((workflow, step, place))
        yield Task(
            place=place,
            workflow=workflow,
            step=step,
            reason=node.reason if by is None else f"{node.reason}; {by} left it out of its last run",
            after=after,
        )
