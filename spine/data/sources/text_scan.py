"""One fast pass over a text file before it is parsed: is it whole, is it UTF-8, how are its lines made?

What it finds decides between DuckDB's own CSV reader and the careful one, and lets row numbers become line
numbers. Memory stays at one block, whatever the file's size.
"""

import codecs
import hashlib
from dataclasses import dataclass
from pathlib import Path

from spine.errors import SourceError

from .declared import TextSource
from .held_file import HeldFile

_BLOCK = 1 << 16  # fits a core's cache, so that each look at a block after the first is nearly free
BYTE_ORDER_MARK = codecs.BOM_UTF8


@dataclass(frozen=True, kw_only=True)
class TextFile:
    """What a pass over a text file found."""

    held: HeldFile
    size: int
    lines: int  # physical lines, a last one without a newline included
    unfinished: int | None  # the number of that last one
    crlf_lines: int  # lines that end in CR LF
    lone_returns: bool  # a CR that no LF follows
    quotes: bool
    escapes: bool
    nuls: bool
    has_mark: bool  # begins with a byte order mark

    @property
    def path(self) -> Path:
        """Where DuckDB finds it."""
        return self.held.path

    @property
    def shown(self) -> str:
        """Its path as messages name it."""
        return self.held.shown

    @property
    def mixed_newlines(self) -> bool:
        """Whether its lines end in more than one way."""
        return self.lone_returns or self.crlf_lines not in (0, self.lines)


def scan_text_file(file: HeldFile, source: TextSource, *, quote: str = "", escape: str = "") -> TextFile:
    """Read the file once, and take its digest on the way.

    Raises SourceError where it cannot be read, is empty, is not UTF-8, or ends in the middle of a line.
    """
    shown, digest = file.shown, hashlib.sha256()
    signs = {sign.encode() for sign in (quote, escape) if sign}
    found = set[bytes]()
    check_utf8 = codecs.getincrementaldecoder("utf-8")().decode
    newlines = crlf = returns = size = 0
    nuls = pending = False
    last = b""
    mark = b""
    try:
        with file.open() as opened:
            while block := opened.read(_BLOCK):
                digest.update(block)
                if not size:
                    mark = block[: len(BYTE_ORDER_MARK)]
                if pending or not block.isascii():
                    check_utf8(block)
                    pending = True  # a character may be split between blocks
                newlines += block.count(b"\n")
                if b"\r" in block or last == b"\r":
                    returns += block.count(b"\r")
                    crlf += block.count(b"\r\n") + (last == b"\r" and block[:1] == b"\n")
                found |= {sign for sign in signs - found if sign in block}
                nuls = nuls or b"\0" in block
                size += len(block)
                last = block[-1:]
            if pending:
                check_utf8(b"", True)
    except UnicodeDecodeError as error:
        line, byte = _first_undecodable(file)
        raise SourceError(
            f"{shown} is not UTF-8: line {line} has the byte 0x{byte:02x}, which no UTF-8 text has there. "
            "Convert the file to UTF-8 before it is loaded."
        ) from error
    if size <= (len(mark) if mark == BYTE_ORDER_MARK else 0):
        raise SourceError(f"{shown} is empty: not even a header. Fetch it again.")
    if last != b"\n" and source.final_newline == "required":
        raise SourceError(
            f"{shown} ends in the middle of line {newlines + 1}, without a newline: it looks truncated. "
            "Fetch it again, or declare final_newline: optional if it is not always written."
        )
    file.set_digest(digest.hexdigest())
    return TextFile(
        held=file,
        size=size,
        lines=newlines + (last != b"\n"),
        unfinished=None if last == b"\n" else newlines + 1,
        crlf_lines=crlf,
        lone_returns=returns != crlf,
        quotes=quote.encode() in found,
        escapes=escape.encode() in found,
        nuls=nuls,
        has_mark=mark == BYTE_ORDER_MARK,
    )


def _first_undecodable(held: HeldFile) -> tuple[int, int]:
    """The line and the byte where the file stops being UTF-8."""
    number = 1
    with held.open() as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                return number, line[error.start]
    held.check_unchanged()
    raise AssertionError(f"{held.path} is UTF-8 after all (line {number})")
