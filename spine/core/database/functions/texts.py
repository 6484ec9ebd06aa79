"""Texts, as PostgreSQL has them in its collation "C": letters change their case within ASCII."""

import re
from functools import lru_cache
from string import ascii_lowercase, ascii_uppercase

from .numbers import Value

_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)
_UPPER = str.maketrans(ascii_lowercase, ascii_uppercase)
_WORD = re.compile(r"[0-9A-Za-z]+")


def like(value: str, pattern: str, escape: str = "\\") -> bool:
    """Whether the whole text is like the pattern, case and all."""
    return _like(pattern, escape).fullmatch(value) is not None


def ilike(value: str, pattern: str, escape: str = "\\") -> bool:
    """The same, where A and a are one letter."""
    return like(value.translate(_LOWER), pattern.translate(_LOWER), escape.translate(_LOWER))


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


def _padding(value: str, count: int, fill: str) -> str:
    missing = count - len(value)
    if missing <= 0 or not fill:
        return ""
    return (fill * (missing // len(fill) + 1))[:missing]
