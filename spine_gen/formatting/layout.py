"""The canonical layout of a spec: two-space indents, even spaces, blocks for long texts, blank lines between.

Keys stay in the order in which they were written: a comment is about what stands beside it, and how much of
that, only its author knows.
"""

import codecs
import re
from dataclasses import dataclass

from spine_gen.formatting.outline import meaning, outline
from spine_gen.formatting.round_trip import CannotLayOut, dumped
from spine_gen.formatting.spacing import (
    aligned,
    with_blank_lines,
    with_comments_beside,
    with_comments_indented,
)
from spine_gen.source.document import Document
from spine_gen.source.problems import Problem
from spine_gen.source.yaml_reader import read_document

# Of a document's beginning, before any content.
_MARKER = re.compile(r"\A((?:[ \t]*(?:#[^\n]*)?\n)*)---[ \t]*\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Formatted:
    """A spec's text in its canonical layout; or as it was, and why."""

    before: bytes
    after: bytes
    problems: tuple[Problem, ...] = ()  # of its YAML
    obstacle: str | None = None  # what the layout would have lost

    @property
    def changed(self) -> bool:
        return self.after != self.before


def formatted(content: bytes, path: str) -> Formatted:
    """The text in its canonical layout: it says the same, with the comments beside the same keys and values.

    Where that cannot be had, or the text is no good YAML, it stays as it is.
    """
    read = read_document(content, path)
    if read.document is None or read.problems:
        return Formatted(before=content, after=content, problems=read.problems)
    try:
        after = _laid_out(read.text.replace("\r\n", "\n"))
        obstacle = _lost(read.document, _document(after))
    except CannotLayOut as error:
        obstacle = f"YAML that cannot be laid out anew ({error})"
    if obstacle is not None:
        return Formatted(before=content, after=content, obstacle=obstacle)
    return Formatted(before=content, after=_encoded(after, content))


def _lost(before: Document, after: Document) -> str | None:
    """What is not as it was, apart from the layout."""
    if meaning(before.root) != meaning(after.root):
        return "it would not say the same any more"
    if outline(before).beside() != outline(after).beside():
        return "a comment would be lost, or stand beside something else"
    return None


def _encoded(text: str, before: bytes) -> bytes:
    """With the line breaks, and the mark at the beginning, that the file has."""
    text = text.replace("\n", "\r\n") if b"\r\n" in before else text
    return (codecs.BOM_UTF8 if before.startswith(codecs.BOM_UTF8) else b"") + text.encode()


def _laid_out(text: str) -> str:
    before = _document(_MARKER.sub(r"\1", text))
    text = aligned(_document(dumped(before)))
    text = with_comments_beside(outline(_document(text)))
    text = with_comments_indented(outline(before), outline(_document(text)))
    document = _document(text)
    return with_blank_lines(document, outline(document))


def _document(text: str) -> Document:
    read = read_document(text, "")
    if read.document is None or read.problems:
        raise CannotLayOut("it would not be read again")
    return read.document
