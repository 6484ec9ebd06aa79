"""What a table's view shows: its columns in their order, as the newest revision leaves them.

A view keeps that order whatever the spec does: PostgreSQL replaces a view only by one that goes on with the
same columns. What the order is now stands in the SQL beside the revisions.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from spine_gen.migrations.sql_file import lines_for
from spine_gen.migrations.table_schema import ColumnSchema, TableSchema

Shown: TypeAlias = Mapping[str, tuple[str, ...]]  # a view's name → the names of its columns, in their order

_VIEW = re.compile(
    r'^CREATE (?:OR REPLACE )?VIEW "?(?P<view>\w+)"? AS\nSELECT (?P<columns>.*?)\nFROM '
    r'|^ALTER VIEW "?(?P<altered>\w+)"? RENAME (?:COLUMN "?(?P<column>\w+)"? )?TO "?(?P<name>\w+)"?;',
    re.M | re.S,
)
_COLUMN = re.compile(r'[mt]\."?(\w+)"?')


@dataclass(frozen=True, kw_only=True)
class View:
    """The view over a table's newest complete captures."""

    table: str
    columns: tuple[ColumnSchema, ...]

    @property
    def listed(self) -> str:
        """The columns' names as the runtime's functions for revisions take them."""
        return ", ".join(column.name for column in self.columns)

    def goes_on(self, other: "View") -> bool:
        """Whether it has the other's columns and then, perhaps, more: only so does PostgreSQL replace one."""
        return len(self.columns) >= len(other.columns) and all(
            mine.name == theirs.name and mine.same_type(theirs)
            for mine, theirs in zip(self.columns, other.columns, strict=False)
        )


def first_view(table: TableSchema) -> View:
    """The view of a table that is new: its columns as the spec lists them."""
    return View(table=table.name, columns=table.columns)


def view_now(table: TableSchema, shown: Shown) -> View:
    """The view of a table that is there already."""
    places = {name: place for place, name in enumerate(shown.get(table.view, ()))}
    columns = sorted(table.columns, key=lambda column: places.get(column.name, len(places)))
    return View(table=table.name, columns=tuple(columns))


def shown_columns(files: Mapping[str, str]) -> Shown:
    """What each view shows after all the revisions whose files, by path, these are."""
    shown: dict[str, tuple[str, ...]] = {}
    for path in sorted(files):
        # Earlier builds wrote a file for each database.
        if path.endswith(".sql") and not path.endswith(".sqlite.sql"):
            for found in _VIEW.finditer(lines_for("postgresql", files[path])):
                _follow(found, shown)
    return shown


def _follow(found: re.Match[str], shown: dict[str, tuple[str, ...]]) -> None:
    """Take in what one statement does to a view on PostgreSQL."""
    view, old, new = found["altered"], found["column"], found["name"]
    if view is None:
        shown[found["view"]] = tuple(_COLUMN.findall(found["columns"]))
    elif old is None:
        shown[new] = shown.pop(view)
    else:
        shown[view] = tuple(new if column == old else column for column in shown[view])
