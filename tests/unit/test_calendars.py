"""Days by a calendar: which are partitions, what comes before and after them, and what is not known."""

import pickle
from datetime import date

import pytest

from spine.core.partitions.mapping import keys_for, newest_key_for
from spine.core.partitions.partitioning import Calendar, Date, Enum, IsoWeek, Month, Partitioning
from spine.errors import PartitionError
from spine.orchestration.ranges import PartitionRange

XNYS = Calendar(
    name="XNYS",
    first="2025-12-01",
    last="2026-01-16",
    closed={"2025-12-25": "Christmas Day", "2026-01-01": "New Year's Day"},
)
DAYS = Partitioning(day=Date(start="2025-12-01", calendar=XNYS))
MARKETS = Partitioning(market=Enum(values=("A", "B")), day=Date(calendar=XNYS))


def test_a_window_counts_the_days_that_count() -> None:
    assert DAYS.parse("2025-12-29").window(4) == ("2025-12-23", "2025-12-24", "2025-12-26", "2025-12-29")
    assert DAYS.parse("2025-12-03").window(5) == ("2025-12-01", "2025-12-02", "2025-12-03")
    assert MARKETS.parse("market=A/day=2025-12-26").window(2) == (
        "market=A/day=2025-12-24",
        "market=A/day=2025-12-26",
    )


def test_before_and_after_a_day_come_days_that_count() -> None:
    assert DAYS.parse("2025-12-26").previous().key == "2025-12-24"
    assert DAYS.parse("2025-12-26").next().key == "2025-12-29"
    with pytest.raises(PartitionError, match="no day before 2025-12-01"):
        DAYS.parse("2025-12-01").previous()
    with pytest.raises(PartitionError, match="no day after 2026-01-16 .*`through`"):
        DAYS.parse("2026-01-16").next()


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("2025-12-25", "day of XNYS: Christmas Day; next to it are 2025-12-24 and 2025-12-26"),
        ("2025-12-27", "it is a Saturday; next to it are 2025-12-26 and 2025-12-29"),
        ("2025-11-28", "'2025-11-28' is before the first partition, '2025-12-01'"),
        ("2026-01-20", "is after 2026-01-16, up to which calendar XNYS is known"),
        ("2026-02-30", "does not exist"),
        ("2025-W51", "is not of the form YYYY-MM-DD"),
    ],
)
def test_other_days_are_refused_with_the_reason(key: str, said: str) -> None:
    with pytest.raises(PartitionError) as caught:
        DAYS.parse(key)
    assert said in str(caught.value)


def test_days_before_those_that_were_written_down_are_refused() -> None:
    with pytest.raises(PartitionError, match="no day of XNYS: it is known from 2025-12-01 on"):
        MARKETS.parse("market=A/day=2025-11-28")


def test_a_range_leaves_out_what_does_not_count_and_may_begin_and_end_there() -> None:
    keys = [partition.key for partition in DAYS.between("2025-12-24", "2025-12-28")]
    assert keys == ["2025-12-24", "2025-12-26"]
    assert DAYS.between("2025-12-27", "2025-12-28") == ()
    both = MARKETS.between("market=B/day=2025-12-25", "market=B/day=2025-12-26")
    assert [partition.key for partition in both] == ["market=B/day=2025-12-26"]


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2025-12-27", "2025-12-27", "it is a Saturday"),  # a single day is meant
        ("2025-12-29", "2025-12-24", "swap them"),
        ("2025-12-29", "2026-03-01", "up to which calendar XNYS is known"),
        ("2025-11-01", "2025-12-24", "before the first partition"),
    ],
)
def test_ranges_that_are_refused(first: str, last: str, said: str) -> None:
    with pytest.raises(PartitionError, match=said):
        DAYS.between(first, last)


def test_start_and_end_need_not_count() -> None:
    time = Date(start="2025-12-06", end="2025-12-25", calendar=XNYS)
    assert time.value(time.first_number) == "2025-12-08"
    assert time.value(time.last_number) == "2025-12-24"
    assert [time.value(number) for number in time.numbers("2025-12-20", "2030-01-01")] == [
        "2025-12-22",
        "2025-12-23",
        "2025-12-24",
    ]
    assert Partitioning(day=time).parse("2025-12-09").window(9) == ("2025-12-08", "2025-12-09")


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2025-12-27", "2025-12-28", "has no day from 2025-12-27 to 2025-12-28"),
        ("2025-12-28", "2025-12-27", "swap them"),
        ("2026-03-01", None, "up to which calendar XNYS is known"),
    ],
)
def test_bounds_between_which_no_day_counts(start: str, end: str | None, said: str) -> None:
    with pytest.raises(PartitionError, match=said):
        Date(start=start, end=end, calendar=XNYS)


def test_a_calendar_may_have_other_weekends_and_open_days_in_them() -> None:
    calendar = Calendar(
        name="X",
        first="2025-12-01",
        last="2025-12-14",
        weekend=("FRI", "SAT"),
        closed={"2025-12-02": "", "2025-12-05": "a Friday in any case"},
        opened={"2025-12-12": "instead of the 2nd"},
    )
    time = Date(calendar=calendar)
    counted = [time.value(number) for number in range(time.first_number, time.last_number + 1)]
    assert counted == [f"2025-12-{day:02}" for day in (1, 3, 4, 7, 8, 9, 10, 11, 12, 14)]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"weekend": ("SA",)}, "'SA' is no day of a week"),
        ({"first": "2025-12-06", "last": "2025-12-07"}, "X has no day from 2025-12-06 to 2025-12-07"),
    ],
)
def test_calendars_that_are_none(given: dict[str, tuple[str, ...] | str], said: str) -> None:
    with pytest.raises(PartitionError, match=said):
        Calendar(**{"name": "X", "first": "2025-12-01", "last": "2025-12-31"} | given)  # type: ignore[arg-type]


def test_the_days_of_a_value_are_its_own() -> None:
    value = DAYS.parse("2025-12-26")["day"]
    assert (value.start, value.end) == (date(2025, 12, 26), date(2025, 12, 26))


def test_partitions_go_to_other_processes_with_their_calendar() -> None:
    partition = pickle.loads(pickle.dumps(DAYS.parse("2025-12-26")))
    assert partition == DAYS.parse("2025-12-26")
    assert hash(partition.partitioning) == hash(DAYS)
    assert partition.previous().key == "2025-12-24"
    other = Calendar(name="XNYS", first="2025-12-01", last="2026-01-16")
    assert Partitioning(day=Date(start="2025-12-01", calendar=other)) != DAYS


def test_bounds_of_commands_need_not_count() -> None:
    asked = PartitionRange(first="2025-12-25", last="2025-12-28")
    asked.check([DAYS])
    assert asked.holds("2025-12-26", DAYS) and not asked.holds("2025-12-24", DAYS)
    named = PartitionRange(first="market=A/day=2025-12-25")
    named.check([MARKETS])
    assert named.holds("market=A/day=2025-12-27", MARKETS)  # made before there was a calendar
    assert not named.holds("market=B/day=2025-12-26", MARKETS)
    with pytest.raises(PartitionError, match="Saturday"):
        PartitionRange(partition="2025-12-27").check([DAYS])


def test_without_a_calendar_nothing_is_another() -> None:
    weeks = Partitioning(week=IsoWeek())
    assert weeks.without_gaps is weeks
    assert DAYS.without_gaps == Partitioning(day=Date(start="2025-12-01"))


EVERY = Partitioning(day=Date(start="2025-12-01"))
WITH_END = Partitioning(day=Date(start="2025-12-01", end="2026-01-16", calendar=XNYS))


def test_a_longer_period_reads_the_days_in_it_that_count() -> None:
    december = DAYS.by("month").parse("2025-12")
    found = keys_for(december, DAYS)
    assert found == tuple(partition.key for partition in DAYS.between("2025-12-01", "2025-12-31"))
    assert len(found) == 22
    assert keys_for(DAYS.by("week").parse("2025-W52"), DAYS) == (
        "2025-12-22",
        "2025-12-23",
        "2025-12-24",
        "2025-12-26",
    )
    assert DAYS.by("day") == DAYS
    assert keys_for(DAYS.parse("2025-12-26"), DAYS.by("month")) == ("2025-12",)


def test_of_a_period_that_is_not_known_to_its_end_nothing_is_told() -> None:
    with pytest.raises(PartitionError, match="up to which calendar XNYS is known"):
        keys_for(DAYS.by("month").parse("2026-01"), DAYS)
    assert keys_for(WITH_END.by("month").parse("2026-01"), WITH_END)[-1] == "2026-01-16"


def test_the_latest_day_is_one_that_counts() -> None:
    newest = newest_key_for(EVERY.parse("2025-12-28"), DAYS)
    assert newest is not None and newest.key == "2025-12-26"
    assert newest_key_for(Partitioning(day=Date()).parse("2025-11-30"), DAYS) is None
    assert newest_key_for(Partitioning(month=Month()).parse("2025-11"), DAYS) is None
    newest = newest_key_for(Partitioning(month=Month()).parse("2025-12"), DAYS)
    assert newest is not None and newest.key == "2025-12-31"


def test_a_day_that_does_not_count_for_an_input_has_nothing_of_it() -> None:
    assert keys_for(EVERY.parse("2025-12-29"), DAYS, 2) == ("2025-12-26", "2025-12-29")
    assert keys_for(DAYS.parse("2025-12-29"), EVERY, 2) == ("2025-12-28", "2025-12-29")
    with pytest.raises(PartitionError, match="is no day of XNYS: it is a Sunday"):
        keys_for(EVERY.parse("2025-12-28"), DAYS, 2)
