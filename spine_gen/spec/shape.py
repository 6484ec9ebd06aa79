"""What the JSON Schema finds wrong, as one precise diagnostic for each mistake.

A schema with alternatives reports every branch that did not fit. Here the branch that the author meant is found
first (by the type, then by the keys that are there), and only its errors are reported.
"""

import json
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from typing import Any, TypeAlias

from jsonschema import Draft7Validator, ValidationError

from spine_gen.diagnostics import Diagnostic
from spine_gen.source import Document
from spine_gen.spec import shape_problems as problems
from spine_gen.spec.shape_problems import Here

Path: TypeAlias = tuple[str | int, ...]
_ALTERNATIVES = ("anyOf", "oneOf")


@cache
def schema_text() -> str:
    """The JSON Schema of the spec language, as shipped."""
    return resources.files("spine_gen.spec").joinpath("domain-spec.schema.json").read_text("utf-8")


def check_shape(document: Document) -> Iterator[Diagnostic]:
    """Everything about the document's shape that the schema does not allow."""
    validator = _STRICT(json.loads(schema_text()))
    yield from _diagnose(document, list(validator.iter_errors(document.root.plain())))


def _strict_integer(_checker: Any, instance: Any) -> bool:
    return isinstance(instance, int) and not isinstance(instance, bool)  # the draft also takes 6.0


def _strict_validator() -> Any:
    from jsonschema.validators import extend  # noqa: PLC0415

    return extend(
        Draft7Validator, type_checker=Draft7Validator.TYPE_CHECKER.redefine("integer", _strict_integer)
    )


_STRICT = _strict_validator()


def _diagnose(document: Document, errors: Sequence[ValidationError]) -> Iterator[Diagnostic]:
    """One diagnostic an error; where a value has the wrong type, nothing else is said about it."""
    mistyped = {tuple(error.absolute_path) for error in errors if error.validator == "type"}
    for error in errors:
        path: Path = tuple(error.absolute_path)
        if error.validator != "type" and path in mistyped:
            continue
        here = Here(document=document, path=path)
        if error.validator in _ALTERNATIVES:
            yield from _alternatives(here, error)
        else:
            yield from _one(here, error)


def _alternatives(here: Here, error: ValidationError) -> Iterator[Diagnostic]:
    """The errors of the branch that was meant, or that no or several branches were."""
    branches = error.validator_value
    meant = [index for index, branch in enumerate(branches) if _type_fits(branch, error, index)]
    if not meant:
        yield problems.wrong_type(
            here, error.instance, [name for branch in branches for name in _types(branch)]
        )
        return
    if isinstance(error.instance, dict) and all("required" in branch for branch in branches):
        keys = [branch["required"][0] for branch in branches]
        found = [index for index in meant if keys[index] in error.instance]
        if len(found) != 1:
            yield problems.wrong_kind(here, keys, [keys[index] for index in found])
            return
        meant = found
    chosen = [suberror for suberror in error.context or () if suberror.schema_path[0] in meant]
    yield from _diagnose(here.document, chosen)


def _types(branch: dict[str, Any]) -> list[str]:
    declared = branch.get("type", [])
    return [declared] if isinstance(declared, str) else declared


def _type_fits(branch: dict[str, Any], error: ValidationError, index: int) -> bool:
    return not any(
        suberror.schema_path[0] == index and suberror.validator == "type" and not suberror.path
        for suberror in error.context or ()
    )


def _one(here: Here, error: ValidationError) -> Iterator[Diagnostic]:
    """The diagnostics of an error without alternatives."""
    value, limit = error.instance, error.validator_value
    if "propertyNames" in error.absolute_schema_path:
        here = Here(document=here.document, path=(*here.path, value), of_key=True)
    match error.validator:
        case "required":
            for name in limit:
                if name not in value:
                    yield problems.missing_key(here, name)
        case "additionalProperties":
            for name in value:
                if name not in error.schema["properties"]:
                    yield problems.unknown_key(here, name, tuple(error.schema["properties"]))
        case "type":
            yield problems.wrong_type(here, value, [limit] if isinstance(limit, str) else limit)
        case "enum" | "const":
            yield problems.wrong_value(here, value, [limit] if error.validator == "const" else limit)
        case "pattern":
            yield problems.bad_name(here, value, limit)
        case "minimum" | "maximum":
            yield problems.out_of_range(here, value, error.schema.get("minimum"), error.schema.get("maximum"))
        case "minItems" | "minProperties" | "minLength":
            yield problems.empty(here)
        case "maxLength":
            yield problems.too_long(here, value, limit)
        case "uniqueItems":
            yield from problems.repeated_items(here, value)
        case None:  # a schema of `false`: the key has no place here
            yield problems.inapplicable_key(here, str(error.schema_path[-1]))
        case _:
            raise AssertionError(f"the schema's {error.validator} has no diagnostic")
