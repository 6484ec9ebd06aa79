"""The fields of a path template, with their places. Whether they can be filled is the runtime's to say."""

import re
from dataclasses import dataclass

_FIELD = re.compile(r"\{\{|\}\}|\{(?P<name>[A-Za-z0-9_]*)[^{}]*\}")


@dataclass(frozen=True, slots=True)
class PathField:
    """One pair of braces: `{week.start:%Y%m%d}` has the name `week`."""

    name: str
    text: str
    start: int
    end: int


def path_fields(path: str) -> tuple[PathField, ...]:
    """Every field of a path, in order; `{{` and `}}` are none."""
    found = (match for match in _FIELD.finditer(path) if match["name"] is not None)
    return tuple(PathField(match["name"], match.group(), match.start(), match.end()) for match in found)
