"""Where a build's files wait beside their places, with a journal from which a later build can take it back.

A build that is killed between two files leaves this folder behind. While one is at work it holds the journal
locked, which ends with its process however that ends; so a journal that nobody holds is a killed build's.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from pydantic import BaseModel, ConfigDict, ValidationError

from spine_gen.output.found import STAGING_PREFIX, find_obstacle

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_JOURNAL = "journal.json"


class JournalLine(BaseModel):
    """One file that a build puts in its place, or removes from there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str  # below the root
    new: str | None  # the sha256 of what is put there; None: it is removed


class _Journal(BaseModel):
    """Every file of a build, in order: their numbers are the names of their old and new contents."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    files: tuple[JournalLine, ...]


@dataclass(frozen=True, kw_only=True)
class Staging:
    """The staging folder of a build that is at work."""

    folder: Path
    _file: IO[bytes]

    def new(self, number: int) -> Path:
        return _new(self.folder, number)

    def old(self, number: int) -> Path:
        return _old(self.folder, number)

    def record(self, lines: Iterable[JournalLine]) -> int:
        """Make sure that the journal is on disk before anything is put in its place; returns when it was."""
        self._file.write(_Journal(files=tuple(lines)).model_dump_json().encode())
        self._file.flush()
        os.fsync(self._file.fileno())
        return os.fstat(self._file.fileno()).st_mtime_ns

    def close(self) -> None:
        """All is put, or taken back: nothing of it concerns a later build."""
        self._file.truncate(0)


@contextmanager
def staging(root: Path) -> Iterator[Staging]:
    """A staging folder in the root, gone afterwards."""
    with (
        TemporaryDirectory(prefix=STAGING_PREFIX, dir=root, ignore_cleanup_errors=True) as folder,
        (Path(folder) / _JOURNAL).open("wb") as file,
    ):
        with suppress(OSError):  # a file system without locks: its leftovers stay
            _hold(file)
        made = Staging(folder=Path(folder), _file=file)
        try:
            yield made
        finally:
            made.close()


def take_back_killed(root: Path) -> tuple[str, ...]:
    """Undo what killed builds did to the root, and remove their folders; returns the paths taken back.

    A file that was changed since stays as it is, and so does all of a build that is still at work.
    """
    taken: list[str] = []
    for folder in sorted(root.glob(f"{STAGING_PREFIX}*")):
        journal = folder / _JOURNAL
        if not journal.exists() or find_obstacle(root, f"{folder.name}/{_JOURNAL}") is not None:
            _remove_folder(folder)  # killed before there was a journal: it is empty
            continue
        with journal.open("r+b") as file:
            try:
                _hold(file)
            except OSError:
                continue
            taken += _take_back(root, folder, _read(file.read()))
        _remove(journal)
        _remove_folder(folder)
    return tuple(taken)


def content_digest(content: bytes) -> str:
    """What the journal knows a file's content by: every byte counts."""
    return sha256(content).hexdigest()


def _take_back(root: Path, folder: Path, lines: tuple[JournalLine, ...]) -> list[str]:
    numbered = reversed(tuple(enumerate(lines)))
    return [line.path for number, line in numbered if _restore(root, line, _old(folder, number))]


def _restore(root: Path, line: JournalLine, old: Path) -> bool:
    """Whether the build had come to this file: it then is as it was before."""
    target = root / line.path
    if not _inside(root, line.path):
        return False
    done = _digest(target) == line.new
    if done and old.is_file() and not old.is_symlink():
        target.parent.mkdir(parents=True, exist_ok=True)
        old.replace(target)
    elif line.new is not None:
        if done:
            target.unlink()
        remove_empty_folders(root, target.parent)
    return done


def remove_empty_folders(root: Path, folder: Path) -> None:
    """The folder and those above it, up to the root, as far as they are empty."""
    while folder != root:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def _inside(root: Path, path: str) -> bool:
    """Whether a path of a journal, which anybody may have written, is a plain file's below the root."""
    parts = path.split("/")
    return not {"", ".", ".."} & {*parts} and "\\" not in path and find_obstacle(root, path) is None


def _read(content: bytes) -> tuple[JournalLine, ...]:
    """The journal's lines; none where it ends before it is complete, as nothing was put yet then."""
    try:
        return _Journal.model_validate_json(content).files
    except ValidationError:
        return ()


def _remove(journal: Path) -> None:
    """The journal and the contents beside it; nothing else that may be there."""
    with suppress(OSError):
        for content in (*journal.parent.glob("[0-9]*.old"), *journal.parent.glob("[0-9]*.new"), journal):
            content.unlink()


def _remove_folder(folder: Path) -> None:
    with suppress(OSError):  # it holds something that no build put there, or is a link
        folder.rmdir()


def _digest(target: Path) -> str | None:
    return content_digest(target.read_bytes()) if target.exists() else None


def _new(folder: Path, number: int) -> Path:
    return folder / f"{number}.new"


def _old(folder: Path, number: int) -> Path:
    return folder / f"{number}.old"


def _hold(file: IO[bytes]) -> None:
    """Lock the file for as long as this process has it open; OSError if another one has."""
    if sys.platform == "win32":
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
