"""Plan a refresh: exactly what is stale, and then what that makes stale, each stage of each partition once.

What a migration took from readers is due as what is stale is.

Works from the manifest and the registered pipelines alone. What is stale is asked of the database by sets;
what comes after is followed from there, along what captures were made from and what checks and choices saw.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

import sqlalchemy as sa

from spine.core.ancestry import made_from
from spine.core.captures import CaptureRecord, Place, StageKey
from spine.core.data_root import DataRootLike
from spine.core.spans import Span
from spine.core.staleness import CAUSES, told
from spine.orchestration.draft import Draft
from spine.orchestration.homes import Homes
from spine.orchestration.left_out import LeftOut, left_out_stages
from spine.orchestration.plan import Plan, Task
from spine.orchestration.ranges import PartitionRange
from spine.orchestration.stale import StaleCaptures
from spine.orchestration.upstream import asked_by, upstream_of
from spine.orchestration.workflow import Workflow
from spine.pipelines.registry import Registry
from spine.pipelines.stages import DeclaredStages


class Planner:
    """Makes plans for one database and one registry."""

    def __init__(self, registry: Registry, data_root: DataRootLike) -> None:
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
        left_out = [
            one
            for one in left_out_stages(connection, self._registry, domain)
            if workflow in (None, one.workflow)
        ]

        def is_wanted(place: Place) -> bool:
            return (
                (domain is None or place.domain == domain)
                and (only is None or place in only)
                and (within is None or self._is_within(place, within))
                and (workflow is None or homes.has(place))
            )

        draft = Draft(is_wanted=is_wanted, obstacle=homes.obstacle)
        redefined: set[str] = set()
        for record, reasons in self._stale.find(connection, domain, is_wanted):
            if any(reason.by_author for reason in reasons):
                redefined.add(record.capture_id)
            if any(reason.cause in because for reason in reasons):
                draft.add(record.place, reason=told(reasons), capture_id=record.capture_id)
        if "values destroyed" in because:
            for record in self._stale.gone(connection, domain):
                draft.add(record.place, reason=f"gone: {record.taken}", capture_id=None)
        for one in left_out:
            change = next((change for change in one.changes if change.cause in because), None)
            if change is not None:
                reason = f"left out, and {change.text}"
                draft.add(one.place, reason=reason, capture_id=None, home=one.home)
        _follow(connection, draft, left_out)
        keys: dict[StageKey, list[str]] = {}
        for place in draft.nodes:
            keys.setdefault(place.stage_key, []).append(place.partition_key)

        def planned(span: Span) -> list[str]:
            return span.holds(keys.get(span.stage_key, ()))

        for place, node in draft.nodes.items():
            node.is_redefined = node.capture_id in redefined
            asked = asked_by(self._declared, place, planned)
            node.declared.update(one for one in asked if one != place)
        return Plan(tasks=tuple(_tasks(draft, homes, left_out)), unmade=draft.unmade)

    def upstream(self, connection: sa.Connection, workflow: Workflow, partition_key: str) -> Plan:
        """What is stale of all that the workflow's stages are made from, at any remove, for the partition."""
        return self.plan(connection, only=upstream_of(connection, self._registry, workflow, partition_key))

    def _is_within(self, place: Place, within: PartitionRange) -> bool:
        makes = self._declared.stage(place.stage_key)
        if makes is None:
            return within.holds(place.partition_key, None)
        return within.is_about(makes.partitions) and within.holds(place.partition_key, makes.partitions)


def _follow(connection: sa.Connection, draft: Draft, left_out: Sequence[LeftOut]) -> None:
    """Add what comes after the nodes, and what comes after that."""
    level = {place: node.capture_id for place, node in draft.nodes.items()}
    while level:
        further: dict[Place, str | None] = {}
        for before, after in _after(connection, level, left_out):
            again = f"{before.stage} {before.partition_key} is made again"
            if isinstance(after, LeftOut):
                capture_id, home, reason = None, after.home, f"left out, and {again}"
            else:
                capture_id, home, reason = after.capture_id, None, f"behind: {again}"
            if draft.add(after.place, reason=reason, capture_id=capture_id, home=home):
                further[after.place] = capture_id
            if after.place in draft.nodes and after.place != before:
                draft.nodes[after.place].recorded.add(before)
        level = further


def _after(
    connection: sa.Connection, level: Mapping[Place, str | None], left_out: Sequence[LeftOut]
) -> Iterator[tuple[Place, CaptureRecord | LeftOut]]:
    """Each place with a capture that was made from it, or a stage that was left out because of it."""
    yield from made_from(connection, level)
    for one in left_out:
        for before, capture_id in level.items():
            if any(read.may_change_by(before, is_new=capture_id is None) for read in one.reads):
                yield before, one


def _tasks(draft: Draft, homes: Homes, left_out: Sequence[LeftOut]) -> Iterator[Task]:
    """A task a node, each after those that it depends on.

    What a choice left out of the last run is planned all the same, as not all that choices see is recorded.
    """
    kept = {(one.home, one.place): one.by for one in left_out if one.is_complete}
    for place, node, after in draft.in_order():
        workflow, step = node.home or homes.of(place, node.capture_id)
        by = kept.get(((workflow, step), place))
        yield Task(
            place=place,
            workflow=workflow,
            step=step,
            reason=node.reason if by is None else f"{node.reason}; {by} left it out of its last run",
            after=after,
        )
