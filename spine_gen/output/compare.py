"""What a build would do to a package, file by file: planned texts beside what is there and in the lock.

Compares; neither reads nor writes the disk.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from spine.core.revision_ids import CONFLICT
from spine_gen.output.digests import is_as_recorded, normal
from spine_gen.output.lockfile import Lock


class Status(Enum):
    """What becomes of one file."""

    CREATE = "create"
    UPDATE = "update"
    REMOVE = "remove"  # the generator's, and not in the spec any more
    IDENTICAL = "identical"
    MOVE = "move"  # as it was, but the package it is in is called otherwise
    KEPT = "kept"  # yours, so never touched
    LEFT = "left"  # yours, and not in the spec any more: it stays, and the build says so
    EDITED = "edited"  # the generator's, but changed by hand: stops the build
    FOREIGN = "foreign"  # in the place of a generated file, but in no lock: stops the build

    @property
    def writes(self) -> bool:
        return self in _WRITING

    @property
    def stops(self) -> bool:
        return self in _STOPPING


_WRITING = frozenset({Status.CREATE, Status.UPDATE, Status.REMOVE, Status.MOVE})
_STOPPING = frozenset({Status.EDITED, Status.FOREIGN})


@dataclass(frozen=True, kw_only=True)
class Change:
    """One file, before and after; None where it is not there."""

    path: str  # below the package
    status: Status
    before: bytes | None
    after: bytes | None

    def diff(self, prefix: str = "") -> str:
        """What would change, as a unified diff; empty where nothing would."""
        if self.status in (Status.IDENTICAL, Status.MOVE, Status.KEPT, Status.LEFT):
            return ""
        return "".join(_diff_lines(self.before, self.after, f"{prefix}{self.path}"))


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A planned file with its text."""

    path: str
    content: bytes
    yours: bool = False


def compare(
    planned: Iterable[Planned], found: Mapping[str, bytes], lock: Lock | None, *, force: bool = False
) -> tuple[Change, ...]:
    """The change of every planned file and of every one that the lock still knows, sorted by path.

    `found` has what is on disk, at least at the paths of both. With `force`, what would stop the build is
    overwritten or removed; what is yours is not.
    """
    planned = tuple(planned)
    paths = {file.path for file in planned}
    changes = [_planned(file, found.get(file.path), lock) for file in planned]
    changes += _leaving(paths, found, lock)
    forced = (_forced(change) for change in changes) if force else changes
    return tuple(sorted(forced, key=lambda change: change.path))


def moved(changes: Iterable[Change], found: Mapping[str, bytes]) -> tuple[Change, ...]:
    """The changes of a package that goes to another folder, with all of the files `found` in the earlier one.

    What would be removed is not there to begin with; people's files go along as they are.
    """
    changes = tuple(changes)
    known = {change.path for change in changes}
    others = (Change(path=path, status=Status.MOVE, before=found[path], after=found[path]) for path in found)
    there = (
        replace(change, status=Status.MOVE) if not (change.status.writes or change.status.stops) else change
        for change in changes
        if change.status is not Status.REMOVE
    )
    return tuple(
        sorted(
            (*there, *(change for change in others if change.path not in known)),
            key=lambda change: change.path,
        )
    )


def _planned(file: Planned, before: bytes | None, lock: Lock | None) -> Change:
    if file.yours and before is not None:
        return Change(path=file.path, status=Status.KEPT, before=before, after=before)
    return Change(path=file.path, status=_status(file, before, lock), before=before, after=file.content)


def _status(file: Planned, before: bytes | None, lock: Lock | None) -> Status:
    if before is None:
        return Status.CREATE
    if normal(before) == file.content:
        return Status.IDENTICAL
    recorded = None if lock is None else lock.files.get(file.path)
    if recorded is None:
        return Status.FOREIGN
    return Status.EDITED if _is_edited(before, recorded) else Status.UPDATE


def _is_edited(before: bytes, recorded: Sequence[str]) -> bool:
    """Whether somebody wrote what is there: neither a build, nor git where it could not merge two builds."""
    return not is_as_recorded(before, recorded) and not _is_conflict(before)


def _is_conflict(content: bytes) -> bool:
    return b"<<<<<<<" in content and CONFLICT.search(content.decode("utf-8", errors="replace")) is not None


def _leaving(paths: set[str], found: Mapping[str, bytes], lock: Lock | None) -> Iterator[Change]:
    if lock is None:
        return
    for path in sorted(lock.files.keys() - paths):
        before = found.get(path)
        if before is not None:
            status = Status.EDITED if _is_edited(before, lock.files[path]) else Status.REMOVE
            yield Change(path=path, status=status, before=before, after=None)
    for path in sorted(set(lock.yours) - paths):
        before = found.get(path)
        if before is not None:
            yield Change(path=path, status=Status.LEFT, before=before, after=before)


def _forced(change: Change) -> Change:
    if not change.status.stops:
        return change
    status = Status.REMOVE if change.after is None else Status.UPDATE
    return Change(path=change.path, status=status, before=change.before, after=change.after)


def _diff_lines(before: bytes | None, after: bytes | None, name: str) -> Iterator[str]:
    lines = difflib.unified_diff(
        _lines(before),
        _lines(after),
        "/dev/null" if before is None else f"a/{name}",
        "/dev/null" if after is None else f"b/{name}",
    )
    for line in lines:
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(content: bytes | None) -> list[str]:
    text = "" if content is None else normal(content).decode("utf-8", errors="replace")
    return [f"{line}\n" for line in text.split("\n")[:-1]] + [line for line in text.split("\n")[-1:] if line]
