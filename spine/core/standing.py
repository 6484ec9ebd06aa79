"""The captures that count: what stands for each stage of a partition, and the attempt that is newer than it.

An attempt is newer than what stands if that stood already when the attempt started. One that started before
what stands was published (which lost to it, or was left over by a killed process) says nothing any more. Nor
does one since which another run of its workflow came by and found that what stands is as it should be.
"""

import sqlalchemy as sa

from .tables import COMPLETE, IS_CURRENT, core_manifest, core_run_steps, core_runs, is_current

_c = core_manifest.c
_now = core_manifest.alias("now")
_before = core_manifest.alias("before")
_later = core_manifest.alias("later")
_own_run = core_runs.alias("own_run")
_later_run = core_runs.alias("later_run")


def _at_place(of: sa.FromClause) -> list[sa.ColumnElement[bool]]:
    return [of.c[name] == _c[name] for name in ("domain", "partition_key", "stage", "tier")]


_current = (
    sa.select(_now.c.capture_id)
    .where(*_at_place(_now), is_current(_now))
    .correlate(core_manifest)
    .scalar_subquery()
)
# Where the rows that stood are gone, an attempt counts only if it came after them.
_last_complete = (
    sa.select(_before.c.attempt)
    .where(*_at_place(_before), _before.c.status == COMPLETE)
    .order_by(_before.c.attempt.desc())
    .limit(1)
    .correlate(core_manifest)
    .scalar_subquery()
)
# Two that start at once may be the same attempt: then no order is meant, just one of them.
_is_not_last = sa.exists(
    sa.select(sa.literal(1)).where(
        *_at_place(_later),
        _later.c.status != COMPLETE,
        _later.c.supersedes.is_not_distinct_from(_c.supersedes),
        sa.or_(
            _later.c.attempt > _c.attempt,
            sa.and_(_later.c.attempt == _c.attempt, _later.c.capture_id > _c.capture_id),
        ),
    )
).correlate(core_manifest)
# In the order of the runs' own numbers, since hosts' clocks tell none. What it superseded is what stands.
_was_passed_by = sa.exists(
    sa.select(sa.literal(1))
    .select_from(core_run_steps)
    .join(_later_run, _later_run.c.run_id == core_run_steps.c.run_id)
    .join(
        _own_run,
        sa.and_(
            _own_run.c.workflow == _later_run.c.workflow,
            _own_run.c.partition_key == _later_run.c.partition_key,
            _own_run.c.attempt < _later_run.c.attempt,
        ),
    )
    .where(
        core_run_steps.c.capture_id == _c.supersedes,
        core_run_steps.c.status == sa.literal_column("'SKIPPED'"),
        _own_run.c.run_id == _c.run_id,
    )
).correlate(core_manifest)

IS_NEWER_ATTEMPT = sa.and_(
    _c.status != COMPLETE,
    _c.supersedes.is_not_distinct_from(_current),
    _c.attempt > sa.func.coalesce(_last_complete, 0),
    ~_is_not_last,
    ~_was_passed_by,
)
COUNTS = sa.or_(IS_CURRENT, IS_NEWER_ATTEMPT)
