"""What a spec names that can be renamed, each with a digest of what is declared under it, and its tables.

The lock keeps them of the last build. By the digests a later build can tell what was most likely renamed from
what is gone; tables and columns have their schema for that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from pydantic_core import to_json

from spine_gen.migrations.partition_keys import key_forms
from spine_gen.migrations.table_schema import TableSchema, tables_of
from spine_gen.spec.language import Spec
from spine_gen.spec.node import Valid, given_fields


@dataclass(frozen=True, kw_only=True)
class Names:
    """Of one spec, as it was or is."""

    domain: str
    tiers: tuple[str, ...]
    keys: Mapping[str, str]  # what values each dimension has; of none where an older build left none
    dimensions: Mapping[str, str]  # names with digests, as the next three
    codes: Mapping[str, str]
    stages: Mapping[str, str]
    workflows: Mapping[str, str]
    tables: tuple[TableSchema, ...]


def declared_names(spec: Spec) -> dict[str, set[str]]:
    """The names of the spec's codes, dimensions and workflows, by the fields that hold them."""
    return {
        "codes": {item.code for item in spec.anomalies},
        "dimensions": {item.name for item in spec.partitions},
        "workflows": {item.name for item in spec.workflows},
    }


def names_of(spec: Spec) -> Names:
    """Those of the spec as it is."""
    return Names(
        domain=spec.domain,
        tiers=tuple(tier.name for tier in spec.tiers),
        keys=key_forms(spec.partitions),
        dimensions={item.name: _digest(item, "name") for item in spec.partitions},
        codes={item.code: _digest(item, "code") for item in spec.anomalies},
        stages={item.name: _digest(item, "name") for item in spec.stages},
        workflows={item.name: _digest(item, "name") for item in spec.workflows},
        tables=tables_of(spec),
    )


def _digest(node: Valid, name: str) -> str:
    """Of all that is declared under a name; without defaults, so that a new option changes no digest."""
    declared = _plain(node)
    del declared[name]
    return sha256(to_json(declared)).hexdigest()


def _plain(value: Any) -> Any:
    """A node as plain data, by the keys of the spec, but for what it was called before and its examples."""
    if isinstance(value, Valid):
        given = given_fields(value).items()
        return {key: _plain(part) for key, part in given if key not in ("renamed_from", "examples")}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
