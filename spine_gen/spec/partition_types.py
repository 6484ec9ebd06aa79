"""The runtime's partition types, by the names that a spec has for them."""

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
from spine_gen.spec.language import DraftDimension

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
