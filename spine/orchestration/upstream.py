"""What stages are made from, at any remove: as it is declared, and as captures have recorded it."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import sqlalchemy as sa

from spine.core.capture_records import PLACE
from spine.core.captures import Place
from spine.core.database.statements import chunks
from spine.core.spans import Span, newest_in
from spine.core.tables import IS_CURRENT, core_lineage, core_manifest, core_run_steps, core_runs
from spine.errors import PartitionError
from spine.orchestration.homes import registered_workflow
from spine.orchestration.ranges import no_partition
from spine.orchestration.workflow import Workflow
from spine.pipelines.registry import Registry
from spine.pipelines.stages import DeclaredStages

_MOST_AT_ONCE = 100  # places in one IN

_c, _input = core_manifest.c, core_manifest.alias("input")


def asked_by(
    declared: DeclaredStages, place: Place, newest: Callable[[Span], Iterable[str]]
) -> Iterator[Place]:
    """What a new attempt at the place would ask for; ``newest`` are keys of a span whose newest is read."""
    makes = declared.stage(place.stage_key)
    if makes is None or no_partition(place.partition_key, makes.partitions) is not None:
        return
    partition = makes.partitions.parse(place.partition_key)
    for given in makes.inputs:
        try:
            asked, span = given.asked(makes.domain, partition), given.span(makes.domain, partition)
        except PartitionError:
            continue  # a calendar leaves the day out, or is not known so far: nothing can be made then
        yield from asked
        if span is not None:
            yield from map(span.stage_key.at, newest(span))


def upstream_of(
    connection: sa.Connection, registry: Registry, workflow: Workflow, partition_key: str
) -> set[Place]:
    """All that the workflow's stages of that partition are made from."""
    declared = DeclaredStages(registry)
    makes = [registry.pipeline(name).makes for name in workflow.pipeline_names]
    level = {one.stage_key.at(partition_key) for one in makes if one is not None}
    level |= _made_by_hand(connection, registry, workflow, partition_key)
    ancestors: set[Place] = set()

    def newest(span: Span) -> list[str]:
        return newest_in(connection, span)

    while level:
        above = {asked for place in level for asked in asked_by(declared, place, newest)}
        level = (above | _recorded(connection, declared, sorted(level))) - ancestors
        ancestors |= level
    return ancestors


def _made_by_hand(
    connection: sa.Connection, registry: Registry, workflow: Workflow, partition_key: str
) -> set[Place]:
    """What the workflow's pipelines that declare nothing left or found when they ran for the partition."""
    pipelines = {name for name in workflow.pipeline_names if registry.pipeline(name).makes is None}
    homes = [workflow, *(registered_workflow(name, registry) for name in registry.workflows.names())]
    steps = {
        (home.name, step.name)
        for home in homes
        for step in home.pipeline_steps
        if step.pipeline_name in pipelines
    }
    if not steps:
        return set()
    runs, done = core_runs.c, core_run_steps.c
    query = (
        sa.select(*PLACE)
        .distinct()
        .join_from(core_runs, core_run_steps, done.run_id == runs.run_id)
        .join(core_manifest, _c.capture_id == done.capture_id)
        .where(
            runs.workflow.in_({name for name, _ in steps}),
            runs.partition_key == partition_key,
            sa.tuple_(runs.workflow, done.name).in_(sorted(steps)),
            IS_CURRENT,
        )
    )
    return {Place(*row) for row in connection.execute(query)}


def _recorded(connection: sa.Connection, declared: DeclaredStages, places: Sequence[Place]) -> set[Place]:
    """What the current captures of these places read, but for those that another definition made."""
    found = set()
    query = (
        sa.select(_c.definition, *PLACE, *(_input.c[column.name].label(None) for column in PLACE))
        .join_from(core_manifest, core_lineage, core_lineage.c.capture_id == _c.capture_id)
        .join(_input, _input.c.capture_id == core_lineage.c.input_capture_id)
        .where(IS_CURRENT)
    )
    for some in chunks(places, _MOST_AT_ONCE):
        for row in connection.execute(query.where(sa.tuple_(*PLACE).in_(some))):
            place = Place(*row[1:5])
            now = declared.definition(place.stage_key)
            if now is None or now.digest == row.definition:
                found.add(Place(*row[5:]))
    return found
