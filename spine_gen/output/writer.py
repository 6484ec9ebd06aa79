"""Writes a build: everything is staged beside its place first, then put there, and taken back on any failure.

Files that would not change are not touched. The lock goes last, so that a build that is killed between two
files leaves a tree which the next build completes: what was put is identical by then, what was not is as the
lock says.
"""

import os
import shutil
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from spine_gen.errors import SpineGenError
from spine_gen.output.disk import find_obstacle

STAGING_PREFIX = ".spine-gen-"


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


def write_files(root: Path, writes: Iterable[FileWrite]) -> None:
    """Put and remove all of the files, in order, or leave everything as it was and raise WriteError."""
    writes = tuple(writes)
    if not writes:
        return
    root = root.absolute()
    try:
        with ExitStack() as made:
            _make_folder(root, made)
            staging = TemporaryDirectory(prefix=STAGING_PREFIX, dir=root, ignore_cleanup_errors=True)
            with staging as folder, ExitStack() as undo:  # undone before the staging goes, which it needs
                staged = [_stage(root, Path(folder), number, write) for number, write in enumerate(writes)]
                for item in staged:
                    _put(root, item, undo)
                undo.pop_all()
            made.pop_all()
    except OSError as error:
        raise WriteError(Path(error.filename or root), error.strerror or str(error)) from error
    _remove_empty_folders(root, writes)


@dataclass(frozen=True, kw_only=True)
class _Staged:
    """A write whose new and old contents are safe in the staging folder."""

    path: str
    new: Path | None
    old: Path | None


def _stage(root: Path, staging: Path, number: int, write: FileWrite) -> _Staged:
    if (obstacle := find_obstacle(root, write.path)) is not None:
        raise OSError(0, f"it is {obstacle.what}", str(root / obstacle.path))
    target, new, old = root / write.path, None, None
    if target.exists():
        old = staging / f"{number}.old"
        shutil.copy2(target, old)
    if write.content is not None:
        new = staging / f"{number}.new"
        with new.open("wb") as file:
            file.write(write.content)
            file.flush()
            os.fsync(file.fileno())
        if old is not None:
            shutil.copymode(old, new)
    return _Staged(path=write.path, new=new, old=old)


def _put(root: Path, item: _Staged, undo: ExitStack) -> None:
    """The new file in its place, or nothing there; and how to take that back."""
    target = root / item.path
    if item.new is not None:
        _make_folder(target.parent, undo)
        item.new.replace(target)
        undo.callback(_restore(target, item.old))
    elif item.old is not None:
        target.unlink()
        undo.callback(_restore(target, item.old))


def _restore(target: Path, old: Path | None) -> Callable[[], object]:
    """Puts the old file back, or removes the new one where there was none."""
    if old is None:
        return partial(target.unlink, missing_ok=True)
    return partial(old.replace, target)


def _make_folder(folder: Path, undo: ExitStack) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent, undo)
    folder.mkdir()
    undo.callback(folder.rmdir)


def _remove_empty_folders(root: Path, writes: Iterable[FileWrite]) -> None:
    """Folders that a removed file leaves empty go, up to the root; others stay."""
    for write in writes:
        folder = (root / write.path).parent
        while write.content is None and folder != root:
            try:
                folder.rmdir()
            except OSError:
                break
            folder = folder.parent
