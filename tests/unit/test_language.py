"""The language's declarations and its JSON Schema say the same, wherever both say something."""

import dataclasses
import json
from collections.abc import Iterator
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pytest

from spine_gen.spec.json_schema import schema_text
from spine_gen.spec.language import Draft
from spine_gen.spec.node import AnyText, AsWritten, Constant, Filled, Located, LocatedData, Written

SCHEMA = json.loads(schema_text())
DATA = {"data": True}  # of any form, as far as the declarations go
OF_ANY_FORM = ("given", "expect", "anomalies")
LEAVES: dict[Any, dict[str, Any]] = {
    bool: {"type": "boolean"},
    LocatedData: DATA,
    str: {"type": "string"},
    Filled: {"type": "string", "filled": True},
    AsWritten: {"type": ["string", "number"]},
    AnyText: {"type": ["string", "number", "boolean", "null"]},
    int: {"type": "integer"},
    float: {"type": "number"},
    Constant: {"type": ["string", "number", "boolean"]},
}


def declared_node(cls: type[Written]) -> dict[str, Any]:
    """Each key with what may stand there, and whether it has to be there."""
    fields = {field.name: field for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    return {key: declared_field(fields[name]) for key, name in cls.FIELDS.items()}


def declared_field(field: dataclasses.Field[Any]) -> dict[str, Any]:
    drafted, _ = get_args(field.type)
    empty = field.default in (dataclasses.MISSING, None, ())
    found = declared_value(drafted) | {"required": field.default is dataclasses.MISSING}
    return found if empty else found | {"default": field.default}


def declared_value(drafted: Any) -> dict[str, Any]:
    if get_origin(drafted) is tuple:
        inner = get_args(drafted)[0]
        if isinstance(inner, type) and issubclass(inner, Written) and inner.NAME:
            return {"named": declared_node(inner)} | dict(in_place(inner))
        return {"type": "array", "items": declared_value(inner)}
    if get_origin(drafted) in (Union, UnionType):
        present = [option for option in get_args(drafted) if option is not type(None)]
        if len(present) > 1:
            return {"options": [declared_node(option) for option in present]}
        return declared_value(present[0])
    if drafted in (bool, LocatedData) or get_origin(drafted) is Located:
        (leaf,) = get_args(drafted) or (drafted,)
        return {"enum": [*get_args(leaf)]} if get_origin(leaf) is Literal else LEAVES[leaf]
    return {"keys": declared_node(drafted)} | dict(in_place(drafted))


def in_place(cls: type[Written]) -> Iterator[tuple[str, Any]]:
    """What may stand in place of a node."""
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]
        if field.name in cls.TEXT_FOR[:1]:
            yield "in place", declared_value(get_args(field.type)[0])


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    return resolved(SCHEMA["definitions"][schema["$ref"].rpartition("/")[2]])


def node_of(schema: dict[str, Any]) -> dict[str, Any]:
    assert schema["additionalProperties"] is False, schema
    required = schema.get("required", [])
    assert set(required) <= set(schema["properties"])
    return {
        key: (DATA if key in OF_ANY_FORM and "partition" in schema["properties"] else value_of(part))
        | {"required": key in required}
        | default_of(part)
        for key, part in schema["properties"].items()
    }


def default_of(schema: dict[str, Any]) -> dict[str, Any]:
    return {"default": schema["default"]} if "default" in schema else {}


def value_of(schema: dict[str, Any]) -> dict[str, Any]:  # noqa: PLR0912  # a form a case
    found: dict[str, Any]
    match resolved(schema):
        case {"const": value}:
            found = {"enum": [value]}
        case {"enum": values}:
            found = {"enum": values}
        case {"anyOf": [{"type": "string" | ["string", "number", *_]} as short, full]}:
            found = value_of(full) | {"in place": value_of(short)}  # a shorter form beside the node
        case {"anyOf": [{"type": "array", "items": _}, full]}:  # names alone
            found = value_of(full)
        case {"anyOf": [one, {"type": "array", "items": items} as full]} if one == items:  # one of them
            found = value_of(full)
        case {"type": "array", "items": items}:
            found = {"type": "array", "items": value_of(items)}
        case {"properties": _} as node:
            found = {"keys": node_of(node)}
        case {"additionalProperties": {"type": "string"} as short}:  # a name, and a text for it
            found = {"named": {}, "in place": value_of(short)}
        case {"additionalProperties": dict() as inner}:
            found = {"named": node_of(resolved(inner))}
        case {"oneOf": options}:
            found = {"options": [node_of(option) for option in options]}
        case {"type": list() as kinds}:
            found = {"type": kinds}
        case {"type": kind, "minLength": 1}:
            found = {"type": kind, "filled": True}
        case {"type": kind}:
            found = {"type": kind}
        case _:
            raise AssertionError(schema)
    return found


def test_they_agree_about_every_key_type_default_and_list_of_values() -> None:
    assert declared_node(Draft) == node_of(SCHEMA)


@pytest.mark.parametrize(
    ("path", "change"),
    [
        (("stage", "properties"), {"retries": {"type": "integer"}}),
        (("check", "properties", "max_rate"), {"type": "integer"}),
        (("check", "properties", "action"), {"enum": ["record", "drop"]}),
        (("check",), {"required": ["code", "when"]}),
        (("source", "properties", "quote"), {"default": "'"}),
    ],
)
def test_where_they_differ_is_seen(
    path: tuple[str, ...], change: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = json.loads(schema_text())
    place = changed["definitions"]
    for part in path:
        place = place[part]
    place.update(change)
    monkeypatch.setitem(SCHEMA, "definitions", changed["definitions"])
    assert declared_node(Draft) != node_of(SCHEMA)
