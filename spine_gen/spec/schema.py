"""The JSON Schema of the spec language, as shipped, and the keys that it knows."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from spine_gen.diagnostics import near_names


@cache
def schema_text() -> str:
    """The JSON Schema of the spec language, as shipped."""
    return Path(__file__).with_name("domain-spec.schema.json").read_text("utf-8")


@cache
def meant_key(written: str) -> str | None:
    """The key of the language that an unknown one most likely stands for; None for a key that is known."""
    known = _known_keys()
    return None if written in known else next(iter(near_names(written, known)), None)


@cache
def _known_keys() -> frozenset[str]:
    return frozenset(_keys(json.loads(schema_text())))


def _keys(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", ())
        for part in schema.values():
            yield from _keys(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _keys(part)
