"""Partition keys: parse and format are inverse, neighbours meet, windows are what the calendar says."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spine.core.partitions.partitioning import (
    Date,
    Enum,
    IsoWeek,
    Month,
    Partitioning,
    Quarter,
    String,
    Temporal,
    Year,
)
from spine.errors import PartitionError

DAYS = st.dates(date(1001, 1, 1), date(9997, 12, 31))
TYPES: list[type[Temporal]] = [Date, IsoWeek, Month, Quarter, Year]


def key_of(type_: type[Temporal], day: date) -> str:
    """The key as the calendar has it, by other means than the code's."""
    year, week, _ = day.isocalendar()
    return {
        Date: day.isoformat(),
        IsoWeek: f"{year}-W{week:02}",
        Month: day.isoformat()[:7],
        Quarter: f"{day.year}-Q{(day.month + 2) // 3}",
        Year: str(day.year),
    }[type_]


@pytest.mark.parametrize("type_", TYPES)
@given(day=DAYS)
def test_a_day_is_within_its_partition(type_: type[Temporal], day: date) -> None:
    value = Partitioning(time=type_()).parse(key_of(type_, day))["time"]
    assert value.start <= day <= value.end
    assert key_of(type_, value.start) == key_of(type_, value.end) == value
    assert key_of(type_, value.start - timedelta(days=1)) != value
    assert key_of(type_, value.end + timedelta(days=1)) != value


@pytest.mark.parametrize("type_", TYPES)
@given(day=DAYS)
def test_parse_and_format_are_inverse(type_: type[Temporal], day: date) -> None:
    key = key_of(type_, day)
    assert type_().value(type_().number(key)) == key
    assert Partitioning(time=type_()).parse(key).key == key


@pytest.mark.parametrize("type_", TYPES)
@given(day=DAYS)
def test_next_and_previous_are_inverse_and_adjacent(type_: type[Temporal], day: date) -> None:
    partition = Partitioning(time=type_()).parse(key_of(type_, day))
    assert partition.next().previous() == partition == partition.previous().next()
    assert partition.next()["time"].start == partition["time"].end + timedelta(days=1)


@pytest.mark.parametrize("type_", TYPES)
@given(day=DAYS, length=st.integers(1, 60))
def test_a_window_is_sorted_and_ends_with_its_partition(
    type_: type[Temporal], day: date, length: int
) -> None:
    partitioning = Partitioning(time=type_())
    partition = partitioning.parse(key_of(type_, day))
    window = partition.window(length)
    assert list(window) == sorted(set(window))
    assert window[-1] == partition.key
    assert tuple(one.key for one in partitioning.between(window[0], window[-1])) == window
    first = partitioning.parse(window[0])["time"].start
    if first > date(1001, 1, 1):
        assert len(window) == length


@given(first=DAYS, days=st.integers(0, 200))
def test_between_holds_every_day_of_the_range(first: date, days: int) -> None:
    last = first + timedelta(days=days)
    found = Partitioning(day=Date()).between(first.isoformat(), last.isoformat())
    assert [one["day"].start for one in found] == [first + timedelta(days=one) for one in range(days + 1)]


@given(text=st.text(max_size=12))
def test_any_text_is_parsed_whole_or_refused(text: str) -> None:
    for type_ in TYPES:
        try:
            partition = Partitioning(time=type_()).parse(text)
        except PartitionError as error:
            assert str(error)
        else:
            assert key_of(type_, partition["time"].start) == text


@given(
    market=st.text(
        st.characters(exclude_categories=("C", "Z"), exclude_characters="/\\"), min_size=1, max_size=9
    ),
    day=DAYS,
)
def test_keys_of_several_dimensions_are_parsed_back(market: str, day: date) -> None:
    partitioning = Partitioning(market=String(), week=IsoWeek(), side=Enum(values=("BUY", "SELL")))
    key = f"market={market}/week={key_of(IsoWeek, day)}/side=SELL"
    if market in (".", ".."):
        return
    partition = partitioning.parse(key)
    assert dict(partition.values) == {"market": market, "week": key_of(IsoWeek, day), "side": "SELL"}
    assert partition.next().previous().key == key
