"""Ranges of partitions: what is a bound, and which keys are within."""

import pytest

from spine import Date, Enum, IsoWeek, Partitioning
from spine.errors import PartitionError
from spine.orchestration.ranges import PartitionRange

WEEKS = Partitioning(week=IsoWeek(start="2025-W10"))
DAYS = Partitioning(market=Enum(values=("NYSE", "OTC")), day=Date(start="2025-01-10"))


@pytest.mark.parametrize(
    ("within", "key", "expected"),
    [
        (PartitionRange(partition="2025-W12"), "2025-W12", True),
        (PartitionRange(partition="2025-W12"), "2025-W13", False),
        (PartitionRange(first="2025-W02", last="2025-W12"), "2025-W12", True),
        (PartitionRange(first="2025-W12"), "2025-W11", False),
    ],
)
def test_keys_of_one_dimension(within: PartitionRange, key: str, *, expected: bool) -> None:
    within.check([WEEKS])
    assert within.holds(key, WEEKS) is expected


@pytest.mark.parametrize(
    ("within", "key", "expected"),
    [
        (PartitionRange(first="2025-01-01"), "market=OTC/day=2025-01-11", True),
        (PartitionRange(last="2025-01-11"), "market=OTC/day=2025-01-12", False),
        (PartitionRange(last="market=OTC/day=2025-01-11"), "market=OTC/day=2025-01-11", True),
        (PartitionRange(last="market=OTC/day=2025-01-11"), "market=NYSE/day=2025-01-11", False),
        (PartitionRange(last="2025-01-11"), "market=LSE/day=2025-01-11", False),  # no longer declared
        (PartitionRange(first="2025-01-11"), "market=LSE/day=2025-01-11", False),
    ],
)
def test_keys_of_several_dimensions(within: PartitionRange, key: str, *, expected: bool) -> None:
    within.check([DAYS])
    assert within.holds(key, DAYS) is expected


@pytest.mark.parametrize(
    ("within", "said"),
    [
        (PartitionRange(partition="2025-W99"), "partition key '2025-W99': week '2025-W99' does not exist"),
        (PartitionRange(partition="2025-W09"), "'2025-W09' is before the first partition"),
        (PartitionRange(first="2025-W9"), "week '2025-W9' is not of the form YYYY-Www .*, as in '2025-W51'"),
        (PartitionRange(last="W47"), "week 'W47' is not of the form"),
    ],
)
def test_what_is_no_partition_is_refused(within: PartitionRange, said: str) -> None:
    with pytest.raises(PartitionError, match=said):
        within.check([WEEKS])


def test_one_partitioning_of_several_is_enough() -> None:
    PartitionRange(partition="2025-W12").check([DAYS, WEEKS])
    PartitionRange(partition="anything").check([])
    assert PartitionRange(first="2025-W12").is_about(WEEKS)
    assert not PartitionRange(first="2025-W12").is_about(DAYS)
    with pytest.raises(PartitionError, match="market missing"):
        PartitionRange(first="day=2025-01-11").check([DAYS])
