"""What a revision calls, as its file says: read without running it, and without Alembic."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_BATCHES = ("batch_alter_table", "change_table")


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call within a revision, with the texts that it is given: first the table that most are about."""

    name: str  # of the function, with no word of its module
    texts: tuple[str, ...]  # of one on a batch, after its table
    node: ast.Call

    @property
    def table(self) -> str:
        return self.texts[0]

    @property
    def others(self) -> tuple[str, ...]:
        return self.texts[1:]

    def keyword(self, name: str) -> ast.expr | None:
        """What it is given under that name."""
        return next((given.value for given in self.node.keywords if given.arg == name), None)

    def runs_on(self, dialect: str) -> bool:
        """Whether it does anything on that database."""
        only_on = self.keyword("on")
        return not isinstance(only_on, ast.Constant) or only_on.value in (None, dialect)

    def columns_dropped(self) -> tuple[str, ...]:
        """The columns of the table that it drops."""
        match self.name:
            case "drop_columns":  # after what the view shows, if that has no name
                return tuple(_texts_of(self.node.args[2:]))
            case "drop_column":
                return self.others
        return ()

    def columns_renamed(self) -> dict[str, str]:
        """The columns of the table that it renames: earlier name to new one."""
        match self:
            case Call(name="rename_columns", node=ast.Call(args=[_, _, ast.Dict() as names])):
                return dict(
                    zip(_texts_of(key for key in names.keys if key), _texts_of(names.values), strict=False)
                )
        return {}


def calls_in(text: str, *, undoing: bool = False) -> Iterator[Call]:
    """The calls that are given texts, of what the file runs up or back, in the order of the file.

    Raises SyntaxError or ValueError where it is no Python.
    """
    name = "downgrade" if undoing else "upgrade"
    for part in ast.parse(text).body:
        if isinstance(part, ast.FunctionDef) and part.name == name:
            yield from _calls(part)


def called(function: ast.expr) -> str:
    """The name of what a call calls, with no word of the module."""
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _calls(node: ast.AST, batch: str = "") -> Iterator[Call]:
    if isinstance(node, ast.With):
        for opened in (item.context_expr for item in node.items):
            yield from _calls(opened, batch)
            if isinstance(opened, ast.Call) and called(opened.func) in _BATCHES:
                batch = next(_texts_of(opened.args), "")
        for statement in node.body:
            yield from _calls(statement, batch)
        return
    if isinstance(node, ast.Call):
        texts = tuple(_texts_of(node.args))
        if isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "batch":
            texts = (batch, *texts)
        if texts:
            yield Call(name=called(node.func), texts=texts, node=node)
    for child in ast.iter_child_nodes(node):
        yield from _calls(child, batch)


def _texts_of(arguments: Iterable[ast.expr]) -> Iterator[str]:
    """Those that are plain texts."""
    for given in arguments:
        if isinstance(given, ast.Constant) and isinstance(given.value, str):
            yield given.value
