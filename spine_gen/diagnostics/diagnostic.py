"""One finding, as frozen data. How it looks is decided elsewhere."""

from dataclasses import dataclass
from typing import Literal

from spine_gen.source.position import Position, Span

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """A span in a file, the file named as the user named it."""

    path: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """Another place that matters, and why."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """What is wrong (with the value), where, and what to do."""

    code: str  # a key of diagnostics.codes.CODES
    severity: Severity
    headline: str  # one line
    place: Place
    label: str | None = None  # said at the place itself
    labels: tuple[Label, ...] = ()
    help: str | None = None  # an imperative
    replacement: str | None = None  # what to write in the place, where that is certain
    acknowledged: str | None = None  # the spec's reason why a warning is as it is meant to be

    @property
    def start(self) -> Position:
        return self.place.span.start

    def sort_key(self) -> tuple[str, Span, str, str]:
        """By file, place, code: the order in which findings are shown."""
        return (self.place.path, self.place.span, self.code, self.headline)
