"""Every day of the time that a calendar is wanted for, and those that are not as their weekday says."""

from collections.abc import Collection, Iterator
from datetime import date, timedelta

from spine.core.partitions.calendars import WEEKDAYS
from spine_gen.calendars.days import Wanted


def every_day(wanted: Wanted) -> Iterator[date]:
    """From the first to the last."""
    first, last = date.fromisoformat(wanted.first), date.fromisoformat(wanted.last)
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def exceptions(
    wanted: Wanted, weekend: Collection[str], counted: Collection[str]
) -> tuple[list[str], list[str]]:
    """The days not in a weekend that do not count, and those in one that do."""
    closed, opened = [], []
    for day in every_day(wanted):
        in_weekend, counts = WEEKDAYS[day.weekday()] in weekend, day.isoformat() in counted
        if in_weekend and counts:
            opened.append(day.isoformat())
        elif not in_weekend and not counts:
            closed.append(day.isoformat())
    return closed, opened
