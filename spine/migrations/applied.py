"""Which revisions a database has run: Alembic's version table, and what `core_revisions` keeps of each.

The version table has one row a line, its newest revision; what comes before that, files say. `core_revisions`
has a row for every revision, with the sha256 of its file as it ran.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from spine.core.database.database_clock import database_now
from spine.core.database.schema import CORE_REVISIONS, VERSION_TABLE
from spine.core.revision_ids import text_digest
from spine.core.tables import core_revisions

from .revisions import Revision, with_ancestors

ONE_AT_A_TIME = 7_377_696_601  # any number that nothing else locks: what a migration of PostgreSQL holds

_earlier = core_revisions.alias("earlier")
_NEXT = sa.select(sa.func.coalesce(sa.func.max(_earlier.c.position), 0) + 1).scalar_subquery()


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What one database has run."""

    heads: frozenset[str]  # the rows of the version table
    kept: Mapping[str, str | None]  # the rows of core_revisions: revision → sha256, in the order applied

    def unknown(self, revisions: Mapping[str, Revision]) -> tuple[str, ...]:
        """The heads that no file here defines."""
        return tuple(sorted(name for name in self.heads if name not in revisions))

    def done(self, revisions: Mapping[str, Revision]) -> tuple[str, ...]:
        """The revisions here that were applied, in their order."""
        reached = with_ancestors(revisions, self.heads)
        if self.unknown(revisions):  # packages', which were not asked about: what they depend on has no row
            reached.add(CORE_REVISIONS[0])
        return tuple(name for name in revisions if name in reached)


def read_heads(connection: sa.Connection) -> frozenset[str]:
    """The newest revisions that were applied, one a line; the one thing that a run asks for."""
    if not sa.inspect(connection).has_table(VERSION_TABLE.name):
        return frozenset()
    return frozenset(connection.execute(sa.select(VERSION_TABLE.c.version_num)).scalars())


def read_applied(connection: sa.Connection) -> Applied:
    """All that the database knows of what it ran."""
    heads, kept = read_heads(connection), {}
    if heads and sa.inspect(connection).has_table(core_revisions.name):
        c = core_revisions.c
        query = sa.select(c.revision, c.sha256).order_by(c.position)
        kept = {row.revision: row.sha256 for row in connection.execute(query)}
    return Applied(heads=heads, kept=kept)


def recording(revisions: Iterable[Revision], *, earlier: bool = False) -> tuple[sa.Executable, ...]:
    """The statements that keep those as applied now; or `earlier`, at a time that nobody knows."""
    return tuple(
        core_revisions.insert().values(
            revision=revision.revision,
            position=_NEXT,
            sha256=None if revision.is_core else text_digest(revision.text),
            applied_at=None if earlier else database_now(),
        )
        for revision in revisions
    )


def forgetting(revisions: Iterable[Revision]) -> tuple[sa.Executable, ...]:
    """The statements that take those out, as they were undone."""
    return tuple(
        core_revisions.delete().where(core_revisions.c.revision == each.revision) for each in revisions
    )
