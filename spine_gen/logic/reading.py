"""Reads a module of logic as Python text: its tree, places in it, and what its names stand for."""

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.util import decode_source
from itertools import chain

from spine_gen.diagnostics.diagnostic import Place
from spine_gen.source.position import Position, Span

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_GUARDS = {"ImportError", "ModuleNotFoundError", "AttributeError"}


class NotPythonError(Exception):
    """A file that Python cannot read, and where."""

    def __init__(self, reason: str, at: Position, text: str) -> None:
        super().__init__(reason)
        self.reason, self.at, self.text = reason, at, text


@dataclass(frozen=True)
class Module:
    """A module that was read."""

    path: str  # as messages name it
    package: str  # the generated package that it is in
    text: str
    tree: ast.Module

    def place(self, node: ast.expr | ast.stmt | ast.alias | ast.arg | ast.keyword) -> Place:
        """Where a node stands."""
        last, end = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
        return self._place(self._at(node.lineno, node.col_offset), self._at(last, end))

    def place_of_name(self, node: Function | ast.alias | ast.arg | ast.keyword | ast.Attribute) -> Place:
        """Where the name stands that a definition or an import gives, or that follows a dot."""
        if isinstance(node, ast.Attribute):
            end = self._at(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)
            return self._place(Position(end.line, end.column - len(node.attr)), end)
        start = self._at(node.lineno, node.col_offset)
        if isinstance(node, Function):
            rest = self._lines[start.line - 1][start.column - 1 :]
            word = re.match(r"(async\s+def|def|class)\s+", rest)
            start = Position(start.line, start.column + (word.end() if word else 0))
            name = node.name
        elif isinstance(node, ast.alias):
            name = node.name
        else:
            name = node.arg or ""
        return self._place(start, Position(start.line, start.column + len(name)))

    def target(self, node: ast.AST) -> tuple[str, ...] | None:
        """What a name or an attribute stands for, as a path below the package: ("rows", "TradeRow").

        None where it is nothing of the package, or not certain.
        """
        attributes: list[str] = []
        while isinstance(node, ast.Attribute):
            attributes.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in self._imports:
            return None
        return (*self._imports[node.id], *reversed(attributes))

    def imported_from(self, node: ast.ImportFrom) -> tuple[str, ...] | None:
        """Where an import takes its names from, as a path below the package; None where from elsewhere."""
        parts = tuple(node.module.split(".")) if node.module else ()
        if node.level == 0:
            return self._below(parts)
        return (("logic", *parts), parts)[node.level - 1] if node.level <= 2 else None

    def imported(self, alias: ast.alias) -> tuple[str, ...] | None:
        """What `import a.b` imports, as ``imported_from`` says it."""
        return self._below(tuple(alias.name.split(".")))

    def of_runtime(self, node: ast.AST) -> str | None:
        """What a name stands for that is imported from `spine`; None for any other."""
        return self._runtime.get(node.id) if isinstance(node, ast.Name) else None

    @cached_property
    def _runtime(self) -> dict[str, str]:
        """Names that stand for something of the runtime and, anywhere in the module, for nothing else."""
        found: dict[str, str] = {}
        others: set[str] = set()
        for node in self.nodes:
            if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module == "spine":
                found.update((alias.asname or alias.name, alias.name) for alias in node.names)
            else:
                others.update(_bound(node))
        return {name: target for name, target in found.items() if name not in others}

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node."""
        return tuple(ast.walk(self.tree))

    @property
    def unguarded(self) -> Iterator[ast.AST]:
        """Every node but those in a `try` that is ready for a name that is not there."""
        waiting: list[ast.AST] = [self.tree]
        while waiting:
            node = waiting.pop()
            yield node
            body = node.body if isinstance(node, ast.Try) and _is_ready(node) else ()
            waiting += (child for child in ast.iter_child_nodes(node) if child not in body)

    @cached_property
    def definitions(self) -> dict[str, list[ast.AST]]:
        """What gives the module its names, by name: definitions, and other statements that bind one."""
        found: dict[str, list[ast.AST]] = {}
        for node in _outside_functions(self.tree):
            for name in _bound(node):
                found.setdefault(name, []).append(node)
        return found

    @cached_property
    def _imports(self) -> dict[str, tuple[str, ...]]:
        """Names that stand for something of the package and, anywhere in the module, for nothing else."""
        found: dict[str, set[tuple[str, ...]]] = {}
        others: set[str] = set()
        for node in self.nodes:
            if not isinstance(node, ast.Import | ast.ImportFrom):
                others.update(_bound(node))
                continue
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                target = self._imported_as(node, alias)
                if target is None:
                    others.add(name)
                else:
                    found.setdefault(name, set()).add(target)
        return {
            name: next(iter(targets))
            for name, targets in found.items()
            if len(targets) == 1 and name not in others
        }

    def _imported_as(self, node: ast.Import | ast.ImportFrom, alias: ast.alias) -> tuple[str, ...] | None:
        if isinstance(node, ast.ImportFrom):
            base = self.imported_from(node)
            return None if base is None else (*base, alias.name)
        target = self.imported(alias)
        return target if target is None or alias.asname else ()  # `import a.b` gives the name a

    def _below(self, parts: tuple[str, ...]) -> tuple[str, ...] | None:
        return parts[1:] if parts[:1] == (self.package,) else None

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.split("\n")

    def _at(self, line: int, offset: int) -> Position:
        """A place that Python gives in bytes."""
        before = self._lines[line - 1].encode()[:offset]
        return Position(line, len(before.decode(errors="ignore")) + 1)

    def _place(self, start: Position, end: Position) -> Place:
        return Place(path=self.path, span=Span(start, end))


def read_module(content: bytes, path: str, package: str) -> Module:
    """The module in those bytes; NotPythonError where it is none."""
    text = ""
    try:
        text = decode_source(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # those of the code are not the build's to tell
            tree = ast.parse(text)
    except SyntaxError as error:
        at = Position(error.lineno or 1, max(error.offset or 1, 1))
        inside = text and at.line <= text.count("\n") + 1
        raise NotPythonError(error.msg, at if inside else Position(1, 1), text) from error
    except (ValueError, RecursionError, MemoryError) as error:
        reason = str(error) if isinstance(error, ValueError) else "nested too deep"
        raise NotPythonError(reason, Position(1, 1), text) from error
    return Module(path=path, package=package, text=text, tree=tree)


def _outside_functions(tree: ast.Module) -> Iterator[ast.AST]:
    """The nodes that are run when the module is imported, without what is in functions and classes."""
    waiting: list[ast.AST] = [*reversed(tree.body)]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, Function | ast.Lambda):
            waiting += reversed([*ast.iter_child_nodes(node)])


def _bound(node: ast.AST) -> Iterator[str]:
    """The names that a node gives a meaning to."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name
        case ast.arg(arg=name):
            yield name
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.MatchMapping(rest=str(name)):
            yield name
        case ast.Import() | ast.ImportFrom():
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)


def _is_ready(node: ast.Try) -> bool:
    types = chain.from_iterable(
        handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        for handler in node.handlers
    )
    return any(each is None or (isinstance(each, ast.Name) and each.id in _GUARDS) for each in types)
