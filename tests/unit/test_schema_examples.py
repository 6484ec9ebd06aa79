"""The JSON Schema tells what every property is to whoever writes a spec in an editor, and shows one.

An example is put through its property's own part of the schema. All can be: that part refers to nothing but
the schema's definitions, and only the rest of the spec, which names stages and columns, is not there.
"""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from spine_gen.spec.json_schema import schema_text

SCHEMA = json.loads(schema_text())
DEFINITIONS = SCHEMA["definitions"]
CONDITIONS = ("if", "then", "allOf")  # which keys fit together; they describe no property


def properties(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every property that the schema has, wherever it is nested, by its path."""
    if isinstance(schema, list):
        for place, part in enumerate(schema):
            yield from properties(part, f"{path}/{place}")
    elif isinstance(schema, dict):
        named = schema.get("properties", {})
        for name, part in named.items():
            yield f"{path}/{name}", part
            yield from properties(part, f"{path}/{name}")
        for key, part in schema.items():
            if key not in ("properties", "examples", *CONDITIONS):
                yield from properties(part, path if key == "definitions" else f"{path}/{key}")


def shown(schema: dict[str, Any]) -> dict[str, Any]:
    """A property as editors show it: what it refers to, and what it says itself."""
    if "$ref" not in schema:
        return schema
    return shown(DEFINITIONS[schema["$ref"].rpartition("/")[2]]) | schema


PROPERTIES = dict(properties(SCHEMA))


def test_all_properties_are_found() -> None:
    assert len(PROPERTIES) > 50
    assert {"/step/oneOf/2/else", "/stage/inputs/anyOf/1/additionalProperties/window"} <= {*PROPERTIES}


@pytest.mark.parametrize("path", PROPERTIES)
def test_a_property_has_a_description_and_examples_that_it_allows(path: str) -> None:
    own = shown(PROPERTIES[path])
    assert own.get("description"), "write what it is for"
    assert own.get("examples"), "write an example"
    validator = jsonschema.Draft7Validator({**PROPERTIES[path], "definitions": DEFINITIONS})
    for example in own["examples"]:
        assert [error.message for error in validator.iter_errors(example)] == []


@pytest.mark.parametrize("change", [{"examples": []}, {"description": ""}, {"examples": ["often"]}])
def test_what_is_missing_or_wrong_is_seen(change: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    path = "/check/max_rate"
    monkeypatch.setitem(PROPERTIES, path, PROPERTIES[path] | change)
    with pytest.raises(AssertionError):
        test_a_property_has_a_description_and_examples_that_it_allows(path)
