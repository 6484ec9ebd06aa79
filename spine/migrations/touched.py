"""What steps do to tables and views on which something of people's may hang, as their files say.

Told before any of them runs, in the names that the database has now: a step may come after another that
renames.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from spine.core.database.backend import DialectName

from .effects import called, only_on, texts_of
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

_BATCHES = ("batch_alter_table", "change_table")
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
        **dict.fromkeys(_BATCHES, _MADE_ANEW),
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
        calls = tuple(_calls(_function(step)))
        for place, call in enumerate(calls):
            if only_on(call.node) in (None, dialect):
                found |= dict.fromkeys(_touches(call, calls[:place], calls[place:], names, dialect))
                names.follow(call)
    return tuple(found)


@dataclass(frozen=True, kw_only=True)
class _Call:
    """A call within a revision, with the table that it is about, and the texts that it is given besides."""

    name: str
    table: str
    others: tuple[str, ...]
    node: ast.Call

    def columns_dropped(self) -> tuple[str, ...]:
        match self.name:
            case "drop_columns":  # after what the view shows, if that has no name
                return tuple(texts_of(self.node.args[2:]))
            case "drop_column":
                return self.others
        return ()

    def columns_renamed(self) -> dict[str, str]:
        match self:
            case _Call(name="rename_columns", node=ast.Call(args=[_, _, ast.Dict() as names])):
                return dict(
                    zip(texts_of(key for key in names.keys if key), texts_of(names.values), strict=False)
                )
        return {}


class _Names:
    """What tables and columns are called in the database before the steps; None for what is not there."""

    def __init__(self) -> None:
        self._tables: dict[str, str | None] = {}
        self._columns: dict[tuple[str, str], str | None] = {}

    def table(self, name: str) -> str | None:
        return self._tables.get(name, name)

    def column(self, table: str, name: str) -> str | None:
        return self._columns.get((table, name), name)

    def follow(self, call: _Call) -> None:
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


def _function(step: Step) -> ast.AST:
    """What the step runs of its revision."""
    name = "downgrade" if step.undoing else "upgrade"
    module = ast.parse(step.revision.text)
    found = (part for part in module.body if isinstance(part, ast.FunctionDef) and part.name == name)
    return next(found, ast.Module(body=[], type_ignores=[]))


def _calls(node: ast.AST, batch: str = "") -> Iterator[_Call]:
    """The calls within, in the order of the text; those on a batch are about its table."""
    if isinstance(node, ast.With) and isinstance(opened := node.items[0].context_expr, ast.Call):
        yield from _calls(opened)
        batch = next(texts_of(opened.args), "") if called(opened.func) in _BATCHES else batch
        for statement in node.body:
            yield from _calls(statement, batch)
        return
    if isinstance(node, ast.Call):
        texts = tuple(texts_of(node.args))
        if isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "batch":
            texts = (batch, *texts)
        if texts:
            yield _Call(name=called(node.func), table=texts[0], others=texts[1:], node=node)
    for child in ast.iter_child_nodes(node):
        yield from _calls(child, batch)


def _touches(
    call: _Call, before: Sequence[_Call], after: Sequence[_Call], names: _Names, dialect: DialectName
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


def _columns_retyped(call: _Call, before: Iterable[_Call]) -> Iterable[str]:
    if call.name == "renew_table":
        return _of_text(before, call.table)
    if call.name == "alter_column" and any(given.arg == "type_" for given in call.node.keywords):
        return call.others[:1]
    return ()


def _of_text(calls: Iterable[_Call], table: str) -> Iterator[str]:
    """The columns of the table, as the revision writes it, that are text or JSON."""
    for call in calls:
        if call.name == "Table" and call.table == table:
            for given in call.node.args:
                match given:
                    case ast.Call(args=[ast.Constant(value=str(name)), ast.Call(func=type_), *_]) if (
                        called(type_) in _TEXTS
                    ):
                        yield name
