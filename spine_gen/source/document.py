"""A YAML document as plain data in which every key and value knows its place.

Nodes are shared where the text used an alias; nothing here is expanded until ``plain()`` is asked for. They
do not change, but are not frozen: a frozen one takes three times as long to make, and a spec has hundreds.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from spine_gen.source.alignment import align
from spine_gen.source.position import Lines, Span

Plain: TypeAlias = Any  # str, int, float, bool, None, or lists and dicts of them


@dataclass(slots=True, kw_only=True, eq=False)
class Scalar:
    """One value, or one key."""

    value: str | int | float | bool | None  # as YAML 1.2's core schema reads it
    text: str  # its content as a string, whatever its type: `2025-01-01`, `007`
    lines: Lines = field(repr=False)
    start: int  # offsets into the file's text
    end: int

    @property
    def span(self) -> Span:
        return self.lines.span(self.start, self.end)

    def within(self, start: int, end: int) -> Span:
        """Where the characters ``text[start:end]`` stand in the file, through quotes, escapes and folding."""
        offsets = align(self.text, self.lines.text[self.start : self.end])
        if offsets is None:
            return self.span
        start, end = max(start, 0), min(end, len(self.text))
        if start >= len(self.text):
            last = self.start + offsets[-1] + 1 if offsets else self.start
            return self.lines.span(last, last)
        first = self.start + offsets[start]
        if end <= start:
            return self.lines.span(first, first)
        last = offsets[end - 1] + 1
        if self.lines.text[self.start + last - 1] == "\\" and end < len(offsets):
            last = offsets[end]  # an escape is longer than the character that it stands for
        return self.lines.span(first, self.start + last)

    def plain(self) -> Plain:
        return self.value


@dataclass(slots=True, kw_only=True, eq=False)
class Sequence:
    """A list."""

    items: tuple["Node", ...]
    lines: Lines = field(repr=False)
    start: int
    end: int

    @property
    def span(self) -> Span:
        return self.lines.span(self.start, self.end)

    def plain(self) -> Plain:
        return [item.plain() for item in self.items]


@dataclass(slots=True, kw_only=True, eq=False)
class Entry:
    """A key with its value."""

    key: Scalar
    value: "Node"

    @property
    def name(self) -> str:
        """The key as written: `2025:` and `"2025":` are the same name."""
        return self.key.text


@dataclass(slots=True, kw_only=True, eq=False)
class Mapping:
    """A mapping."""

    by_name: dict[str, Entry]  # in the order written
    lines: Lines = field(repr=False)
    start: int
    end: int

    @property
    def span(self) -> Span:
        return self.lines.span(self.start, self.end)

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(self.by_name.values())

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.by_name.values())

    def entry(self, name: str) -> Entry | None:
        """The entry of that name, if there is one."""
        return self.by_name.get(name)

    def get(self, name: str) -> "Node | None":
        """The value of that name, if there is one."""
        entry = self.by_name.get(name)
        return entry.value if entry else None

    def plain(self) -> Plain:
        return {name: entry.value.plain() for name, entry in self.by_name.items()}


Node: TypeAlias = Scalar | Sequence | Mapping


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Document:
    """One file's document."""

    path: str
    lines: Lines = field(repr=False)
    root: Node

    def at(self, path: tuple[str | int, ...]) -> Node:
        """The node at a path of names and list indices, which must exist."""
        node = self.root
        for part in path:
            match node, part:
                case Mapping(), str():
                    entry = node.entry(part)
                    assert entry is not None, path
                    node = entry.value
                case Sequence(), int():
                    node = node.items[part]
                case _:
                    raise AssertionError(f"no node at {path}")
        return node

    def key_at(self, path: tuple[str | int, ...]) -> Scalar | None:
        """The key under which the node at a path stands; None for list items and the root."""
        if not path or isinstance(path[-1], int):
            return None
        parent = self.at(path[:-1])
        assert isinstance(parent, Mapping), path
        entry = parent.entry(path[-1])
        return entry.key if entry else None
