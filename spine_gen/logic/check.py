"""All that does not fit between a package's logic and what the spec generates; reads no file itself."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from spine_gen.diagnostics.diagnostic import Diagnostic, Place
from spine_gen.logic import findings
from spine_gen.logic.declared import CallOf, Declared, calls_of, declared_by
from spine_gen.logic.names import check_names
from spine_gen.logic.reading import Module, NotPythonError, read_module
from spine_gen.logic.row_classes import check_annotations, check_rows
from spine_gen.logic.signature import check_signature, find_function
from spine_gen.source.position import Span
from spine_gen.spec.language import Spec


@dataclass(frozen=True, kw_only=True)
class LogicFindings:
    """What was found, and the texts of the files that it is about, by path as messages name it."""

    diagnostics: tuple[Diagnostic, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)


NOTHING = LogicFindings()


def logic_paths(spec: Spec) -> tuple[str, ...]:
    """The files that the pipelines import functions from, below the package."""
    return tuple(call.path for call in calls_of(spec))


def check_logic(spec: Spec, files: Mapping[str, bytes], folder: str) -> LogicFindings:
    """Hold the logic that is among a package's files against the spec; `folder` is how messages name it."""
    calls = [call for call in calls_of(spec) if call.path in files]
    if not calls:
        return NOTHING
    declared = declared_by(spec)
    found: list[Diagnostic] = []
    texts: dict[str, str] = {}
    for call in calls:
        path = f"{folder}/{call.path}"
        try:
            module = read_module(files[call.path], path, declared.package)
        except NotPythonError as error:
            wrong = [findings.not_python(error.reason, Place(path=path, span=Span(error.at, error.at)))]
            text = error.text
        else:
            wrong = sorted(_check(module, call, declared), key=Diagnostic.sort_key)
            text = module.text
        if wrong:
            found += wrong
            texts[path] = text
    return LogicFindings(diagnostics=tuple(found), texts=texts)


def _check(module: Module, call: CallOf, declared: Declared) -> Iterator[Diagnostic]:
    yield from check_names(module, declared)
    function = find_function(module, call)
    if isinstance(function, ast.FunctionDef):
        yield from check_signature(module, function, call)
        yield from check_annotations(module, function, call, declared)
    elif function is not None:
        yield function
    yield from check_rows(module, declared)
