"""What the libraries say of calendars, as a package gets it written down: days of the past, which stay."""

import pytest

from spine_gen.calendars.days import Library, Wanted
from spine_gen.calendars.libraries import ask
from spine_gen.calendars.problems import UnknownCalendarError, UntoldDaysError


def wanted(library: Library, name: str, first: str, last: str, *weekend: str) -> Wanted:
    return Wanted(library=library, name=name, first=first, last=last, weekend=weekend)


@pytest.mark.parametrize(
    ("asked", "weekend", "closed", "opened"),
    [
        (
            wanted("exchange_calendars", "XNYS", "2024-12-20", "2025-01-20"),
            "SAT SUN",
            {
                "2024-12-25": "Christmas",
                "2025-01-01": "New Year's Day",
                "2025-01-09": "closed",  # once, and without a name
                "2025-01-20": "Dr. Martin Luther King Jr. Day",
            },
            {},
        ),
        (wanted("exchange_calendars", "NYSE", "2025-02-03", "2025-02-14"), "SAT SUN", {}, {}),
        (wanted("exchange_calendars", "24/7", "2025-02-03", "2025-02-14"), "", {}, {}),
        (  # longer ago than what the library shows by itself
            wanted("exchange_calendars", "XNYS", "1998-07-01", "1998-07-10"),
            "SAT SUN",
            {"1998-07-03": "July 4th"},
            {},
        ),
        (
            wanted("holidays", "US-NY", "2025-02-10", "2025-02-21"),
            "SAT SUN",
            {"2025-02-12": "Lincoln's Birthday", "2025-02-17": "Washington's Birthday"},
            {},
        ),
        (
            wanted("holidays", "US", "2025-02-10", "2025-02-21"),
            "SAT SUN",
            {"2025-02-17": "Washington's Birthday"},
            {},
        ),
        (
            wanted("holidays", "ECB", "2025-04-14", "2025-05-02"),
            "SAT SUN",
            {"2025-04-18": "Good Friday", "2025-04-21": "Easter Monday", "2025-05-01": "Labour Day"},
            {},
        ),
        (  # a Sunday is worked for the days off after it
            wanted("holidays", "CN", "2025-01-20", "2025-01-31"),
            "SAT SUN",
            {
                "2025-01-28": "Chinese New Year's Eve",
                **dict.fromkeys(
                    ("2025-01-29", "2025-01-30", "2025-01-31"), "Chinese New Year (Spring Festival)"
                ),
            },
            {"2025-01-26": "working day"},
        ),
        (  # the weekend changed with the year
            wanted("holidays", "AE", "2021-12-23", "2022-01-09"),
            "SAT SUN",
            {"2021-12-24": "weekend", "2021-12-31": "weekend"},
            {"2021-12-26": "working day"},
        ),
        (
            wanted("holidays", "US", "2025-02-10", "2025-02-21", "FRI", "SAT"),
            "FRI SAT",
            {"2025-02-17": "Washington's Birthday"},
            {},
        ),
        (  # kept in the year before
            wanted("holidays", "US", "2021-12-27", "2021-12-31"),
            "SAT SUN",
            {"2021-12-31": "New Year's Day (observed)"},
            {},
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Wanted) else None,
)
def test_days_as_the_libraries_have_them(
    asked: Wanted, weekend: str, closed: dict[str, str], opened: dict[str, str]
) -> None:
    days = ask(asked, "1.0")
    assert " ".join(days.weekend) == weekend
    assert days.closed == closed
    assert days.opened == opened
    assert ask(asked, "1.0") == days


@pytest.mark.parametrize(
    ("asked", "said", "known"),
    [
        (wanted("exchange_calendars", "XNYY", "2025-01-02", "2025-12-31"), 'no exchange "XNYY"', "XNYS"),
        (wanted("holidays", "UX", "2025-01-02", "2025-12-31"), 'no country or market "UX"', "US"),
        (wanted("holidays", "US-ZZ", "2025-01-02", "2025-12-31"), 'no part of US "US-ZZ"', "US-NY"),
    ],
)
def test_calendars_that_no_library_has(asked: Wanted, said: str, known: str) -> None:
    with pytest.raises(UnknownCalendarError) as caught:
        ask(asked, "1.0")
    assert said in str(caught.value)
    assert known in caught.value.known


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (wanted("exchange_calendars", "XSHG", "2025-01-02", "2060-12-31"), "only recorded to the year"),
        (wanted("exchange_calendars", "XNYS", "2025-12-27", "2025-12-28"), "no sessions"),
        (wanted("holidays", "US", "1500-01-02", "1510-12-31"), "holidays has those of US from"),
        (wanted("holidays", "US", "2025-12-27", "2025-12-28"), "has no day from 2025-12-27 to 2025-12-28"),
    ],
)
def test_days_that_a_library_cannot_tell(asked: Wanted, said: str) -> None:
    with pytest.raises(UntoldDaysError, match=said):
        ask(asked, "1.0")
