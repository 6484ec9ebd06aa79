"""A YAML library's events to nodes: every key and value with its place, values as YAML 1.2 reads them.

What is wrong is gathered as far as reading on makes sense. Nothing in a hostile file is ever constructed or
expanded.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from spine_gen.source import problems
from spine_gen.source.document import Entry, Mapping, Node, Scalar, Sequence
from spine_gen.source.position import Lines
from spine_gen.source.problems import Problem, StoppedReading

MAX_DEPTH = 40
MAX_VALUES = 100_000

_N = TypeVar("_N", Sequence, Mapping)

_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_STARRED = re.compile(r":\s+(\*[^\w].*?)\s*(?:\s#.*)?$")  # a value that is no alias: a cron expression
_NUMERIC = frozenset("+-.0123456789")  # what a number may begin with, and no word does
_MAX_DIGITS = 4000  # int() refuses more


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not been read yet."""

    event: Any  # that it began with
    of_keys: bool  # whether it is a mapping
    start: int
    children: list[Node] = field(default_factory=list)
    keys: list[Scalar | None] = field(default_factory=list)  # mapping: None for a key that was refused
    awaits_key: bool = True


class NodeBuilder:
    """Turns events into nodes; what is still open is kept on a stack, so depth costs no recursion."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.problems: list[Problem] = []
        self.unsure = False  # whether something stands there that not every library sees or places alike
        self._stack: list[_Open] = []
        self._anchors: dict[str, Node] = {}
        self._open_anchors: dict[str, int] = {}
        self._sizes: dict[int, int] = {}  # id of a node → number of values in it, aliases written out
        self._last_key_end = 0

    def document(self, events: Iterable[Any]) -> Node:
        """The root node of the one document; StoppedReading where reading on makes no sense."""
        root: Node | None = None
        documents = 0
        for event in events:
            kind = type(event).__name__  # alike in both libraries, which share no classes
            if (complete := _COMPLETE.get(kind)) is not None:
                node = complete(self, event)
                if self._stack:
                    self._put(self._stack[-1], node)
                else:
                    root = node
            elif kind in ("MappingStartEvent", "SequenceStartEvent"):
                self._begin(event, of_keys=kind == "MappingStartEvent")
            elif kind == "DocumentStartEvent":
                documents += 1
                if documents > 1:
                    start = event.start_mark.index
                    span = self.lines.span(start, start + 3)
                    raise StoppedReading(problems.several_documents(span))
        if root is None or (isinstance(root, Scalar) and root.text == "" and root.start == root.end):
            raise StoppedReading(problems.empty(self.lines.span(0, 0)))
        return root

    def _begin(self, event: Any, *, of_keys: bool) -> None:
        start = event.start_mark.index
        if len(self._stack) >= MAX_DEPTH:
            span = self.lines.span(start, start + 1)
            raise StoppedReading(problems.too_large(span, f"nested deeper than {MAX_DEPTH} levels"))
        if event.tag is not None:
            self._refuse_tag(event)
        if event.anchor:
            self._open_anchors[event.anchor] = start
        self._stack.append(_Open(event, of_keys, start))

    def _put(self, parent: _Open, node: Node) -> None:
        if not parent.of_keys:
            parent.children.append(node)
        elif parent.awaits_key:
            parent.awaits_key = False
            parent.keys.append(node if isinstance(node, Scalar) else None)
            if not isinstance(node, Scalar):
                self.problems.append(problems.bad_key(node.span, "a key has to be a name"))
            self._last_key_end = node.end
        else:
            parent.awaits_key = True
            parent.children.append(node)

    def _scalar(self, event: Any) -> Scalar:
        if event.tag is not None:
            self._refuse_tag(event)
        start, end, text = event.start_mark.index, event.end_mark.index, event.value
        if start == end and self._stack and not self._stack[-1].awaits_key:
            start, end = self._last_key_end, self._last_key_end + 1  # an absent value: the key's colon
        elif start == end:
            self.unsure = True  # absent without a key: each library puts it elsewhere
        value = text if event.style or not event.implicit[0] else _resolve(text)
        node = Scalar(value=value, text=text, lines=self.lines, start=start, end=end)
        if event.anchor:
            self._anchor(event.anchor, node)
        return node

    def _alias(self, event: Any) -> Node:
        name, start, end = event.anchor, event.start_mark.index, event.end_mark.index
        if name in self._open_anchors:
            anchor = self._open_anchors[name]
            span = self.lines.span(anchor, anchor + 1)
            raise StoppedReading(problems.bad_alias(name, self.lines.span(start, end), span))
        if name not in self._anchors:
            starred = starred_text(self.lines.line(self.lines.position(start).line))
            raise StoppedReading(problems.bad_alias(name, self.lines.span(start, end), None, starred))
        return self._anchors[name]

    def _sequence(self, event: Any) -> Sequence:
        opened = self._stack.pop()
        children = tuple(opened.children)
        end = self._end(opened, event)
        node = Sequence(items=children, lines=self.lines, start=opened.start, end=end)
        return self._remember(opened.event, node, 1 + sum(self._size(child) for child in children))

    def _mapping(self, event: Any) -> Mapping:
        opened = self._stack.pop()
        own: dict[str, Entry] = {}
        merged: dict[str, Entry] = {}
        for key, value in zip(opened.keys, opened.children, strict=True):
            if key is None:
                continue
            if key.text == "<<" and key.lines.text[key.start] == "<":
                self._merge(merged, value)
            elif key.text in own:
                self.problems.append(problems.duplicate_key(key.text, key.span, own[key.text].key.span))
            else:
                own[key.text] = Entry(key=key, value=value)
        by_name = {**own, **{name: merged[name] for name in merged if name not in own}} if merged else own
        node = Mapping(by_name=by_name, lines=self.lines, start=opened.start, end=self._end(opened, event))
        size = 1 + sum(1 + self._size(entry.value) for entry in node)
        return self._remember(opened.event, node, size)

    def _merge(self, merged: dict[str, Entry], value: Node) -> None:
        """`<<: *defaults`, or a list of them: the earlier wins, and what the mapping says itself over all."""
        for source in value.items if isinstance(value, Sequence) else (value,):
            if not isinstance(source, Mapping):
                self.problems.append(problems.bad_key(source.span, "`<<` can only merge a mapping"))
                continue
            for entry in source:
                merged.setdefault(entry.name, entry)

    def _end(self, opened: _Open, event: Any) -> int:
        """Where a collection ends: block style has no closing mark, so there it is its last child's end."""
        if opened.event.flow_style:
            return int(event.end_mark.index)
        last = max((child.end for child in opened.children if child.end > opened.start), default=opened.start)
        return max(last, opened.start)

    def _remember(self, event: Any, node: _N, size: int) -> _N:
        if size > MAX_VALUES:
            raise StoppedReading(
                problems.too_many_values(self.lines.span(node.start, node.start + 1), MAX_VALUES)
            )
        self._sizes[id(node)] = size
        if event.anchor:
            self._anchor(event.anchor, node)
        return node

    def _size(self, node: Node) -> int:
        return 1 if isinstance(node, Scalar) else self._sizes[id(node)]

    def _anchor(self, name: str, node: Node) -> None:
        self.unsure = True  # which names an anchor may have
        self._anchors[name] = node
        self._open_anchors.pop(name, None)

    def _refuse_tag(self, event: Any) -> None:
        start = event.start_mark.index
        self.problems.append(problems.tag(str(event.tag), self.lines.span(start, start + 1)))


_COMPLETE: dict[str, Callable[[NodeBuilder, Any], Node]] = {  # what gives the node that an event completes
    "ScalarEvent": NodeBuilder._scalar,
    "AliasEvent": NodeBuilder._alias,
    "MappingEndEvent": NodeBuilder._mapping,
    "SequenceEndEvent": NodeBuilder._sequence,
}


def starred_text(line: str) -> str | None:
    """A value in the line that begins with `*` and yet is no alias, as it has to be quoted."""
    found = _STARRED.search(line)
    return None if found is None else found[1]


def _resolve(text: str) -> str | int | float | bool | None:
    """An unquoted scalar by YAML 1.2's core schema, except that `.inf` and `.nan` stay text."""
    if text[:1] not in _NUMERIC:
        return _WORDS.get(text, text)
    if len(text) < _MAX_DIGITS:
        if _INTEGER.fullmatch(text):
            return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
        if _FLOAT.fullmatch(text):
            return float(text)
    return text
