"""The runtime's partition types, by the names that a spec has for them, and a domain's partitions."""

from collections.abc import Iterable
from typing import Any, TypeAlias

from spine.core.partitions.dimensions import (
    Date,
    Dimension,
    Enum,
    IsoWeek,
    Month,
    Quarter,
    String,
    Temporal,
    Year,
)
from spine.core.partitions.partitioning import Partitioning
from spine.errors import PartitionError
from spine_gen.spec.language import DraftDimension, Spec

_Written: TypeAlias = tuple[str, str | None, dict[str, Any]]  # name, type, and what else is given

TEMPORAL: dict[str, type[Temporal]] = {
    "date": Date,
    "iso_week": IsoWeek,
    "month": Month,
    "quarter": Quarter,
    "year": Year,
}


def dimension_type(dimension: DraftDimension) -> Dimension | None:
    """The kind of dimension, without its bounds, values or pattern; None where the type is unknown."""
    kind = dimension.type.value if dimension.type else None
    if kind in TEMPORAL:
        return TEMPORAL[kind]()
    if kind == "enum":
        return Enum(values=("VALUE",))
    return String() if kind == "string" else None


def partitioning_of(dimensions: Iterable[DraftDimension]) -> Partitioning | None:
    """The domain's partitions; None where a dimension is misshapen or wrong."""
    return _partitioning(
        (
            item.name.value,
            item.type.value if item.type else None,
            {
                "start": item.start and item.start.value,
                "end": item.end and item.end.value,
                "values": tuple(word.value for word in item.values),
                "pattern": item.pattern and item.pattern.value,
            },
        )
        for item in dimensions
    )


def partitions_of(spec: Spec) -> Partitioning:
    """The partitions of a valid spec."""
    found = _partitioning(
        (
            item.name,
            item.type,
            {"start": item.start, "end": item.end, "values": item.values, "pattern": item.pattern},
        )
        for item in spec.partitions
    )
    assert found is not None
    return found


def suggested_key(partitions: Partitioning) -> str | None:
    """A key that anybody might take for an example; None where a dimension may hold any text."""
    values = {name: _suggested(one) for name, one in partitions.dimensions.items()}
    known = {name: value for name, value in values.items() if value is not None}
    return partitions.key_of(known) if len(known) == len(values) else None


def _partitioning(dimensions: Iterable[_Written]) -> Partitioning | None:
    found: dict[str, Dimension] = {}
    try:
        for name, kind, given in dimensions:
            if kind in TEMPORAL:
                found[name] = TEMPORAL[kind](start=given["start"], end=given["end"])
            elif kind == "enum":
                found[name] = Enum(values=given["values"])
            elif kind == "string":
                found[name] = String(pattern=given["pattern"])
            else:
                return None
        return Partitioning(**found)
    except PartitionError:
        return None  # the rules about partitions say what is wrong


def _suggested(dimension: Dimension) -> str | None:
    if isinstance(dimension, String):
        return None
    try:
        dimension.check(dimension.example)
    except PartitionError:
        assert not isinstance(dimension, Enum)
        return dimension.start or dimension.end
    return dimension.example
