"""Files of sources, as captures remember them, and whether one is still what was read."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class FileSeen:
    """A file as it was when it was read."""

    path: str  # below the data root, as messages show it; of what is elsewhere, its URL
    size: int  # bytes
    modified_ns: int  # nanoseconds since 1970
    sha256: str  # of its bytes; of one that holds several partitions, of the rows of the one that was read


class Looked(Protocol):
    """What a stage would read, there or not, and which can be looked at."""

    @property
    def shown(self) -> str:
        """The path that captures remember it by."""

    @property
    def called(self) -> str:
        """What it is, in a reason why something is stale."""

    @property
    def has_several(self) -> bool:
        """Whether it holds several partitions, of which one is looked at."""

    def look(self, known: FileSeen | None) -> FileSeen | None:
        """The file as it is now, beside what is known of it; None where there is none that can be read."""


@dataclass(frozen=True, kw_only=True)
class SourceFile:
    """A source's file for one partition, there or not."""

    path: Path
    shown: str  # its path below the data root, as messages name it; its URL, where it has one
    sha256: str | None = None  # of what it is known to have
    archived_at: str | None = None  # when it was fetched, where it is not now
    # Where it holds several partitions: the digest of what it has of this one, None where that is nothing.
    part: Callable[[], str | None] | None = None

    @property
    def called(self) -> str:
        """What it is, in a reason why something is stale."""
        return f"file {self.shown}"

    @property
    def has_several(self) -> bool:
        """Whether it holds several partitions, of which one is looked at."""
        return self.part is not None

    def look(self, known: FileSeen | None) -> FileSeen | None:
        """The file as it is now; None where none can be read, or it has nothing of the partition.

        Where its size and modification time are those that are known, it is taken to be the same, unread.
        """
        digest: str | None
        try:
            with self.path.open("rb") as opened:
                found = os.fstat(opened.fileno())
                if known is not None and (found.st_size, found.st_mtime_ns) == (
                    known.size,
                    known.modified_ns,
                ):
                    return known
                digest = self.part() if self.part else hashlib.file_digest(opened, "sha256").hexdigest()
        except OSError:
            return None
        if digest is None:
            return None
        return FileSeen(path=self.shown, size=found.st_size, modified_ns=found.st_mtime_ns, sha256=digest)
