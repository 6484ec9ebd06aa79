"""Stages that their partition's last run left out, and whether what its checks and choices saw has changed.

What they saw is in core_run_reads; a stage that was left out is worth another look once that is different.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from spine.core.capture_records import current_at
from spine.core.captures import Place
from spine.core.staleness import Reason
from spine.core.tables import IS_CURRENT, core_manifest, core_run_reads, core_run_steps, core_runs
from spine.errors import UnknownWorkflowError
from spine.orchestration.counting import NEWEST_FIRST, count_up_to, expected_up_to
from spine.orchestration.homes import registered_workflow
from spine.orchestration.ranges import no_partition
from spine.orchestration.reads import Read
from spine.pipelines.registry import Registry

if TYPE_CHECKING:
    from spine.core.partitions.partitioning import Partitioning

_c, _runs, _steps, _reads = core_manifest.c, core_runs.c, core_run_steps.c, core_run_reads.c


@dataclass(frozen=True, kw_only=True)
class SeenRead(Read):
    """One thing that a check or choice saw, beside what it would see now."""

    changed: Reason | None  # None where it is the same

    def may_change_by(self, place: Place, *, is_new: bool) -> bool:
        """Whether making the place, which ``is_new`` where nothing is complete there, may change it."""
        if (self.domain, self.stage) != (place.domain, place.stage):
            return False
        if self.fact == "expected":
            return False  # which nothing but another calendar or start changes
        if self.fact == "partitions":
            return is_new
        return self.partition_key == place.partition_key and (is_new or self.fact == "capture")


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A stage of a partition that its last run did not come to, because of a check or choice."""

    place: Place
    workflow: str
    step: str
    by: str | None  # the check or choice
    is_complete: bool  # an earlier run or another workflow made it
    reads: tuple[SeenRead, ...]  # that it went by; not looked up of what is complete

    @property
    def home(self) -> tuple[str, str]:
        """The workflow and the step that would have made it."""
        return self.workflow, self.step

    @property
    def changes(self) -> tuple[Reason, ...]:
        """What has changed of what was seen."""
        return tuple(read.changed for read in self.reads if read.changed is not None)


def left_out_stages(connection: sa.Connection, registry: Registry, domain: str | None) -> tuple[LeftOut, ...]:
    """Every such stage that a registered pipeline declares."""
    found: list[LeftOut] = []
    for run_id, of_run in groupby(_steps_left_out(connection, domain), attrgetter("run_id")):
        reads: list[tuple[str, SeenRead]] | None = None
        for step in of_run:
            place = _place_of(registry, step)
            if place is None:
                continue
            is_complete = current_at(connection, place) is not None
            if reads is None and not is_complete:
                reads = list(_reads_of(connection, run_id, registry, step.workflow))
            decisive = () if is_complete else (read for by, read in reads or () if by == step.left_out_by)
            found.append(
                LeftOut(
                    place=place,
                    workflow=step.workflow,
                    step=step.name,
                    by=step.left_out_by,
                    is_complete=is_complete,
                    reads=tuple(decisive),
                )
            )
    return tuple(found)


def _steps_left_out(
    connection: sa.Connection, domain: str | None
) -> "Sequence[sa.Row[str, str, str | None, str, str]]":
    later = core_runs.alias("later")
    is_last = ~sa.exists(
        sa.select(sa.literal(1)).where(
            later.c.workflow == _runs.workflow,
            later.c.partition_key == _runs.partition_key,
            later.c.attempt > _runs.attempt,
            _decides(later),
        )
    )
    before = core_run_steps.alias("before")
    left_out_by = (  # the last check or choice that the run came to before it
        sa.select(before.c.name)
        .where(
            before.c.run_id == _steps.run_id,
            before.c.position < _steps.position,
            before.c.kind != "pipeline",
            before.c.status != "NOT_RUN",
        )
        .order_by(before.c.position.desc())
        .limit(1)
        .scalar_subquery()
        .label("left_out_by")
    )
    query = (
        sa.select(_runs.run_id, _runs.workflow, _runs.partition_key, _steps.name, left_out_by)
        .join_from(core_runs, core_run_steps, _steps.run_id == _runs.run_id)
        .where(
            _steps.status == "NOT_RUN",
            _steps.kind == "pipeline",
            _runs.partition_key.is_not(None),
            _decides(core_runs),
            is_last,
        )
        .order_by(_runs.workflow, _runs.partition_key, _runs.run_id, _steps.position)
    )
    if domain is not None:
        query = query.where(_runs.domain == domain)
    return connection.execute(query).all()


def _decides(runs: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether the step's turn came in that run or was passed over: not where it died or failed before."""
    failed = core_run_steps.alias("failed")
    failed_before = sa.exists(
        sa.select(sa.literal(1)).where(
            failed.c.run_id == runs.c.run_id,
            failed.c.position < _steps.position,
            failed.c.status == "FAILED",
            failed.c.kind == "pipeline",
        )
    )
    is_for_step = sa.or_(runs.c.only_step.is_(None), runs.c.only_step == _steps.name)
    return sa.and_(runs.c.status != "RUNNING", is_for_step, ~failed_before)


def _reads_of(
    connection: sa.Connection, run_id: str, registry: Registry, workflow: str
) -> Iterator[tuple[str, SeenRead]]:
    """What each step of the run saw, with the step."""
    partitions = registered_workflow(workflow, registry).partitions
    for row in connection.execute(_with_current().where(_reads.run_id == run_id)).all():
        is_count = row.fact in ("partitions", "expected")
        changed = _recounted(connection, row, partitions) if is_count else _changed(row)
        of_stage = {"domain": row.domain, "stage": row.stage, "partition_key": row.partition_key}
        yield row.step, SeenRead(fact=row.fact, **of_stage, changed=changed)


def _with_current() -> "sa.Select[tuple[object, ...]]":
    """What runs saw, beside the capture that the same look would find now."""
    # A stage may be complete at several tiers. What a step of the run left or found is looked up at its own.
    seen, of_run = core_manifest.alias("seen"), core_run_steps.alias("of_run")
    tier_of_step = (
        sa.select(seen.c.tier)
        .join_from(of_run, seen, seen.c.capture_id == of_run.c.capture_id)
        .where(of_run.c.run_id == _reads.run_id, of_run.c.capture_id == _reads.capture_id)
        .limit(1)
        .scalar_subquery()
    )
    now = (
        sa.select(_c.capture_id)
        .where(
            _c.domain == _reads.domain,
            _c.stage == _reads.stage,
            _c.partition_key == _reads.partition_key,
            _c.tier == sa.func.coalesce(tier_of_step, _c.tier),
            IS_CURRENT,
        )
        .order_by(*NEWEST_FIRST)
        .limit(1)
        .scalar_subquery()
    )
    return sa.select(core_run_reads, now.label("now")).order_by(_reads.step)


def _recounted(
    connection: sa.Connection, row: "sa.Row[Any]", partitions: "Partitioning | None"
) -> Reason | None:
    """Whether the stage is, or should be, complete for more or fewer partitions now."""
    if no_partition(row.partition_key, partitions) is not None:
        return None  # asked when the domain was partitioned differently: there is nothing to compare with
    if row.fact == "expected":
        is_so, count = "should be complete", expected_up_to(row.partition_key, partitions)
    else:
        is_so = "is complete"
        count = count_up_to(connection, row.domain, row.stage, row.partition_key, partitions)
    if count == row.value:
        return None
    return Reason(
        cause="input arrived" if count > row.value else "input gone",
        text=f"{row.stage} {is_so} for {count} partitions, no longer {row.value}",
    )


def _changed(row: "sa.Row[Any]") -> Reason | None:
    """Whether the capture that was seen is another now; of a presence, whether there is one."""
    what = f"{row.stage} {row.partition_key}"
    if row.now == row.capture_id:
        return None
    if row.now is None:
        return Reason(cause="input gone", text=f"{what} is gone")
    if row.capture_id is None:
        return Reason(cause="input arrived", text=f"{what} arrived since")
    if row.fact == "presence":
        return None
    return Reason(cause="input restated", text=f"{what} was restated since")


def _place_of(registry: Registry, row: "sa.Row[str, str, str | None, str, str]") -> Place | None:
    """The place that the step would make, where its pipeline is registered and declares it."""
    try:
        workflow = registered_workflow(row.workflow, registry)
    except UnknownWorkflowError:
        return None
    for step in workflow.pipeline_steps:
        if step.name == row.name and step.pipeline_name in registry.pipelines:
            makes = registry.pipeline(step.pipeline_name).makes
            if makes is not None:
                return makes.stage_key.at(row.partition_key)
    return None
