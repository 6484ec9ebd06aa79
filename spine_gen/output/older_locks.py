"""Locks of an older form, as the present one has them.

Version 1 kept the whole spec. Its names come without digests (a name that is still there is the same thing
whatever its digest), and its tables from the stages. Until version 2 a file had one digest, of the whole.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict

from spine_gen.migrations.table_schema import ColumnSchema, TableSchema


class _Named(BaseModel):
    name: str


class _Code(BaseModel):
    code: str


class _Table(BaseModel):
    name: str
    key: tuple[str, ...]
    columns: tuple[ColumnSchema, ...]


class _Stage(BaseModel):
    name: str
    tier: str
    inputs: tuple[Any, ...] = ()
    table: _Table


class _Spec(BaseModel):
    domain: str
    tiers: tuple[str, ...]
    partitions: tuple[_Named, ...]
    anomalies: tuple[_Code, ...] = ()
    stages: tuple[_Stage, ...]
    workflows: tuple[_Named, ...] = ()


class _Version1(BaseModel):
    generator: str
    files: dict[str, str]
    migrations: dict[str, str]
    yours: tuple[str, ...]
    spec: _Spec


class _Version2(BaseModel):
    model_config = ConfigDict(extra="allow")

    files: dict[str, str]


def upgraded(text: str, version: int) -> dict[str, Any]:
    """The fields of a lock whose text is of that version; pydantic's ValidationError where it is none."""
    if version == 2:
        plain = _Version2.model_validate_json(text).model_dump(exclude={"lock"})
        return {**plain, "files": _whole(plain["files"])}
    old = _Version1.model_validate_json(text)
    return {
        **old.model_dump(exclude={"spec", "files"}),
        "files": _whole(old.files),
        "domain": old.spec.domain,
        "tiers": old.spec.tiers,
        "dimensions": {item.name: "" for item in old.spec.partitions},
        "codes": {item.code: "" for item in old.spec.anomalies},
        "stages": {item.name: "" for item in old.spec.stages},
        "workflows": {item.name: "" for item in old.spec.workflows},
        "tables": tuple(_table(stage) for stage in old.spec.stages),
    }


def _whole(files: dict[str, str]) -> dict[str, tuple[str]]:
    return {path: (digest,) for path, digest in files.items()}


def _table(stage: _Stage) -> TableSchema:
    """The table as the generator made it then."""
    table, inputs = stage.table, ("input_min_capture_id", "input_max_capture_id") if stage.inputs else ()
    return TableSchema(
        name=table.name,
        stage=stage.name,
        declared=table.columns,
        added=(
            ColumnSchema(name="partition_key", type="string"),
            *(ColumnSchema(name=name, type="capture") for name in ("capture_id", *inputs)),
        ),
        key=table.key,
        primary_key_name=f"pk_{table.name}",
        view=f"{table.name}_current",
        tier=stage.tier,
    )
