"""Writes a build: everything is staged beside its place first, then put there, and taken back on any failure.

Files that would not change are not touched. A build that is killed between two files is taken back by the
next one, from the journal in its staging folder.
"""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from spine_gen.errors import SpineGenError
from spine_gen.output.found import find_obstacle
from spine_gen.output.memory import Stamp, stamp_of
from spine_gen.output.staging import JournalLine, Staging, content_digest, remove_empty_folders, staging

_THREADS = 8


class WriteError(SpineGenError):
    """A build could not be written; the output is as it was."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"cannot write {path}: {reason}; nothing was changed")
        self.path = path
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class FileWrite:
    """One file to put at a path below the root, or to remove from there."""

    path: str
    content: bytes | None


def write_files(root: Path, writes: Iterable[FileWrite]) -> dict[str, Stamp]:
    """Put and remove all of the files, in order, or leave everything as it was and raise WriteError.

    Returns the stamps of the files by which a later change can be told: of those that were complete some time
    before they were put.
    """
    writes = tuple(writes)
    if not writes:
        return {}
    root = root.absolute()
    stamps: dict[str, Stamp] = {}
    try:
        with ExitStack() as made:
            _make_folder(root, made)
            with (
                staging(root) as folder,
                ExitStack() as undo,
            ):  # undone before the staging goes, which it needs
                staged = _stage_all(root, folder, writes)
                complete = folder.record(_journal_line(write) for write in writes)
                for item in staged:
                    _put(item, undo)
                undo.pop_all()
                for item in staged:
                    if item.new is None:
                        remove_empty_folders(root, item.target.parent)
            stamps.update(_stamps(staged, complete))
            made.pop_all()
    except OSError as error:
        raise WriteError(Path(error.filename or root), error.strerror or str(error)) from error
    return stamps


@dataclass(frozen=True, kw_only=True)
class _Staged:
    """A write whose new and old contents are safe in the staging folder."""

    path: str
    target: Path
    new: Path | None
    old: Path | None
    stamp: Stamp | None  # of the new one


def _journal_line(write: FileWrite) -> JournalLine:
    return JournalLine(path=write.path, new=None if write.content is None else content_digest(write.content))


def _stage_all(root: Path, folder: Staging, writes: Sequence[FileWrite]) -> list[_Staged]:
    """All of the writes staged, in their order; in threads, as each waits for the disk file by file."""
    numbered = list(enumerate(writes))
    size = -(-len(numbered) // _THREADS)

    def stage(start: int) -> list[_Staged]:
        return [_stage(root, folder, number, write) for number, write in numbered[start : start + size]]

    with ThreadPoolExecutor(_THREADS) as pool:
        return list(chain.from_iterable(pool.map(stage, range(0, len(numbered), size))))


def _stage(root: Path, folder: Staging, number: int, write: FileWrite) -> _Staged:
    if (obstacle := find_obstacle(root, write.path)) is not None:
        raise OSError(0, f"it is {obstacle.what}", str(root / obstacle.path))
    target, new, old, stamp = root / write.path, None, None, None
    if target.exists():
        old = folder.old(number)
        shutil.copy2(target, old)
    if write.content is not None:
        new = folder.new(number)
        with new.open("wb") as file:
            file.write(write.content)
            file.flush()
            os.fsync(file.fileno())
            stamp = stamp_of(os.fstat(file.fileno()))
        if old is not None:
            shutil.copymode(old, new)
    return _Staged(path=write.path, target=target, new=new, old=old, stamp=stamp)


def _stamps(staged: Iterable[_Staged], complete: int) -> Iterator[tuple[str, Stamp]]:
    """Those of the files that still are what was staged: an edit since then would have given a later time."""
    for item in staged:
        if item.stamp is not None and item.stamp[0] < complete:
            now = stamp_of(item.target.lstat())
            if (now[0], now[2:]) == (item.stamp[0], item.stamp[2:]):
                yield item.path, now


def _put(item: _Staged, undo: ExitStack) -> None:
    """The new file in its place, or nothing there; and how to take that back."""
    if item.new is not None:
        _make_folder(item.target.parent, undo)
        item.new.replace(item.target)
        undo.callback(_restore(item.target, item.old))
    elif item.old is not None:
        item.target.unlink()
        undo.callback(_restore(item.target, item.old))


def _restore(target: Path, old: Path | None) -> Callable[[], object]:
    """Puts the old file back, or removes the new one where there was none."""
    if old is None:
        return partial(target.unlink, missing_ok=True)
    return partial(old.replace, target)


def _make_folder(folder: Path, undo: ExitStack) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent, undo)
    try:
        folder.mkdir()
    except FileExistsError:
        if folder.is_dir():  # another build has made it in the meantime
            return
        raise
    undo.callback(folder.rmdir)
