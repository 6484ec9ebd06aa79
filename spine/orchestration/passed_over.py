"""What a choice passes over although it is complete and stale: its rows stay, and its run says so."""

from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa

from spine.core.capture_records import PLACE, RECORD, record_of
from spine.core.captures import Place
from spine.core.data_root import DataRoot
from spine.core.staleness import told
from spine.core.tables import IS_CURRENT
from spine.orchestration.result import StepOutcome
from spine.orchestration.stale import StaleCaptures
from spine.orchestration.step import ChoiceStep, PipelineStep
from spine.orchestration.workflow import Workflow
from spine.pipelines.registry import Registry
from spine.pipelines.stages import DeclaredStages


def passed_over(
    workflow: Workflow, outcomes: Sequence[StepOutcome], registry: Registry, key: str, only: str | None
) -> Mapping[Place, tuple[int, str]]:
    """The stages that a choice left out, each with its step's position and the choice; of a run for one step
    ``only`` that one.
    """
    found: dict[Place, tuple[int, str]] = {}
    choice = ""
    for position, (step, outcome) in enumerate(zip(workflow.steps, outcomes, strict=True)):
        if isinstance(step, ChoiceStep) and outcome.status == "COMPLETE":
            choice = step.name
        elif choice and isinstance(step, PipelineStep) and outcome.status == "NOT_RUN":
            makes = registry.pipeline(step.pipeline_name).makes
            if makes is not None and only in (None, step.name):
                found[makes.stage_key.at(key)] = position, choice
    return found


def why_stale(
    connection: sa.Connection,
    places: Mapping[Place, tuple[int, str]],
    registry: Registry,
    data_root: DataRoot,
) -> Iterator[tuple[int, str]]:
    """For each of those that is stale, its step's position and what is to be said of it."""
    current = sa.select(*RECORD).where(IS_CURRENT, sa.tuple_(*PLACE).in_(list(places)))
    records = {one.capture_id: one for one in map(record_of, connection.execute(current))}
    stale = StaleCaptures(DeclaredStages(registry), data_root)
    for capture_id, reasons in stale.among(connection, list(records.values())).items():
        position, choice = places[records[capture_id].place]
        yield position, f"{told(reasons)}; choice {choice!r} leaves it out, so its rows stay as they are"
