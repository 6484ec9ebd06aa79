"""The JSON Schema of the spec language."""

from functools import cache
from importlib import resources


@cache
def schema_text() -> str:
    """The JSON Schema of the spec language, as shipped."""
    return resources.files("spine_gen.spec").joinpath("domain-spec.schema.json").read_text("utf-8")
