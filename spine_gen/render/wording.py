"""Free text from a spec, made fit for one line or a narrow column, its unseen characters spelled out."""

import re

# Characters that steer, hide or break rather than show: controls, every space but the plain one, soft
# hyphens, joiners, marks of direction, fillers, variation selectors, surrogates, private use, tags. The list
# is fixed, where `str.isprintable` changes with Python's version and so would what is generated.
_UNSEEN = (
    "\x00-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f"
    "\u205f-\u206f\u3000\u3164\ud800-\uf8ff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U0010ffff"
)
UNSEEN = re.compile(f"[{_UNSEEN}]")
_PARAGRAPH = re.compile(r"\n[ \t]*\n")
_FOLDED = re.compile(r"[ \t\r\n]+")
_WIDE_FROM = 0x1100  # from here on a character counts as two columns: too early a line break harms nobody


def spelled(character: str) -> str:
    r"""A character as Python writes it in ASCII: ``\x07``, ``\u202e``."""
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def shown(text: str) -> str:
    """The text with every unseen character spelled out."""
    if text.isascii() and text.isprintable():
        return text
    return UNSEEN.sub(lambda match: spelled(match[0]), text)


def folded(text: str) -> str:
    """The text on one line: every run of spaces, tabs and line breaks is one space."""
    if text.isprintable() and "  " not in text:
        return text.strip(" ")
    return _FOLDED.sub(" ", text).strip(" ")


def paragraphs(text: str) -> list[str]:
    """The parts of the text that empty lines set apart, each on one line; those with words."""
    parts = (folded(part) for part in _PARAGRAPH.split(text.replace("\r\n", "\n")))
    return [part for part in parts if part]


def wrapped(text: str, width: int) -> list[str]:
    """Lines of whole words, none wider than `width` unless a single word is."""
    lines: list[str] = []
    room = 0
    for word in text.split(" "):
        needed = columns(word)
        if lines and needed < room:
            lines[-1] += f" {word}"
            room -= needed + 1
        else:
            lines.append(word)
            room = width - needed
    return lines


def columns(text: str) -> int:
    """How wide the text is, at most, in a monospaced font."""
    if text.isascii():
        return len(text)
    return sum(1 if ord(character) < _WIDE_FROM else 2 for character in text)
