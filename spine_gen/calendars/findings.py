"""Why a calendar cannot be written down, or leaves out a day that the spec makes an example of.

One function per code, whose docstring is what ``spine-gen explain`` prints.
"""

from spine_gen.calendars.days import Wanted
from spine_gen.calendars.problems import UnknownCalendarError, UntoldDaysError
from spine_gen.diagnostics import Diagnostic, did_you_mean
from spine_gen.diagnostics.diagnostic import Place

_LONGEST = 300
_EXTRA = 'pip install "spine-gen[calendars]"'


def unknown_calendar(error: UnknownCalendarError, place: Place) -> Diagnostic:
    """A calendar is one that its library has.

    What: `exchange` is none of exchange_calendars, or `holidays` no country (`US`), part of one (`US-NY`) or
    market (`ECB`) of holidays.
    Why: the build takes the days from there.

    Bad:

        day: {type: date, start: 2025-01-02, calendar: {exchange: NYX, through: 2026-12-31}}

    Good:

        day: {type: date, start: 2025-01-02, calendar: {exchange: XNYS, through: 2026-12-31}}
    """
    listed = ", ".join(error.known[:4]) + (", …" if len(error.known) > 4 else "")
    otherwise = f"use one of {listed}" if error.known else "leave out what is behind the dash"
    return _finding("SG406", str(error), place, did_you_mean(error.name, error.known, otherwise=otherwise))


def untold_days(error: UntoldDaysError, place: Place) -> Diagnostic:
    """A calendar is written down as far as its library knows it.

    What: the library does not know the calendar's days in all of the time from `start` to `through` (or
    `end`), or cannot tell them.
    Why: exchanges announce their holidays a year or so ahead; what nobody knows is not guessed.

    Bad:

        day: {type: date, start: 2025-01-02, calendar: {exchange: XSHG, through: 2039-12-31}}

    Good:

        day: {type: date, start: 2025-01-02, calendar: {exchange: XSHG, through: 2026-12-31}}
    """
    said = " ".join(str(error).split())
    shown = said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…"
    return _finding("SG407", shown, place, "let it begin later or end earlier (`start`, `through`)")


def missing_library(wanted: Wanted, place: Place) -> Diagnostic:
    """A new calendar is asked of the library that has it.

    What: the library that has the calendar is not installed, and no earlier build wrote down its days in that
    time.
    Why: libraries of calendars are large, and few specs need them. Once the days are written down, building
    and checking need no library.

    Bad: `pip install spine-gen`, and a spec that has a `calendar`.

    Good: `pip install "spine-gen[calendars]"`.
    """
    headline = f"calendar {wanted.name} is asked of {wanted.library}, which is not installed"
    return _finding("SG408", headline, place, f"install it: {_EXTRA}")


def example_of_no_day(headline: str, place: Place, advice: str) -> Diagnostic:
    """An example is of a day that counts, and gives its inputs for such days.

    What: the `partition` of an example, or the day that suggests itself where it is left out, is one that the
    calendar leaves out; or `given` has rows of a day that the stage's window does not reach by the calendar.
    Why: a stage is made for a partition, as when it runs, and such a day is none.

    Bad:

        examples:
          adds_up: {partition: 2025-12-25, …}

    Good:

        examples:
          adds_up: {partition: 2025-12-24, …}
    """
    return _finding("SG409", headline, place, advice)


def _finding(code: str, headline: str, place: Place, advice: str | None) -> Diagnostic:
    return Diagnostic(code=code, severity="error", headline=headline, place=place, help=advice)
