"""How a database differs from what its applied revisions made of it, by whoever changed it besides.

What was declared and is not so, and what is in a table beside it, are differences. Indexes and triggers that
people made beside a table are theirs: they are named, and are no difference.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from spine.core.database.database import Database, DatabaseLike
from spine.errors import DatabaseBehindError

from .applied import read_applied
from .catalog import Catalog, ColumnFound, TableFound, read_catalog
from .plan import plan_migration
from .revisions import read_revisions, version_folders

_GONE = "is not there"
_NOT_MADE = "was made by no revision"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that is not as declared; None where there is none."""

    what: str  # column trades.note
    says: str  # "is text, and declared bigint"
    declared: str | None
    there: str | None


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
            yield from _in_table(name, table, found.tables[name])
        else:
            yield Difference(what=f"table {name}", says=_GONE, declared=name, there=None)
    for name, text in declared.views.items():
        if (other := found.views.get(name)) != text:
            says = _GONE if other is None else "has another text"
            yield Difference(what=f"view {name}", says=says, declared=text, there=other)


def _in_table(name: str, declared: TableFound, found: TableFound) -> Iterator[Difference]:
    for column in dict.fromkeys([*declared.columns, *found.columns]):
        yield from _in_column(
            f"column {name}.{column}", declared.columns.get(column), found.columns.get(column)
        )
    yield from _in_constraints(name, declared.constraints, found.constraints)
    for index, text in declared.indexes.items():
        if (other := found.indexes.get(index)) != text:
            says = _GONE if other is None else f"is {other}, and declared {text}"
            yield Difference(what=f"index {index} on {name}", says=says, declared=text, there=other)


def _in_column(what: str, declared: ColumnFound | None, found: ColumnFound | None) -> Iterator[Difference]:
    shown, other = _shown(declared), _shown(found)
    if shown == other:
        return
    if found is None or declared is None:
        says = _GONE if found is None else _NOT_MADE
    else:
        says = f"is {other}, and declared {shown}"
    yield Difference(what=what, says=says, declared=shown, there=other)


def _shown(column: ColumnFound | None) -> str | None:
    if column is None:
        return None
    return f"{column.type} NOT NULL" if column.required else column.type


def _in_constraints(table: str, declared: Iterable[str], found: Iterable[str]) -> Iterator[Difference]:
    there, wanted = dict.fromkeys(found), dict.fromkeys(declared)
    for text in (text for text in wanted if text not in there):
        yield Difference(what=f"constraint {text} of {table}", says=_GONE, declared=text, there=None)
    for text in (text for text in there if text not in wanted):
        yield Difference(what=f"constraint {text} of {table}", says=_NOT_MADE, declared=None, there=text)


def _added(declared: Catalog, found: Catalog) -> Iterator[str]:
    for name, table in declared.tables.items():
        if (there := found.tables.get(name)) is not None:
            yield from (f"index {index} on {name}" for index in there.indexes if index not in table.indexes)
            yield from (
                f"trigger {trigger} on {name}" for trigger in there.triggers if trigger not in table.triggers
            )
