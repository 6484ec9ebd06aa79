"""What the JSON Schema finds wrong, as one precise diagnostic for each mistake.

A schema with alternatives reports every branch that did not fit. Here the branch that the author meant is
found first (by the type, then by the keys that are there), and only its errors are reported.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, TypeAlias

from jsonschema import Draft7Validator, ValidationError
from jsonschema.validators import extend

from spine_gen.diagnostics import Diagnostic
from spine_gen.source import Document
from spine_gen.spec import shape_problems as problems
from spine_gen.spec.json_schema import schema_text
from spine_gen.spec.language import Draft
from spine_gen.spec.misspelt_keys import meant_keys
from spine_gen.spec.node import Written
from spine_gen.spec.shape_places import Here

Path: TypeAlias = tuple[str | int, ...]
_ALTERNATIVES = ("anyOf", "oneOf")


def check_shape(document: Document) -> Iterator[Diagnostic]:
    """Everything about the document's shape that the schema does not allow."""
    yield from _diagnose(document, list(_validator().iter_errors(document.root.plain())))


@cache
def _validator() -> Any:
    types = Draft7Validator.TYPE_CHECKER.redefine("integer", _is_integer)
    strict: Any = extend(Draft7Validator, type_checker=types)  # type: ignore[no-untyped-call]
    return strict(json.loads(schema_text(), object_hook=_with_refusals))


def _with_refusals(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema whose `false` for a key, which editors word well, is one whose errors name that key."""
    keys = schema.get("properties")
    if not isinstance(keys, dict):
        return schema
    return {
        **schema,
        "properties": {name: {"not": {}} if key is False else key for name, key in keys.items()},
    }


def _is_integer(_checker: Any, instance: Any) -> bool:
    return isinstance(instance, int) and not isinstance(instance, bool)  # draft 7 itself also takes 6.0


def _diagnose(document: Document, errors: Sequence[ValidationError]) -> Iterator[Diagnostic]:
    """One diagnostic an error: of a key that is refused, nothing else; else of a wrong type, nothing else."""
    said = {tuple(error.absolute_path): "type" for error in errors if error.validator == "type"}
    said |= {tuple(error.absolute_path): "not" for error in errors if error.validator == "not"}
    for error in errors:
        path: Path = tuple(error.absolute_path)
        if said.get(path, error.validator) != error.validator:
            continue
        if "propertyNames" in error.absolute_schema_path:
            path = (*path, str(error.instance))
        here = Here(document=document, path=path, of_key="propertyNames" in error.absolute_schema_path)
        if error.validator in _ALTERNATIVES:
            yield from _alternatives(here, error)
        else:
            yield from _HANDLERS[str(error.validator)](here, error)


def _alternatives(here: Here, error: ValidationError) -> Iterator[Diagnostic]:
    """The errors of the branch that was meant, or that no or several branches were."""
    branches: list[dict[str, Any]] = error.validator_value  # type: ignore[assignment]
    meant = [index for index in range(len(branches)) if _type_fits(error, index)]
    if not meant:
        types = [branch["type"] for branch in branches]
        every = [name for one in types for name in ([one] if isinstance(one, str) else one)]
        yield problems.wrong_type(here, error.instance, every)
        return
    if isinstance(error.instance, dict) and all("required" in branch for branch in branches):
        keys = [branch["required"][0] for branch in branches]
        found = [index for index in meant if keys[index] in error.instance]
        known = _known_keys(error, branches)
        misspelt = meant_keys(error.instance, known)
        if not found and (written := next((misspelt[key] for key in keys if key in misspelt), None)):
            yield problems.unknown_key(here, written, known)
            return
        if len(found) != 1:
            yield problems.wrong_kind(here, keys, [keys[index] for index in found])
            return
        meant = found
    chosen = [suberror for suberror in error.context or () if suberror.schema_path[0] in meant]
    yield from _diagnose(here.document, chosen)


def _type_fits(error: ValidationError, index: int) -> bool:
    return not any(
        suberror.schema_path[0] == index and suberror.validator == "type" and not suberror.path
        for suberror in error.context or ()
    )


def _required(here: Here, error: Any) -> Iterator[Diagnostic]:
    misspelt = meant_keys(error.instance, error.schema.get("properties") or _declared_keys(here.path))
    for name in error.validator_value:
        if name not in error.instance and name not in misspelt:
            yield problems.missing_key(here, name)


def _declared_keys(path: Path) -> tuple[str, ...]:
    """The keys of the node at a path, which a rule on some of its keys does not list."""
    cls: type[Written] = Draft
    steps = iter(path)
    for step in steps:
        part = cls.PARTS.get(str(step))
        if part is None:
            return ()
        cls = part
        if part.NAME:
            next(steps, None)
    return tuple(cls.FIELDS)


def _known_keys(error: ValidationError, branches: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """The keys of what has the alternatives, or of all of them."""
    schema: Any = error.schema
    owners = (schema,) if "properties" in schema else branches
    return tuple(dict.fromkeys(key for owner in owners for key in owner["properties"]))


def _additional(here: Here, error: Any) -> Iterator[Diagnostic]:
    known = tuple(error.schema["properties"])
    for name in error.instance:
        if name not in known:
            yield problems.unknown_key(here, name, known)


def _type(here: Here, error: Any) -> Iterator[Diagnostic]:
    expected = error.validator_value
    types = [expected] if isinstance(expected, str) else expected
    yield problems.wrong_type(here, error.instance, types, error.schema)


def _enum(here: Here, error: Any) -> Iterator[Diagnostic]:
    yield problems.wrong_value(here, error.instance, error.validator_value)


def _const(here: Here, error: Any) -> Iterator[Diagnostic]:
    yield problems.wrong_value(here, error.instance, [error.validator_value])


def _pattern(here: Here, error: Any) -> Iterator[Diagnostic]:
    yield problems.bad_name(here, error.instance, error.validator_value)


def _range(here: Here, error: Any) -> Iterator[Diagnostic]:
    schema = error.schema
    yield problems.out_of_range(here, error.instance, schema.get("minimum"), schema.get("maximum"))


def _empty(here: Here, _error: Any) -> Iterator[Diagnostic]:
    yield problems.empty(here, "add at least one item")


def _empty_text(here: Here, _error: Any) -> Iterator[Diagnostic]:
    yield problems.empty(here, "write a text")


def _too_long(here: Here, error: Any) -> Iterator[Diagnostic]:
    yield problems.too_long(here, error.instance, error.validator_value)


def _repeated(here: Here, error: Any) -> Iterator[Diagnostic]:
    yield from problems.repeated_items(here, error.instance)


def _inapplicable(here: Here, _error: Any) -> Iterator[Diagnostic]:
    *parent, name = here.path  # no value is allowed there
    yield problems.inapplicable_key(Here(document=here.document, path=tuple(parent)), str(name))


_HANDLERS: dict[str, Callable[[Here, ValidationError], Iterator[Diagnostic]]] = {
    "required": _required,
    "additionalProperties": _additional,
    "type": _type,
    "enum": _enum,
    "const": _const,
    "pattern": _pattern,
    "minimum": _range,
    "maximum": _range,
    "minItems": _empty,
    "minProperties": _empty,
    "minLength": _empty_text,
    "maxLength": _too_long,
    "uniqueItems": _repeated,
    "not": _inapplicable,
}
