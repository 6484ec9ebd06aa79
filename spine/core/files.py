"""Files of sources, as captures remember them, and whether one is still what was read."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class SourceFile:
    """A source's file for one partition, there or not."""

    path: Path
    shown: str  # its path below the data root, as messages name it
    # Where it holds several partitions: the digest of what it has of this one, None where that is nothing.
    part: Callable[[], str | None] | None = None


@dataclass(frozen=True, kw_only=True)
class FileSeen:
    """A file as it was when it was read."""

    path: str  # below the data root, as messages show it
    size: int  # bytes
    modified_ns: int  # nanoseconds since 1970
    sha256: str  # of its bytes; of one that holds several partitions, of the rows of the one that was read


def look_at(file: SourceFile, known: FileSeen | None) -> FileSeen | None:
    """The file as it is now; None where there is none that can be read, or nothing of the partition in it.

    Where its size and modification time are those that are known, it is taken to be the same, unread.
    """
    digest: str | None
    try:
        with file.path.open("rb") as opened:
            found = os.fstat(opened.fileno())
            if known is not None and (found.st_size, found.st_mtime_ns) == (known.size, known.modified_ns):
                return known
            digest = hashlib.file_digest(opened, "sha256").hexdigest() if file.part is None else file.part()
    except OSError:
        return None
    if digest is None:
        return None
    return FileSeen(path=file.shown, size=found.st_size, modified_ns=found.st_mtime_ns, sha256=digest)
