"""The dimensions of partitions that are no time, and what a dimension is: how a value is written."""

import re
from dataclasses import dataclass
from typing import TypeAlias

from spine.errors import PartitionError

from .times import Temporal

LONGEST_VALUE = 200  # characters; a value becomes part of file names


@dataclass(frozen=True, kw_only=True)
class Enum:
    """One of a few declared values."""

    values: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(self.values))
        if not self.values:
            raise PartitionError("an enum dimension needs at least one value")
        for value in self.values:
            _check_text(value)
            if self.values.count(value) > 1:
                raise PartitionError(f"enum value {value!r} is declared twice")

    @property
    def form(self) -> str:
        """How a value is written."""
        return f"({'|'.join(self.values)})"

    @property
    def example(self) -> str:
        """The first value."""
        return self.values[0]

    def check(self, value: str) -> None:
        """PartitionError where the value is not declared."""
        if value not in self.values:
            raise PartitionError(f"{value!r} is none of {', '.join(self.values)}")


@dataclass(frozen=True, kw_only=True)
class String:
    """Any text that could be part of a file name; all of it must match ``pattern``, where there is one."""

    pattern: str | None = None

    def __post_init__(self) -> None:
        if self.pattern is not None:
            try:
                re.compile(self.pattern)
            except re.error as error:
                raise PartitionError(f"pattern {self.pattern!r} is no regular expression: {error}") from error

    @property
    def form(self) -> str:
        """How a value is written."""
        return "TEXT" if self.pattern is None else f"TEXT matching {self.pattern}"

    @property
    def example(self) -> str:
        """A placeholder, as what matches a pattern cannot be told from it."""
        return "…"

    def check(self, value: str) -> None:
        """PartitionError where the value could not be part of a file name, or does not match."""
        _check_text(value)
        if self.pattern is not None and re.fullmatch(self.pattern, value) is None:
            raise PartitionError(f"{value!r} does not match the pattern {self.pattern}")


Dimension: TypeAlias = Temporal | Enum | String


def _check_text(value: str) -> None:
    """Refuse what would leave its place in a key or a path, whatever a pattern allows."""
    if not value or value in (".", ".."):
        raise PartitionError(f"{value!r} cannot be a partition value: it names no file or partition")
    if "/" in value or "\\" in value or not value.isprintable():
        raise PartitionError(
            f"{value!r} cannot be a partition value: it has a slash, backslash or control character"
        )
    if value != value.strip():
        raise PartitionError(f"{value!r} cannot be a partition value: it begins or ends with a space")
    if len(value) > LONGEST_VALUE:
        raise PartitionError(
            f"a partition value of {len(value)} characters is too long: {LONGEST_VALUE} at most"
        )
