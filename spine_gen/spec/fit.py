"""Whether a document fits the JSON Schema, quickly: the only module that imports jsonschema-rs.

It answers yes or no; what does not fit, and why, is for ``shape`` to say. Where the two could judge
differently it says no, so that ``shape`` has the last word.
"""

import json
from functools import cache
from typing import Any

from jsonschema_rs import Draft7Validator

from spine_gen.source import Document
from spine_gen.spec.json_schema import schema_text

_EXACT = 2**53  # beyond it, not every integer is a number of JSON that every library reads alike


def fits_schema(document: Document) -> bool:
    """Whether the document certainly fits; False also where that cannot be told."""
    value = document.root.plain()
    return _is_plain(value) and _validator().is_valid(value)


@cache
def _validator() -> Draft7Validator:
    return Draft7Validator(json.loads(schema_text()))


def _is_plain(value: Any) -> bool:
    """Whether every library sees the same in it: draft 7 takes 6.0 for an integer, and we do not."""
    match value:
        case dict():
            return all(map(str.isprintable, value)) and all(map(_is_plain, value.values()))
        case list():
            return all(map(_is_plain, value))
        case float():
            return not value.is_integer() and abs(value) < _EXACT
        case bool() | None:
            return True
        case int():
            return abs(value) < _EXACT
    return str.isprintable(value.replace("\n", ""))
