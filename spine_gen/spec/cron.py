"""Five-field cron expressions: whether one is valid, and where it is not."""

import re
from dataclasses import dataclass

from spine_gen.spec.text_problem import TextProblem

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_EXAMPLE = "write minute, hour, day of month, month and day of week, as in `0 6 * * TUE`"
_LONGEST_MONTH = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    least: int
    most: int
    words: tuple[str, ...] = ()

    def number(self, text: str) -> int | None:
        """The value of a number or a word such as TUE; None where it is none of this field's."""
        if text.upper() in self.words:
            return self.words.index(text.upper()) + self.least
        value = int(text) if re.fullmatch(r"[0-9]{1,2}", text) else -1
        return value if self.least <= value <= self.most else None


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of week", 0, 7, _DAYS),
)


def cron_problem(text: str) -> TextProblem | None:
    """The first thing wrong with a five-field cron expression, or None."""
    words = list(re.finditer(r"\S+", text))
    if len(words) != len(_FIELDS):
        return TextProblem(what=f"{len(words)} fields, not 5", start=0, end=len(text), help=_EXAMPLE)
    for field, word in zip(_FIELDS, words, strict=True):
        at = word.start()
        for part in word.group().split(","):
            if not _valid(field, part):
                allowed = f"{field.least} to {field.most}" + (
                    f" or {', '.join(field.words)}" if field.words else ""
                )
                help = f"use `*`, {allowed}, a range a-b, or a step such as */5"
                what, end = f'"{part}" is no {field.name}', at + max(len(part), 1)
                return TextProblem(what=what, start=at, end=end, help=help)
            at += len(part) + 1
    return _never(words)


def _valid(field: _Field, part: str) -> bool:
    found = re.fullmatch(r"(?P<first>\*|\w+)(?:-(?P<last>\w+))?(?:/(?P<step>[0-9]{1,2}))?", part)
    if found is None:
        return False
    first, last, step = found.group("first", "last", "step")
    if first == "*":
        low, high = (field.least, field.most) if last is None else (None, None)
    else:
        low = field.number(first)
        high = low if last is None else field.number(last)
    if low is None or high is None or low > high:
        return False
    # a step past the range is taken once, at its beginning: not what it says
    return step is None or 1 <= int(step) <= high - low


def _never(words: list[re.Match[str]]) -> TextProblem | None:
    """A day that no month of the expression has, such as 30 February."""
    day, month, weekday = (words[index].group() for index in (2, 3, 4))
    number = _FIELDS[3].number(month)
    if weekday == "*" and number and day.isdigit() and int(day) > _LONGEST_MONTH.get(number, 31):
        what, help = f"there is no day {day} in month {month}", "correct the day or the month"
        return TextProblem(what=what, start=words[2].start(), end=words[3].end(), help=help)
    return None
