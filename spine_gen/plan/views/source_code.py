"""Calls as a view carries them: plain values, which the renderer quotes, and code that the planner made."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Code:
    """Python source that stands as it is: derived names and checked expressions, never free text."""

    text: str


@dataclass(frozen=True)
class Lines:
    """A text that is to be read line by line."""

    text: str


Argument: TypeAlias = tuple[
    str | None, object
]  # its keyword, if it has one, and a plain value, Lines or Code


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call whose layout the renderer chooses."""

    name: str
    arguments: tuple[Argument, ...]


def keywords(**arguments: object) -> tuple[Argument, ...]:
    """Keyword arguments, without those that are None."""
    return tuple((name, value) for name, value in arguments.items() if value is not None)
