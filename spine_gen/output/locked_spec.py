"""What of a spec the lock keeps: the names of all that can be renamed, each with a digest, and the tables.

By the digests a later build can tell what was most likely renamed from what is gone; tables and columns have
their schema for that.
"""

from hashlib import sha256
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_json

from spine_gen.migrations.schema import tables_of
from spine_gen.spec.model import Spec


def names_and_tables(spec: Spec) -> dict[str, Any]:
    """Those fields of the lock."""
    return {
        "domain": spec.domain,
        "tiers": spec.tiers,
        "dimensions": {item.name: _digest(item, "name") for item in spec.partitions},
        "codes": {item.code: _digest(item, "code") for item in spec.anomalies},
        "stages": {item.name: _digest(item, "name") for item in spec.stages},
        "workflows": {item.name: _digest(item, "name") for item in spec.workflows},
        "tables": tables_of(spec),
    }


def _digest(node: BaseModel, name: str) -> str:
    """Of all that is declared under a name; without defaults, so that a new option changes no digest."""
    declared = _declared(node)
    del declared[name]
    return sha256(to_json(declared)).hexdigest()


def _declared(node: BaseModel) -> dict[str, Any]:
    """A node as plain data without its defaults, but with the `kind` that says which of several it is."""
    fields = type(node).model_fields
    values = {name: getattr(node, name) for name in fields}
    return {
        name: _plain(value)
        for name, value in values.items()
        if name == "kind" or value != fields[name].get_default()
    }


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return _declared(value)
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
