"""Bytes to located document: the only module that imports a YAML library.

It reads the library's event stream rather than its objects, for three reasons: every key and value keeps its
place, the values follow YAML 1.2 (`NO` and `2025-01-01` are text), and nothing in a hostile file is ever
constructed or expanded. It does not know what a spec is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
)
from ruamel.yaml.reader import ReaderError

from spine_gen.source import problems
from spine_gen.source.document import Document, Entry, Mapping, Node, Scalar, Sequence
from spine_gen.source.position import Lines, Span
from spine_gen.source.problems import Problem

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
MAX_VALUES = 100_000

_N = TypeVar("_N", Scalar, Sequence, Mapping)

_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_ADVICE = {  # by what the library says
    "'\\t'": "indent with spaces, and put a space behind a colon: YAML allows no tab there",
    "mapping values are not allowed": "quote the text if it has a colon; otherwise check the indentation",
    "expected alphabetic or numeric character": "quote the text: an unquoted `*` or `&` begins a name",
    "cannot start any token": "quote the text: no unquoted text can begin with this character",
    "expected <block end>": "check the indentation, and that a colon and a space follow every key",
    "could not find expected ':'": "check the indentation, and that a colon and a space follow every key",
    "expected ',' or": "close the bracket or brace, or separate the items with commas",
    "end of stream": "close the quote",
    "expected the node content, but found '<stream end>'": "close the bracket or brace",
}
_VERSION = re.compile(r"^%YAML[ \t]+(?!1\.[12][ \t]*(?:#.*)?$)(\S+)", re.MULTILINE)  # of no YAML we know
_STARRED = re.compile(r":\s+(\*[^\w].*?)\s*(?:\s#.*)?$")  # a value that is no alias: a cron expression
_MAX_DIGITS = 4000  # int() refuses more


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadResult:
    """What a file gave: a document where it could be read at all, and everything wrong with its YAML."""

    text: str  # decoded as well as possible, so that problems can be shown
    document: Document | None
    problems: tuple[Problem, ...] = ()


def read_document(content: bytes | str, path: str) -> ReadResult:
    """The located document of a file's content; the path is only a name for it."""
    text, problem = _decode(content)
    lines = Lines(text)
    if problem is None and len(text) > MAX_BYTES:
        start = lines.span(0, 0)
        problem = problems.too_large(start, f"the file has {len(text):,} characters, over {MAX_BYTES:,}")
    if problem is None and (directive := _VERSION.search(text)):
        problem = problems.version(directive[1], lines.span(*directive.span()))
    if problem is not None:
        return ReadResult(text="" if len(text) > MAX_BYTES else text, document=None, problems=(problem,))
    builder = _Builder(lines)
    root: Node | None = None
    try:
        root = builder.document(_events(text))
    except _StoppedReading as stopped:
        builder.problems.append(stopped.problem)
    except YAMLError as error:
        builder.problems.append(_syntax_problem(error, lines))
    document = Document(path=path, lines=lines, root=root) if root is not None else None
    return ReadResult(text=text, document=document, problems=tuple(builder.problems))


class _StoppedReading(Exception):
    """Nothing sensible can be read behind this problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.headline)
        self.problem = problem


def _decode(content: bytes | str) -> tuple[str, Problem | None]:
    if isinstance(content, bytes):
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            readable = content[:MAX_BYTES].decode("utf-8", errors="replace")
            before = len(content[: error.start].decode("utf-8"))
            span = Lines(readable).span(before, before + 1)
            return readable, problems.not_utf8(span, content[error.start])
    else:
        text = content
    return text.removeprefix("\ufeff"), None


def _events(text: str) -> Iterator[Event]:
    yaml = YAML(typ="safe", pure=True)
    yield from yaml.parse(text)


def _syntax_problem(error: YAMLError, lines: Lines) -> Problem:
    """The library's error in our words, as far as we know it."""
    if isinstance(error, ReaderError):
        where = lines.span(error.position, error.position + 1)
        code = error.character if isinstance(error.character, int) else ord(error.character[:1] or "\0")
        return problems.syntax(where, f"character U+{code:04X} is not allowed", "remove the character")
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return problems.syntax(lines.span(0, 0), " ".join(str(error).split()), None)
    offset = error.problem_mark.index
    what = " ".join(str(error.problem).split())
    others: tuple[tuple[Span, str], ...] = ()
    if error.context and error.context_mark and error.context_mark.index != offset:
        start = error.context_mark.index
        others = ((lines.span(start, start + 1), " ".join(str(error.context).split())),)
    return problems.syntax(lines.span(offset, offset + 1), what, _advice(what, lines, offset), others)


def _advice(what: str, lines: Lines, offset: int) -> str | None:
    line = lines.line(lines.position(offset).line)
    if found := _STARRED.search(line):
        return problems.quoted(found[1])
    if line.lstrip(" ").startswith("\t"):
        what = "'\\t'"
    return next((advice for words, advice in _ADVICE.items() if words in what), None)


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not been read yet."""

    event: CollectionStartEvent
    start: int
    children: list[Node] = field(default_factory=list)
    keys: list[Scalar | None] = field(default_factory=list)  # mapping: None for a key that was refused
    awaits_key: bool = True


class _Builder:
    """Turns events into nodes; what is still open is kept on a stack, so depth costs no recursion."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.problems: list[Problem] = []
        self._stack: list[_Open] = []
        self._anchors: dict[str, Node] = {}
        self._open_anchors: dict[str, int] = {}
        self._sizes: dict[int, int] = {}  # id of a node → number of values with its aliases written out
        self._last_key_end = 0

    def document(self, events: Iterator[Event]) -> Node:
        """The root node of the one document."""
        root: Node | None = None
        documents = 0
        for event in events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    start = event.start_mark.index
                    span = self.lines.span(start, start + 3)
                    raise _StoppedReading(problems.several_documents(span))
            node = self._node(event)
            if node is not None and not self._stack:
                root = node
        if root is None or (isinstance(root, Scalar) and root.text == "" and root.start == root.end):
            raise _StoppedReading(problems.empty(self.lines.span(0, 0)))
        return root

    def _node(self, event: Event) -> Node | None:
        """The node that this event completes, already put into its parent."""
        if isinstance(event, CollectionStartEvent):
            self._begin(event)
            return None
        if isinstance(event, ScalarEvent):
            node: Node = self._scalar(event)
        elif isinstance(event, AliasEvent):
            node = self._alias(event)
        elif isinstance(event, MappingEndEvent):
            node = self._mapping(event)
        elif isinstance(event, SequenceEndEvent):
            node = self._sequence(event)
        else:
            return None
        if self._stack:
            self._put(self._stack[-1], node)
        return node

    def _begin(self, event: CollectionStartEvent) -> None:
        start = event.start_mark.index
        if len(self._stack) >= MAX_DEPTH:
            span = self.lines.span(start, start + 1)
            raise _StoppedReading(problems.too_large(span, f"nested deeper than {MAX_DEPTH} levels"))
        self._refuse_tag(event)
        if event.anchor:
            self._open_anchors[event.anchor] = start
        self._stack.append(_Open(event, start))

    def _put(self, parent: _Open, node: Node) -> None:
        if not isinstance(parent.event, MappingStartEvent):
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

    def _scalar(self, event: ScalarEvent) -> Scalar:
        self._refuse_tag(event)
        start, end = event.start_mark.index, event.end_mark.index
        if start == end and self._stack and not self._stack[-1].awaits_key:
            start, end = self._last_key_end, self._last_key_end + 1  # an absent value: the key's colon
        plain = event.implicit[0] and not event.style
        value = _resolve(event.value) if plain else event.value
        node = Scalar(value=value, text=event.value, lines=self.lines, start=start, end=end)
        return self._remember(event, node, 1)

    def _alias(self, event: AliasEvent) -> Node:
        name, start, end = event.anchor, event.start_mark.index, event.end_mark.index
        if name in self._open_anchors:
            anchor = self._open_anchors[name]
            span = self.lines.span(anchor, anchor + 1)
            raise _StoppedReading(problems.bad_alias(name, self.lines.span(start, end), span))
        if name not in self._anchors:
            found = _STARRED.search(self.lines.line(self.lines.position(start).line))
            starred = None if found is None else found[1]
            raise _StoppedReading(problems.bad_alias(name, self.lines.span(start, end), None, starred))
        return self._anchors[name]

    def _sequence(self, event: Event) -> Sequence:
        opened = self._stack.pop()
        children = tuple(opened.children)
        end = self._end(opened, event)
        node = Sequence(items=children, lines=self.lines, start=opened.start, end=end)
        return self._remember(opened.event, node, 1 + sum(self._sizes[id(child)] for child in children))

    def _mapping(self, event: Event) -> Mapping:
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
        entries = (*own.values(), *(entry for name, entry in merged.items() if name not in own))
        node = Mapping(entries=entries, lines=self.lines, start=opened.start, end=self._end(opened, event))
        size = 1 + sum(1 + self._sizes[id(entry.value)] for entry in entries)
        return self._remember(opened.event, node, size)

    def _merge(self, merged: dict[str, Entry], value: Node) -> None:
        """`<<: *defaults`, or a list of them: the earlier wins, and what the mapping says itself over all."""
        for source in value.items if isinstance(value, Sequence) else (value,):
            if not isinstance(source, Mapping):
                self.problems.append(problems.bad_key(source.span, "`<<` can only merge a mapping"))
                continue
            for entry in source.entries:
                merged.setdefault(entry.name, entry)

    def _end(self, opened: _Open, event: Event) -> int:
        """Where a collection ends: block style has no closing mark, so there it is its last child's end."""
        if opened.event.flow_style:
            return int(event.end_mark.index)
        last = max((child.end for child in opened.children if child.end > opened.start), default=opened.start)
        return max(last, opened.start)

    def _remember(self, event: Any, node: _N, size: int) -> _N:
        if size > MAX_VALUES:
            raise _StoppedReading(
                problems.too_many_values(self.lines.span(node.start, node.start + 1), MAX_VALUES)
            )
        self._sizes[id(node)] = size
        if event.anchor:
            self._anchors[event.anchor] = node
            self._open_anchors.pop(event.anchor, None)
        return node

    def _refuse_tag(self, event: ScalarEvent | CollectionStartEvent) -> None:
        if event.tag is not None:
            start = event.start_mark.index
            self.problems.append(problems.tag(str(event.tag), self.lines.span(start, start + 1)))


def _resolve(text: str) -> str | int | float | bool | None:
    """An unquoted scalar by YAML 1.2's core schema, except that `.inf` and `.nan` stay text."""
    if text in _WORDS:
        return _WORDS[text]
    if len(text) < _MAX_DIGITS:
        if _INTEGER.fullmatch(text):
            return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
        if _FLOAT.fullmatch(text):
            return float(text)
    return text
