"""Whether a module of logic uses the row classes as they are: in annotations, and where it makes rows."""

import ast
from collections.abc import Iterator

from spine_gen.diagnostics.diagnostic import Diagnostic
from spine_gen.diagnostics.suggest import did_you_mean
from spine_gen.logic import findings
from spine_gen.logic.declared import CallOf, Declared
from spine_gen.logic.reading import Module


def check_annotations(
    module: Module, function: ast.FunctionDef, call: CallOf, declared: Declared
) -> Iterator[Diagnostic]:
    """Annotations of the called function that name another row class than the rows have, or another form."""
    for parameter in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs):
        expected = call.inputs.get(parameter.arg)
        if expected is None or parameter.annotation is None:
            continue
        if other := _other_form(module, parameter.annotation, call, declared):
            form = "as Arrow" if call.rows == "arrow" else f"as {expected}"
            yield findings.other_row(
                f"{parameter.arg} is annotated with {other}, and its rows come {form}",
                module.place(parameter.annotation),
                f"write {call.parameter(parameter.arg)}",
            )
        elif other := _other(module, parameter.annotation, expected, declared):
            yield findings.other_row(
                f"{parameter.arg} is annotated with {other}, and its rows are {expected}",
                module.place(parameter.annotation),
                f"write {call.parameter(parameter.arg)}",
            )
    if function.returns is not None and (other := _other(module, function.returns, call.row, declared)):
        yield findings.other_row(
            f"{function.name} is annotated to give {other}, and the rows of {call.stage} are {call.row}",
            module.place(function.returns),
            f"write -> Iterator[{call.row}]",
        )


def check_rows(module: Module, declared: Declared) -> Iterator[Diagnostic]:
    """Rows that are made with other fields than their class has."""
    for node in module.nodes:
        if isinstance(node, ast.Call) and (row := _row(module, node.func, declared)):
            certain = not any(isinstance(each, ast.Starred) for each in node.args)
            if certain and all(each.arg is not None for each in node.keywords):
                yield from _check_row(module, node, row, declared.fields[row])


def _check_row(module: Module, call: ast.Call, row: str, fields: tuple[str, ...]) -> Iterator[Diagnostic]:
    place = module.place(call.func)
    if len(call.args) > len(fields):
        headline = f"{row} is made of {len(call.args)} values, and has {_count(fields)}"
        yield findings.wrong_fields(headline, place, f"give {', '.join(fields)}")
        return
    given = [*fields[: len(call.args)]]
    wrong = False
    for keyword in call.keywords:
        name = str(keyword.arg)
        if name not in fields:
            help = did_you_mean(name, fields, otherwise=f"its fields are {', '.join(fields)}")
            yield findings.wrong_fields(f"{row} has no field {name}", module.place_of_name(keyword), help)
            wrong = True
        elif name in given:
            headline = f"{row} is given {name} twice, by position and by name"
            yield findings.wrong_fields(headline, module.place_of_name(keyword), "give it once")
        given.append(name)
    missing = [name for name in fields if name not in given]
    if missing and not wrong:  # else one of them is likely the one that is misspelt
        headline = f"{row} is made without {', '.join(missing)}"
        yield findings.wrong_fields(headline, place, f"give all of {', '.join(fields)}")


def _other(module: Module, annotation: ast.expr, expected: str, declared: Declared) -> str | None:
    """The row classes that an annotation names, where the expected one is not among them."""
    found = [*dict.fromkeys(_rows_in(module, annotation, declared))]
    return None if not found or expected in found else ", ".join(found)


def _other_form(module: Module, annotation: ast.expr, call: CallOf, declared: Declared) -> str | None:
    """What an annotation names that goes with rows in another form than they come in."""
    if call.rows == "arrow":
        others = [*_rows_in(module, annotation, declared)]
        wrong, right = "InputRows", "ArrowRows"
    else:
        others = []
        wrong, right = "ArrowRows", "InputRows"
    named = {module.of_runtime(node) for node in _nodes_in(annotation)}
    found = ([wrong] if wrong in named else []) + others
    return None if right in named or not found else found[0]


def _rows_in(module: Module, annotation: ast.expr, declared: Declared) -> Iterator[str]:
    for node in _nodes_in(annotation):
        if row := _row(module, node, declared):
            yield row


def _nodes_in(annotation: ast.expr) -> Iterator[ast.AST]:
    """Its nodes, those that are quoted too."""
    for node in ast.walk(annotation):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                quoted = ast.parse(node.value, mode="eval").body
            except (SyntaxError, ValueError):
                continue  # a text, as in Literal["one"]
            if not isinstance(quoted, ast.Constant):
                yield from _nodes_in(quoted)
        else:
            yield node


def _row(module: Module, node: ast.AST, declared: Declared) -> str | None:
    """The row class that a name or an attribute stands for."""
    match module.target(node):
        case ("rows", name):
            return declared.row(name)
    return None


def _count(fields: tuple[str, ...]) -> str:
    return "1 field" if len(fields) == 1 else f"{len(fields)} fields"
