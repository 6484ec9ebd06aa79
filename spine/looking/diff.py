"""What one capture's rows are beside another's of the same stage: added, removed and changed, by key.

The database compares: each count is one query, and rows come out of one more, in the order of their keys.
Values are compared as they are stored; a NULL equals a NULL.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import sqlalchemy as sa

from spine.core.captures import CaptureRecord
from spine.core.types import Json
from spine.data.tables.target import PROVENANCE, data_key, in_byte_order
from spine.errors import NotComparableError
from spine.pipelines.stages import DeclaredStages

Change: TypeAlias = Literal["changed", "removed", "added"]
CHANGES: tuple[Change, ...] = get_args(Change)


@dataclass(frozen=True, kw_only=True)
class RowChange:
    """One row that differs; ``old`` and ``new`` have the columns that changed, or all of a row's own."""

    change: Change
    key: Mapping[str, Any]
    old: Mapping[str, Any] | None  # None where it was added
    new: Mapping[str, Any] | None  # None where it was removed


class RowsCompared:
    """The rows of ``new`` beside those of ``old``. Raises NotComparableError where there is no comparing."""

    def __init__(
        self, connection: sa.Connection, declared: DeclaredStages, old: CaptureRecord, new: CaptureRecord
    ) -> None:
        self._connection = connection
        table = _table_of(connection, declared, old, new)
        self.key = data_key(table)
        self.columns = tuple(
            column.name for column in table.columns if column.name not in (*PROVENANCE, *self.key)
        )
        self.json_columns = frozenset(name for name in self.columns if isinstance(table.c[name].type, Json))
        self._old, self._new = table.alias("old"), table.alias("new")
        self._of_old = self._old.c.capture_id == old.capture_id
        self._of_new = self._new.c.capture_id == new.capture_id
        for side, record in ((self._old, old), (self._new, new)):
            _check_rows(connection, side, record)

    def counts(self) -> dict[Change, int]:
        """How many rows changed, were removed and were added."""
        return {
            change: self._connection.execute(
                sa.select(sa.func.count()).select_from(self._source(change)).where(*self._differing(change))
            ).scalar_one()
            for change in CHANGES
        }

    def rows(self, limit: int | None = None) -> Iterator[RowChange]:
        """The rows that differ, ``limit`` of them at most: changed ones first, then removed, then added."""
        for change in CHANGES:
            for row in self._rows_of(change, limit):
                if limit is not None:
                    limit -= 1
                yield row

    def _rows_of(self, change: Change, limit: int | None) -> Iterator[RowChange]:
        side = self._new if change == "added" else self._old
        names = (*self.key, *self.columns)
        selected: list[sa.ColumnElement[Any]] = [side.c[name] for name in names]
        if change == "changed":
            selected += [self._new.c[name].label(f"new_{at}") for at, name in enumerate(self.columns)]
            selected += [self._differs(name).label(f"differs_{at}") for at, name in enumerate(self.columns)]
        dialect: Any = self._connection.dialect.name
        query = (
            sa.select(*selected)
            .select_from(self._source(change))
            .where(*self._differing(change))
            .order_by(*in_byte_order([side.c[name] for name in self.key], dialect))
            .limit(limit)
        )
        keys, count = len(self.key), len(self.columns)
        for row in self._connection.execution_options(yield_per=1000).execute(query):
            key = dict(zip(self.key, row[:keys], strict=True))
            values = dict(zip(self.columns, row[keys : keys + count], strict=True))
            if change == "changed":
                differing = [
                    name for name, is_other in zip(self.columns, row[-count:], strict=True) if is_other
                ]
                new = dict(zip(self.columns, row[keys + count : keys + 2 * count], strict=True))
                yield RowChange(
                    change=change,
                    key=key,
                    old={name: values[name] for name in differing},
                    new={name: new[name] for name in differing},
                )
            else:
                old, added = (values, None) if change == "removed" else (None, values)
                yield RowChange(change=change, key=key, old=old, new=added)

    def _source(self, change: Change) -> sa.FromClause:
        if change == "changed":
            return self._old.join(self._new, sa.and_(self._of_old, self._of_new, self._same_key()))
        return self._old if change == "removed" else self._new

    def _differing(self, change: Change) -> Sequence[sa.ColumnElement[bool]]:
        if change == "changed":
            return (sa.or_(sa.false(), *(self._differs(name) for name in self.columns)),)
        side, of_side, of_other = (
            (self._old, self._of_old, self._of_new)
            if change == "removed"
            else (self._new, self._of_new, self._of_old)
        )
        other = sa.exists(sa.select(sa.literal(1)).where(of_other, self._same_key()).correlate(side))
        return of_side, ~other

    def _same_key(self) -> sa.ColumnElement[bool]:
        """A capture of a table without a key of its own has one row at most."""
        return sa.and_(sa.true(), *(self._old.c[name] == self._new.c[name] for name in self.key))

    def _differs(self, name: str) -> sa.ColumnElement[bool]:
        return self._old.c[name].is_distinct_from(self._new.c[name])


def _table_of(
    connection: sa.Connection, declared: DeclaredStages, old: CaptureRecord, new: CaptureRecord
) -> sa.Table:
    """The table that both captures' rows are in."""
    if old.stage_key != new.stage_key:
        raise NotComparableError(
            f"capture {old.capture_id} is of {old.place}, and {new.capture_id} of {new.place}: "
            "name two captures of one stage"
        )
    for record in (old, new):
        if record.status != "COMPLETE":
            raise NotComparableError(
                f"capture {record.capture_id} of {record.place} is {record.status}: only complete captures "
                "have rows"
            )
        if record.taken is not None:
            raise NotComparableError(
                f"capture {record.capture_id} of {record.place} has no rows to compare: {record.taken}. "
                "Name another capture"
            )
    makes = declared.stage(new.stage_key)
    if makes is None:
        raise NotComparableError(
            f"no generated package makes {new.domain} {new.stage}, so its table is not known: "
            "build the domain with spine-gen build, or run this in its project"
        )
    inspected = sa.inspect(connection)
    name = makes.table.name
    there = {one["name"] for one in inspected.get_columns(name)} if inspected.has_table(name) else set()
    lacking = [column.name for column in makes.table.columns if column.name not in there]
    if lacking:
        what = f"no table {name}" if not there else f"no column {', '.join(lacking)} in table {name}"
        raise NotComparableError(f"the database has {what}: run `spine migrate`")
    return makes.table


def _check_rows(connection: sa.Connection, side: sa.FromClause, record: CaptureRecord) -> None:
    """Raise NotComparableError where rows of the capture are no longer there."""
    count = connection.execute(
        sa.select(sa.func.count()).select_from(side).where(side.c.capture_id == record.capture_id)
    ).scalar_one()
    if count != record.row_count:
        raise NotComparableError(
            f"the rows of capture {record.capture_id} of {record.place} are gone: it had "
            f"{record.row_count}, and its table has {count} of them. Name another capture"
        )
