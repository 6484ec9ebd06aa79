"""What steps do to tables and views on which something of people's may hang, as their files say.

Told before any of them runs, in the names that the database has now: a step may come after another that
renames.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from spine.core.database.backend import DialectName
from spine.core.revision_calls import Call, called, calls_in

from .plan import Step

Happening: TypeAlias = Literal[
    "view made anew",
    "view dropped",
    "view renamed",
    "column dropped",
    "column retyped",
    "key dropped",
    "table made anew",
    "additions lost",  # of a table that is made anew
    "differences lost",  # of such a table from what revisions made
    "table dropped",
]

_TEXTS = ("Text", "Json")  # the types that `renew_table` spells anew
_MAKE_VIEWS = ("create_view", "replace_view")
_MADE_ANEW: tuple[Happening, ...] = ("table made anew", "additions lost", "differences lost")
# What a call does to a table as a whole, and to its view.
_OF_TABLE: Mapping[DialectName, Mapping[str, tuple[Happening, ...]]] = {
    "postgresql": {
        **dict.fromkeys(("bring_back_columns", "drop_columns", "renew_table"), ("view made anew",)),
        "drop_constraint": ("key dropped",),
        "drop_table": ("table dropped",),
    },
    "sqlite": {
        **dict.fromkeys(("batch_alter_table", "change_table"), _MADE_ANEW),
        **dict.fromkeys(("rename_table", "rename_columns"), ("view renamed",)),
        "renew_table": ("view made anew", *_MADE_ANEW),
        "drop_table": ("table dropped",),
    },
}


@dataclass(frozen=True, kw_only=True)
class Touch:
    """One thing that happens to a table, to its view, or to one column of both."""

    what: Happening
    table: str
    column: str = ""

    @property
    def view(self) -> str:
        """The table's view."""
        return f"{self.table}_current"


def touched(steps: Iterable[Step], dialect: DialectName) -> tuple[Touch, ...]:
    """All that happens to what is there now, in its order, each once."""
    names = _Names()
    found: dict[Touch, None] = {}
    for step in steps:
        calls = tuple(calls_in(step.revision.text, undoing=step.undoing))
        for place, call in enumerate(calls):
            if call.runs_on(dialect):
                found |= dict.fromkeys(_touches(call, calls[:place], calls[place:], names, dialect))
                names.follow(call)
    return tuple(found)


class _Names:
    """What tables and columns are called in the database before the steps; None for what is not there."""

    def __init__(self) -> None:
        self._tables: dict[str, str | None] = {}
        self._columns: dict[tuple[str, str], str | None] = {}

    def table(self, name: str) -> str | None:
        return self._tables.get(name, name)

    def column(self, table: str, name: str) -> str | None:
        return self._columns.get((table, name), name)

    def follow(self, call: Call) -> None:
        """Take in what a call renames, makes and drops."""
        if call.name in ("create_table", "drop_table"):
            self._tables[call.table] = None
        elif call.name == "rename_table" and call.others:
            self._tables |= {call.others[0]: self.table(call.table), call.table: None}
        elif (table := self.table(call.table)) is not None:
            names = call.columns_renamed()
            now = {(table, after): self.column(table, before) for before, after in names.items()}
            gone = dict.fromkeys((table, column) for column in (*call.columns_dropped(), *names))
            self._columns |= gone | now


def _touches(
    call: Call, before: Sequence[Call], after: Sequence[Call], names: _Names, dialect: DialectName
) -> Iterator[Touch]:
    """What one call does on that database to what is there already."""
    if (table := names.table(call.table)) is None:
        return
    if call.name == "drop_view":
        again = any(each.table == call.table and each.name in _MAKE_VIEWS for each in after)
        yield Touch(what="view made anew" if again else "view dropped", table=table)
    for what in _OF_TABLE[dialect].get(call.name, ()):
        yield Touch(what=what, table=table)
    retyped = _columns_retyped(call, before) if dialect == "postgresql" else ()
    columns: Mapping[Happening, Iterable[str]] = {
        "column dropped": call.columns_dropped(),
        "column retyped": retyped,
    }
    for what, listed in columns.items():
        for column in listed:
            if (now := names.column(table, column)) is not None:
                yield Touch(what=what, table=table, column=now)


def _columns_retyped(call: Call, before: Iterable[Call]) -> Iterable[str]:
    if call.name == "renew_table":
        return _of_text(before, call.table)
    if call.name == "alter_column" and call.keyword("type_") is not None:
        return call.others[:1]
    return ()


def _of_text(calls: Iterable[Call], table: str) -> Iterator[str]:
    """The columns of the table, as the revision writes it, that are text or JSON."""
    for call in calls:
        if call.name == "Table" and call.table == table:
            for given in call.node.args:
                match given:
                    case ast.Call(args=[ast.Constant(value=str(name)), ast.Call(func=type_), *_]) if (
                        called(type_) in _TEXTS
                    ):
                        yield name
