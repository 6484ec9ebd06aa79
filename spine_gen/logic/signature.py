"""Whether a module of logic has the function that the pipeline calls, and whether it takes what is passed."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from spine_gen.diagnostics.diagnostic import Diagnostic, Place
from spine_gen.diagnostics.suggest import did_you_mean
from spine_gen.logic import findings
from spine_gen.logic.declared import CallOf
from spine_gen.logic.reading import Function, Module
from spine_gen.source.position import START

_CAPTURE = "make capture: Capture its first parameter"


def find_function(module: Module, call: CallOf) -> ast.FunctionDef | Diagnostic | None:
    """The function that is called, or what is wrong with it; None where it is there, but not certain how."""
    found = module.definitions.get(call.function, [])
    if not found:
        return _missing(module, call)
    (definition, *more) = found
    if more or not isinstance(definition, Function) or definition.decorator_list:
        return None
    if isinstance(definition, ast.FunctionDef):
        return definition
    kind = "a class" if isinstance(definition, ast.ClassDef) else "an async function"
    return findings.no_function(
        f"{call.function} is {kind}, and the pipeline of {call.stage} calls a function",
        module.place_of_name(definition),
        f"write def {call.function}({call.parameters})",
    )


def check_signature(module: Module, function: ast.FunctionDef, call: CallOf) -> Iterator[Diagnostic]:
    """Where the function does not take what the pipeline passes, or requires more."""
    takes = _Parameters.of(function.args)
    yield from _of_capture(module, function, call, takes)
    yield from _of_positions(module, function, call, takes)
    yield from _of_names(module, function, call, takes)


def _of_capture(
    module: Module, function: ast.FunctionDef, call: CallOf, takes: "_Parameters"
) -> Iterator[Diagnostic]:
    passed = f"the pipeline of {call.stage} passes the capture"
    if takes.first is None and not takes.any_position:
        headline = f"{function.name} takes nothing by position, and {passed} so"
        yield findings.wrong_signature(headline, module.place_of_name(function), _CAPTURE)
    elif takes.first is not None and takes.first.arg in call.inputs and not takes.keeps(takes.first):
        headline = f"{function.name} takes {takes.first.arg} first, where {passed}"
        yield findings.wrong_signature(headline, module.place_of_name(takes.first), _CAPTURE)


def _of_positions(
    module: Module, function: ast.FunctionDef, call: CallOf, takes: "_Parameters"
) -> Iterator[Diagnostic]:
    for each in takes.by_position:
        optional = takes.keeps(each) and each not in takes.required
        if each.arg in call.inputs and each is not takes.first and not optional:
            headline = (
                f"{function.name} takes {each.arg} by position only, and the pipeline of {call.stage} passes "
                "it by name"
            )
            help = "put the / right behind the capture"
            yield findings.wrong_signature(headline, module.place_of_name(each), help)


def _of_names(
    module: Module, function: ast.FunctionDef, call: CallOf, takes: "_Parameters"
) -> Iterator[Diagnostic]:
    """Inputs that are not taken, and parameters that are no inputs; one of each is likely a renamed one."""
    name, passed = function.name, f"the pipeline of {call.stage} passes"
    missing = [argument for argument in call.inputs if argument not in takes.names and not takes.any_name]
    surplus = [each for each in takes.required if each.arg not in call.inputs]
    if len(missing) == len(surplus) == 1 and surplus[0] not in takes.by_position:
        headline = f"{name} takes {surplus[0].arg}, but {passed} {missing[0]}"
        help = f"write {call.parameter(missing[0])}"
        yield findings.wrong_signature(headline, module.place_of_name(surplus[0]), help)
        return
    for argument in missing:
        headline = f"{name} does not take {argument}, which {passed}"
        help = f"add the parameter {call.parameter(argument)}"
        yield findings.wrong_signature(headline, module.place_of_name(function), help)
    for each in surplus:
        headline = f"{name} requires {each.arg}, and nothing is passed for it"
        help = f"remove it, give it a default, or declare the input in the spec: {passed} {_all(call)}"
        yield findings.wrong_signature(headline, module.place_of_name(each), help)


@dataclass(frozen=True, kw_only=True)
class _Parameters:
    """A function's parameters by how they are passed."""

    first: ast.arg | None  # the first that a position fills
    by_position: tuple[ast.arg, ...]  # that a position alone fills
    names: frozenset[str]  # of all
    required: tuple[ast.arg, ...]  # without a default, but the first
    any_position: bool
    any_name: bool

    @classmethod
    def of(cls, args: ast.arguments) -> "_Parameters":
        positional = [*args.posonlyargs, *args.args]
        without = positional[: len(positional) - len(args.defaults)]
        named = [
            each for each, default in zip(args.kwonlyargs, args.kw_defaults, strict=True) if default is None
        ]
        first = positional[0] if positional else None
        return cls(
            first=first,
            by_position=tuple(args.posonlyargs),
            names=frozenset(each.arg for each in (*positional, *args.kwonlyargs)),
            required=tuple(each for each in (*without, *named) if each is not first),
            any_position=args.vararg is not None,
            any_name=args.kwarg is not None,
        )

    def keeps(self, parameter: ast.arg) -> bool:
        """Whether something else takes what is passed by the parameter's name."""
        return self.any_name and parameter in self.by_position


def _missing(module: Module, call: CallOf) -> Diagnostic | None:
    if {"*", "__getattr__"} & module.definitions.keys():
        return None
    functions = [
        name
        for name, found in module.definitions.items()
        if any(isinstance(each, ast.FunctionDef) for each in found)
    ]
    return findings.no_function(
        f"there is no {call.function}, which the pipeline of {call.stage} imports from here",
        Place(path=module.path, span=START),
        did_you_mean(call.function, functions, otherwise=f"write def {call.function}({call.parameters})"),
    )


def _all(call: CallOf) -> str:
    names = ["the capture", *call.inputs]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
