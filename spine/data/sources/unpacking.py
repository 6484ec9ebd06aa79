"""Files as their publishers pack them: unpacked, and in UTF-8, beside the stage's other working files.

What a file is packed with is told by its first bytes, whatever its name says. Memory stays at a few blocks.
"""

import bz2
import codecs
import gzip
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, cast

import zstandard

from spine.errors import SourceError

from .declared import TextSource
from .held_file import HeldFile

_BLOCK = 1 << 18
_REFUSED = (OSError, EOFError, RuntimeError, zlib.error, zipfile.BadZipFile, zstandard.ZstdError)


def unpack(file: HeldFile, source: TextSource, folder: Path) -> None:
    """Have the file read from where it is plain text: a file of that folder, or itself.

    Raises SourceError where it cannot be unpacked, or is not in the source's encoding.
    """
    with file.open() as opened:
        head = opened.read(_HEAD)
    packed = next((kind for kind, mark in _MARKS.items() if mark.match(head)), None)
    packed = packed if source.compression == "auto" else None
    encoding = codecs.lookup(source.encoding).name
    if packed is None and encoding == "utf-8":
        return
    into = folder / f"{file.take_digest()}.plain"
    with into.open("wb") as plain, _opened(file, packed) as opened:
        try:
            for block in _in_utf8(opened, encoding):
                plain.write(block)
        except UnicodeError as error:
            raise SourceError(
                f"{file.shown} is not {source.encoding}, as its source declares: {error}. Declare the "
                "encoding that it has."
            ) from error
        except _REFUSED as error:
            raise SourceError(
                f"{file.shown} cannot be unpacked as {packed}: {error}. Fetch it again."
            ) from error
    file.read_from(into)


def _in_utf8(opened: IO[bytes], encoding: str) -> Iterator[bytes]:
    if encoding == "utf-8":
        while block := opened.read(_BLOCK):
            yield block
        return
    decoder = codecs.getincrementaldecoder(encoding)()
    while block := opened.read(_BLOCK):
        yield decoder.decode(block).encode()
    yield decoder.decode(b"", True).encode()


@contextmanager
def _opened(file: HeldFile, packed: str | None) -> Iterator[IO[bytes]]:
    with file.open() as opened:
        if packed is None:
            yield opened
            return
        try:
            unpacked = _UNPACKERS[packed](opened)
        except _REFUSED as error:
            raise SourceError(
                f"{file.shown} cannot be unpacked as {packed}: {error}. Fetch it again."
            ) from error
        with unpacked:
            yield unpacked


def _only_member(packed: BinaryIO) -> IO[bytes]:
    archive = zipfile.ZipFile(packed)
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) != 1:
        names = ", ".join(member.filename for member in members[:3])
        raise zipfile.BadZipFile(f"it has {len(members)} members ({names}…), where a source's has one")
    return archive.open(members[0])


def _of_zstd(packed: BinaryIO) -> IO[bytes]:
    reader = zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True)
    return cast(IO[bytes], reader)


_MARKS = {  # of bz2 also what its first block begins with, or its end: a text may begin with BZh
    "gzip": re.compile(rb"\x1f\x8b"),
    "zstd": re.compile(rb"\x28\xb5\x2f\xfd"),
    "bz2": re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"),
    "zip": re.compile(rb"PK\x03\x04"),
}
_HEAD = 10  # bytes, as many as the longest of them
_UNPACKERS: dict[str, Callable[[BinaryIO], IO[bytes]]] = {
    "gzip": lambda packed: cast(IO[bytes], gzip.GzipFile(fileobj=packed)),
    "bz2": lambda packed: cast(IO[bytes], bz2.BZ2File(packed)),
    "zip": _only_member,
    "zstd": _of_zstd,
}
