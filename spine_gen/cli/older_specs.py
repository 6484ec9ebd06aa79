"""Specs beside their older state: another file, or what git has of them at a revision, wherever it was then.

Runs git, changes nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spine_gen.cli.git import NoGitError, commit_of, content_at, names_at, renamed_files, top_of
from spine_gen.cli.spec_files import SUFFIXES, NoSpecsError, find_specs, read_specs, shown
from spine_gen.errors import SpineGenError

if TYPE_CHECKING:
    from spine.settings import Settings
    from spine_gen.spec.check import CheckedSpec


class RevisionError(SpineGenError):
    """Git does not know the revision, or there is no git."""

    def __init__(self, against: str, why: str) -> None:
        super().__init__(f'"{against}" is neither a file nor a git revision: {why}')
        self.against = against


class OneSpecError(SpineGenError):
    """A file is the older state of one spec."""

    def __init__(self, against: str, count: int) -> None:
        super().__init__(f"{against} is a file, and there are {count} specs: name one of them, or a revision")


@dataclass(frozen=True, kw_only=True)
class Beside:
    """A spec as it is and as it was; one of them where it is new, or gone."""

    path: str  # where it is, or was
    older: "CheckedSpec | None"
    newer: "CheckedSpec | None"


def read_beside(named: Sequence[Path] | None, settings: "Settings", against: str) -> tuple[Beside, ...]:
    """Every spec that is named, as it is and as `against` has it; then those that are gone since."""
    if Path(against).is_file():
        specs = find_specs(named, settings)
        if len(specs) > 1:
            raise OneSpecError(against, len(specs))
        (older,) = read_specs([Path(against)], settings.specs)
        (newer,) = read_specs(specs, settings.specs)
        return (Beside(path=newer.path, older=older, newer=newer),)
    paths = tuple(named or (settings.specs,))
    revision = _revision(paths[0], against, settings.specs)
    return tuple(_beside(_now(paths, settings, revision), paths, revision))


@dataclass(frozen=True, kw_only=True)
class _Revision:
    """A commit of a repository."""

    top: Path
    commit: str
    name: str  # what the user called it
    folder: Path  # of the project's specs

    def inner(self, path: Path) -> str:
        """The path as git has it."""
        place = path.parent.resolve() / path.name
        if not place.is_relative_to(self.top):
            raise RevisionError(self.name, f"{path} is in another repository")
        return place.relative_to(self.top).as_posix()

    def specs(self, below: Path) -> tuple[str, ...]:
        """The specs there were in a folder, or that one file; what is hidden holds none."""
        inside = self.inner(below.absolute())
        names = names_at(self.top, self.commit, inside)
        shows = (
            name
            for name in names
            if not any(part.startswith(".") for part in Path(name).relative_to(inside).parts)
        )
        return tuple(name for name in shows if name.endswith(SUFFIXES) or name == inside)

    def read(self, name: str) -> "CheckedSpec | None":
        """The spec that a file of the commit was; None where there was none."""
        from spine_gen.spec.check import check_spec

        content = content_at(self.top, self.commit, name)
        return None if content is None else check_spec(content, f"{self.name}:{name}", self)

    def find(self, domain: str) -> tuple[Path, bytes] | None:
        """The spec of a domain as it was, for those whose inputs name it."""
        for declared, path, content in self._declared():
            if declared == domain:
                return path, content
        return None

    def domains(self) -> tuple[str, ...]:
        """All that there were."""
        return tuple(domain for domain, *_ in self._declared() if domain is not None)

    def _declared(self) -> "Iterator[tuple[str | None, Path, bytes]]":
        from spine_gen.source.other_specs import declared_domain

        for name in self.specs(self.folder):
            content = content_at(self.top, self.commit, name)
            if content is not None:
                yield declared_domain(content), Path(f"{self.name}:{name}"), content


def _revision(path: Path, against: str, folder: Path) -> _Revision:
    there = path.absolute()
    around = next(each for each in (there, *there.parents) if each.is_dir())
    try:
        commit, top = commit_of(around, against), top_of(around)
    except NoGitError as error:
        raise RevisionError(against, "git is not installed; name a file instead") from error
    if commit is None or top is None:
        raise RevisionError(against, f"git knows no such revision around {around}")
    return _Revision(top=top, commit=commit, name=against, folder=folder)


def _now(paths: Iterable[Path], settings: "Settings", revision: _Revision) -> "dict[str, CheckedSpec]":
    """The specs that are there now, by their paths in the repository."""
    found: dict[str, Path] = {}
    for path in paths:
        was_there = bool(revision.specs(path))
        if not path.exists() and was_there:
            continue
        try:
            found |= {revision.inner(spec.absolute()): spec for spec in find_specs((path,), settings)}
        except NoSpecsError:
            if not was_there:
                raise
    return dict(zip(found, read_specs(tuple(found.values()), settings.specs), strict=True))


def _beside(now: "dict[str, CheckedSpec]", paths: Iterable[Path], revision: _Revision) -> Iterator[Beside]:
    earlier = {name for path in paths for name in revision.specs(path)}
    moved = renamed_files(revision.top, revision.commit)
    for old in earlier - {*now}:
        for new in (new for new, was in moved.items() if was == old and new not in now):
            (now[new],) = read_specs((Path(shown(revision.top / new)),), revision.folder)
    came_from = {new: new if new in earlier else moved.get(new) for new in now}
    left = earlier - {*came_from.values()}
    for new, spec in now.items():
        if came_from[new] is None:
            came_from[new] = _by_domain(spec, _absent(new, left, revision), revision)
            left.discard(f"{came_from[new]}")
        was = came_from[new]
        yield Beside(path=spec.path, older=None if was is None else revision.read(was), newer=spec)
    for old in sorted(left):
        yield Beside(path=shown(revision.top / old), older=revision.read(old), newer=None)


def _absent(new: str, left: set[str], revision: _Revision) -> list[str]:
    """The specs of the commit that are gone and may be a new one: those named, and its neighbours."""
    folder = (revision.top / new).parent
    return sorted(name for name in (left | {*revision.specs(folder)}) if not (revision.top / name).exists())


def _by_domain(spec: "CheckedSpec", names: Iterable[str], revision: _Revision) -> str | None:
    """The file that declared the spec's domain, by its name now or before."""
    if spec.spec is None:
        return None
    for name in names:
        older = revision.read(name)
        if older and older.spec and older.spec.domain in (spec.spec.domain, spec.spec.renamed_from):
            return name
    return None
