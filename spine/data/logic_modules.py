"""Which modules a stage's logic comes from: those that define what it is made of, and the one that made it.

A function is made where it is defined, and is found there by its name. What a module makes by calling
something (a factory, a partial, a class) does not say where that was: it is looked for among the names of all
modules. Made in the midst of an expression, it has no name; then there are only those that define its parts.
"""

import sys
from collections.abc import Callable, Container, Iterable, Iterator
from functools import partial
from types import FunctionType, MethodType, ModuleType

from spine.core.python_code import imported_modules, parse

from .logic_sources import SourceUnreadError, module_source


def making_modules(logic: Callable[..., object]) -> tuple[str, ...]:
    """The module that gave the logic its name; none where it has none.

    Others have it too where they import it, and which of those are loaded depends on what a program does: so
    they are left out. Only where all of them pass it on in a circle, all are given.
    """
    home = getattr(logic, "__module__", None)
    name = getattr(logic, "__qualname__", None)
    if isinstance(home, str) and isinstance(name, str) and _attribute(home, name) is logic:
        return (home,)
    named_in = sorted(module for module, values in _names() if any(value is logic for value in values))
    if len(named_in) < 2:
        return tuple(named_in)
    imports = {module: _imports(module) for module in named_in}
    own = [module for module in named_in if not _imports_it(module, imports[module], logic)] or named_in
    makers = [module for module in own if not _imports_one(module, imports[module], own)]
    return tuple(makers or own)


def defining_modules(logic: object) -> Iterator[str]:
    """The modules of a function and of what it wraps: a decorator's own module comes first."""
    todo, seen = [logic], set[int]()
    while todo:
        one = todo.pop(0)
        if id(one) in seen or not callable(one):
            continue
        seen.add(id(one))
        match one:
            case partial():
                todo.extend([one.func, *one.args, *one.keywords.values()])
            case MethodType():
                todo.append(one.__func__)
            case FunctionType():
                yield one.__globals__.get("__name__", one.__module__)
                todo.append(getattr(one, "__wrapped__", None))
                todo.extend(_cell_contents(one))
            case type():
                yield one.__module__
            case object(__wrapped__=wrapped):
                todo.append(wrapped)
            case _:
                todo.append(type(one))


def _cell_contents(function: FunctionType) -> Iterator[object]:
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not assigned yet
            continue


def _attribute(module: str, name: str) -> object:
    """What a dotted name stands for in a module; None if for nothing."""
    found: object = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def _names() -> Iterator[tuple[str, list[object]]]:
    """Every module that is loaded, and what its names stand for."""
    for name, module in list(sys.modules.items()):
        # Some are there by another name, too.
        if isinstance(module, ModuleType) and module.__name__ == name:
            yield name, list(vars(module).values())


def _imports(module: str) -> frozenset[str]:
    """What the module imports, by full name; nothing where its source is not there to be read."""
    try:
        tree = parse(module_source(module))
    except SourceUnreadError:
        return frozenset()
    package = getattr(sys.modules[module], "__package__", None) or ""
    return frozenset() if tree is None else frozenset(imported_modules(tree, package))


def _imports_it(module: str, imports: Iterable[str], logic: object) -> bool:
    """Whether a module imports the logic itself."""
    for full in imports:
        other, _, name = full.rpartition(".")
        if other == module:
            continue
        values = dict(getattr(sys.modules.get(other), "__dict__", {}))
        if values.get(name) is logic or (name == "*" and any(value is logic for value in values.values())):
            return True
    return False


def _imports_one(module: str, imports: Container[str], others: Iterable[str]) -> bool:
    """Whether a module imports one of the others, to take the logic from it; its parents are no others."""
    return any(other in imports and not f"{module}.".startswith(f"{other}.") for other in others)
