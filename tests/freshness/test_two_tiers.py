"""Two tiers of one stage as inputs of one stage: each is read, remembered and followed by itself."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pytest
import sqlalchemy as sa

from spine import (
    CsvSource,
    Input,
    Registry,
    Stage,
    Step,
    Workflow,
    WorkflowResult,
    WorkflowRunner,
    register_pipeline,
)
from spine.core.database.database import Database
from spine.core.tables import core_lineage
from spine.data.publish import Publication
from spine.migrations import upgrade
from tests.freshness.desk import WEEKS, StagePipeline

WEEK = "2025-W02"
METADATA = sa.MetaData()


class Row(NamedTuple):
    n: int


def table(name: str, *, inputs: bool) -> sa.Table:
    ends = ("input_min_capture_id", "input_max_capture_id") if inputs else ()
    return sa.Table(
        name,
        METADATA,
        sa.Column("n", sa.BigInteger, nullable=False),
        sa.Column("partition_key", sa.String, nullable=False),
        sa.Column("capture_id", sa.String(36), nullable=False),
        *(sa.Column(end, sa.String(36), nullable=False) for end in ends),
        sa.PrimaryKeyConstraint("capture_id", "n", name=f"pk_{name}"),
    )


RAW, CLEAN, BOTH = table("raw", inputs=False), table("clean", inputs=True), table("both", inputs=True)
SOURCE = CsvSource(path="{week}.csv", columns={"n": "n"})
BRONZE = Input("PRICES", tier="BRONZE", table=RAW)
SILVER = Input("PRICES", tier="SILVER", table=CLEAN)
DOUBLE = "SELECT n * 2 AS n FROM PRICES"


def compared(bronze: Iterable[Row], silver: Iterable[Row]) -> list[Row]:
    return [Row(1000 * sum(row.n for row in bronze) + sum(row.n for row in silver))]


REGISTRY = Registry()


@register_pipeline("shop/bronze", REGISTRY)
class Bronze(StagePipeline):
    makes = Stage("shop", "PRICES", "BRONZE", partitions=WEEKS, table=RAW, source=SOURCE)

    def work(self, capture: Publication) -> None:
        capture.read(SOURCE)


@register_pipeline("shop/silver", REGISTRY)
class Silver(StagePipeline):
    makes = Stage("shop", "PRICES", "SILVER", partitions=WEEKS, table=CLEAN, inputs=(BRONZE,), sql=DOUBLE)

    def work(self, capture: Publication) -> None:
        capture.select(DOUBLE, inputs=(BRONZE,))


@register_pipeline("shop/both", REGISTRY)
class Both(StagePipeline):
    makes = Stage(
        "shop", "BOTH", "GOLD", partitions=WEEKS, table=BOTH, inputs=(BRONZE, SILVER), logic=compared
    )

    def work(self, capture: Publication) -> None:
        capture.insert(compared(capture.rows_of(BRONZE, Row), capture.rows_of(SILVER, Row)))


@pytest.fixture
def database(database_url: str, tmp_path: Path) -> Database:
    upgrade(database_url, None)
    made = Database.of(database_url)
    with made.write() as connection:
        METADATA.create_all(connection)
    (tmp_path / f"{WEEK}.csv").write_text("n\n1\n2\n")
    return made


def run(database: Database, root: Path, *pipelines: str, force: bool = False) -> WorkflowResult:
    steps = [Step.pipeline(name, f"shop/{name}") for name in pipelines]
    workflow = Workflow("shop/daily", steps, domain="shop", partitions=WEEKS)
    runner = WorkflowRunner(database, registry=REGISTRY, data_root=root, force=force)
    return runner.run(workflow, {"partition_key": WEEK})


def test_each_tier_gives_its_own_rows_and_is_followed(database: Database, tmp_path: Path) -> None:
    first = run(database, tmp_path, "bronze", "silver", "both")
    assert first.error is None, first.error
    made = {step.name: step.capture_id for step in first.steps}
    with database.read() as connection:
        assert connection.execute(sa.select(BOTH.c.n)).scalars().all() == [3006]
        read = sa.select(core_lineage.c.input_capture_id).where(core_lineage.c.capture_id == made["both"])
        assert set(connection.execute(read).scalars()) == {made["bronze"], made["silver"]}
    assert run(database, tmp_path, "both").step("both").status == "SKIPPED"

    for restated in ("bronze", "silver"):
        run(database, tmp_path, restated, force=True)
        again = run(database, tmp_path, "both").step("both")
        assert again.status == "COMPLETE"
        assert again.reason is not None
        assert again.reason.startswith(f"stale: PRICES {WEEK} was restated since")
