"""Bytes to located document.

It reads a library's event stream rather than its objects, for three reasons: every key and value keeps its
place, the values follow YAML 1.2 (`NO` and `2025-01-01` are text), and nothing in a hostile file is ever
constructed or expanded. It does not know what a spec is.
"""

import re
from dataclasses import dataclass

from spine_gen.source import problems
from spine_gen.source.document import Document, Node
from spine_gen.source.node_builder import NodeBuilder
from spine_gen.source.position import Lines
from spine_gen.source.problems import Problem, StoppedReading
from spine_gen.source.quick_events import OddText, quick_events

MAX_BYTES = 1_000_000
_VERSION = re.compile(r"^%YAML[ \t]+(?!1\.[12][ \t]*(?:#.*)?$)(\S+)", re.MULTILINE)  # of no YAML we know


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
    root = read_quickly(lines)
    found: tuple[Problem, ...] = ()
    if root is None:
        root, found = read_carefully(lines)
    document = Document(path=path, lines=lines, root=root) if root is not None else None
    return ReadResult(text=text, document=document, problems=found)


def read_quickly(lines: Lines) -> Node | None:
    """The root of an ordinary text in which nothing is wrong; None where it has to be read carefully."""
    builder = NodeBuilder(lines)
    try:
        root = builder.document(quick_events(lines.text))
    except (OddText, StoppedReading):
        return None
    return None if builder.problems or builder.unsure else root


def read_carefully(lines: Lines) -> tuple[Node | None, tuple[Problem, ...]]:
    """The root of any text, if it has one, and everything wrong with its YAML."""
    from spine_gen.source.careful_events import careful_events  # costs more than most texts: few need it

    builder = NodeBuilder(lines)
    root: Node | None = None
    try:
        root = builder.document(careful_events(lines))
    except StoppedReading as stopped:
        builder.problems.append(stopped.problem)
    return root, tuple(builder.problems)


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
