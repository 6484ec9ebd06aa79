"""The grains of time by name, and one time in another grain."""

from collections.abc import Mapping

from .times import Date, IsoWeek, Month, Quarter, Temporal, Year

GRAINS: Mapping[str, type[Temporal]] = {
    "day": Date,
    "week": IsoWeek,
    "month": Month,
    "quarter": Quarter,
    "year": Year,
}


def regrained(time: Temporal, grain: str) -> Temporal:
    """The time in that grain, from the period of its start to that of its end."""
    kind = GRAINS[grain]
    if isinstance(time, kind):
        return time  # with the calendar that it may have
    unbounded = kind()
    first = None if time.start is None else _edge(time, unbounded, time.first_number, is_last=False)
    last = None if time.end is None else _edge(time, unbounded, time.last_number, is_last=True)
    return kind(start=first, end=last)


def _edge(time: Temporal, other: Temporal, number: int, *, is_last: bool) -> str:
    """The first, or last, value in the other grain that has to do with that period."""
    if other.grain >= time.grain:
        return other.value(other.number_on(time.day_of(number)))
    within = other.within(time.first_day(number), time.last_day(number))
    return other.value(within[-1 if is_last else 0])
