"""What of a spec the lock keeps: the names of all that can be renamed, each with a digest, and the tables.

By the digests a later build can tell what was most likely renamed from what is gone; tables and columns have
their schema for that.
"""

from hashlib import sha256
from typing import Any

from pydantic_core import to_json

from spine_gen.migrations.table_schema import tables_of
from spine_gen.spec.language import Spec
from spine_gen.spec.node import Valid, given_fields


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


def _digest(node: Valid, name: str) -> str:
    """Of all that is declared under a name; without defaults, so that a new option changes no digest."""
    declared = _plain(node)
    del declared[name]
    return sha256(to_json(declared)).hexdigest()


def _plain(value: Any) -> Any:
    """A node as plain data, by the keys of the spec."""
    if isinstance(value, Valid):
        return {key: _plain(part) for key, part in given_fields(value).items()}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
