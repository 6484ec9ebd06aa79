"""The places and values of a misshapen spec, in words."""

import re
from dataclasses import dataclass
from typing import Any

from spine_gen.diagnostics import Diagnostic
from spine_gen.source import Document, Mapping, Scalar, Span
from spine_gen.spec.finding import finding

_PLACES: tuple[tuple[str, str], ...] = (
    (r"partitions/([^/]*)", 'partition dimension "{}"'),
    (r"anomalies/([^/]*)", 'anomaly code "{}"'),
    (r"stages/([^/]*)", 'stage "{}"'),
    (r"stages/([^/]*)/source", 'the source of stage "{}"'),
    (r"stages/([^/]*)/sql", 'the sql of stage "{}"'),
    (r"stages/([^/]*)/table", 'the table of stage "{}"'),
    (r"stages/[^/]*/table/columns/([^/]*)", 'column "{}"'),
    (r"stages/([^/]*)/table/indexes/([^/]*)", 'index {1} of stage "{0}"'),
    (r"stages/[^/]*/inputs/([^/]*)", 'input "{}"'),
    (r"stages/([^/]*)/checks/([^/]*)", 'check {1} of stage "{0}"'),
    (r"stages/([^/]*)/examples/([^/]*)", 'example "{1}" of stage "{0}"'),
    (r"acknowledge/([^/]*)", "acknowledgement {}"),
    (r"workflows/([^/]*)", 'workflow "{}"'),
    (r"workflows/([^/]*)/steps/([^/]*)", 'step {1} of workflow "{0}"'),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """The node (or the key) that a problem is about."""

    document: Document
    path: tuple[str | int, ...]
    of_key: bool = False

    @property
    def span(self) -> Span:
        """The value itself; of a mapping or list, the key that it stands under."""
        node = self.document.at(self.path)
        key = self.document.key_at(self.path)
        if self.of_key or not isinstance(node, Scalar):
            if key is not None:
                return key.span
            if isinstance(node, Mapping) and node.entries:
                return node.entries[0].key.span
        return node.span

    def key_span(self, name: str) -> Span:
        key = self.document.key_at((*self.path, name))
        return key.span if key else self.span

    @property
    def name(self) -> str:
        """What the problem is about, in words."""
        return in_words(self.path)

    def finding(self, code: str, headline: str, help: str | None, span: Span | None = None) -> Diagnostic:
        return finding(self.document.path, code, span or self.span, headline, help=help)


def in_words(path: tuple[str | int, ...]) -> str:
    """What stands at a path, in words."""
    if not path:
        return "the spec"
    parts = [str(part + 1) if isinstance(part, int) else part.replace("/", " ") for part in path]
    written = "/".join(parts)
    for pattern, words in _PLACES:
        if found := re.fullmatch(pattern, written, re.DOTALL):
            return words.format(*found.groups())
    own = f"item {parts[-1]}" if isinstance(path[-1], int) else f'"{parts[-1]}"'
    return own if len(path) == 1 else f"{own} of {in_words(path[:-1])}"


def described(value: Any) -> str:
    """A value in words, short."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value if len(value) <= 40 else value[:39] + "…"}"'
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "a mapping"
    return str(value) if isinstance(value, float) or abs(value) < 10**20 else "so large a number"
