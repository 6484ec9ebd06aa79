"""Two domains whose stages are partitioned differently: days, weeks and months of one, lists of the other.

Every stage makes one row, a number. DAY and NOTE read a file of a day each, LIST of the domain `ref` that of
the day of its snapshot. WEEK and MONTH add up the days that belong to them; MONTH and SHARE also take what
the newest list says, SHARE takes its month's number and, where there is one, the day's note.
"""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from spine import (
    CsvSource,
    Date,
    Input,
    Partitioning,
    Pipeline,
    Registry,
    Stage,
    Step,
    Workflow,
    WorkflowResult,
    WorkflowRunner,
    register_pipeline,
    register_workflow,
)
from spine.core.database.database import Database
from spine.core.tables import IS_CURRENT, core_manifest
from spine.data.publish import Publication
from spine.data.sql_texts import SqlText
from spine.migrations import upgrade
from spine.orchestration.plan import Plan
from spine.orchestration.planner import Planner
from spine.orchestration.refresh import Refresher, TaskOutcome
from tests.freshness.desk import TIER, StagePipeline

DAYS = Partitioning(day=Date(start="2024-12-30"))
LISTS = Partitioning(taken_on=Date(start="2024-12-01"))
METADATA = sa.MetaData()


def _table(name: str, *, inputs: bool = True) -> sa.Table:
    ends = ("input_min_capture_id", "input_max_capture_id") if inputs else ()
    return sa.Table(
        f"ledger_{name}",
        METADATA,
        sa.Column("n", sa.BigInteger, nullable=False),
        sa.Column("partition_key", sa.String, nullable=False),
        sa.Column("capture_id", sa.String(36), nullable=False),
        *(sa.Column(end, sa.String(36), nullable=True) for end in ends),
        sa.PrimaryKeyConstraint("capture_id", name=f"pk_ledger_{name}"),
    )


TABLES = {
    "DAY": _table("day", inputs=False),
    "NOTE": _table("note", inputs=False),
    "LIST": _table("list", inputs=False),
    "WEEK": _table("week"),
    "MONTH": _table("month"),
    "SHARE": _table("share"),
    "REMARK": _table("remark"),
}
FILES = {"DAY": "{day}.csv", "NOTE": "note_{day}.csv", "LIST": "list_{taken_on}.csv"}


def _input(stage: str, **how: Any) -> Input:
    return Input(stage, tier=TIER, table=TABLES[stage], **how)


_LATEST = _input("LIST", domain="ref", partitions=LISTS, latest=True, optional=True)
_SUM = "SELECT COALESCE(SUM(n), 0) AS n FROM DAY"


def _read(days: Partitioning) -> dict[str, tuple[Partitioning, tuple[Input, ...], SqlText]]:
    """By stage its partitions, its inputs and its SELECT."""
    weeks, months = days.by("week"), days.by("month")
    return {
        "WEEK": (weeks, (_input("DAY", partitions=days),), _SUM),
        "MONTH": (
            months,
            (_input("DAY", partitions=days, partial=True), _LATEST),
            f"SELECT (SELECT COALESCE(SUM(n), 0) FROM LIST) + n AS n FROM ({_SUM}) AS days",  # noqa: S608
        ),
        "SHARE": (
            days,
            (_input("MONTH", partitions=months), _input("NOTE", optional=True), _LATEST),
            "SELECT n + (SELECT COALESCE(SUM(n), 0) FROM NOTE) + (SELECT COALESCE(SUM(n), 0) FROM LIST) AS n "
            "FROM MONTH",
        ),
        "REMARK": (
            days,
            (_input("NOTE", optional=True, window=3),),
            "SELECT COALESCE(SUM(n), 0) AS n FROM NOTE",
        ),
    }


def registry(days: Partitioning) -> Registry:
    """A pipeline for each of the stages, and a workflow of it alone."""
    made = Registry()
    for name, path in FILES.items():
        _register(made, name, LISTS if name == "LIST" else days, path)
    for name, (partitions, inputs, query) in _read(days).items():
        _register(made, name, partitions, None, inputs=inputs, query=query)
    return made


def _register(
    made: Registry,
    name: str,
    partitions: Partitioning,
    path: str | None,
    *,
    inputs: tuple[Input, ...] = (),
    query: SqlText = "",
) -> None:
    domain = "ref" if name == "LIST" else "ledger"
    file = None if path is None else CsvSource(path=path, columns={"n": "n"})
    declared = Stage(
        domain,
        name,
        TIER,
        partitions=partitions,
        table=TABLES[name],
        inputs=inputs,
        source=file,
        sql=query or None,
    )

    class Made(StagePipeline):
        makes = declared

        def work(self, capture: Publication) -> None:
            if file is not None:
                capture.read(file)
            else:
                capture.select(query, inputs=inputs)

    pipeline: type[Pipeline] = Made
    register_pipeline(f"{domain}/{name.lower()}", made)(pipeline)
    register_workflow(
        Workflow(
            name=f"{domain}/make_{name.lower()}",
            steps=[Step.pipeline(name, f"{domain}/{name.lower()}")],
            domain=domain,
            partitions=partitions,
        ),
        made,
    )


class Ledger:
    """Both domains on one database, with a folder of files."""

    def __init__(self, url: str, root: Path, days: Partitioning = DAYS) -> None:
        self.root = root
        self.registry = registry(days)
        upgrade(url, None)
        self.database = Database.of(url)
        with self.database.write() as connection:
            METADATA.create_all(connection)

    def file(self, stage: str, day: str, number: int) -> None:
        """Write a day's file."""
        name = FILES[stage].replace("{day}", day).replace("{taken_on}", day)
        (self.root / name).write_text(f"n\n{number}\n", encoding="utf-8")

    def run(self, stage: str, key: str) -> WorkflowResult:
        """Make the stage for one partition."""
        domain = "ref" if stage == "LIST" else "ledger"
        workflow = self.registry.workflows.get(f"{domain}/make_{stage.lower()}")
        assert isinstance(workflow, Workflow)
        runner = WorkflowRunner(self.database, registry=self.registry, data_root=self.root)
        return runner.run(workflow, {"partition_key": key})

    def plan(self) -> Plan:
        """What a refresh would make."""
        with self.database.read() as connection:
            return Planner(self.registry, self.root).plan(connection)

    def refresh(self) -> list[TaskOutcome]:
        """Make what is stale, and what comes after it."""
        refresher = Refresher(self.database, registry=self.registry, data_root=self.root)
        return list(refresher.execute(self.plan()))

    def rows(self, stage: str) -> dict[str, int]:
        """The number that readers see of each partition."""
        table, c = TABLES[stage], core_manifest.c
        query = (
            sa.select(table.c.partition_key, table.c.n)
            .join_from(table, core_manifest, table.c.capture_id == c.capture_id)
            .where(IS_CURRENT)
        )
        with self.database.read() as connection:
            return {row.partition_key: row.n for row in connection.execute(query)}
