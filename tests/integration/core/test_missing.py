"""Which partitions lack something: those that are expected, and not complete for every stage."""

import pytest
import sqlalchemy as sa

from spine import Date, Enum, IsoWeek, Partitioning, Stage
from spine.core.tracking import Tracking
from spine.looking.missing import missing_keys
from spine.orchestration.ranges import PartitionRange

TABLE = sa.Table("missing", sa.MetaData(), sa.Column("n", sa.Integer), sa.Column("capture_id", sa.String(36)))
DAYS = Partitioning(market=Enum(values=("NYSE", "OTC")), day=Date(start="2025-01-10", end="2025-01-14"))
WEEKS = Partitioning(week=IsoWeek())


def missing(tracking: Tracking, partitions: Partitioning, within: PartitionRange) -> list[str]:
    stages = [Stage("d", name, "T", partitions=partitions, table=TABLE) for name in "AB"]
    with tracking.read() as connection:
        return sorted(missing_keys(connection, stages, within))


def made(tracking: Tracking, key: str, stages: str, domain: str = "d") -> None:
    for stage in stages:
        tracking.manifest.record_complete(tracking.manifest.record_start(domain, key, stage, "T"), 1)


@pytest.mark.parametrize(
    ("within", "expected"),
    [
        (PartitionRange(), ["10", "12"]),
        (PartitionRange(first="2025-01-12"), ["12"]),
        (PartitionRange(first="2025-01-01", last="2025-01-31"), ["10", "12", "13", "14"]),
        (PartitionRange(partition="market=NYSE/day=2025-01-13"), ["13"]),
        (PartitionRange(partition="market=NYSE/day=2025-01-11"), []),
    ],
)
def test_each_day_of_what_ran_is_expected(
    tracking: Tracking, within: PartitionRange, expected: list[str]
) -> None:
    """From the start to the newest day or in the range, and nothing for the market that never ran."""
    made(tracking, "market=NYSE/day=2025-01-11", "AB")
    made(tracking, "market=NYSE/day=2025-01-12", "A")
    made(tracking, "market=NYSE/day=2025-01-12", "AB", "another")
    made(tracking, "2025-W02", "A")  # as the domain was partitioned once
    assert missing(tracking, DAYS, within) == [f"market=NYSE/day=2025-01-{day}" for day in expected]


def test_without_a_start_it_is_from_the_oldest(tracking: Tracking) -> None:
    assert missing(tracking, WEEKS, PartitionRange()) == []
    made(tracking, "2025-W02", "AB")
    made(tracking, "2025-W04", "B")
    assert missing(tracking, WEEKS, PartitionRange()) == ["2025-W03", "2025-W04"]


def test_where_nothing_ran_a_range_is_expected(tracking: Tracking) -> None:
    assert missing(tracking, WEEKS, PartitionRange(first="2025-W01", last="2025-W02")) == [
        "2025-W01",
        "2025-W02",
    ]
    assert missing(tracking, DAYS, PartitionRange(first="2025-01-10", last="2025-01-11")) == []


def test_without_a_calendar_only_what_ran_is_expected(tracking: Tracking) -> None:
    made(tracking, "OTC", "A")
    assert missing(tracking, Partitioning(market=Enum(values=("NYSE", "OTC"))), PartitionRange()) == ["OTC"]
