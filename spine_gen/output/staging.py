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
from tempfile import mkdtemp
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
    folder = Path(mkdtemp(prefix=STAGING_PREFIX, dir=root))
    try:
        with (folder / _JOURNAL).open("wb") as file:
            with suppress(OSError):  # a file system without locks: its leftovers stay
                _hold(file)
            made = Staging(folder=folder, _file=file)
            try:
                yield made
            finally:
                made.close()
    finally:
        _remove(folder)


def take_back_killed(root: Path) -> tuple[str, ...]:
    """Undo what killed builds did to the root, and remove their folders; returns the paths taken back.

    A file that was changed since stays as it is, and so does all of a build that is still at work.
    """
    taken: list[str] = []
    for folder in sorted(root.glob(f"{STAGING_PREFIX}*")):
        journal = folder / _JOURNAL
        if find_obstacle(root, f"{folder.name}/{_JOURNAL}") is not None:
            continue
        if journal.exists():
            with journal.open("r+b") as file:
                try:
                    _hold(file)
                except OSError:
                    continue
                taken += _take_back(root, folder, _read(file.read()))
        _remove(folder)  # without a journal: killed before there was one, or when it was gone already
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
    """The folder and those above it, up to the root, as far as they hold nothing but bytecode."""
    while folder != root:
        try:
            _remove_bytecode(folder)
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def _remove_bytecode(folder: Path) -> None:
    """That of modules which were all in this folder and are gone: Python made it when they were imported."""
    cache = folder / "__pycache__"
    if [*folder.iterdir()] == [cache] and all(file.suffix == ".pyc" for file in cache.iterdir()):
        for file in cache.iterdir():
            file.unlink()
        cache.rmdir()


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


def _remove(folder: Path) -> None:
    """The contents in it, the journal after them, and the folder if nothing else is there."""
    with suppress(OSError):
        for content in (*folder.glob("[0-9]*.old"), *folder.glob("[0-9]*.new")):
            content.unlink()
        (folder / _JOURNAL).unlink(missing_ok=True)
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
