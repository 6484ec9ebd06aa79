"""Python code as text that stands for what it does: a walk of the syntax tree of our own.

Comments, layout, positions and contexts do not count, nor do statements that do nothing: `pass`, and bare
constants such as docstrings, which are prose for readers as comments are. Annotations do count, as the fields
of dataclasses and named tuples hang on them. Fields that are empty or zero are left out, so that those which
later versions of Python add change nothing; what versions split or join otherwise is brought to one form.
"""

import ast
import json
import warnings
from collections.abc import Iterable, Iterator
from typing import TypeAlias

_Piece: TypeAlias = "str | ast.AST"

_WITHOUT_MEANING = frozenset({"ctx", "kind", "type_comment", "type_ignores"})


def parse(source: bytes) -> ast.Module | None:
    """The module's syntax tree, or None where it is no Python of this version's."""
    with warnings.catch_warnings(action="ignore"):  # they were given when the module was imported
        try:
            return ast.parse(source)
        except (SyntaxError, ValueError):  # the latter for NUL
            return None


def code_text(tree: ast.AST) -> str:
    """The tree as one line of ASCII, the same in every version of Python; empty for a module without code."""
    parts: list[str] = []
    # With a stack of its own, as a long chain of operators is deeper than Python's.
    todo: list[_Piece] = list(_pieces(tree))[::-1]
    while todo:
        piece = todo.pop()
        if isinstance(piece, str):
            parts.append(piece)
        else:
            todo.extend(list(_pieces(piece))[::-1])
    text = "".join(parts)
    return "" if text == "(Module)" else text


def imported_modules(tree: ast.Module, package: str) -> Iterator[str]:
    """The full name of whatever the code imports, anywhere in it, and that may be a module.

    ``package`` is the one that relative imports start from. What is imported by a name that is no part of the
    source is not seen.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")
            base = parents[: len(parents) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _pieces(node: ast.AST) -> Iterator[_Piece]:
    yield f"({type(node).__name__}"
    if isinstance(node, ast.Constant | ast.MatchSingleton):
        yield f" {_constant(node.value)}"
    else:
        for name, value in sorted(ast.iter_fields(node)):
            if name in _WITHOUT_MEANING:
                continue
            kept = _normal(node, name, value)
            if kept:
                yield f" {name}="
                yield from _value(kept)
    yield ")"


def _value(value: object) -> Iterator[_Piece]:
    if isinstance(value, list):
        yield "["
        for number, item in enumerate(value):
            yield " " if number else ""
            yield from _value(item)
        yield "]"
    elif isinstance(value, ast.AST):
        yield value
    else:  # None, too: among a dict's keys it stands for **
        yield _constant(value)


def _normal(node: ast.AST, name: str, value: object) -> object:
    """The field's value, with what is written or split in several ways in one of them."""
    match node, name, value:
        case ast.JoinedStr(), "values", list():
            return list(_joined(value))
        case ast.FormattedValue(), "format_spec", ast.JoinedStr():
            return value if list(_joined(value.values)) else None
        case ast.Delete(), "targets", list():  # `del (a, b)` is `del a, b`
            return list(_flat(value))
        case _, _, list():
            return [item for item in value if not _does_nothing(item)]
    return value


def _joined(values: Iterable[ast.expr]) -> Iterator[ast.expr]:
    """An f-string's parts, with neighbouring texts as one and without empty ones."""
    text = ""
    for part in values:
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            text += part.value
            continue
        if text:
            yield ast.Constant(value=text)
            text = ""
        yield part
    if text:
        yield ast.Constant(value=text)


def _flat(targets: Iterable[ast.expr]) -> Iterator[ast.expr]:
    for target in targets:
        if isinstance(target, ast.Tuple | ast.List):
            yield from _flat(target.elts)
        else:
            yield target


def _does_nothing(item: object) -> bool:
    return isinstance(item, ast.Pass) or (isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant))


def _constant(value: object) -> str:
    """A constant with its type: 1, 1.0 and True are three."""
    match value:
        case None | bool():
            return repr(value)
        case str():
            return json.dumps(value)
        case bytes():
            return f"bytes:{value.hex()}"
        case int():
            return f"int:{value:x}"  # decimal digits have a limit
        case float() | complex():
            return f"{type(value).__name__}:{value!r}"
        case _:
            assert value is Ellipsis, value
            return "Ellipsis"
