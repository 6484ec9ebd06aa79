"""One spec's review, as data: what changes for readers, in the schema, and in what is current."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from spine_gen.breaking.compare import find_changes, removed_spec
from spine_gen.breaking.placed import PlacedChange, in_places
from spine_gen.migrations.changes import ChangeTable, SchemaChange, told_changes
from spine_gen.migrations.diff import diff_tables
from spine_gen.migrations.names import names_of
from spine_gen.migrations.renames import renames_since
from spine_gen.migrations.table_schema import tables_of
from spine_gen.reviewing.stale import StaleStage, stale_stages
from spine_gen.source import Document
from spine_gen.spec.language import Spec

# Domain, stage and tier → how many current captures there are of it.
Counts: TypeAlias = Mapping[tuple[str, str, str], int]
NO_VIEWS: Mapping[str, tuple[str, ...]] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class SchemaRow:
    """What a revision does to one thing."""

    table: str
    change: str
    destroys: bool


@dataclass(frozen=True, kw_only=True)
class Stale:
    """A stage whose results become stale, and of how many partitions; None where nobody counted."""

    stage: StaleStage
    partitions: int | None


@dataclass(frozen=True, kw_only=True)
class Review:
    """What is told of one spec."""

    domain: str
    path: str
    changes: tuple[PlacedChange, ...]
    schema: tuple[SchemaRow, ...]
    stale: tuple[Stale, ...]

    def __bool__(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.changes or self.schema or self.stale)


def review_spec(
    before: Spec | None,
    after: Spec | None,
    *,
    path: str,
    document: Document | None,
    counts: Counts | None = None,
) -> Review:
    """The review of a spec that was one thing and is another; one of them is None where it is new or gone.

    `document` is the newer one's; `counts` are of what a database holds, where one was asked.
    """
    if after is None:
        assert before is not None
        changes = in_places(removed_spec(before), path, None)
        return Review(domain=before.domain, path=path, changes=changes, schema=(), stale=())
    return Review(
        domain=after.domain,
        path=path,
        changes=() if before is None else in_places(find_changes(before, after), path, document),
        schema=tuple(schema_rows(_migration(before, after))),
        stale=() if before is None else tuple(_stale(before, after, counts)),
    )


def schema_rows(changes: Iterable[SchemaChange]) -> Iterator[SchemaRow]:
    """What a revision does, a change a row; the views around it are left out."""
    for change in told_changes(changes):
        for part in change.told if isinstance(change, ChangeTable) else (change,):
            yield SchemaRow(table=change.subject, change=part.reason, destroys=part.destroys)


def _migration(before: Spec | None, after: Spec) -> tuple[SchemaChange, ...]:
    if before is None:
        return diff_tables((), tables_of(after))
    renames = renames_since(names_of(before), after, NO_VIEWS)
    rest = diff_tables(renames.tables, tables_of(after), renames.shown)
    return (*renames.changes, *renames.partitions, *rest)


def _stale(before: Spec, after: Spec, counts: Counts | None) -> Iterator[Stale]:
    """Captures are counted by what their stage was called before: the database was not migrated yet."""
    for each in stale_stages(before, after):
        was = (before.domain, each.before.name, each.before.tier)
        now = (after.domain, each.after.name, each.after.tier)
        count = None if counts is None else sum(counts.get(place, 0) for place in {was, now})
        yield Stale(stage=each, partitions=count)
