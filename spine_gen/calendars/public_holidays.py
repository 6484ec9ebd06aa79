"""The days that are no holiday in a country, a part of one, or a market, as the library holidays has them."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from types import ModuleType
from typing import Any

from spine.core.partitions.calendars import WEEKDAYS
from spine_gen.calendars.days import CalendarDays, Wanted
from spine_gen.calendars.every_day import every_day, exceptions
from spine_gen.calendars.problems import UnknownCalendarError, UntoldDaysError

_A_WEEK = 7
_LANGUAGE = "en_US"  # of the holidays' names, where the library has it
_WEEKEND = "weekend"
_WORKDAY = "working day"


def days_without_holidays(wanted: Wanted, version: str) -> CalendarDays:
    """The working days; UnknownCalendarError or UntoldDaysError where the library has none.

    Those in a weekend that are worked for others are among them.
    """
    found = _holidays(wanted)
    days = list(every_day(wanted))

    def in_weekend(day: date) -> bool:
        if wanted.weekend:
            return WEEKDAYS[day.weekday()] in wanted.weekend
        return bool(found.is_weekend(day))

    counted = {
        day.isoformat()
        for day in days
        if (day in found.weekend_workdays if in_weekend(day) else day not in found)
    }
    # Where it changed, the last is the weekend, and the days of earlier ones are exceptions.
    last_week = [days[-1] - timedelta(days=back) for back in range(_A_WEEK)]
    weekend = tuple(WEEKDAYS[day.weekday()] for day in sorted(last_week, key=date.weekday) if in_weekend(day))
    closed, opened = exceptions(wanted, weekend, counted)
    return CalendarDays(
        wanted=wanted,
        version=version,
        weekend=weekend,
        closed={day: str(found.get(day, _WEEKEND)) for day in closed},
        opened=dict.fromkeys(opened, _WORKDAY),
    )


def _holidays(wanted: Wanted) -> Any:
    """The library's holidays, of the years around that time too: some are kept in the one before or after."""
    import holidays

    make, code, part = _entity(holidays, wanted.name)
    bare = make(code, subdiv=part)
    first, last = int(wanted.first[:4]), int(wanted.last[:4])
    if not bare.start_year <= first <= last <= bare.end_year:
        raise UntoldDaysError(
            f"holidays has those of {wanted.name} from {bare.start_year} to {bare.end_year} only"
        )
    language = _LANGUAGE if _LANGUAGE in bare.supported_languages else None
    return make(code, subdiv=part, years=range(first - 1, last + 2), expand=False, language=language)


def _entity(holidays: ModuleType, name: str) -> tuple[Any, str, str | None]:
    """How the holidays are made, of which country or market, and of which part of it."""
    code, dash, part = name.partition("-")
    countries: Mapping[str, Sequence[str]] = holidays.list_supported_countries(include_aliases=True)
    markets: Mapping[str, Sequence[str]] = holidays.list_supported_financial(include_aliases=True)
    for known, make in ((countries, holidays.country_holidays), (markets, holidays.financial_holidays)):
        if code not in known:
            continue
        if dash and part not in known[code]:
            parts = tuple(f"{code}-{each}" for each in known[code])
            raise UnknownCalendarError(f"holidays has no part of {code}", name, parts)
        return make, code, part or None
    raise UnknownCalendarError("holidays has no country or market", name, (*countries, *markets))
