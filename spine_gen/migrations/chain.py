"""The revisions that a package already has: one line from the first to the newest, as they were written.

Reads names and texts that it is given, never the disk, and never runs a revision.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from spine.core.revision_ids import CONFLICT, is_step, text_digest
from spine_gen.migrations.step_fills import Filled, after_revision

FOLDER = "migrations/"
REVISION_FILE = re.compile(r"migrations/(?P<number>[0-9]{4})_[a-z0-9_]+\.py")
REBASE = "run `spine-gen rebase`, which writes this side's revisions anew after the others"
_REVISION = re.compile(r'^revision = "(\w+)"$', re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Revision:
    """One revision file: where it is, and how it says it hangs together with the others."""

    path: str
    revision: str | None  # None: the file does not say
    down_revision: str | None
    fills: tuple[str, ...] = ()  # of a step: the columns, `table.column`, that have no NULL after it

    @property
    def is_step(self) -> bool:
        """Whether a person writes it: then it is as it should be, whatever it says."""
        return self.revision is not None and is_step(self.revision)


@dataclass(frozen=True, kw_only=True)
class Break:
    """Why the files are not one unbroken line: which file, what is wrong, what to do."""

    path: str
    problem: str
    remedy: str
    stems: tuple[str, ...] = ()  # of a fork: the files that hang on it, without their suffixes


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

    @property
    def steps(self) -> tuple[str, ...]:
        """The files that people write."""
        return tuple(each.path for each in self.revisions if each.is_step)

    def filled(self, files: Mapping[str, str]) -> Filled:
        """The columns that have no NULL by a step, as they are called after the revisions in the files."""
        filled: Filled = frozenset()
        for each in self.revisions:
            filled = filled.union(each.fills) if each.is_step else after_revision(filled, files[each.path])
        return filled


def is_revision_file(name: str) -> bool:
    """Whether a file in the folder is a revision's, or would be taken for one: a README is not."""
    return name.endswith((".py", ".sql"))


def read_chain(files: Mapping[str, str], recorded: Mapping[str, str]) -> Chain:
    """The chain of the files found in a package.

    `files` are the texts below ``migrations/`` by path in the package, `recorded` the lock's sha256 of
    every file that was written there.
    """
    revisions = _read(files)
    apart = _apart(files, revisions)
    told = {stem for item in apart for stem in item.stems}
    steps = {each.path for each in revisions if each.is_step}
    written = {path: text for path, text in files.items() if path not in steps}
    breaks = (*_changed_files(written, recorded, told), *apart, *_torn(revisions, told))
    return Chain(revisions=revisions, breaks=breaks)


def find_forks(files: Mapping[str, str]) -> tuple[Break, ...]:
    """What only two branches that were merged can have brought: revisions that follow the same one."""
    return _apart(files, _read(files))


def _read(files: Mapping[str, str]) -> tuple[Revision, ...]:
    return tuple(read_revision(path, files[path]) for path in sorted(files) if REVISION_FILE.fullmatch(path))


def _apart(files: Mapping[str, str], revisions: Iterable[Revision]) -> tuple[Break, ...]:
    revisions = tuple(revisions)
    merged = [each.path for each in revisions if CONFLICT.search(files[each.path])]
    others = (each for each in revisions if each.path not in merged)
    return (*(_conflict(path, files[path]) for path in merged), *_forks(others))


def _conflict(path: str, text: str) -> Break:
    both = " and ".join(dict.fromkeys(_REVISION.findall(text)))
    return Break(
        path=path,
        problem=f"has the marks of a merge conflict: two branches added it{f', as {both}' if both else ''}",
        remedy=REBASE,
        stems=(_stem(path),),
    )


def _forks(revisions: Iterable[Revision]) -> Iterator[Break]:
    """Every revision that follows the same one as another before it, with those that come after it."""
    revisions = [each for each in revisions if each.revision is not None]
    after: dict[str | None, list[Revision]] = {}
    for each in revisions:
        after.setdefault(each.down_revision, []).append(each)
    for before, (first, *others) in after.items():
        for other in others:
            yield Break(
                path=other.path,
                problem=f"is {other.revision}, and follows {before or 'nothing'} as {first.revision} in "
                f"{first.path} does: two branches each added a revision",
                remedy=REBASE,
                stems=tuple(_stem(each.path) for each in _line_from(other, after)),
            )


def _line_from(revision: Revision, after: Mapping[str | None, list[Revision]]) -> Iterator[Revision]:
    left, seen = [revision], set[str]()
    while left:
        each = left.pop()
        if each.path not in seen:
            seen.add(each.path)
            yield each
            left.extend(after.get(each.revision, ()))


def _stem(path: str) -> str:
    return path.rpartition(".")[0]


def _changed_files(files: Mapping[str, str], recorded: Mapping[str, str], told: set[str]) -> Iterator[Break]:
    for path in sorted(path for path in {*files, *recorded} if _stem(path) not in told):
        if path not in files:
            yield Break(
                path=path,
                problem="is gone, and databases may have run it",
                remedy="restore it from version control; to undo it, change the spec and build again",
            )
        elif path not in recorded:
            yield Break(
                path=path,
                problem="is not in spine.lock.json: another branch added it, or it was written by hand",
                remedy=f"where branches were merged, {REBASE}; else delete it and build again, so that what "
                "it does becomes the next revision; what is to happen to data, `spine-gen step` begins",
            )
        elif text_digest(files[path]) != recorded[path]:
            yield Break(
                path=path,
                problem="was edited after it was written, and databases may have run it as it was",
                remedy="restore it from version control; to change the schema, change the spec and build",
            )


def _torn(revisions: tuple[Revision, ...], told: set[str]) -> Iterator[Break]:
    """Every revision that does not follow the one before it, but those that forks were told of."""
    before: str | None = None
    for revision in (each for each in revisions if _stem(each.path) not in told):
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
                remedy=f"restore both from version control; where branches were merged, {REBASE}",
            )
        before = revision.revision


def revisions_in(files: Mapping[str, bytes | None]) -> tuple[str, ...]:
    """The ids in those files of revisions, of both sides where they are in conflict."""
    texts = (
        content.decode("utf-8", errors="replace").replace("\r\n", "\n")
        for path, content in sorted(files.items())
        if content is not None and REVISION_FILE.fullmatch(path)
    )
    return tuple(name for text in texts for name in _REVISION.findall(text))


def read_revision(path: str, text: str) -> Revision:
    """What one file says of itself."""
    values: dict[str, str | None] = {}
    fills: tuple[str, ...] = ()
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        body = []
    for node in body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str() | None as value)):
                values[name] = value
            case ast.Assign(
                targets=[ast.Name(id="fills")], value=ast.Tuple(elts=items) | ast.List(elts=items)
            ):
                texts = (item.value for item in items if isinstance(item, ast.Constant))
                fills = tuple(text for text in texts if isinstance(text, str))
    return Revision(
        path=path,
        revision=values.get("revision"),
        down_revision=values.get("down_revision"),
        fills=fills,
    )
