"""What of a text has to stay when its layout changes: what it says, and its comments with their places."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from spine_gen.source.document import Document, Mapping, Node, Scalar, Sequence

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """One comment: where it begins, and whether it has its line for itself."""

    start: int
    text: str
    alone: bool


@dataclass(frozen=True, kw_only=True)
class Outline:
    """The places of all keys and values in a text, in its order, and its comments."""

    text: str
    scalars: tuple[tuple[Path, Scalar], ...]
    comments: tuple[Comment, ...]

    def beside(self) -> tuple[object, ...]:
        """Each comment with the key or value before it and the one after it."""
        found, at = [], 0
        for comment in self.comments:
            while at < len(self.scalars) and self.scalars[at][1].start < comment.start:
                at += 1
            before = self.scalars[at - 1][0] if at else None
            after = self.scalars[at][0] if at < len(self.scalars) else None
            found.append((comment.text, comment.alone, before, after))
        return tuple(found)


def outline(document: Document) -> Outline:
    """The outline of a document's text."""
    once: dict[int, tuple[Path, Scalar]] = {}
    for path, scalar in _scalars(document.root, ()):
        once.setdefault(scalar.start, (path, scalar))  # an alias has no text of its own
    scalars = tuple(once[start] for start in sorted(once))
    text = document.lines.text
    return Outline(text=text, scalars=scalars, comments=tuple(_comments(text, [item for _, item in scalars])))


def meaning(node: Node) -> Any:
    """All that a document says: types, values, and their texts, as a number's may count."""
    match node:
        case Mapping():
            return [(entry.name, meaning(entry.value)) for entry in node]
        case Sequence():
            return tuple(meaning(item) for item in node.items)
    return (type(node.value).__name__, node.text)


def _scalars(node: Node, path: Path) -> Iterator[tuple[Path, Scalar]]:
    match node:
        case Mapping():
            for entry in node:
                yield (*path, entry.name, "key"), entry.key
                yield from _scalars(entry.value, (*path, entry.name))
        case Sequence():
            for index, item in enumerate(node.items):
                yield from _scalars(item, (*path, index))
        case _:
            yield path, node


def _comments(text: str, scalars: list[Scalar]) -> Iterator[Comment]:
    """Every `#` that begins a comment: outside of keys and values, or beside the sign of a block."""
    at = 0
    for scalar in scalars:
        yield from _between(text, at, scalar.start)
        at = scalar.end
        if text[scalar.start : scalar.start + 1] in ("|", ">"):
            yield from _between(text, scalar.start, text.find("\n", scalar.start))
    yield from _between(text, at, len(text))


def _between(text: str, start: int, end: int) -> Iterator[Comment]:
    while (start := text.find("#", start, end)) >= 0:
        line = text.rfind("\n", 0, start) + 1
        stop = text.find("\n", start)
        stop = len(text) if stop < 0 else stop
        before = text[line:start]
        if not before or before[-1] in " \t":
            yield Comment(start=start, text=text[start:stop].rstrip(), alone=not before.strip())
            start = stop
        else:
            start += 1
