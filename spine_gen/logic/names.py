"""Whether the names that a module of logic takes from its package are there."""

import ast
from collections.abc import Iterator

from spine_gen.diagnostics.diagnostic import Diagnostic, Place
from spine_gen.diagnostics.suggest import did_you_mean
from spine_gen.logic import findings
from spine_gen.logic.declared import Declared
from spine_gen.logic.reading import Module

_WHEN_ABSENT = {"anomalies": "the spec declares no anomaly codes; declare one, or remove the import"}


def check_names(module: Module, declared: Declared) -> Iterator[Diagnostic]:
    """Names that the generated modules do not have, or have by an earlier name."""
    for node in module.unguarded:
        yield from _of_node(module, node, declared)


def _of_node(module: Module, node: ast.AST, declared: Declared) -> Iterator[Diagnostic]:
    match node:
        case ast.ImportFrom(level=0, module=str(name)) if _is_earlier(name, declared):
            yield _earlier_package(module.place(node), declared)
        case ast.ImportFrom():
            base = module.imported_from(node)
            if base is not None:
                for alias in node.names:
                    yield from _of_path((*base, alias.name), module.place_of_name(alias), declared)
        case ast.Import():
            for alias in node.names:
                if _is_earlier(alias.name, declared):
                    yield _earlier_package(module.place(alias), declared)
                elif path := module.imported(alias):
                    yield from _of_path(path, module.place_of_name(alias), declared)
        case ast.Attribute(ctx=ast.Load()):
            match module.target(node):
                case (name, _) as path if declared.modules.get(name) is not None:  # else its import is told
                    yield from _of_path(path, module.place_of_name(node), declared)


def _of_path(path: tuple[str, ...], place: Place, declared: Declared) -> Iterator[Diagnostic]:
    """What is wrong with something of the package: a generated module, or a name of one."""
    where, *names = path
    if where not in declared.modules:
        return  # nothing that the spec decides on
    generated = declared.modules[where]
    if generated is None:
        yield findings.unknown_name(f"the package has no {where}.py", place, _WHEN_ABSENT[where])
        return
    for name in names[:1]:
        if name in generated.renamed:
            yield findings.earlier_name(name, generated.renamed[name], place)
        elif name not in generated and name != "*" and not name.startswith("__"):
            help = did_you_mean(name, generated.names)
            yield findings.unknown_name(f"{where}.py has no {name}", place, help)


def _is_earlier(name: str, declared: Declared) -> bool:
    earlier = declared.earlier_package
    return earlier not in (None, declared.package) and name.partition(".")[0] == earlier


def _earlier_package(place: Place, declared: Declared) -> Diagnostic:
    return findings.earlier_package(str(declared.earlier_package), declared.package, place)
