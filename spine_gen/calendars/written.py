"""The days of a spec's calendars: as an earlier build wrote them down, or as their libraries have them."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from spine_gen.calendars import findings
from spine_gen.calendars.days import CalendarDays, Wanted, wanted_calendars
from spine_gen.calendars.examples import wrong_examples
from spine_gen.calendars.libraries import ask, installed_version, may_know_better
from spine_gen.calendars.problems import UnknownCalendarError, UntoldDaysError
from spine_gen.diagnostics.diagnostic import Diagnostic, Place
from spine_gen.spec.language import Dimension, Spec

Places: TypeAlias = Callable[..., Place]  # of the key that these keys lead to


@dataclass(frozen=True, kw_only=True)
class WrittenCalendars:
    """The days by dimension, and why some are not known or do not do."""

    days: Mapping[str, CalendarDays]
    diagnostics: tuple[Diagnostic, ...]


def written_calendars(spec: Spec, kept: Mapping[str, CalendarDays], place: Places) -> WrittenCalendars:
    """The days of the spec's calendars, by what an earlier build kept of them."""
    days, problems = {}, []
    for dimension, wanted in wanted_calendars(spec):
        before = kept.get(dimension.name) or kept.get(dimension.renamed_from or "")
        found = _days(wanted, before, _place(dimension, place))
        if isinstance(found, Diagnostic):
            problems.append(found)
        else:
            days[dimension.name] = found
    problems += [
        findings.example_of_no_day(one.headline, place(*one.at), one.advice)
        for one in (wrong_examples(spec, days) if days and not problems else ())
    ]
    return WrittenCalendars(days=days, diagnostics=tuple(problems))


def are_kept(spec: Spec, kept: Mapping[str, Any]) -> bool:
    """Whether a lock, as plain data, has just the spec's calendars, and nothing is to be said of them.

    Raises ValueError, KeyError or TypeError where it is no such data.
    """
    wanted = {dimension.name: one for dimension, one in wanted_calendars(spec)}
    if not wanted or kept.keys() != wanted.keys():
        return not wanted and not kept
    days = {name: _of_lock(one, kept[name]) for name, one in wanted.items()}
    return not any(one is None or may_know_better(one) for one in days.values()) and not any(
        wrong_examples(spec, {name: one for name, one in days.items() if one is not None})
    )


def _of_lock(wanted: Wanted, plain: Mapping[str, Any]) -> CalendarDays | None:
    """The days that are kept, if they are those that are wanted."""
    if plain["wanted"] != {**asdict(wanted), "weekend": [*wanted.weekend]}:
        return None
    days = CalendarDays(**{**plain, "wanted": wanted, "weekend": tuple(plain["weekend"])})
    assert days.calendar.days
    return days


def _days(wanted: Wanted, before: CalendarDays | None, place: Place) -> CalendarDays | Diagnostic:
    """Those that were kept, unless something else is wanted or a newer version has others."""
    kept = before if before is not None and before.wanted == wanted else None
    if kept is not None and not may_know_better(kept):
        return kept
    version = installed_version(wanted.library)
    if version is None:
        return findings.missing_library(wanted, place)
    try:
        asked = ask(wanted, version)
    except UnknownCalendarError as error:
        return kept or findings.unknown_calendar(error, place)
    except UntoldDaysError as error:
        return kept or findings.untold_days(error, place)
    # A version that has the same days, or cannot tell, is no change, in the lock neither.
    return kept if kept is not None and kept.says_the_same(asked) else asked


def _place(dimension: Dimension, place: Places) -> Place:
    assert dimension.calendar is not None
    kind = "holidays" if dimension.calendar.exchange is None else "exchange"
    return place("partitions", dimension.name, "calendar", kind)
