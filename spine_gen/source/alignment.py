"""Which character of a scalar's source each character of its value came from.

Quotes, escapes, indentation and folding make the two differ. All of them only add or drop whitespace, quotes
and escape sequences, so that one walk over both texts serves every style. It does not read YAML: the value is
known, and is found again in its source.
"""

import re

_BLOCK_HEADER = re.compile(r"[|>][^\r\n]*(\r\n|\r|\n)?")
_PROPERTIES = re.compile(r"(?:[!&][^\s]*\s+)+")
_ESCAPE = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|\r\n|.)", re.DOTALL)
_ESCAPED_LINE_BREAK = ("\\\n", "\\\r")
_SPACE = " \t\r\n\x85\u2028\u2029"


def align(value: str, source: str) -> list[int] | None:
    """For each character of the value its offset in the source; None where they cannot be matched."""
    properties = _PROPERTIES.match(source)  # a tag or an anchor before the scalar itself
    at = properties.end() if properties else 0
    style = source[at : at + 1]
    if style in ("|", ">") and (header := _BLOCK_HEADER.match(source, at)):
        at = header.end()
    elif style in ("'", '"'):
        at += 1
    offsets: list[int] = []
    for character in value:
        found = _find(character, source, at, style)
        if found is None:
            return None
        offset, at = found
        offsets.append(offset)
    return offsets


def _find(character: str, source: str, at: int, style: str) -> tuple[int, int] | None:
    """The offset of the next such character at or after a place, and the place behind it."""
    if style == '"':
        while source.startswith(_ESCAPED_LINE_BREAK, at):
            at = _skip_space(source, at + 1)
    if character in _SPACE and not (style == '"' and source[at : at + 1] == "\\"):
        # a line break and the indentation after it may stand for one space, or for one line break
        return at, _skip_folded(source, at, character, style)
    at = at if character in _SPACE else _skip_space(source, at)
    if style == '"':
        while source.startswith(_ESCAPED_LINE_BREAK, at):
            at = _skip_space(source, at + 1)
        if escape := _ESCAPE.match(source, at):
            return at, escape.end()
    if source[at : at + 1] != character:
        return None
    return at, at + (2 if style == "'" and source.startswith("''", at) else 1)


def _skip_space(source: str, at: int) -> int:
    while at < len(source) and source[at] in _SPACE:
        at += 1
    return at


def _skip_folded(source: str, at: int, character: str, style: str) -> int:
    """Behind one whitespace character of the value: runs are settled by the next visible character."""
    if source[at : at + 1] == character and (style in ("|", ">") or character != "\n"):
        return at + 1
    return at if at >= len(source) or source[at] not in _SPACE else at + 1
