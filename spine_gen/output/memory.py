"""What the last builds read and left, so that a build need not do again what can only come out the same.

It is kept in `.spine-gen/` beside pyproject.toml and may be deleted at any time. Nothing of it is believed
that does not fit what is there: for a spec and everything that its build looked at, the file's times in
nanoseconds, inode and size are as they were when its content was known, or else its content is; the
generator's own code is hashed whole. A file that was written so late that a further change could have the
same times is hashed too. It imports nothing of the phases that it saves.
"""

import json
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = ".spine-gen"
_FILE, _CLOCK, _IGNORE = "builds.json", "clock", ".gitignore"
_FORMAT = 4
_BYTECODE = "__pycache__"

Stamp = tuple[int, int, int, int]  # modified and changed in nanoseconds, inode, size


class Seen(NamedTuple):
    """A file whose content was known."""

    digest: str
    stamp: Stamp | None  # None: too fresh to tell by


class Remembered(NamedTuple):
    """One spec, and the package that is what a build makes of it."""

    spec: Seen
    package: str
    tables: tuple[str, ...]
    diagnostics: tuple[Any, ...]  # the spec's warnings, as plain data
    file_count: int  # of the package's files, as a build counts them
    files: dict[str, Seen]  # below the package, those that people write too
    revisions: tuple[str, ...]  # all names in its folder of migrations
    others: dict[str, Seen]  # the specs of other domains that its inputs name


@dataclass(frozen=True, kw_only=True)
class Memory:
    """The remembered packages of one project, by their specs' paths below it."""

    project: Path
    root: Path
    generator: str
    clock: tuple[int, int] | None  # device and time when this command began; None: not known
    entries: dict[str, Remembered] = field(default_factory=dict)

    def unchanged(self, specs: Iterable[Path]) -> dict[Path, Remembered]:
        """The specs whose package is certainly what a build would make of it, without an error."""
        found = {}
        for path in specs:
            entry = self.entries.get(self._key(path) or "")
            if entry is not None and (now := self._checked(path, entry)) is not None:
                found[path] = now
        return found

    def _key(self, spec: Path) -> str | None:
        """How a spec is remembered; None for one outside the project."""
        path, project = os.path.abspath(spec), os.path.abspath(self.project)
        return path[len(project) + 1 :] if path.startswith(project + os.sep) else None

    def _checked(self, spec: Path, entry: Remembered) -> Remembered | None:
        """The entry with its stamps as they are now; None where anything differs."""
        package = f"{self.root}{os.sep}{entry.package}"
        now = self._file(os.fspath(spec), entry.spec, link=True)
        others = {path: self._file(path, known, link=True) for path, known in entry.others.items()}
        if now is None or None in others.values() or not _plain_folders(package, entry.files):
            return None
        files = {}
        for path, known in entry.files.items():
            seen = self._file(f"{package}{os.sep}{path}", known)
            if seen is None:
                return None
            files[path] = seen
        if entry.revisions != revision_names(package):
            return None
        seen_others = {path: seen for path, seen in others.items() if seen is not None}
        return entry._replace(spec=now, files=files, others=seen_others)

    def _file(self, path: str, known: Seen, *, link: bool = False) -> Seen | None:
        """The file as it is now, if its content is the one that is known."""
        try:
            status = os.stat(path, follow_symlinks=link)
            if not stat.S_ISREG(status.st_mode):
                return None
            if known.stamp == stamp_of(status):
                return known
            with open(path, "rb") as file:
                digest = sha256(file.read()).hexdigest()
        except OSError:
            return None
        return self.seen(path, digest, link=link) if digest == known.digest else None

    def seen(self, path: str, digest: str, *, link: bool = False) -> Seen:
        """A file whose content was read after this command began."""
        try:
            status = os.stat(path, follow_symlinks=link)
        except OSError:
            return Seen(digest=digest, stamp=None)
        settled = self.clock is not None and (
            status.st_dev == self.clock[0]
            and status.st_mtime_ns < self.clock[1]
            and status.st_ctime_ns < self.clock[1]
        )
        return Seen(digest=digest, stamp=stamp_of(status) if settled else None)

    def save(self, entries: Mapping[Path, Remembered]) -> None:
        """Remember these besides what is remembered of other specs; where that cannot be, it is not."""
        new = {key: entry for path, entry in entries.items() if (key := self._key(path)) is not None}
        merged = {**self.entries, **new}
        if merged == self.entries:
            return
        kept = {key: entry for key, entry in merged.items() if (self.project / key).exists()}
        plain = {
            "format": _FORMAT,
            "generator": self.generator,
            "project": os.fspath(self.project),
            "root": os.fspath(self.root),
            "specs": dict(sorted(kept.items())),
        }
        text = json.dumps(plain, separators=(",", ":"))
        folder = self.project / FOLDER
        written = folder / f"{_FILE}.{os.getpid()}"
        with suppress(OSError):
            folder.mkdir(exist_ok=True)
            (folder / _IGNORE).write_text("*\n", encoding="utf-8")
            written.write_text(f"{sha256(text.encode()).hexdigest()}\n{text}", encoding="utf-8")
            written.replace(folder / _FILE)
            for left in folder.glob(f"{_FILE}.*"):  # of a build that was killed just here
                left.unlink()


def recall(project: Path, root: Path) -> Memory:
    """What is remembered of the project's builds into that root by this very generator; maybe nothing."""
    memory = Memory(project=project, root=root, generator=_generator(), clock=_clock(project))
    try:
        head, _, text = (project / FOLDER / _FILE).read_text(encoding="utf-8").partition("\n")
    except (OSError, UnicodeDecodeError):
        return memory
    if head != sha256(text.encode()).hexdigest():
        return memory  # damaged
    plain = json.loads(text)
    made_by = (plain["format"], plain["generator"], plain["project"], plain["root"])
    if made_by != (_FORMAT, memory.generator, os.fspath(project), os.fspath(root)):
        return memory
    return replace(memory, entries={key: _from_plain(entry) for key, entry in plain["specs"].items()})


def clashing(entries: Iterable[Remembered], packages: Iterable[str] = (), tables: Iterable[str] = ()) -> bool:
    """Whether two specs want the same package or the same table, of those remembered and of others."""
    entries = tuple(entries)
    all_packages = [*packages, *(entry.package for entry in entries)]
    all_tables = [*tables, *(table for entry in entries for table in entry.tables)]
    return len({*all_packages}) < len(all_packages) or len({*all_tables}) < len(all_tables)


def revision_names(package: str) -> tuple[str, ...]:
    """All that is in a package's folder of migrations, but bytecode."""
    try:
        return tuple(sorted({*os.listdir(f"{package}{os.sep}migrations")} - {_BYTECODE}))
    except OSError:
        return ()


def stamp_of(status: os.stat_result) -> Stamp:
    return status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_size


def _plain_folders(package: str, paths: Iterable[str]) -> bool:
    """Whether the folders of all those files are folders, and no links to any."""
    folders = {package}
    for path in paths:
        parent = os.path.dirname(path)
        while parent and (folder := f"{package}{os.sep}{parent}") not in folders:
            folders.add(folder)
            parent = os.path.dirname(parent)
    try:
        return all(stat.S_ISDIR(os.lstat(folder).st_mode) for folder in folders)
    except OSError:
        return False


def _clock(project: Path) -> tuple[int, int] | None:
    """The file system's own time: what is written from now on has no earlier one.

    None before the first build that has something to remember: a command that fails leaves nothing.
    """
    clock = project / FOLDER / _CLOCK
    try:
        clock.touch()
        os.utime(clock)
        status = clock.stat()
    except OSError:
        return None
    return status.st_dev, status.st_mtime_ns


def _generator() -> str:
    """The generator's code and templates, and the versions of everything that is installed beside it."""
    found = sha256(repr((sys.version, sorted(_installed()))).encode())
    for path in _own_files():
        with open(path, "rb") as file:
            content = file.read()
        found.update(f"{path}\0{len(content)}\0".encode(errors="surrogateescape"))
        found.update(content)
    return found.hexdigest()


def _own_files() -> Iterator[str]:
    here = Path(__file__).parent.parent.parent
    for folder in ("spine", "spine_gen", "templates"):
        for parent, folders, names in os.walk(here / folder):
            folders[:] = sorted(name for name in folders if name != _BYTECODE)
            yield from (f"{parent}{os.sep}{name}" for name in sorted(names))


def _installed() -> Iterator[str]:
    for folder in {*sys.path}:
        with suppress(OSError):
            yield from (
                name for name in os.listdir(folder or ".") if name.endswith((".dist-info", ".egg-info"))
            )


def _from_plain(plain: Sequence[Any]) -> Remembered:
    entry = Remembered._make(tuple(value) if isinstance(value, list) else value for value in plain)
    files = {path: _seen(seen) for path, seen in entry.files.items()}
    others = {path: _seen(seen) for path, seen in entry.others.items()}
    return entry._replace(spec=_seen(entry.spec), files=files, others=others)


def _seen(plain: Sequence[Any]) -> Seen:
    digest, stamp = plain
    return Seen(digest=digest, stamp=stamp and tuple(stamp))
