"""Digests of generated files: what tells a file as a build left it from one that somebody edited.

A file that is made of several stages has a digest for each of its pieces, so that two branches which change
different pieces change different lines of the lock, and git merges it as it merges the file.
"""

import re
from collections.abc import Sequence
from hashlib import sha256
from itertools import pairwise

# A cut is before a paragraph with the empty lines above it, before another row of a table, and after a
# statement of several lines.
_CUT = re.compile(rb"\n(?:(?<=[^\n]\n)(?=[\n|])|\)\n(?=[^\n]))")
_WHOLE = 64  # hex digits: in a lock of an older form


def digest(content: bytes) -> str:
    """The sha256 of a file's content with every line break as ``\\n``."""
    return sha256(normal(content)).hexdigest()


def normal(content: bytes) -> bytes:
    """The content with every line break as ``\\n``: a checkout on Windows is no edit."""
    return content.replace(b"\r\n", b"\n")


def piece_digests(content: bytes) -> tuple[str, ...]:
    """Of every piece of the content, in order: the first 16 hex digits of its sha256."""
    content = normal(content)
    cuts = (0, *(found.end() for found in _CUT.finditer(content)), len(content))
    return tuple(sha256(content[start:end]).hexdigest()[:16] for start, end in pairwise(cuts))


def is_as_recorded(content: bytes, recorded: Sequence[str]) -> bool:
    """Whether those are the digests of the content, by pieces or, as locks had it before, of the whole."""
    if len(recorded) == 1 and len(recorded[0]) == _WHOLE:
        return digest(content) == recorded[0]
    return piece_digests(content) == tuple(recorded)
