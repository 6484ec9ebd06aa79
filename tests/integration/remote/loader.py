"""One source stage on a database of its own, run as generated pipelines run, wherever its rows are."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from spine import (
    Context,
    Date,
    Enum,
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
)
from spine.core.data_root import DataRoot
from spine.core.database.database import Database
from spine.core.files import FileSeen
from spine.core.tables import core_anomalies, core_files, core_manifest, is_current
from spine.core.types import Decimal, Json, UtcTimestamp
from spine.data.sources.declared import Source
from spine.migrations import upgrade
from spine.orchestration.planner import Planner
from spine.orchestration.ranges import PartitionRange
from spine.orchestration.stale import StaleCaptures
from spine.pipelines.stages import DeclaredStages

DAYS = Partitioning(market=Enum(values=("NYSE", "A&B")), day=Date())
KEY = "market=A&B/day=2025-12-17"
METADATA = sa.MetaData()


def table(name: str, *further: sa.Column[Any]) -> sa.Table:
    """A table as generated packages have them."""
    return sa.Table(
        name,
        METADATA,
        sa.Column("symbol", sa.String, nullable=False),
        sa.Column("shares", sa.BigInteger, nullable=False),
        *further,
        sa.Column("partition_key", sa.String, nullable=False),
        sa.Column("capture_id", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("capture_id", "symbol", name=f"pk_{name}"),
    )


TABLE = table("remote_shares")
WIDE = table(
    "remote_prices",
    sa.Column("price", Decimal(20, 6), nullable=True),
    sa.Column("rate", sa.Double, nullable=True),
    sa.Column("traded", sa.Date, nullable=True),
    sa.Column("at", UtcTimestamp, nullable=True),
    sa.Column("own", sa.Boolean, nullable=True),
    sa.Column("doc", Json, nullable=True),
)


class Loader:
    """The stage, and what came of it."""

    def __init__(self, database: Database, source: Source, data_root: DataRoot, into: sa.Table) -> None:
        self.database, self.source, self.data_root, self.table = database, source, data_root, into

    @property
    def registry(self) -> Registry:
        """The stage as it is declared now."""
        registry, declared, into = Registry(), self.source, self.table

        @register_pipeline("remote/load", registry)
        class Load(Pipeline):
            makes = Stage("remote", "LOAD", "BRONZE", partitions=DAYS, table=into, source=declared)

            def run(self, context: Context) -> StageResult:
                partition = DAYS.of(context)
                place = "remote", partition.key, "LOAD", "BRONZE"
                if complete := self.manifest.check_complete(*place, self.dependencies(partition)):
                    return self.skip(complete, into)
                capture_id = self.manifest.record_start(*place)
                try:
                    with self.publish(capture_id, partition, into=into) as capture:
                        capture.read(declared)
                        capture.write()
                        self.manifest.record_complete(capture_id, capture.row_count)
                except Exception as error:
                    self.manifest.record_failed(capture_id, str(error))
                    raise
                return capture.result

        return registry

    def run(
        self, *, look: bool = False, from_archive: bool = False, key: str = KEY, **options: Any
    ) -> WorkflowResult:
        """Run it for one partition."""
        root = replace(self.data_root, look=look, from_archive=from_archive)
        runner = WorkflowRunner(self.database, registry=self.registry, data_root=root, **options)
        workflow = Workflow(
            name="remote/daily",
            steps=[Step.pipeline("LOAD", "remote/load")],
            domain="remote",
            partitions=DAYS,
        )
        return runner.run(workflow, {"partition_key": key})

    def make(self, **options: Any) -> str:
        """Run it, and let nothing have failed; how it ended, and why."""
        result = self.run(**options)
        result.raise_for_failure()
        (step,) = result.steps
        return f"{step.status}: {step.reason}" if step.reason else str(step.status)

    def stale(self, *, look: bool) -> list[str]:
        """Why what is complete is stale."""
        found = StaleCaptures(DeclaredStages(self.registry), replace(self.data_root, look=look))
        with self.database.read() as connection:
            return [reason.text for _, reasons in found.find(connection, None) for reason in reasons]

    def planned(self, *, look: bool, within: PartitionRange | None = None) -> int:
        """How many stages a refresh would make."""
        planner = Planner(self.registry, replace(self.data_root, look=look))
        with self.database.read() as connection:
            return len(planner.plan(connection, within=within).tasks)

    def rows(self, *columns: str) -> list[tuple[Any, ...]]:
        """What readers see."""
        wanted = [self.table.c[name] for name in columns or ("symbol", "shares")]
        current = sa.select(core_manifest.c.capture_id).where(is_current(core_manifest))
        query = sa.select(*wanted).where(self.table.c.capture_id.in_(current)).order_by(self.table.c.symbol)
        with self.database.read() as connection:
            return [tuple(row) for row in connection.execute(query)]

    def files(self) -> list[FileSeen]:
        """What the current capture read."""
        f = core_files.c
        current = sa.select(core_manifest.c.capture_id).where(is_current(core_manifest))
        query = (
            sa.select(f.path, f.size, f.modified_ns, f.sha256)
            .where(f.capture_id.in_(current))
            .order_by(f.path)
        )
        with self.database.read() as connection:
            return [FileSeen(**row._mapping) for row in connection.execute(query.order_by(f.path))]

    def anomalies(self) -> list[Any]:
        """The context of every anomaly."""
        query = sa.select(core_anomalies.c.context).order_by(core_anomalies.c.id)
        with self.database.read() as connection:
            return list(connection.execute(query).scalars())


@contextmanager
def loading(url: str, source: Source, data_root: DataRoot, into: sa.Table = TABLE) -> Iterator[Loader]:
    """The stage, in a database with its tables."""
    upgrade(url, None)
    database = Database.of(url)
    with database.write() as connection:
        METADATA.create_all(connection)
    try:
        yield Loader(database, source, data_root, into)
    finally:
        database.dispose()
