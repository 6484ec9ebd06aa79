"""The JSON Schema of the spec language."""

from functools import cache
from pathlib import Path


@cache
def schema_text() -> str:
    """The JSON Schema of the spec language, as shipped."""
    return Path(__file__).with_name("domain-spec.schema.json").read_text("utf-8")
