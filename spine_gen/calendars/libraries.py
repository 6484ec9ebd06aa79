"""The libraries that know calendars: which version is there, if any, and what it says.

They are an extra of spine-gen and take long to load. What they say is kept, and so they are asked anew only
for another calendar, or where a newer version may have other days.
"""

import re
from collections.abc import Callable, Mapping

from spine.errors import PartitionError
from spine_gen.calendars.days import CalendarDays, Library, Wanted
from spine_gen.calendars.exchanges import days_of_exchange
from spine_gen.calendars.problems import UntoldDaysError
from spine_gen.calendars.public_holidays import days_without_holidays

_ASK: Mapping[Library, Callable[[Wanted, str], CalendarDays]] = {
    "exchange_calendars": days_of_exchange,
    "holidays": days_without_holidays,
}


def installed_version(library: Library) -> str | None:
    """The library's version; None where it is not installed."""
    from importlib import metadata

    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return None


def may_know_better(kept: CalendarDays) -> bool:
    """Whether a newer version of the library is there than the one that said so."""
    there = installed_version(kept.wanted.library)
    return there is not None and _in_order(there) > _in_order(kept.version)


def ask(wanted: Wanted, version: str) -> CalendarDays:
    """The days by the library of that version; UnknownCalendarError or UntoldDaysError where it has none."""
    days = _ASK[wanted.library](wanted, version)
    try:
        assert days.calendar.days
    except PartitionError as error:
        raise UntoldDaysError(str(error)) from error
    return days


def _in_order(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", re.sub(r"(\.0)+$", "", version))))
