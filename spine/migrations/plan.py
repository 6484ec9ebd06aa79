"""What a migration would do to a database: which revisions, up or down, in which order. Changes nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import sqlalchemy as sa

from spine.core.database.backend import DialectName
from spine.core.database.schema import CORE_REVISIONS
from spine.errors import MigrationError

from .applied import Applied, forgetting, recording
from .effects import built_concurrently, destroyed_by_undoing, drops_views, rebuilt_on_sqlite
from .refusals import check_database, check_files, check_steps
from .revisions import Revision, with_ancestors

_SHOWN = 4  # names in a message


@dataclass(frozen=True, kw_only=True)
class Step:
    """One revision that runs, or is undone."""

    revision: Revision
    undoing: bool

    @cached_property
    def destroys(self) -> tuple[str, ...]:
        """The tables and columns whose rows or values are gone afterwards."""
        return destroyed_by_undoing(self.revision) if self.undoing else self.revision.destroys

    @cached_property
    def rebuilds(self) -> tuple[str, ...]:
        """The tables that SQLite makes anew."""
        return rebuilt_on_sqlite(self.revision, undoing=self.undoing)

    @cached_property
    def builds(self) -> tuple[str, ...]:
        """The indexes that PostgreSQL builds while others write, where their table is there already."""
        return () if self.undoing else built_concurrently(self.revision)

    @property
    def drops_views(self) -> bool:
        """Whether views go, for good or to come again."""
        return drops_views(self.revision, undoing=self.undoing)

    @property
    def loss(self) -> str:
        """What questions about the past are told that cannot be answered since."""
        what = (
            f"undoing revision {self.revision.revision}"
            if self.undoing
            else f"revision {self.revision.revision}"
        )
        return f"{what} destroyed {', '.join(self.destroys)}"


@dataclass(frozen=True, kw_only=True)
class MigrationPlan:
    """The steps in their order, and what the database has to be told of earlier ones."""

    applied: Applied
    steps: tuple[Step, ...]
    unrecorded: tuple[Revision, ...]  # applied before the database kept what it ran
    in_the_way: tuple[
        str, ...
    ] = ()  # why the steps cannot run, as something of people's hangs on what they change

    @property
    def names(self) -> tuple[str, ...]:
        """The revisions in the order in which they run."""
        return tuple(step.revision.revision for step in self.steps)

    def built_concurrently(self, step: Step, dialect: DialectName) -> tuple[str, ...]:
        """The indexes that are built for a step while others write."""
        return step.builds if self.stands_apart(step, dialect) else ()

    def parts(self, dialect: DialectName) -> tuple[tuple[Step, ...], ...]:
        """The steps in as many transactions as they take: one, and one more around every step apart."""
        parts: list[list[Step]] = []
        before: Step | None = None
        for step in self.steps:
            if before is None or self.stands_apart(before, dialect) or self.stands_apart(step, dialect):
                parts.append([])
            parts[-1].append(step)
            before = step
        return tuple(tuple(part) for part in parts)

    def first_part(self, dialect: DialectName) -> tuple[Step, ...]:
        """Those of the next transaction."""
        return next(iter(self.parts(dialect)), ())

    def first_apart(self, dialect: DialectName) -> Step | None:
        """The first step, if indexes are built for it before its transaction."""
        step = next(iter(self.steps), None)
        return step if step is not None and self.stands_apart(step, dialect) else None

    def stands_apart(self, step: Step, dialect: DialectName) -> bool:
        """Whether indexes are built for it first, in no transaction: not where its tables are new, too."""
        folder = step.revision.path.parent
        is_new = any(
            each.revision.follows is None and each.revision.path.parent == folder for each in self.steps
        )
        return dialect == "postgresql" and bool(step.builds) and not is_new


def plan_migration(
    url: str, applied: Applied, revisions: Mapping[str, Revision], *, whole: bool, to: str | None = None
) -> MigrationPlan:
    """The steps from what was applied to the newest revisions, or to the one that `to` names or begins.

    `whole` says that `revisions` are all that the database may have run, those of every package. Raises
    MigrationError or DatabaseAheadError where something is not in order.
    """
    check_files(revisions)
    check_database(url, applied, revisions, whole=whole)
    done = applied.done(revisions)
    steps = _all(revisions, done) if to is None else _towards(_named(to, revisions), revisions, done)
    check_steps(
        [step.revision for step in steps if not step.undoing],
        [step.revision for step in steps if step.undoing],
    )
    return MigrationPlan(
        applied=applied,
        steps=steps,
        unrecorded=tuple(revisions[name] for name in done if name not in applied.kept),
    )


def recording_steps(steps: Iterable[Step], earlier: Iterable[Revision]) -> tuple[sa.Executable, ...]:
    """The statements that keep that the steps ran, and that revisions did `earlier`, nobody knows when."""
    steps = tuple(steps)
    undone = (step.revision for step in steps if step.undoing)
    ran = (step.revision for step in steps if not step.undoing)
    return (*forgetting(undone), *recording(earlier, earlier=True), *recording(ran))


def _all(revisions: Mapping[str, Revision], done: tuple[str, ...]) -> tuple[Step, ...]:
    return tuple(Step(revision=revisions[name], undoing=False) for name in revisions if name not in done)


def _towards(target: Revision, revisions: Mapping[str, Revision], done: tuple[str, ...]) -> tuple[Step, ...]:
    """Up to the revision with all that comes before it and the core; or back to it."""
    if target.revision not in done:
        wanted = with_ancestors(revisions, [target.revision, CORE_REVISIONS[-1]])
        return tuple(step for step in _all(revisions, done) if step.revision.revision in wanted)
    later = [
        revisions[name]
        for name in done
        if name != target.revision
        and revisions[name].path.parent == target.path.parent
        and target.revision in with_ancestors(revisions, [name])
    ]
    if target.is_core and later:
        raise MigrationError(
            f"the database is past {target.revision}: what spine keeps for itself is not undone. Use the "
            "spine that it was migrated with, or restore a backup"
        )
    core = (step for step in _all(revisions, done) if step.revision.is_core)  # which keeps what is undone
    return (*core, *(Step(revision=revision, undoing=True) for revision in reversed(later)))


def _named(given: str, revisions: Mapping[str, Revision]) -> Revision:
    if given in revisions:
        return revisions[given]
    found = [name for name in revisions if name.startswith(given)]
    if len(found) == 1:
        return revisions[found[0]]
    if found:
        names = ", ".join(found[:_SHOWN])
        raise MigrationError(f"{given} begins {len(found)} revisions ({names}): give more of the name")
    raise MigrationError(
        f"no revision here is called {given} or begins so: `spine migrate --plan` lists what is pending, and "
        "the files in generated/*/migrations say their names"
    )
