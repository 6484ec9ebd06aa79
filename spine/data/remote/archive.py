"""The archive of what was fetched: each content once, by its sha256, and for every address what it had when.

    sha256/ab/abcd…          a content, whole: it is written beside and put there by one step
    fetched/<digest>/000001  what an address had when it was fetched, one JSON object each, in that order; its
                             folder is called by the digest of the address, secrets and all
    incoming/                what is being fetched; what a killed process left is cleared away later

Any number of processes may fetch at once, also the same. Nothing is ever written over.
"""

import errno
import hashlib
import json
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC
from pathlib import Path

from spine.core.clock import Clock, utc_now
from spine.core.ids import new_capture_id
from spine.errors import SourceError

_LEFT_OVER = 24 * 3600.0  # seconds after its last byte: nobody waits so long for the next
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EXDEV, errno.EACCES})


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """What an address had when it was fetched."""

    shown: str  # the address, without what may be secret
    sha256: str
    size: int  # bytes
    fetched_at: str  # ISO 8601, UTC
    etag: str | None = None
    last_modified: str | None = None  # as the server writes it


@dataclass(frozen=True, kw_only=True)
class Validators:
    """By what a server tells whether something has changed."""

    etag: str | None = None
    last_modified: str | None = None


class Incoming:
    """A content on its way into the archive."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._digest = hashlib.sha256()
        self._file = path.open("xb")

    def write(self, block: bytes) -> None:
        """Add to it."""
        self._file.write(block)
        self._digest.update(block)
        self.size += len(block)

    def finish(self) -> str:
        """Have all of it on the disk; its sha256."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return self._digest.hexdigest()

    def discard(self) -> None:
        """Let it go; what was put into the archive stays there."""
        self._file.close()
        self.path.unlink(missing_ok=True)


class Archive:
    """The archive in one folder, which need not exist yet."""

    def __init__(self, folder: Path, clock: Clock = utc_now) -> None:
        self._folder = folder
        self._clock = clock

    def path_of(self, sha256: str) -> Path:
        """Where the content of that digest is, there or not."""
        return self._folder / "sha256" / sha256[:2] / sha256

    def newest(self, address: str) -> Fetched | None:
        """What the address had when it was last fetched."""
        return next(self.fetched(address), None)

    def fetched(self, address: str) -> Iterator[Fetched]:
        """What the address had each time that it was fetched, the last first."""
        return self._of(self._folder_of(address))

    def _of(self, folder: Path) -> Iterator[Fetched]:
        for entry in sorted(_entries(folder), key=_number, reverse=True):
            try:
                yield Fetched(**json.loads(entry.read_bytes()))
            except (ValueError, TypeError):
                continue  # of a process that was killed, or is at it just now

    def holds(self, fetched: Fetched) -> bool:
        """Whether the content is there and whole: all of it is read for that."""
        return _digest_of(self.path_of(fetched.sha256)) == fetched.sha256

    def all_shown(self) -> list[str]:
        """The addresses of which something was fetched, as they are shown, in name order."""
        newest = (next(self._of(folder), None) for folder in self._folders())
        return sorted({one.shown for one in newest if one is not None})

    def receive(self) -> Incoming:
        """Begin a content, which is nothing until it is kept. Raises SourceError where that cannot be."""
        folder = self._folder / "incoming"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _clear_left_over(folder)
            return Incoming(folder / new_capture_id())
        except OSError as error:
            raise SourceError(
                f"nothing can be written to the archive {self._folder} ({error.strerror}): make the folder "
                "writable, or name another as [tool.spine] archive"
            ) from error

    def keep(self, incoming: Incoming, address: str, shown: str, validators: Validators) -> Fetched:
        """Put a content that is whole into the archive, and note that the address has it now."""
        sha256 = incoming.finish()
        self._put(incoming.path, sha256)
        fetched = Fetched(
            shown=shown,
            sha256=sha256,
            size=incoming.size,
            fetched_at=self._clock().astimezone(UTC).isoformat(timespec="seconds"),
            etag=validators.etag,
            last_modified=validators.last_modified,
        )
        self._note(address, fetched)
        return fetched

    def _put(self, whole: Path, sha256: str) -> None:
        """Have the content under its digest; what is there already is left alone, unless damaged."""
        path = self.path_of(sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        whole.chmod(0o444)
        try:
            os.link(whole, path)
        except FileExistsError:
            if _digest_of(path) != sha256:
                whole.replace(path)
        except OSError as error:  # a file system without links
            if error.errno not in _NO_LINKS:
                raise
            if _digest_of(path) != sha256:
                whole.replace(path)
        _sync_folder(path.parent)

    def _note(self, address: str, fetched: Fetched) -> None:
        """Add to what is known of the address: under the next number, which only one process gets."""
        folder = self._folder_of(address)
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(asdict(fetched), ensure_ascii=False).encode()
        number = max(map(_number, _entries(folder)), default=0) + 1
        while True:
            try:
                descriptor = os.open(folder / f"{number:06}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
                break
            except FileExistsError:
                number += 1
        with os.fdopen(descriptor, "wb") as entry:
            entry.write(text)
            entry.flush()
            os.fsync(entry.fileno())
        _sync_folder(folder)

    def _folders(self) -> Iterable[Path]:
        fetched = self._folder / "fetched"
        return fetched.iterdir() if fetched.is_dir() else ()

    def _folder_of(self, address: str) -> Path:
        return self._folder / "fetched" / hashlib.sha256(address.encode()).hexdigest()


def _digest_of(path: Path) -> str | None:
    try:
        with path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return None


def _clear_left_over(folder: Path) -> None:
    for left in folder.iterdir():
        try:
            if time.time() - left.stat().st_mtime > _LEFT_OVER:
                left.unlink()
        except FileNotFoundError:
            continue  # another process was quicker


def _sync_folder(folder: Path) -> None:
    """Have the names in it on the disk, where the system lets a folder be opened."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _entries(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (entry for entry in folder.iterdir() if entry.name.isdecimal())


def _number(entry: Path) -> int:
    return int(entry.name)
