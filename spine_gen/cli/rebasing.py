"""What of each package another branch has, read from git, and what only this one has."""

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from spine.core.revision_ids import CONFLICT, is_own_text
from spine_gen.cli.git import commit_of, content_at, default_branch, is_merged, names_at
from spine_gen.errors import SpineGenError
from spine_gen.migrations.chain import FOLDER, is_revision_file, read_chain, read_revision
from spine_gen.output.digests import digest, normal
from spine_gen.output.found import LOCK_FILE, list_folder, read_package
from spine_gen.output.lockfile import Lock, LockError, read_lock
from spine_gen.output.onto import Onto, own_revisions
from spine_gen.source.spec_file import shown_path


class RebaseError(SpineGenError):
    """There is nothing to rebase onto, or something that a rebase would lose."""


@dataclass(frozen=True, kw_only=True)
class Branch:
    """The other branch, which this one has been merged with, or put on."""

    root: Path  # the folder of generated packages
    name: str
    commit: str

    def onto(self, package: str) -> Onto:
        """What it has of the package; where this branch's revisions come after those already, all of them."""
        revisions, here, own = self._revisions(package), self._here(package), self._lock("HEAD", package)
        straight = _straight(here, revisions)
        if straight is not None:
            return Onto(lock=straight, revisions={path: here[path] for path in own_revisions(here)}, own=own)
        self._check_ours(package, here, revisions)
        return Onto(lock=self._lock(self.commit, package), revisions=revisions, own=own)

    def _lock(self, commit: str, package: str) -> Lock | None:
        content = content_at(self.root, commit, f"{package}/{LOCK_FILE}")
        if content is None:
            return None
        try:
            return read_lock(_text(content))
        except LockError as error:
            if commit != self.commit:
                return None  # of this branch, it is only a help
            raise RebaseError(
                f"{package}/{LOCK_FILE} at {self.name}: {error.reason}; {error.help}"
            ) from error

    def _revisions(self, package: str) -> dict[str, bytes]:
        start = f"{package}/"
        names = (name.removeprefix(start) for name in names_at(self.root, self.commit, f"{start}{FOLDER}"))
        found = ((name, content_at(self.root, self.commit, f"{start}{name}")) for name in names)
        return {name: content for name, content in found if content is not None and is_revision_file(name)}

    def _here(self, package: str) -> dict[str, bytes]:
        names = list_folder(self.root, f"{package}/{FOLDER.rstrip('/')}")
        paths = [LOCK_FILE, *(f"{FOLDER}{name}" for name in names if is_revision_file(name))]
        return read_package(self.root, package, paths).files

    def _check_ours(self, package: str, here: dict[str, bytes], theirs: Collection[str]) -> None:
        """RebaseError for a file that would go, or be written over, and that no build wrote."""
        commits = [self.commit, *(name for name in ("HEAD", "MERGE_HEAD") if commit_of(self.root, name))]
        known = {
            (path, sha256)
            for commit in commits
            if (lock := self._lock(commit, package)) is not None
            for path, sha256 in lock.migrations.items()
        }
        for path in sorted(own_revisions(here)):
            text = _text(here[path])
            written = (path, digest(here[path])) in known or CONFLICT.search(text)
            found = read_revision(path, text)
            revision = found.revision if path.endswith(".py") else None
            if found.is_step and path not in theirs:
                raise RebaseError(
                    f"{shown_path(self.root / package / path)} is a step of this branch alone, and only you "
                    "know where it belongs between the other's changes: keep its text elsewhere, remove the "
                    "file, rebase, begin it again by `spine-gen step`, and put the text there"
                )
            if not written and not (revision and is_own_text(text, revision)) and path not in _beside(here):
                raise RebaseError(
                    f"{shown_path(self.root / package / path)} is not as spine-gen wrote it, and a rebase "
                    "would lose it: restore it from version control, or move it away, then rebase again"
                )


def find_branch(root: Path, onto: str | None) -> Branch:
    """The branch to put this one's revisions on; RebaseError where git knows none, or it is not merged."""
    folder = root if root.is_dir() else Path(os.curdir)
    if commit_of(folder, "HEAD") is None:
        raise RebaseError(f"{shown_path(root)} is in no git repository with a commit, which a rebase reads")
    name = onto or default_branch(folder)
    if name is None:
        raise RebaseError(
            "git knows no default branch of a remote: name what others build on, as with --onto main (git "
            "remote set-head origin --auto makes it known)"
        )
    commit = commit_of(folder, name)
    if commit is None:
        raise RebaseError(f'git knows no revision "{name}": name one with --onto, such as --onto origin/main')
    if not is_merged(folder, commit):
        raise RebaseError(
            f"{name} is not part of this branch: merge it first (git merge {name}), settle the specs, then "
            "rebase, so that what it changed is not undone"
        )
    return Branch(root=root, name=name, commit=commit)


def _straight(here: dict[str, bytes], theirs: dict[str, bytes]) -> Lock | None:
    """The lock that is there, where it and all revisions are in order already and begin with theirs."""
    try:
        lock = read_lock(_text(here.get(LOCK_FILE, b"")))
    except LockError:
        return None
    texts = {path: _text(here[path]) for path in own_revisions(here)}
    if any(path not in texts or texts[path] != _text(content) for path, content in theirs.items()):
        return None
    return None if read_chain(texts, lock.migrations).breaks else lock


def _beside(here: dict[str, bytes]) -> set[str]:
    """The SQL of revisions: it goes as they do."""
    return {path for path in here if path.endswith(".sql") and f"{path[:-4]}.py" in here}


def _text(content: bytes) -> str:
    return normal(content).decode("utf-8", errors="replace")
