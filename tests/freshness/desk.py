"""A domain of three stages whose definitions, files and logic tests may change, on a database of its own.

LOAD reads one file a week and drops its small numbers, SUM adds them up, MEAN looks at this week's sum and
the one before, once both are there. What each stage does depends on a version, 1 or 2, so that a change of
version is a change of its definition (of MEAN: of its logic).
"""

import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from spine import (
    Check,
    Context,
    CsvSource,
    Input,
    IsoWeek,
    Partitioning,
    Pipeline,
    Registry,
    Stage,
    StageResult,
    Step,
    Workflow,
    WorkflowResult,
    WorkflowRunner,
    register_pipeline,
    register_workflow,
)
from spine.core.database.database import Database
from spine.core.staleness import CAUSES
from spine.core.tables import IS_CURRENT, core_manifest
from spine.data.publish import Publication
from spine.migrations import upgrade
from spine.orchestration.plan import Plan
from spine.orchestration.planner import Planner
from spine.orchestration.ranges import PartitionRange
from spine.orchestration.refresh import Refresher, TaskOutcome
from tests.freshness import logic_one, logic_two

WEEKS = Partitioning(week=IsoWeek(start="2025-W01"))
TIER = "BRONZE"
KILLED = 9
METADATA = sa.MetaData()


class Total(NamedTuple):
    """A row of SUM."""

    total: int


def _table(name: str, column: str, *, inputs: bool) -> sa.Table:
    ends = ("input_min_capture_id", "input_max_capture_id") if inputs else ()
    return sa.Table(
        name,
        METADATA,
        sa.Column(column, sa.BigInteger, nullable=False),
        sa.Column("partition_key", sa.String, nullable=False),
        sa.Column("capture_id", sa.String(36), nullable=False),
        *(sa.Column(end, sa.String(36), nullable=False) for end in ends),
        sa.PrimaryKeyConstraint("capture_id", column, name=f"pk_{name}"),
    )


TABLES = {
    "LOAD": _table("desk_loaded", "n", inputs=False),
    "SUM": _table("desk_sum", "total", inputs=True),
    "MEAN": _table("desk_mean", "mean", inputs=True),
}
LOAD = Input("LOAD", tier=TIER, table=TABLES["LOAD"])
SUM = Input("SUM", tier=TIER, table=TABLES["SUM"], window=2)
SOURCE = CsvSource(path="{week}.csv", columns={"n": "n"})


class StagePipeline(Pipeline):
    """What generated pipelines do, with the stage's own work left to subclasses."""

    def work(self, capture: Publication) -> None:
        """Take the stage's rows."""
        raise AssertionError(f"{self} does no work: {capture}")

    def run(self, context: Context) -> StageResult:
        """Skip what is complete and fresh, or publish it."""
        makes = self.makes
        assert makes is not None
        partition = makes.partitions.of(context)
        if complete := self.manifest.check_complete(
            makes.domain, partition.key, makes.stage, makes.tier, self.dependencies(partition)
        ):
            return self.skip(complete, makes.table)
        capture_id = self.manifest.record_start(makes.domain, partition.key, makes.stage, makes.tier)
        try:
            with self.publish(capture_id, partition, into=makes.table) as capture:
                self.work(capture)
                capture.write()
                self.manifest.record_complete(capture_id, capture.row_count)
        except Exception as error:
            self.manifest.record_failed(capture_id, str(error))
            raise
        return capture.result


def registry_of(versions: Mapping[str, int]) -> Registry:
    """The pipelines and their workflow, with the stages at those versions."""
    registry = Registry()
    small = (Check("SMALL", when=f"n < {10 * versions['LOAD']}", action="drop"),)
    query = f"SELECT COALESCE(SUM(n), 0) * {versions['SUM']} AS total FROM LOAD"  # noqa: S608
    logic = logic_one.mean if versions["MEAN"] == 1 else logic_two.mean

    def declared(stage: str, **made_by: Any) -> Stage:
        return Stage("desk", stage, TIER, partitions=WEEKS, table=TABLES[stage], **made_by)

    @register_pipeline("desk/load", registry)
    class Load(StagePipeline):
        makes = declared("LOAD", source=SOURCE, checks=small)

        def work(self, capture: Publication) -> None:
            capture.read(SOURCE)
            capture.check(small)

    @register_pipeline("desk/sum", registry)
    class Sum(StagePipeline):
        makes = declared("SUM", inputs=(LOAD,), sql=query)

        def work(self, capture: Publication) -> None:
            capture.select(query, inputs=(LOAD,))

    @register_pipeline("desk/mean", registry)
    class Mean(StagePipeline):
        makes = declared("MEAN", inputs=(SUM,), logic=logic)

        def work(self, capture: Publication) -> None:
            capture.insert(logic(capture.rows_of(SUM, Total)))

    steps = [
        Step.pipeline("LOAD", "desk/load"),
        Step.pipeline("SUM", "desk/sum"),
        Step.choice("two_weeks", lambda ctx: ctx.partitions("SUM") >= 2, else_step="end"),
        Step.pipeline("MEAN", "desk/mean"),
    ]
    register_workflow(Workflow(name="desk/weekly", steps=steps, domain="desk", partitions=WEEKS), registry)
    return registry


class Desk:
    """The domain on one database, with a folder of files."""

    def __init__(self, url: str, root: Path) -> None:
        self.url = url
        self.root = root
        self.versions = {"LOAD": 1, "SUM": 1, "MEAN": 1}
        upgrade(url, None)
        self.database = Database.of(url)
        with self.database.write() as connection:
            METADATA.create_all(connection)

    @property
    def registry(self) -> Registry:
        """The pipelines as they are now."""
        return registry_of(self.versions)

    def file(self, week: str, numbers: Iterable[int] | None) -> None:
        """Write the week's file, or take it away."""
        path = self.root / f"{week}.csv"
        if numbers is None:
            path.unlink(missing_ok=True)
        else:
            path.write_text("n\n" + "".join(f"{number}\n" for number in numbers))

    def run(self, week: str, **options: Any) -> WorkflowResult:
        """Run the workflow for one week."""
        runner = WorkflowRunner(self.database, registry=self.registry, data_root=self.root, **options)
        workflow = self.registry.workflows.get("desk/weekly")
        assert isinstance(workflow, Workflow)
        return runner.run(workflow, {"partition_key": week})

    def run_and_die(self, week: str, before: str, **options: Any) -> None:
        """Run the workflow in a process that is killed before it comes to that step."""

        def die(step: Step) -> None:
            if step.name == before:
                os._exit(KILLED)

        child = os.fork()
        if child == 0:
            try:
                other = Desk.__new__(Desk)
                other.url, other.root, other.versions = self.url, self.root, self.versions
                other.database = Database.of(self.url)
                other.run(week, watch=die, **options)
            finally:
                os._exit(0)
        os.waitpid(child, 0)

    def plan(self, because: Collection[str] = CAUSES, within: PartitionRange | None = None) -> Plan:
        """What a refresh would make."""
        with self.database.read() as connection:
            return Planner(self.registry, self.root).plan(connection, because=because, within=within)

    def refresh(self, **narrowed: Any) -> list[TaskOutcome]:
        """Make what is stale, and what comes after it."""
        refresher = Refresher(self.database, registry=self.registry, data_root=self.root)
        return list(refresher.execute(self.plan(**narrowed)))

    def rows(self, stage: str) -> dict[str, list[int]]:
        """The numbers that readers see, by week: those of the current captures."""
        table, c = TABLES[stage], core_manifest.c
        value = table.primary_key.columns.values()[1]
        found: dict[str, list[int]] = {}
        with self.database.read() as connection:
            for (week,) in connection.execute(sa.select(c.partition_key).where(c.stage == stage, IS_CURRENT)):
                found[week] = []
            query = (
                sa.select(table.c.partition_key, value)
                .join_from(table, core_manifest, table.c.capture_id == c.capture_id)
                .where(IS_CURRENT)
                .order_by(value)
            )
            for week, number in connection.execute(query):
                found[week].append(number)
        return found

    @staticmethod
    def reasons(result: WorkflowResult) -> dict[str, str | None]:
        """What each stage's step said in that run."""
        return {step.name: step.reason for step in result.steps if step.kind == "pipeline"}
