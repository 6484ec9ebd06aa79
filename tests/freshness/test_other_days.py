"""Windows by a calendar, when the calendar is another one than that a capture was made by."""

from random import Random

import pytest
import sqlalchemy as sa

from spine import Calendar, Date, Enum, Input, Partitioning, Registry, Stage, register_pipeline
from spine.core.captures import Place
from spine.core.previous import previous_capture
from spine.core.tracking import Tracking
from spine.data.publish import publish
from spine.looking.missing import missing_keys
from spine.orchestration.planner import Planner
from spine.orchestration.ranges import PartitionRange
from spine.orchestration.stale import StaleCaptures
from spine.pipelines.stages import DeclaredStages
from tests.freshness.desk import Desk, StagePipeline

TIER = "BRONZE"
META = sa.MetaData()
TABLES = {
    name: sa.Table(
        f"other_days_{name.lower()}",
        META,
        sa.Column("n", sa.BigInteger, nullable=False),
        sa.Column("partition_key", sa.String, nullable=False),
        sa.Column("capture_id", sa.String(36), nullable=False),
        sa.Column("input_min_capture_id", sa.String(36)),
        sa.Column("input_max_capture_id", sa.String(36)),
        sa.PrimaryKeyConstraint("capture_id", "n", name=f"pk_other_days_{name.lower()}"),
    )
    for name in "ABC"
}
QUERY = "SELECT n FROM A"
INPUT = Input("A", tier=TIER, table=TABLES["A"], window=3)


def days(*closed: int, by_market: bool = False) -> Partitioning:
    """December 2025 with those days of the month closed."""
    calendar = Calendar(
        name="X",
        first="2025-12-01",
        last="2025-12-31",
        closed={f"2025-12-{day:02}": "a holiday" for day in closed},
    )
    market = {"market": Enum(values=("M", "N"))} if by_market else {}
    return Partitioning(**market, day=Date(start="2025-12-01", calendar=calendar))


def stage(partitions: Partitioning, inputs: tuple[Input, ...] = (INPUT,)) -> Stage:
    return Stage("fair", "B", TIER, partitions=partitions, table=TABLES["B"], inputs=inputs, sql=QUERY)


def declared(partitions: Partitioning, inputs: tuple[Input, ...] = (INPUT,)) -> DeclaredStages:
    registry = Registry()
    register_pipeline("fair/b", registry)(
        type("FromA", (StagePipeline,), {"makes": stage(partitions, inputs)})
    )
    return DeclaredStages(registry)


def key_of(day: int, *, by_market: bool = False) -> str:
    key = f"2025-12-{day:02}"
    return f"market=M/day={key}" if by_market else key


def load(tracking: Tracking, *keys: str) -> None:
    for key in keys:
        tracking.manifest.record_complete(tracking.manifest.record_start("fair", key, "A", TIER), 0)


def make(desk: Desk, partitions: Partitioning, key: str, inputs: tuple[Input, ...] = (INPUT,)) -> None:
    """What a run of B leaves, by that calendar."""
    tracking, makes = Tracking(desk.database), stage(partitions, inputs)
    made = tracking.manifest.record_start("fair", key, "B", TIER)
    partition = partitions.parse(key)
    with publish(tracking, made, partition, TABLES["B"], desk.root, makes=makes) as capture:
        capture.select(QUERY, inputs=inputs)
        capture.write()
        tracking.manifest.record_complete(made, 0)


def reasons(desk: Desk, partitions: Partitioning) -> list[str]:
    """What is stale by that calendar, as `refresh` would plan it."""
    registry = Registry()
    pipeline = type("FromA", (StagePipeline,), {"makes": stage(partitions)})
    register_pipeline("fair/b", registry)(pipeline)
    with desk.database.read() as connection:
        return [task.reason for task in Planner(registry, desk.root).plan(connection).tasks]


def reason_to_rerun(
    desk: Desk, partitions: Partitioning, key: str, inputs: tuple[Input, ...] = (INPUT,)
) -> str | None:
    """Why `run` would make it again."""
    partition = partitions.parse(key)
    found = Tracking(desk.database).manifest.check_complete(
        "fair", key, "B", TIER, stage(partitions, inputs).dependencies(partition, desk.root)
    )
    return None if found else "again"


@pytest.fixture
def fair(desk: Desk) -> Desk:
    """A database with both tables; A is there for all days of the first two weeks, weekends and all."""
    with desk.database.write() as connection:
        META.create_all(connection)
    tracking = Tracking(desk.database)
    for by_market in (False, True):
        load(tracking, *(key_of(day, by_market=by_market) for day in range(1, 13)))
    return desk


@pytest.mark.parametrize("by_market", [False, True])
@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ((), (), []),
        ((), (10,), ["A {9} arrived since", "A {10} is no longer asked for"]),  # a holiday came late
        ((10,), (), ["A {10} arrived since", "A {9} is no longer asked for"]),  # and was none after all
        ((9,), (10,), ["A {9} arrived since", "A {10} is no longer asked for"]),  # or it was moved
        ((11,), (10,), ["A {11} arrived since", "A {10} is no longer asked for"]),  # within the window
        ((), (8,), []),  # before it
        ((9, 10), (8, 9, 10), ["A {5} arrived since", "A {8} is no longer asked for"]),
        ((8, 9, 10), (9, 10), ["A {8} arrived since", "A {5} is no longer asked for"]),
    ],
)
def test_windows_of_other_days_are_stale(
    fair: Desk, before: tuple[int, ...], after: tuple[int, ...], said: list[str], *, by_market: bool
) -> None:
    """The window of the 12th, a Friday, is of three days."""
    key = key_of(12, by_market=by_market)
    make(fair, days(*before, by_market=by_market), key)
    assert reasons(fair, days(*before, by_market=by_market)) == []
    now = days(*after, by_market=by_market)
    keys = [key_of(day, by_market=by_market) for day in range(13)]
    told = "; ".join(said).format(*keys)
    assert reasons(fair, now) == ([f"stale: {told}"] if told else [])
    assert reason_to_rerun(fair, now, key) == ("again" if told else None)
    make(fair, now, key)
    assert reasons(fair, now) == []
    assert reason_to_rerun(fair, now, key) is None


def test_a_holiday_of_which_there_was_nothing_brings_the_day_before_the_window(fair: Desk) -> None:
    load(Tracking(fair.database), key_of(19))  # and nothing from the 13th to the 18th
    make(fair, days(), key_of(19))
    assert reasons(fair, days(18)) == []  # the 16th is not there either
    load(Tracking(fair.database), key_of(16))
    assert reasons(fair, days(18)) == [f"stale: A {key_of(16)} arrived since"]
    assert reason_to_rerun(fair, days(18), key_of(19)) == "again"


def test_what_was_made_for_days_that_are_none_stays_and_is_passed_over(fair: Desk) -> None:
    """Before the calendar was declared every day was one."""
    every = Partitioning(day=Date(start="2025-12-01"))
    make(fair, every, key_of(7))
    make(fair, every, key_of(9))
    by_calendar = days()
    assert reasons(fair, by_calendar) == [
        f"stale: A {key_of(5)} arrived since; A {key_of(7)} is no longer asked for"
    ]
    tracking = Tracking(fair.database)
    with tracking.read() as connection:
        assert missing_keys(connection, [stage(by_calendar)], PartitionRange()) == {
            key_of(day) for day in (1, 2, 3, 4, 5, 8, 10, 11, 12)
        }
        a = Place("fair", key_of(8), "A", TIER)
        previous = previous_capture(connection, a, by_calendar.parse(key_of(8)))
        assert previous is not None and previous.partition_key == key_of(5)


@pytest.mark.parametrize("seed", range(12))
def test_stale_are_those_whose_windows_differ_and_no_others(fair: Desk, seed: int) -> None:
    """By any two calendars, and two windows of which the longer one tells of both."""
    chance = Random(seed)
    before, after = (days(*chance.sample(range(1, 13), chance.randint(0, 5))) for _ in range(2))
    inputs = tuple(
        Input(name, tier=TIER, table=TABLES[name], window=chance.randint(1, 5)) for name in ("A", "C")
    )
    tracking = Tracking(fair.database)
    for day in range(1, 13):
        tracking.manifest.record_complete(tracking.manifest.record_start("fair", key_of(day), "C", TIER), 0)
    made = [partition.key for partition in before.between(key_of(1), key_of(12))]
    for key in made:
        make(fair, before, key, inputs)
    now = [key for key in made if after.has(key)]
    differ = [
        key
        for key in now
        if any(
            before.parse(key).window(each.window) != after.parse(key).window(each.window) for each in inputs
        )
    ]
    with fair.database.read() as connection:
        stale = StaleCaptures(declared(after, inputs), fair.root)
        found = [record.partition_key for record, _ in stale.find(connection, "fair")]
    assert sorted(found) == differ
    assert [key for key in now if reason_to_rerun(fair, after, key, inputs)] == differ


def test_months_of_other_days_are_stale(fair: Desk) -> None:
    """A month reads all its days that count: which of them are there is as it was."""
    tracking = Tracking(fair.database)
    load(tracking, *(key_of(day) for day in range(13, 32)))

    def monthly(*closed: int) -> tuple[Partitioning, tuple[Input, ...]]:
        whole = days(*closed)
        given = Input("A", tier=TIER, table=TABLES["A"], partitions=whole)
        return whole.by("month"), (given,)

    for before, after, said in (
        ((25,), (25,), None),
        ((25,), (26,), f"A {key_of(25)} arrived since; A {key_of(26)} is no longer asked for"),
        ((26,), (25, 26), f"A {key_of(25)} is no longer asked for"),
        ((25, 26), (26,), f"A {key_of(25)} arrived since"),
    ):
        make(fair, monthly(*before)[0], "2025-12", monthly(*before)[1])
        found = declared(*monthly(*after))
        with fair.database.read() as connection:
            told = [
                one.text
                for _, some in StaleCaptures(found, fair.root).find(connection, "fair")
                for one in some
            ]
        assert "; ".join(told) == (said or "")
        again = reason_to_rerun(fair, monthly(*after)[0], "2025-12", monthly(*after)[1])
        assert again == ("again" if said else None)


def test_a_month_that_is_not_known_any_more_is_as_it_was(fair: Desk) -> None:
    """Status goes on where a calendar was shortened: nothing can be made of that month."""
    whole = days()
    load(Tracking(fair.database), *(key_of(day) for day in range(13, 32)))
    make(fair, whole.by("month"), "2025-12", (Input("A", tier=TIER, table=TABLES["A"], partitions=whole),))
    short = Partitioning(
        day=Date(start="2025-12-01", calendar=Calendar(name="X", first="2025-12-01", last="2025-12-15"))
    )
    given = Input("A", tier=TIER, table=TABLES["A"], partitions=short)
    with fair.database.read() as connection:
        found = StaleCaptures(declared(short.by("month"), (given,)), fair.root)
        assert list(found.find(connection, "fair")) == []
