"""What a stage was declared as, as a value: named parts, one canonical text, and a digest that survives.

The text is our own serialisation, so that no library's next version changes a digest. What is at its default
is left out by whoever makes the parts; empty parts are left out here. So later words of the spec language
change no digest of a stage that does not use them.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from hashlib import sha256

from spine.errors import DefinitionError

from .json_text import JsonValue

DECLARED = "declared"  # the one part of what a hand-written pipeline says of itself
_ABSENT = object()


@dataclass(frozen=True)
class Definition:
    """The parts of a definition, by name: ``columns``, ``sql``, ``logic``… Equal where the texts are."""

    text: str  # canonical JSON of the parts

    def __init__(self, parts: Mapping[str, object]) -> None:
        """Raises DefinitionError for a part that JSON cannot hold."""
        kept = {name: _plain(value, name) for name, value in parts.items()}
        object.__setattr__(self, "text", _canonical({n: v for n, v in kept.items() if not _empty(v)}))

    @classmethod
    def of(cls, value: object) -> "Definition":
        """A definition as it is; any other value that JSON can hold becomes the one part ``declared``.

        Raises DefinitionError for what JSON cannot hold, such as a function.
        """
        return value if isinstance(value, Definition) else cls({DECLARED: value})

    @property
    def parts(self) -> dict[str, JsonValue]:
        """What it is made of; the caller's own copy."""
        parts: dict[str, JsonValue] = json.loads(self.text)
        return parts

    @cached_property
    def columns(self) -> frozenset[str]:
        """The names of the columns that it declares."""
        declared = self.parts.get("columns")
        columns = declared if isinstance(declared, list) else []
        return frozenset(str(one["name"]) for one in columns if isinstance(one, dict) and "name" in one)

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the text, in 64 hexadecimal digits."""
        return sha256(self.text.encode("ascii")).hexdigest()


def changed_parts(old_text: str, new_text: str) -> tuple[str, ...]:
    """The names of the parts that differ between two definitions' texts, sorted."""
    if old_text == new_text:
        return ()
    old, new = json.loads(old_text), json.loads(new_text)
    return tuple(sorted(_differing(old, new)))


def _differing(old: Mapping[str, JsonValue], new: Mapping[str, JsonValue]) -> Iterator[str]:
    for name in old.keys() | new.keys():
        ours, theirs = (parts.get(name, _ABSENT) for parts in (old, new))
        if ours is _ABSENT or theirs is _ABSENT or _canonical(ours) != _canonical(theirs):
            yield name  # compared as texts, since 1 == 1.0 == True


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def _empty(value: JsonValue) -> bool:
    return value is None or (isinstance(value, list | dict | str) and not value)


def _plain(value: object, place: str) -> JsonValue:  # noqa: PLR0911  # one case a line reads better
    """The value as JSON has it; DefinitionError naming the place of what it cannot hold."""
    match value:
        case None | bool():
            return value
        case str():
            return str(value)
        case int():
            return int(value)
        case float() if math.isfinite(value):
            return float(value)
        case date():  # a datetime, too
            return value.isoformat()
        case list() | tuple():
            return [_plain(item, f"{place}[{number}]") for number, item in enumerate(value)]
        case Mapping():
            return {_name(name, place): _plain(item, f"{place}.{name}") for name, item in value.items()}
        case _:
            raise DefinitionError(
                f"a definition cannot hold {value!r} (at {place}): give a text, a number, a date, or lists "
                'and dicts of those, such as "v2"'
            )


def _name(name: object, place: str) -> str:
    if isinstance(name, str):
        return name
    raise DefinitionError(f"a definition's names are texts, and {name!r} (in {place}) is none: quote it")
