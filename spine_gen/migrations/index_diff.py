"""Compares the indexes of a table as it was with those that it is to have.

Within a table an index is known by its columns: no two have the same, so that one with another name is
renamed. How it is built is no difference.
"""

from collections.abc import Set
from dataclasses import dataclass, replace

from spine_gen.migrations.index_changes import CreateIndex, DropIndex, RenameIndex
from spine_gen.migrations.table_schema import IndexSchema, TableSchema


@dataclass(frozen=True, kw_only=True)
class IndexDiff:
    """What becomes of one table's indexes: some go before its columns change, and new ones come after."""

    dropped: tuple[DropIndex, ...]
    renamed: tuple[RenameIndex, ...]
    stay: tuple[IndexSchema, ...]  # by the names that they have then
    created: tuple[CreateIndex, ...]


def diff_indexes(before: TableSchema, after: TableSchema, *, gone: Set[str], taken: Set[str]) -> IndexDiff:
    """`gone` are columns that are dropped, to come back perhaps; `taken` the names of all indexes so far."""
    table = after.name
    new = {index.columns: index for index in after.indexes}
    stay = [index for index in before.indexes if index.columns in new and not gone & {*index.columns}]
    renamed = [
        RenameIndex(table=table, index=index, after=name)
        for index in stay
        if (name := new[index.columns].name) != index.name and name not in taken
    ]
    followed = {change.index: replace(change.index, name=change.after) for change in renamed}
    kept = [followed.get(index, index) for index in stay if followed.get(index, index) in after.indexes]
    return IndexDiff(
        dropped=tuple(
            DropIndex(table=table, index=index)
            for index in before.indexes
            if index not in kept and index not in followed
        ),
        renamed=tuple(renamed),
        stay=tuple(kept),
        created=tuple(
            CreateIndex(table=table, index=index, concurrently=index.concurrently)
            for index in after.indexes
            if index not in kept
        ),
    )
