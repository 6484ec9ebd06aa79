"""Days by a calendar are to partitions what a list of those days is: neighbours, windows, ranges, counts."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from spine.core.partitions.calendars import WEEKDAYS
from spine.core.partitions.partitioning import Calendar, Date, Partitioning
from spine.errors import PartitionError

FIRST = date(2024, 2, 20)
SPAN = 40
ALL = [FIRST + timedelta(days=number) for number in range(SPAN)]


@st.composite
def calendars(draw: st.DrawFn) -> tuple[Calendar, list[str]]:
    """A calendar, and the days that count by it."""
    weekend = draw(st.sets(st.sampled_from(WEEKDAYS), max_size=6))
    exceptions = draw(st.sets(st.sampled_from(ALL), max_size=15))
    in_weekend = {day for day in ALL if WEEKDAYS[day.weekday()] in weekend}
    counted = [str(day) for day in ALL if (day in in_weekend) == (day in exceptions)]
    assume(counted)
    calendar = Calendar(
        name="X",
        first=str(ALL[0]),
        last=str(ALL[-1]),
        weekend=tuple(weekend),
        closed={str(day): "" for day in exceptions - in_weekend},
        opened={str(day): "" for day in exceptions & in_weekend},
    )
    return calendar, counted


@given(calendars(), st.sampled_from(ALL), st.integers(1, 12), st.data())
def test_partitions_are_the_days_that_count(
    made: tuple[Calendar, list[str]], start: date, length: int, data: st.DataObject
) -> None:
    calendar, counted = made[0], [day for day in made[1] if day >= str(start)]
    if not counted:
        with pytest.raises(PartitionError):
            Date(start=str(start), calendar=calendar)
        return
    partitions = Partitioning(day=Date(start=str(start), calendar=calendar))
    assert [str(day) for day in ALL if partitions.has(str(day))] == counted
    for place, day in enumerate(counted):
        partition = partitions.parse(day)
        assert partition.window(length) == tuple(counted[max(place - length + 1, 0) : place + 1])
        assert partition.count_from_start == place + 1
        if day != counted[-1]:
            assert partition.next().key == counted[place + 1]
            assert partition.next().previous() == partition
    first, last = sorted(
        data.draw(st.lists(st.sampled_from([day for day in ALL if day >= start]), min_size=2, max_size=2))
    )
    if first != last:
        found = [partition.key for partition in partitions.between(str(first), str(last))]
        assert found == [day for day in counted if str(first) <= day <= str(last)]
