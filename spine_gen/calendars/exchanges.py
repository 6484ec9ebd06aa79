"""The trading days of an exchange, as the library exchange_calendars has them."""

import warnings
from collections.abc import Iterator
from typing import Any

from spine.core.partitions.calendars import WEEKDAYS
from spine_gen.calendars.days import CalendarDays, Wanted
from spine_gen.calendars.every_day import exceptions
from spine_gen.calendars.problems import UnknownCalendarError, UntoldDaysError

_NAMELESS = "closed"
_OPEN = "open"


def days_of_exchange(wanted: Wanted, version: str) -> CalendarDays:
    """Its sessions; UnknownCalendarError or UntoldDaysError where the library has none."""
    with warnings.catch_warnings(action="ignore"):  # of what pandas will change: the library's concern
        calendar = _calendar(wanted)
        sessions = {day.date().isoformat() for day in calendar.sessions}
        names = dict(_names(calendar, wanted))
    weekend = tuple(day for day, trades in zip(WEEKDAYS, calendar.weekmask, strict=True) if trades == "0")
    closed, opened = exceptions(wanted, weekend, sessions)
    return CalendarDays(
        wanted=wanted,
        version=version,
        weekend=weekend,
        closed={day: names.get(day, _NAMELESS) for day in closed},
        opened=dict.fromkeys(opened, _OPEN),
    )


def _calendar(wanted: Wanted) -> Any:
    import exchange_calendars  # with pandas

    known = exchange_calendars.get_calendar_names()
    if wanted.name not in known:
        raise UnknownCalendarError("exchange_calendars has no exchange", wanted.name, tuple(known))
    try:
        return exchange_calendars.get_calendar(wanted.name, start=wanted.first, end=wanted.last)
    except (exchange_calendars.errors.CalendarError, ValueError, NotImplementedError) as error:
        # The last where the library and its pandas do not fit: nothing is known then either.
        raise UntoldDaysError(f"exchange_calendars {wanted.name}: {error}") from error


def _names(calendar: Any, wanted: Wanted) -> Iterator[tuple[str, str]]:
    """The names of the holidays that come back each year, by day; those that came once have none."""
    if calendar.regular_holidays is None:
        return
    found = calendar.regular_holidays.holidays(wanted.first, wanted.last, return_name=True)
    for day, name in sorted(found.items(), key=lambda item: (item[0], str(item[1])), reverse=True):
        yield day.date().isoformat(), str(name)
