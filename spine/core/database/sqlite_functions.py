"""What PostgreSQL's SQL means, as functions that SQLite calls: registered on spine's own connections.

SQL that is written once, for both databases, calls them where SQLite's own would answer otherwise. Each is
deterministic, and NULL where PostgreSQL's is; where PostgreSQL raises an error, so does it. Days and
timestamps are texts, as SQLite's tables have them: 2025-12-31, and 2025-12-31 09:30:00.000000 in UTC.
"""

import math
import re
import sqlite3
from calendar import monthrange
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from functools import lru_cache
from string import ascii_lowercase, ascii_uppercase
from typing import TypeAlias

from .sqlite_aggregates import AGGREGATES, Value

Number: TypeAlias = int | float

_DAY, _INSTANT = 10, 26  # characters
_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)
_UPPER = str.maketrans(ascii_lowercase, ascii_uppercase)
_WORD = re.compile(r"[0-9A-Za-z]+")
_INTEGER = re.compile(r"[ \t\n\v\f\r]*[+-]?[0-9]+(?:_[0-9]+)*[ \t\n\v\f\r]*", re.ASCII)
_NUMBER = re.compile(
    r"[ \t\n\v\f\r]*[+-]?(?:[0-9]+(?:_[0-9]+)*(?:\.(?:[0-9]+(?:_[0-9]+)*)?)?|\.[0-9]+(?:_[0-9]+)*)"
    r"(?:[eE][+-]?[0-9]+)?[ \t\n\v\f\r]*",
    re.ASCII,
)
_KEPT = ("year", "month", "day", "hour", "minute", "second")
_MOST, _LEAST = 2**63 - 1, -(2**63)


def register(connection: sqlite3.Connection) -> None:
    """Have the connection know them."""
    for function, takes_null in _FUNCTIONS.items():
        wrapped = function if takes_null else _null_for_null(function)
        connection.create_function(f"spine_{function.__name__}", -1, wrapped, deterministic=True)
    for name, aggregate in AGGREGATES.items():
        connection.create_aggregate(f"spine_{name}", -1, aggregate)


def like(value: str, pattern: str, escape: str = "\\") -> bool:
    """Whether the whole text is like the pattern, case and all."""
    return _like(pattern, escape).fullmatch(value) is not None


def ilike(value: str, pattern: str, escape: str = "\\") -> bool:
    """The same, where A and a are one letter."""
    return like(value.translate(_LOWER), pattern.translate(_LOWER), escape.translate(_LOWER))


def divide(value: Number, by: Number) -> float:
    """The quotient of decimals or floats."""
    quotient = float(value) / _not_zero(by)
    if math.isinf(quotient):
        raise OverflowError("value out of range")
    return quotient


def divide_whole(value: int, by: int) -> int:
    """The quotient of integers, towards zero."""
    _not_zero(by)
    quotient = abs(value) // abs(by)
    return _in_range(quotient if (value < 0) == (by < 0) else -quotient)


def remainder(value: Number, by: Number) -> Number:
    """What is left of the division, with the sign of the value."""
    _not_zero(by)
    if isinstance(value, int) and isinstance(by, int):
        return int(math.copysign(abs(value) % abs(by), value)) if abs(value) < 2**53 else _whole(value, by)
    return float(_decimal(value) % _decimal(by))


def sign(value: Number) -> int:
    """-1, 0 or 1."""
    return (value > 0) - (value < 0)


def round_half_up(value: Number, places: int = 0) -> Number:
    """A decimal to so many places, halves away from zero."""
    return _rounded(value, places, ROUND_HALF_UP)


def round_half_even(value: Number) -> int:
    """A float to the nearest integer, halves to the even one."""
    return _in_range(int(Decimal(value).to_integral_value(ROUND_HALF_EVEN)))


def truncate(value: Number, places: int = 0) -> Number:
    """A decimal to so many places, towards zero."""
    return _rounded(value, places, ROUND_DOWN)


def floor(value: Number) -> Number:
    """The next whole number below."""
    return _rounded(value, 0, ROUND_FLOOR)


def ceil(value: Number) -> Number:
    """The next whole number above."""
    return _rounded(value, 0, ROUND_CEILING)


def power(value: Number, exponent: Number) -> float:
    """The value to the exponent."""
    if value == 0 and exponent < 0:
        raise ValueError("zero raised to a negative power is undefined")
    return math.pow(value, exponent)


def square_root(value: Number) -> float:
    """Of what is not negative."""
    return math.sqrt(value)


def natural_log(value: Number) -> float:
    """Of what is above zero."""
    return math.log(value)


def log10(value: Number) -> float:
    """Of what is above zero."""
    return math.log10(value)


def exponential(value: Number) -> float:
    """e to the value."""
    return math.exp(value)


def numeric(value: Number, precision: int, scale: int) -> Number:
    """A decimal of so many digits, of which so many behind the point."""
    rounded = _rounded(value, scale, ROUND_HALF_UP)
    if abs(rounded) >= 10 ** (precision - scale):
        raise OverflowError("numeric field overflow")
    return rounded


def integer(value: Value) -> int:
    """What is computed of integers; past 64 bits SQLite has made a float of it."""
    if isinstance(value, int):
        return value
    raise OverflowError("bigint out of range")


def to_integer(value: str) -> int:
    """The integer that the text is."""
    if _INTEGER.fullmatch(value) is None:
        raise ValueError(f"invalid input syntax for type bigint: {value!r}")
    return _in_range(int(value))


def to_number(value: str) -> float:
    """The number that the text is."""
    if _NUMBER.fullmatch(value) is None:
        raise ValueError(f"invalid input syntax for type numeric: {value!r}")
    number = float(value.replace("_", ""))
    if math.isinf(number):
        raise OverflowError(f"{value!r} is out of range")
    return number


def greatest(*values: Value) -> Value:
    """The greatest of those that are not NULL."""
    return max((one for one in values if one is not None), default=None)


def least(*values: Value) -> Value:
    """The least of those that are not NULL."""
    return min((one for one in values if one is not None), default=None)


def concat_ws(between: str | None, *values: Value) -> str | None:
    """Those that are not NULL, one behind the other."""
    return None if between is None else between.join(str(one) for one in values if one is not None)


def substr(value: str, first: int, count: int | None = None) -> str:
    """So many characters from the first on; what lies before the text counts too."""
    if count is None:
        return value[max(first - 1, 0) :]
    if count < 0:
        raise ValueError("negative substring length not allowed")
    return value[max(first - 1, 0) : max(first - 1 + count, 0)]


def left(value: str, count: int) -> str:
    """The first characters, or all but the last ones."""
    return value[:count]


def right(value: str, count: int) -> str:
    """The last characters, or all but the first ones."""
    return value[-count:] if count else ""


def lpad(value: str, count: int, fill: str = " ") -> str:
    """The text filled up on its left."""
    return _padding(value, count, fill) + value[: max(count, 0)]


def rpad(value: str, count: int, fill: str = " ") -> str:
    """The text filled up on its right."""
    return value[: max(count, 0)] + _padding(value, count, fill)


def split_part(value: str, between: str, number: int) -> str:
    """The part of that number, from 1, or from the end where it is negative."""
    if number == 0:
        raise ValueError("field position must not be zero")
    parts = value.split(between) if between else [value]
    place = number - 1 if number > 0 else len(parts) + number
    return parts[place] if 0 <= place < len(parts) else ""


def repeat(value: str, times: int) -> str:
    """The text so many times."""
    return value * max(times, 0)


def reverse(value: str) -> str:
    """The characters from the last to the first."""
    return value[::-1]


def initcap(value: str) -> str:
    """Each word of letters and digits of ASCII with one capital, its first letter."""
    small = value.translate(_LOWER)
    return _WORD.sub(lambda word: word[0][0].translate(_UPPER) + word[0][1:], small)


def translate(value: str, given: str, wanted: str) -> str:
    """Each character of the one text as that at its place in the other; none where that one is shorter."""
    table: dict[int, str | None] = {}
    for place, character in enumerate(given):
        table.setdefault(ord(character), wanted[place] if place < len(wanted) else None)
    return value.translate(table)


def starts_with(value: str, start: str) -> bool:
    """Whether the text begins so."""
    return value.startswith(start)


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


_FUNCTIONS: dict[Callable[..., Value], bool] = {  # whether it takes NULL
    **dict.fromkeys((greatest, least, concat_ws), True),
    **dict.fromkeys((like, ilike, divide, divide_whole, remainder, round_half_up, round_half_even), False),
    **dict.fromkeys(
        (sign, truncate, floor, ceil, power, square_root, natural_log, log10, exponential), False
    ),
    **dict.fromkeys((numeric, integer, to_integer, to_number, substr, left, right, lpad, rpad), False),
    **dict.fromkeys((split_part, repeat, reverse, initcap, translate, starts_with, extract, add_days), False),
    **dict.fromkeys((days_between, seconds_between, add_interval, date_trunc, to_char), False),
}


def _null_for_null(function: Callable[..., Value]) -> Callable[..., Value]:
    def wrapped(*values: Value) -> Value:
        return None if None in values else function(*values)

    return wrapped


@lru_cache(maxsize=1024)
def _like(pattern: str, escape: str) -> re.Pattern[str]:
    parts, characters = [], iter(pattern)
    for character in characters:
        if character == escape:
            literal = next(characters, None)
            if literal is None:
                raise ValueError("LIKE pattern must not end with escape character")
            parts.append(re.escape(literal))
        else:
            parts.append({"%": ".*", "_": "."}.get(character) or re.escape(character))
    return re.compile("".join(parts), re.DOTALL)


def _decimal(value: Number) -> Decimal:
    """What was meant: SQLite has decimals as doubles, which hold 15 digits for sure."""
    return Decimal(value) if isinstance(value, int) else Decimal(f"{value:.15g}")


def _rounded(value: Number, places: int, how: str) -> Number:
    if isinstance(value, int) and places >= 0:
        return value
    rounded = _decimal(value).quantize(Decimal(1).scaleb(-places), how)
    return float(rounded) if places > 0 else int(rounded)


def _not_zero(by: Number) -> Number:
    if by == 0:
        raise ZeroDivisionError("division by zero")
    return by


def _in_range(value: int) -> int:
    if not _LEAST <= value <= _MOST:
        raise OverflowError("bigint out of range")
    return value


def _whole(value: int, by: int) -> int:
    left_over = abs(value) % abs(by)
    return -left_over if value < 0 else left_over


def _padding(value: str, count: int, fill: str) -> str:
    missing = count - len(value)
    if missing <= 0 or not fill:
        return ""
    return (fill * (missing // len(fill) + 1))[:missing]


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
