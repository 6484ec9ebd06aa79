"""How a database differs from what its applied revisions made of it, by whoever changed it besides.

What was declared and is not so, and what is in a table beside it, are differences. Indexes and triggers that
people made beside a table are theirs: they are named, and are no difference.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from spine.core.database.database import Database, DatabaseLike
from spine.errors import DatabaseBehindError

from .applied import read_applied
from .catalog import Catalog, read_catalog
from .differences import GONE, Difference, differences_in
from .plan import plan_migration
from .revisions import read_revisions, version_folders


@dataclass(frozen=True, kw_only=True)
class Drift:
    """All that differs, what people added beside the tables, and what was not compared as it did not run."""

    differences: tuple[Difference, ...]
    added: tuple[str, ...]  # index by_note on trades
    pending: tuple[str, ...]  # revisions


def drift(database: DatabaseLike, generated: Path | None) -> Drift:
    """Hold the database against its applied revisions; only reads.

    Raises MigrationError or DatabaseAheadError where these are not here as they ran, and DatabaseBehindError
    where none ran.
    """
    there = Database.of(database)
    revisions = read_revisions(version_folders(generated))
    with there.snapshot() as connection:
        applied = read_applied(connection)
        found = read_catalog(connection)
    plan = plan_migration(there.url, applied, revisions, whole=generated is not None)
    done = applied.done(revisions)
    if not done:
        raise DatabaseBehindError(there.url)
    from .declared import declared_by  # noqa: PLC0415  # Alembic is a quarter of a second

    declared = declared_by((revisions[name] for name in done), there.dialect)
    return Drift(
        differences=tuple(_differences(declared, found)),
        added=tuple(_added(declared, found)),
        pending=plan.names,
    )


def _differences(declared: Catalog, found: Catalog) -> Iterator[Difference]:
    for name, table in declared.tables.items():
        if name in found.tables:
            yield from differences_in(name, table, found.tables[name])
        else:
            yield Difference(what=f"table {name}", says=GONE, declared=name, there=None)
    for name, text in declared.views.items():
        if (other := found.views.get(name)) != text:
            says = GONE if other is None else "has another text"
            yield Difference(what=f"view {name}", says=says, declared=text, there=other)


def _added(declared: Catalog, found: Catalog) -> Iterator[str]:
    for name, table in declared.tables.items():
        if (there := found.tables.get(name)) is not None:
            yield from (f"index {index} on {name}" for index in there.indexes if index not in table.indexes)
            yield from (
                f"trigger {trigger} on {name}" for trigger in there.triggers if trigger not in table.triggers
            )
