"""Days and instants, as texts: 2025-12-31, and 2025-12-31 09:30:00.000000 in UTC."""

from calendar import monthrange
from datetime import date, datetime, timedelta

from .numbers import Number

_DAY = 10  # characters
_KEPT = ("year", "month", "day", "hour", "minute", "second")


def extract(part: str, value: str) -> Number:
    """One part of a day or an instant."""
    instant = _instant(value)
    year, week, weekday = instant.isocalendar()
    parts: dict[str, Number] = {
        "year": instant.year,
        "quarter": (instant.month + 2) // 3,
        "month": instant.month,
        "week": week,
        "isoyear": year,
        "day": instant.day,
        "doy": instant.timetuple().tm_yday,
        "isodow": weekday,
        "dow": weekday % 7,
        "hour": instant.hour,
        "minute": instant.minute,
        "second": instant.second + instant.microsecond / 1_000_000,
        "epoch": (instant - datetime(1970, 1, 1)) / timedelta(seconds=1),  # noqa: DTZ001 - all are in UTC
    }
    return parts[part]


def add_days(value: str, days: int) -> str:
    """The day so many days later."""
    return str(date.fromisoformat(value) + timedelta(days=days))


def days_between(later: str, earlier: str) -> int:
    """How many days from the one to the other."""
    return (date.fromisoformat(later) - date.fromisoformat(earlier)).days


def seconds_between(later: str, earlier: str) -> float:
    """How many seconds from one instant to the other."""
    return (_instant(later) - _instant(earlier)) / timedelta(seconds=1)


def add_interval(value: str, months: int, days: int, seconds: float) -> str:
    """A day or an instant so much later; months end on their last day where they are too short."""
    instant = _instant(value)
    month = instant.year * 12 + instant.month - 1 + months
    year, month = divmod(month, 12)
    day = min(instant.day, monthrange(year, month + 1)[1])
    moved = instant.replace(year=year, month=month + 1, day=day) + timedelta(days=days, seconds=seconds)
    return _as_given(moved, value)


def date_trunc(part: str, value: str) -> str:
    """The beginning of the part that a day or an instant lies in."""
    instant = _instant(value)
    match part:
        case "week":
            begin = _begun(instant - timedelta(days=instant.weekday()), "day")
        case "quarter":
            begin = _begun(instant.replace(day=1, month=instant.month - (instant.month - 1) % 3), "month")
        case _:
            begin = _begun(instant, part)
    return _as_given(begin, value)


def to_char(value: str, form: str) -> str:
    """A day or an instant in that form of strftime."""
    instant = _instant(value)
    year, week, weekday = instant.isocalendar()
    filled = form.replace("%Y", f"{instant.year:04}").replace("%G", f"{year:04}").replace("%V", f"{week:02}")
    return instant.strftime(filled.replace("%u", str(weekday)))


def _instant(value: str) -> datetime:
    return datetime.fromisoformat(value)


def _begun(instant: datetime, part: str) -> datetime:
    """The beginning of its year, month, day, hour, minute or second."""
    kept = list(instant.timetuple()[: _KEPT.index(part) + 1])
    return datetime(*(kept + [1, 1, 1][len(kept) :])[:6])  # type: ignore[arg-type]  # noqa: DTZ001 - in UTC


def _as_given(instant: datetime, value: str) -> str:
    """As a day where a day was given."""
    if len(value) == _DAY:
        return str(instant.date())
    return instant.isoformat(" ", "microseconds")
