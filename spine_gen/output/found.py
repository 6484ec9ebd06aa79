"""Reads what is in a package's folder: regular files below the output root, and no way out of it.

A symbolic link, or anything else that is not a plain file or folder, in a place that a build needs, is an
obstacle.
"""

import os
import stat
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

LOCK_FILE = "spine.lock.json"
STAGING_PREFIX = ".spine-gen-"


@dataclass(frozen=True, kw_only=True)
class Obstacle:
    """Something at or above a path that a build cannot read or replace."""

    path: str  # below the output root; empty where it is the root itself
    what: str  # "a symbolic link", …


@dataclass(frozen=True, kw_only=True)
class Found:
    """The files that are there, by path below the package, and what stands in the way."""

    files: dict[str, bytes]
    obstacles: tuple[Obstacle, ...]


def read_package(root: Path, package: str, paths: Iterable[str]) -> Found:
    """The files of the package at those paths; absent ones are left out."""
    if not os.path.lexists(f"{root}/{package}"):
        above = find_obstacle(root, package)
        return Found(files={}, obstacles=() if above is None else (above,))
    files: dict[str, bytes] = {}
    obstacles: dict[str, Obstacle] = {}
    for path in sorted(set(paths)):
        obstacle = find_obstacle(root, f"{package}/{path}")
        if obstacle is not None:
            obstacles[obstacle.path] = obstacle
            continue
        try:
            files[path] = (root / package / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            where = f"{package}/{path}"
            obstacles[where] = Obstacle(path=where, what=f"not readable ({error.strerror})")
    return Found(files=files, obstacles=tuple(obstacles.values()))


def list_folder(root: Path, folder: str) -> tuple[str, ...]:
    """The names of the files in a folder below the root, sorted; none where there is no such folder."""
    if find_obstacle(root, f"{folder}/x") is not None:
        return ()
    try:
        return tuple(sorted(item.name for item in (root / folder).iterdir() if item.is_file()))
    except (FileNotFoundError, NotADirectoryError):
        return ()


def list_files(root: Path, folder: str) -> tuple[str, ...]:
    """The files in a folder below the root and in those within it, by path below it; no links, no caches."""
    found: list[str] = []
    for name, folders, files in os.walk(root / folder):
        folders[:] = [each for each in folders if each != "__pycache__"]
        found += [(Path(name) / each).relative_to(root / folder).as_posix() for each in files]
    return tuple(sorted(path for path in found if find_obstacle(root, f"{folder}/{path}") is None))


def list_packages(root: Path, *, but: Collection[str] = ()) -> tuple[str, ...]:
    """The folders in the root that a build made, `but` for those: the ones with a lock, sorted."""
    return tuple(sorted({lock.parent.name for lock in root.glob(f"*/{LOCK_FILE}")}.difference(but)))


def is_built(root: Path, package: str) -> bool:
    """Whether there is such a folder that a build made."""
    return (root / package / LOCK_FILE).is_file()


def has_staging(root: Path) -> bool:
    """Whether a build is at work in the root, or was killed there."""
    try:
        return any(item.name.startswith(STAGING_PREFIX) for item in root.iterdir())
    except OSError:
        return False


def find_obstacle(root: Path, path: str) -> Obstacle | None:
    """What keeps a path below the root from being a plain file in plain folders, if anything does."""
    if root.exists() and not root.is_dir():
        return Obstacle(path="", what="not a folder")
    parts = path.split("/")
    for depth in range(1, len(parts) + 1):
        place = "/".join(parts[:depth])
        try:
            mode = os.lstat(f"{root}/{place}").st_mode  # without a Path: it is asked of every file of a build
        except FileNotFoundError:
            return None
        except OSError as error:
            return Obstacle(path=place, what=f"not readable ({error.strerror})")
        what = _unfit(mode, last=depth == len(parts))
        if what is not None:
            return Obstacle(path=place, what=what)
    return None


def _unfit(mode: int, *, last: bool) -> str | None:
    if stat.S_ISLNK(mode):
        return "a symbolic link"
    if last:
        return None if stat.S_ISREG(mode) else "not a plain file"
    return None if stat.S_ISDIR(mode) else "not a folder"
