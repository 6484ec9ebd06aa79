"""A calendar says from which day to which its days are written down.

What: a dimension with a `calendar` has no `start`, or neither `through` nor `end`; `through` is no day, or is
before the start or after the end; the time is longer than a hundred years; or all days of a week are weekend.
Why: the build writes the days into the package, and the same spec makes the same bytes next year. Which days
count is known a year or two ahead: `through` says how far it is to be trusted, and a partition after it is
refused until somebody has built with a later one.

Bad:

    day: {type: date, calendar: {exchange: XNYS}}

Good:

    day: {type: date, start: 2025-01-02, calendar: {exchange: XNYS, through: 2026-12-31}}
"""

from collections.abc import Iterator

from spine.core.partitions.times import Date
from spine.errors import PartitionError
from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft, DraftCalendar, DraftDimension
from spine_gen.spec.node import Word

CODE = Code("SG385", "a calendar that does not say from when to when", explanation=__doc__)
_LONGEST = 100 * 366  # days
_A_WEEK = 7


def check(draft: Draft) -> Iterator[Diagnostic]:
    for dimension in draft.partitions:
        calendar = dimension.calendar
        if calendar is None or dimension.type is None or dimension.type.value != "date":
            continue
        if len({day.value for day in calendar.weekend}) == _A_WEEK:
            span = calendar.keys["weekend"].span
            headline = "every day is weekend, so that there is no partition"
            yield draft.finding(CODE, span, headline, help="leave out the days that are worked")
        yield from _of_bounds(draft, dimension, calendar)


def _of_bounds(draft: Draft, dimension: DraftDimension, calendar: DraftCalendar) -> Iterator[Diagnostic]:
    name, at = dimension.name.value, dimension.keys["calendar"].span
    if "start" not in dimension.keys:
        headline = f'dimension "{name}" has a calendar and no start'
        yield draft.finding(CODE, at, headline, help="add `start: …`, the first day that is written down")
    if "through" not in calendar.keys and "end" not in dimension.keys:
        headline = f'the calendar of "{name}" does not say how far it goes'
        yield draft.finding(CODE, at, headline, help="add `through: …`, the last day that is written down")
    through, start, end = calendar.through, dimension.start, dimension.end
    if through is not None and (problem := _form(through)):
        yield draft.finding(CODE, through.span, problem, help=f"write it as in {Date.example}")
        return
    last = through or end
    numbers = [_number(word) for word in (start, last, end)]
    if start is None or last is None or numbers[0] is None or numbers[1] is None:
        return
    also = ((start.span, "the dimension starts here"),)
    if through is not None and numbers[1] < numbers[0]:
        headline = f"the calendar goes through {through.value}, before the dimension starts"
        yield draft.finding(CODE, through.span, headline, also=also, help="write a later day")
    elif numbers[1] - numbers[0] > _LONGEST:
        headline = f"a calendar from {start.value} to {last.value} is longer than a hundred years"
        yield draft.finding(CODE, last.span, headline, also=also, help="write a day that is nearer")
    if through is not None and end is not None and numbers[2] is not None and numbers[1] > numbers[2]:
        headline = f"the calendar goes through {through.value}, after the dimension ends"
        ends = ((end.span, "it ends here"),)
        yield draft.finding(CODE, through.span, headline, also=ends, help="remove `through`")


def _form(word: Word) -> str | None:
    try:
        Date().check_form(word.value)
    except PartitionError as error:
        return str(error)
    return None


def _number(word: Word | None) -> int | None:
    """The day's place in time; None where there is none, or it is no day, which partition_bounds says."""
    try:
        return None if word is None else Date().number(word.value)
    except PartitionError:
        return None
