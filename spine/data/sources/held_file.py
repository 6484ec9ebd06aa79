"""A source file that holds still: opened once, and seen to be the same, unchanged, after its last reading.

What is read here is read from the one descriptor, each reading at a place of its own. DuckDB reads by path;
that it read the same bytes is known from the file's identity before and after. Once the rows are staged, the
path may go: the descriptor still has what raw texts are taken from.
"""

import hashlib
import io
import os
import time
from pathlib import Path
from typing import NamedTuple

from spine.core.files import FileSeen, SourceFile
from spine.errors import SourceChangedError, SourceError

_BUFFER = 1 << 16
_WRITTEN = "somebody wrote to it"
# Within this time of its last change, a file may change again without its modification time telling: some
# file systems count in steps of two seconds.
_RECENT_NS = 3_000_000_000
# The steps in which file systems count time: a kernel's clock tick, or seconds.
_STEP_NS = 20_000_000
_COARSE_STEP_NS = 2_000_000_000
_SECOND_NS = 1_000_000_000


class FileIdentity(NamedTuple):
    """What tells one state of a file from another, as far as the file system knows."""

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int

    @classmethod
    def of(cls, found: os.stat_result) -> "FileIdentity":
        return cls(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)

    @property
    def is_recent(self) -> bool:
        """Whether it was written so lately that a further write need not show in its times."""
        return time.time_ns() - max(self.modified_ns, self.changed_ns) < _RECENT_NS

    @property
    def settled_ns(self) -> int:
        """From when on a further write shows in its times."""
        is_coarse = not (self.modified_ns % _SECOND_NS or self.changed_ns % _SECOND_NS)
        return self.changed_ns + (_COARSE_STEP_NS if is_coarse else _STEP_NS)


class _Reading(io.RawIOBase):
    """A reading of the descriptor at a place of its own, so that several do not move each other."""

    def __init__(self, descriptor: int, shown: str) -> None:
        self._descriptor = descriptor
        self._shown = shown
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._place}.get(whence)
        self._place = offset + (os.fstat(self._descriptor).st_size if start is None else start)
        return self._place

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        try:
            data = os.pread(self._descriptor, len(buffer), self._place)
        except OSError as error:
            raise _unreadable(self._shown, error) from error
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)


class HeldFile:
    """One source file, from the moment it was opened."""

    def __init__(self, file: SourceFile) -> None:
        """Open it. Raises SourceError where it cannot be read."""
        self._path = file.path
        self.shown = file.shown
        try:
            self._descriptor = os.open(file.path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        except OSError as error:
            raise _unreadable(file.shown, error) from error
        self._identity = FileIdentity.of(os.fstat(self._descriptor))
        self._is_recent = self._identity.is_recent
        self._sha256: str | None = None
        self._expected = file.sha256
        self._plain: Path | None = None

    @property
    def path(self) -> Path:
        """Where its text is, for those who read by path."""
        return self._plain or self._path

    def open(self) -> io.BufferedReader:
        """Its text from the beginning, as often as wanted."""
        return self._open_itself() if self._plain is None else self._plain.open("rb")

    def read_from(self, plain: Path) -> None:
        """From now on its text is read from there, where it was unpacked to; its digest was taken."""
        assert self._sha256 is not None
        self._plain = plain

    def set_digest(self, sha256: str) -> None:
        """Note the digest that the first reading of the whole file came to, unless it was taken before."""
        self._sha256 = self._sha256 or sha256

    def take_digest(self) -> str:
        """Read the whole file for its digest, before those who read it without taking one."""
        self._sha256 = self._digest()
        return self._sha256

    @property
    def identity(self) -> FileIdentity:
        """The state of the file that is held."""
        return self._identity

    @property
    def seen(self) -> FileSeen:
        """The file as it was read."""
        assert self._sha256 is not None  # every reader sees to it first
        return FileSeen(
            path=self.shown,
            size=self._identity.size,
            modified_ns=self._identity.modified_ns,
            sha256=self._sha256,
        )

    def check_unchanged(self) -> None:
        """Raise SourceError unless the file is there still, and has the bytes that it had when it was opened.

        From then on a further write shows in its times, so that they may be gone by.
        """
        try:
            by_path = FileIdentity.of(os.stat(self._path))  # noqa: PTH116 - the same call as for the descriptor
        except OSError:
            raise self._changed("it is no longer there") from None
        if by_path[:2] != self._identity[:2]:
            raise self._changed("another file is in its place")
        if self._is_recent:
            left = self._identity.settled_ns - time.time_ns()
            if 0 < left <= _COARSE_STEP_NS:  # else its clock is not ours
                time.sleep(left / _SECOND_NS)
        self.check_held()
        if self._expected is not None and self._sha256 not in (None, self._expected):
            raise SourceError(f"{self.shown} is damaged in the archive ({self._path}): fetch it again")

    def check_held(self) -> None:
        """Raise SourceError unless the open file has the bytes that it had; its path may lead elsewhere."""
        now = FileIdentity.of(os.fstat(self._descriptor))
        if now[:4] != self._identity[:4]:
            raise self._changed(_WRITTEN)
        # A rename or a chmod changes but the last of the times, and so does who sets the others back.
        is_doubtful = self._is_recent or now != self._identity
        if is_doubtful and self._sha256 is not None and self._sha256 != self._digest():
            raise self._changed(_WRITTEN)

    def close(self) -> None:
        """Let it go."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _open_itself(self) -> io.BufferedReader:
        return io.BufferedReader(_Reading(self._descriptor, self.shown), _BUFFER)

    def _digest(self) -> str:
        with self._open_itself() as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()

    def _changed(self, how: str) -> SourceChangedError:
        return SourceChangedError(
            f"{self.shown} changed while it was read: {how}. Let whoever writes it finish (or write beside "
            "it and rename), and run again."
        )


def _unreadable(shown: str, error: OSError) -> SourceError:
    return SourceError(f"{shown} cannot be read: {error.strerror or error}")
