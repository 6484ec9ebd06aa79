"""What the library leaves to us: aligned one-line mappings, comments' places, and blank lines.

Each function takes a text and gives it with other white space between the same parts.
"""

import re
from collections.abc import Iterator

from spine_gen.formatting.outline import Comment, Outline
from spine_gen.source.document import Document, Mapping, Node, Scalar, Sequence

Edit = tuple[int, int, str]  # what stands from, to, and instead


def aligned(document: Document) -> str:
    """One-line mappings that follow each other under keys begin in the same column."""
    return _edited(document.lines.text, list(_alignments(document.root)))


def with_comments_beside(outline: Outline) -> str:
    """Comments behind a key or value are two spaces from it."""
    edits = []
    for comment in outline.comments:
        if not comment.alone:
            before = outline.text[: comment.start].rstrip(" \t")
            edits.append((len(before), comment.start, "  "))
    return _edited(outline.text, edits)


def with_comments_indented(before: Outline, after: Outline) -> str:
    """Comments on lines of their own are indented like the lines that they were indented like before."""
    if len(before.comments) != len(after.comments) or len(before.scalars) != len(after.scalars):
        return after.text
    lines = [
        (old.start, _indentation(before.text, old.start), _indentation(after.text, new.start))
        for (_, old), (_, new) in zip(before.scalars, after.scalars, strict=True)
    ]
    edits = []
    for old, new in zip(before.comments, after.comments, strict=True):
        if old.alone and new.alone:
            start = _line_start(after.text, new.start)
            edits.append((start, new.start, " " * _moved(old, before.text, lines, new.start - start)))
    return _edited(after.text, edits)


def with_blank_lines(document: Document, outline: Outline) -> str:
    """A blank line before each stage and each part that is a block; never more than one elsewhere."""
    text, root = document.lines.text, document.root
    apart = set()
    if isinstance(root, Mapping):
        stages = root.get("stages")
        later = (*root.entries[1:], *(stages.entries[1:] if isinstance(stages, Mapping) else ()))
        for entry in later:
            below = entry.value.span.start.line > entry.key.span.start.line
            if below and isinstance(entry.value, Mapping | Sequence):
                apart.add(entry.key.span.start.line)
    comments = {text.count("\n", 0, each.start) + 1 for each in outline.comments if each.alone}
    blocks = {number for _, scalar in outline.scalars for number in _lines_of_block(scalar)}
    return _with_blank_lines(text.split("\n"), apart, comments, blocks)


def _lines_of_block(scalar: Scalar) -> range:
    """The lines of a block of text, whose white space is its own; empty ones behind it are not among them."""
    source = scalar.lines.text[scalar.start : scalar.end]
    header = source.partition("\n")[0]
    if header[:1] not in ("|", ">"):
        return range(0)
    content = source.removesuffix("\n") if "+" in header.partition("#")[0] else source.rstrip()
    first = scalar.span.start.line + 1
    return range(first, first + content.count("\n"))


def _with_blank_lines(lines: list[str], apart: set[int], comments: set[int], blocks: set[int]) -> str:
    above = {_with_own_comments(number, lines, comments) for number in apart}
    out: list[str] = []
    for number, line in enumerate(lines, 1):
        if number in blocks:
            out.append(line)
            continue
        blank = not line.strip()
        if blank and (not out or not out[-1].strip()):
            continue
        if number in above and out and out[-1].strip():
            out.append("")
        out.append("" if blank else line.rstrip())
    while out and not out[-1].strip():
        out.pop()
    return "\n".join(out) + "\n"


def _with_own_comments(number: int, lines: list[str], comments: set[int]) -> int:
    """The line of a key, or of the first comment right above it that is indented like it."""
    indentation = len(lines[number - 1]) - len(lines[number - 1].lstrip())
    while number - 1 in comments and len(lines[number - 2]) - len(lines[number - 2].lstrip()) == indentation:
        number -= 1
    return number


def _alignments(node: Node) -> Iterator[Edit]:
    match node:
        case Mapping():
            run: list[tuple[int, int, int, int]] = []  # line, end of the key, start of the value, width
            for entry in node:
                yield from _alignments(entry.value)
                key, value = entry.key, entry.value
                text, line = key.lines.text, key.span.start.line
                gap = re.compile(r":[ ]+(?=\{)").match(text, key.end)
                one_line = (
                    isinstance(value, Mapping)
                    and gap is not None
                    and gap.end() == value.start
                    and value.span.end.line == line
                )
                if run and (not one_line or run[-1][0] != line - 1):
                    yield from _aligned_run(run)
                    run = []
                if one_line:
                    run.append((line, key.end, value.start, key.span.end.column))
            yield from _aligned_run(run)
        case Sequence():
            for item in node.items:
                yield from _alignments(item)


def _aligned_run(run: list[tuple[int, int, int, int]]) -> Iterator[Edit]:
    widest = max((width for *_, width in run), default=0)
    for _, end, start, width in run:
        yield end, start, ":" + " " * (widest - width + 1)


def _moved(comment: Comment, text: str, lines: list[tuple[int, int, int]], otherwise: int) -> int:
    """The new indentation of the nearest line, the next one first, that had the comment's old one."""
    own = comment.start - _line_start(text, comment.start)
    following = next((line for line in lines if line[0] > comment.start), None)
    before = [line for line in reversed(lines) if line[0] < comment.start]
    candidates = ([following] if following else []) + before
    return next((new for _, old, new in candidates if old == own), otherwise)


def _indentation(text: str, offset: int) -> int:
    line = _line_start(text, offset)
    return len(text[line:offset]) - len(text[line:offset].lstrip(" "))


def _line_start(text: str, offset: int) -> int:
    return text.rfind("\n", 0, offset) + 1


def _edited(text: str, edits: list[Edit]) -> str:
    for start, end, instead in sorted(edits, reverse=True):
        text = text[:start] + instead + text[end:]
    return text
