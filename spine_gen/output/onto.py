"""A package as another branch has it, on which a rebase puts what this branch adds; and what that changes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from spine_gen.migrations.chain import FOLDER as MIGRATIONS
from spine_gen.migrations.chain import is_revision_file
from spine_gen.migrations.names import Names
from spine_gen.output.compare import Change, Status
from spine_gen.output.digests import normal
from spine_gen.output.lockfile import Lock


@dataclass(frozen=True, kw_only=True)
class Onto:
    """What others may have built on: its lock and revisions stay as they are."""

    lock: Lock | None  # None: the other branch has no such package
    revisions: Mapping[str, bytes]  # every file of a revision there, by path in the package
    own: Lock | None  # what this branch built last, as far as that can be told

    @property
    def names(self) -> Names | None:
        """What the revisions lead to."""
        return None if self.lock is None else self.lock.names

    @property
    def recorded(self) -> Mapping[str, str]:
        """The sha256 of each revision."""
        return {} if self.lock is None else self.lock.migrations

    def merged_lock(self) -> Lock | None:
        """The lock to compare with: it knows what either branch generated, and the other's revisions."""
        if self.lock is None or self.own is None:
            lock = self.lock or self.own
            return lock and lock.model_copy(update={"migrations": self.recorded})
        return self.lock.model_copy(
            update={
                "files": {**self.own.files, **self.lock.files},
                "yours": tuple(sorted({*self.own.yours, *self.lock.yours})),
            }
        )

    def with_revisions(self, changes: tuple[Change, ...], found: Mapping[str, bytes]) -> tuple[Change, ...]:
        """The changes, and those of the revisions: the other branch's come back, this one's others go."""
        *files, lock = changes
        files = [change for change in files if change.path not in self.revisions]
        return (*sorted([*files, *self._revisions(changes, found)], key=lambda each: each.path), lock)

    def _revisions(self, changes: tuple[Change, ...], found: Mapping[str, bytes]) -> Iterator[Change]:
        for path, after in self.revisions.items():
            before = found.get(path)
            if before is None:
                yield Change(path=path, status=Status.CREATE, before=None, after=after)
            elif normal(before) != normal(after):
                yield Change(path=path, status=Status.UPDATE, before=before, after=after)
            else:
                yield Change(path=path, status=Status.IDENTICAL, before=before, after=before)
        planned = {*self.revisions, *(change.path for change in changes)}
        for path in sorted(own_revisions(found) - planned):
            yield Change(path=path, status=Status.REMOVE, before=found[path], after=None)


def own_revisions(found: Mapping[str, bytes]) -> set[str]:
    """The files of revisions among those that are there."""
    return {path for path in found if path.startswith(MIGRATIONS) and is_revision_file(path)}
