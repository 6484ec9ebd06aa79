"""The revisions that a package already has: one line from the first to the newest, as they were written.

Reads names and texts that it is given, never the disk, and never runs a revision.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

FOLDER = "migrations/"
REVISION_FILE = re.compile(r"migrations/(?P<number>[0-9]{4})_[a-z0-9_]+\.py")


@dataclass(frozen=True, kw_only=True)
class Revision:
    """One revision file: where it is, and how it says it hangs together with the others."""

    path: str
    revision: str | None  # None: the file does not say
    down_revision: str | None


@dataclass(frozen=True, kw_only=True)
class Break:
    """Why the files are not one unbroken line: which file, what is wrong, what to do."""

    path: str
    problem: str
    remedy: str


@dataclass(frozen=True, kw_only=True)
class Chain:
    """The revisions in their order, and what is wrong with them."""

    revisions: tuple[Revision, ...]
    breaks: tuple[Break, ...]

    @property
    def head(self) -> str | None:
        return self.revisions[-1].revision if self.revisions else None

    @property
    def next_number(self) -> int:
        return len(self.revisions) + 1


def is_revision_file(name: str) -> bool:
    """Whether a file in the folder is a revision's, or would be taken for one: a README is not."""
    return name.endswith((".py", ".sql"))


def read_chain(files: Mapping[str, str], recorded: Mapping[str, str]) -> Chain:
    """The chain of the files found in a package.

    `files` are the texts below ``migrations/`` by path in the package, `recorded` the lock's sha256 of
    every file that was written there.
    """
    revisions = tuple(_read(path, files[path]) for path in sorted(files) if REVISION_FILE.fullmatch(path))
    breaks = (*_changed_files(files, recorded), *_forks(revisions))
    return Chain(revisions=revisions, breaks=breaks)


def _changed_files(files: Mapping[str, str], recorded: Mapping[str, str]) -> Iterator[Break]:
    for path in sorted({*files, *recorded}):
        if path not in files:
            yield Break(
                path=path,
                problem="is gone, and databases may have run it",
                remedy="restore it from version control; to undo it, change the spec and build again",
            )
        elif path not in recorded:
            yield Break(
                path=path,
                problem="is not in spine.lock.json: two branches added a revision, or it was written by hand",
                remedy="delete it and build again, so that what it does becomes the next revision",
            )
        elif sha256(files[path].encode()).hexdigest() != recorded[path]:
            yield Break(
                path=path,
                problem="was edited after it was written, and databases may have run it as it was",
                remedy="restore it from version control; to change the schema, change the spec and build",
            )


def _forks(revisions: tuple[Revision, ...]) -> Iterator[Break]:
    """Every revision that does not follow the one before it."""
    before: str | None = None
    for revision in revisions:
        if revision.revision is None:
            yield Break(
                path=revision.path,
                problem="does not say which revision it is",
                remedy="restore it from version control",
            )
        elif revision.down_revision != before:
            follows = revision.down_revision or "nothing"
            yield Break(
                path=revision.path,
                problem=f"follows {follows} where the line of revisions is at {before or 'its beginning'}",
                remedy="keep one of the revisions that follow the same one, delete the other, build again",
            )
        before = revision.revision


def _read(path: str, text: str) -> Revision:
    values: dict[str, str | None] = {}
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        body = []
    for node in body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str() | None as value)):
                values[name] = value
    return Revision(path=path, revision=values.get("revision"), down_revision=values.get("down_revision"))
