"""Partition keys and path templates, at the edges that a property would not name."""

from datetime import date

import pytest

from spine.core.partitions.partitioning import (
    Date,
    Dimension,
    Enum,
    IsoWeek,
    Month,
    Partitioning,
    Quarter,
    String,
    Year,
    check_template,
)
from spine.errors import GlobalPartitionError, PartitionError

WEEKS = Partitioning(week=IsoWeek(start="2025-W01"))
MARKETS = Partitioning(
    market=Enum(values=("NYSE", "NASDAQ")), date=Date(start="2025-01-01", end="2025-12-31")
)


@pytest.mark.parametrize(
    ("key", "first", "last"),
    [
        ("2025-W01", date(2024, 12, 30), date(2025, 1, 5)),
        ("2025-W52", date(2025, 12, 22), date(2025, 12, 28)),
        ("2026-W01", date(2025, 12, 29), date(2026, 1, 4)),
        ("2026-W53", date(2026, 12, 28), date(2027, 1, 3)),
    ],
)
def test_weeks_at_year_ends(key: str, first: date, last: date) -> None:
    value = WEEKS.parse(key)["week"]
    assert (value.start, value.end) == (first, last)


def test_weeks_go_on_through_year_ends() -> None:
    assert WEEKS.parse("2026-W02").window(4) == ("2025-W51", "2025-W52", "2026-W01", "2026-W02")
    assert WEEKS.parse("2026-W53").next().key == "2027-W01"


@pytest.mark.parametrize(
    ("dimension", "key", "first", "last"),
    [
        (Date(), "2024-02-29", date(2024, 2, 29), date(2024, 2, 29)),
        (Month(), "2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        (Quarter(), "2025-Q4", date(2025, 10, 1), date(2025, 12, 31)),
        (Year(), "2025", date(2025, 1, 1), date(2025, 12, 31)),
    ],
)
def test_first_and_last_days(dimension: Dimension, key: str, first: date, last: date) -> None:
    value = Partitioning(time=dimension).parse(key)["time"]
    assert (value.start, value.end) == (first, last)


@pytest.mark.parametrize(
    ("dimension", "key"),
    [
        (Date(), "2025-02-30"),
        (Date(), "2025-2-3"),
        (Date(), "20250203"),
        (Date(), "2025-02-03 "),
        (Date(), "٢٠٢٥-٠٢-٠٣"),
        (Date(), "0999-01-01"),
        (Date(), "9999-12-31"),
        (IsoWeek(), "2025-W53"),
        (IsoWeek(), "2025-W00"),
        (IsoWeek(), "2025-w01"),
        (IsoWeek(), "2025W01"),
        (Month(), "2025-13"),
        (Month(), "2025-00"),
        (Quarter(), "2025-Q5"),
        (Quarter(), "2025-Q0"),
        (Year(), "25"),
        (Enum(values=("A", "B")), "a"),
        (String(pattern="[A-Z]+"), "ABc"),
        (String(pattern=".*"), "../etc"),
        (String(pattern=".*"), ".."),
        (String(), "a\\b"),
        (String(), "a\0b"),
        (String(), "a\u2028b"),
        (String(), " a"),
        (String(), "x" * 201),
    ],
)
def test_what_is_not_of_the_form_is_refused(dimension: Dimension, key: str) -> None:
    with pytest.raises(PartitionError):
        Partitioning(only=dimension).parse(key)


def test_the_message_says_the_form_and_an_example() -> None:
    with pytest.raises(PartitionError) as caught:
        WEEKS.parse("2025-51")
    assert str(caught.value) == (
        "partition key '2025-51': week '2025-51' is not of the form YYYY-Www (years 1000 to 9998), "
        "as in '2025-W51'"
    )


@pytest.mark.parametrize(
    ("key", "why"), [("2025-W53", "does not exist"), ("2024-W01", "is before the first")]
)
def test_a_key_of_the_right_form_is_not_said_to_be_of_a_wrong_one(key: str, why: str) -> None:
    with pytest.raises(PartitionError, match=why) as caught:
        WEEKS.parse(key)
    assert "form" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("date=2025-01-03/market=NYSE", "the order is market, date"),
        ("market=NYSE", "date missing"),
        ("market=NYSE/market=NYSE", "'market' is given twice"),
        ("market=NYSE/date=2025-01-03/market=NYSE", "'market' is given twice"),
        ("market=NYSE/day=2025-01-03", "'day' is no dimension"),
        ("NYSE/2025-01-03", "'NYSE' has no '='"),
    ],
)
def test_keys_of_several_dimensions_are_canonical(key: str, why: str) -> None:
    with pytest.raises(PartitionError) as caught:
        MARKETS.parse(key)
    assert why in str(caught.value)
    assert "market=(NYSE|NASDAQ)/date=YYYY-MM-DD" in str(caught.value)
    assert "'market=NYSE/date=2025-12-15'" in str(caught.value)


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("market=LSE/date=2025-01-03", "market 'LSE' is none of NYSE, NASDAQ"),
        ("market=NYSE/date=2024-12-31", "date '2024-12-31' is before the first partition, '2025-01-01'"),
        ("market=NYSE/date=2026-01-01", "date '2026-01-01' is after the last partition, '2025-12-31'"),
    ],
)
def test_a_dimension_with_a_wrong_value_is_named(key: str, why: str) -> None:
    with pytest.raises(PartitionError) as caught:
        MARKETS.parse(key)
    assert str(caught.value) == f"partition key {key!r}: {why}"


@pytest.mark.parametrize("key", ["ALL", "all", "*", "", "global"])
def test_global_keys_are_refused(key: str) -> None:
    with pytest.raises(GlobalPartitionError):
        Partitioning(name=String()).parse(key)


def test_the_context_names_the_partition() -> None:
    assert WEEKS.of({"partition_key": "2025-W51"}).key == "2025-W51"
    with pytest.raises(PartitionError, match="no partition_key.*'2025-W51'"):
        WEEKS.of({})
    with pytest.raises(PartitionError, match="is a date"):
        WEEKS.of({"partition_key": date(2025, 1, 1)})


def test_windows_and_ranges_keep_to_the_bounds_and_the_other_dimensions() -> None:
    partition = MARKETS.parse("market=NYSE/date=2025-01-02")
    assert partition.window(5) == ("market=NYSE/date=2025-01-01", "market=NYSE/date=2025-01-02")
    with pytest.raises(PartitionError, match="after the last partition"):
        MARKETS.parse("market=NYSE/date=2025-12-31").next()
    with pytest.raises(PartitionError, match="before the first partition"):
        MARKETS.parse("market=NYSE/date=2025-01-01").previous()
    with pytest.raises(PartitionError, match="differ in more than date"):
        MARKETS.between("market=NYSE/date=2025-01-01", "market=NASDAQ/date=2025-01-02")
    with pytest.raises(PartitionError, match="is after"):
        MARKETS.between("market=NYSE/date=2025-01-02", "market=NYSE/date=2025-01-01")


def test_a_window_needs_one_time_dimension() -> None:
    assert Partitioning(name=String()).parse("x").window(1) == ("x",)
    with pytest.raises(PartitionError, match="exactly one time dimension"):
        Partitioning(name=String()).parse("x").window(2)
    with pytest.raises(PartitionError, match="exactly one time dimension"):
        Partitioning(a=Year(), b=Year()).parse("a=2025/b=2025").window(2)
    with pytest.raises(PartitionError, match="1 or more"):
        WEEKS.parse("2025-W01").window(0)


@pytest.mark.parametrize(
    "declare",
    [
        Partitioning,
        lambda: IsoWeek(start="2025"),
        lambda: IsoWeek(start="2025-W02", end="2025-W01"),
        lambda: Enum(values=()),
        lambda: Enum(values=("A", "A")),
        lambda: Enum(values=("A/B",)),
        lambda: String(pattern="("),
    ],
)
def test_wrong_declarations_are_refused(declare: type[Partitioning]) -> None:
    with pytest.raises(PartitionError):
        declare()


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("data/w_{week.start:%Y%m%d}.csv", "data/w_20251229.csv"),
        ("{week}/{week.end:%d.%m.%Y}", "2026-W01/04.01.2026"),
        ("{week.start}", "2025-12-29"),
        ("{week.start:%G-W%V}", "2026-W01"),
        ("{{literal}}", "{literal}"),
        ("plain", "plain"),
    ],
)
def test_templates_are_expanded(template: str, path: str) -> None:
    assert WEEKS.parse("2026-W01").expand(template) == path


def test_a_day_may_be_formatted_itself() -> None:
    partition = MARKETS.parse("market=NYSE/date=2025-01-02")
    assert partition.expand("{market}/{date:%Y%m%d}.csv") == "NYSE/20250102.csv"


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("{month}", "names no dimension"),
        ("{market.start}", "is not a time"),
        ("{market:%Y}", "date format for what is not a day"),
        ("{date.start:%Y-W%V}", "%G-W%V"),
        ("{date:%B}", "%B"),
        ("{date:%}", "% in"),
        ("{date:xx}", "no date format"),
        ("{date:%Y/%m}", "slash"),
        ("{date.__class__}", "not understood"),
        ("{date!r}", "not understood"),
        ("{date[0]}", "not understood"),
        ("{}", "not understood"),
        ("{date", "unbalanced braces"),
        ("}", "unbalanced braces"),
    ],
)
def test_templates_that_cannot_be_expanded_are_refused(template: str, why: str) -> None:
    with pytest.raises(PartitionError) as caught:
        check_template(template, MARKETS.dimensions)
    assert why in str(caught.value)
