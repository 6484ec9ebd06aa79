"""How a file writes days and instants: `%d.%m.%Y`, as the pattern that its texts must match in full.

The letters are those of C's strptime; each is one spelling, and where one ends is clear, so that no text
means two days.
"""

import re
from dataclasses import dataclass

_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_LONG_MONTHS = (
    "january|february|march|april|may|june|july|august|september|october|november|december"  # in English
)
_PATTERNS = {
    "%Y": "[0-9]{4}",
    "%y": "[0-9]{2}",  # 69 to 99 are of the last century
    "%m": "(0[1-9]|1[0-2])",
    "%-m": "([1-9]|1[0-2])",
    "%d": "(0[1-9]|[12][0-9]|3[01])",
    "%-d": "([1-9]|[12][0-9]|3[01])",
    "%b": f"(?i:{_MONTHS})",
    "%B": f"(?i:{_LONG_MONTHS})",
    "%H": "([01][0-9]|2[0-3])",
    "%I": "(0[1-9]|1[0-2])",
    "%p": "(?i:am|pm)",
    "%M": "[0-5][0-9]",
    "%S": "[0-5][0-9]",
    "%f": "[0-9]{1,6}",
    "%z": "[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?",
    "%%": "%",
}
LETTERS = tuple(_PATTERNS)
_LETTER = re.compile(r"%-?.?", re.DOTALL)
_YEAR, _MONTH, _DAY = ("%Y", "%y"), ("%m", "%-m", "%b", "%B"), ("%d", "%-d")
_HOUR = ("%H", "%I")
_OPEN = ("%-m", "%-d", "%f")  # of more digits or fewer
_DIGITS = (*_YEAR, "%m", "%-m", *_DAY, *_HOUR, "%M", "%S", "%f")
_OF_DAYS = (*_YEAR, *_MONTH, *_DAY)


@dataclass(frozen=True, kw_only=True)
class TimeFormat:
    """A format that can be read: its text, and the regular expression of what it matches."""

    text: str
    pattern: str
    has_time: bool
    has_zone: bool


def read_time_format(text: str) -> TimeFormat:
    """The format. Raises ValueError where a letter is not known, or it leaves the day or the hour open."""
    letters = _LETTER.findall(text)
    unknown = next((letter for letter in letters if letter not in _PATTERNS), None)
    if unknown is not None:
        raise ValueError(f"{unknown!r} is none of {' '.join(LETTERS)}")
    for name, some in (("year", _YEAR), ("month", _MONTH), ("day", _DAY)):
        number = sum(letter in some for letter in letters)
        if number != 1:
            raise ValueError(
                f"it has {'no' if not number else 'more than one'} {name}: write one of {_or(some)}"
            )
    has_time = any(letter not in (*_OF_DAYS, "%%") for letter in letters)
    if has_time and sum(letter in _HOUR for letter in letters) != 1:
        raise ValueError(f"a time needs one hour: write one of {_or(_HOUR)}")
    if ("%I" in letters) != ("%p" in letters):
        raise ValueError("%I and %p go together: an hour of twelve, and which half of the day")
    between = _LETTER.split(text)
    behind = zip(letters, between[1:], letters[1:], strict=False)
    unclear = next(
        (one for one, sign, other in behind if one in _OPEN and not sign and other in _DIGITS), None
    )
    if unclear is not None:
        raise ValueError(f"where the digits of {unclear} end is not told: write a sign behind it")
    twice = next((letter for letter in letters if letter != "%%" and letters.count(letter) > 1), None)
    if twice is not None:
        raise ValueError(f"{twice} is there twice")
    parts = [re.escape(between[0])]
    for letter, literal in zip(letters, between[1:], strict=True):
        parts += [_PATTERNS[letter], re.escape(literal)]
    return TimeFormat(text=text, pattern="".join(parts), has_time=has_time, has_zone="%z" in letters)


def _or(letters: tuple[str, ...]) -> str:
    return " or ".join(letters)
