"""The runtime's partition types, by the names that a spec has for them, and a domain's partitions."""

from collections.abc import Iterable
from typing import Any, TypeAlias

from spine.core.partitions.dimensions import Dimension, Enum, String
from spine.core.partitions.partitioning import Partitioning
from spine.core.partitions.times import Date, IsoWeek, Month, Quarter, Temporal, Year
from spine.errors import PartitionError
from spine_gen.spec.language import (
    Dimension as ValidDimension,
)
from spine_gen.spec.language import Draft, DraftDimension, DraftInput, DraftStage, PartitionType, Spec, Stage
from spine_gen.spec.node import Located, Word

_Written: TypeAlias = tuple[str, str | None, dict[str, Any]]  # name, type, and what else is given

TEMPORAL: dict[str, type[Temporal]] = {
    "date": Date,
    "iso_week": IsoWeek,
    "month": Month,
    "quarter": Quarter,
    "year": Year,
}


GRAIN_TYPES: dict[str, PartitionType] = {  # by the word for it
    "day": "date",
    "week": "iso_week",
    "month": "month",
    "quarter": "quarter",
    "year": "year",
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


def partitions_of(spec: Spec, stage: Stage | None = None) -> Partitioning:
    """The partitions of a valid spec, or of one of its stages."""
    found = _partitioning(
        (
            item.name,
            item.type,
            {"start": item.start, "end": item.end, "values": item.values, "pattern": item.pattern},
        )
        for item in spec.partitions
    )
    assert found is not None
    return found if stage is None or not stage.by else found.by(*stage.by)


def partitioning_of_stage(draft: Draft, stage: DraftStage) -> Partitioning | None:
    """The partitions of a stage; None where they cannot be told, which rules report."""
    return partitioning_of(dimensions_of_stage(draft, stage)) if draft.partitions else None


def partitioning_of_input(draft: Draft, item: DraftInput) -> Partitioning | None:
    """The partitions of the stage that an input is; None where they cannot be told, which rules report."""
    home, stage = draft.home(item), draft.read(item)
    return None if home is None or stage is None else partitioning_of_stage(home, stage)


def are_partitioned_alike(draft: Draft, stage: DraftStage, item: DraftInput) -> bool:
    """Whether a stage and the one that an input is have the same partitions, as far as can be told."""
    read = draft.read(item)
    if read is None or (draft.home(item) is draft and read.by == stage.by):
        return True
    home = draft.home(item) or draft
    if home is not draft and any(one.calendar for one in (*home.partitions, *draft.partitions)):
        return False  # each of the two has its days from a build of its own
    return partitioning_of_input(draft, item) == partitioning_of_stage(draft, stage)


def dimensions_of_stage(draft: Draft, stage: DraftStage) -> tuple[DraftDimension, ...]:
    """What a stage is partitioned by, as if it were declared so; none where that cannot be told."""
    if "by" not in stage.keys:
        return draft.partitions
    declared = {item.name.value: item for item in draft.partitions}
    found = (declared.get(word.value) or _in_grain(draft, word) for word in stage.by)
    dimensions = tuple(item for item in found if item is not None)
    return dimensions if len(dimensions) == len(stage.by) else ()


def dimensions_of(spec: Spec, stage: Stage) -> tuple[ValidDimension, ...]:
    """What a stage of a valid spec is partitioned by, as if it were declared so."""
    declared = {item.name: item for item in spec.partitions}
    if not stage.by:
        return spec.partitions
    made = partitions_of(spec, stage).dimensions
    return tuple(declared.get(name) or _as_declared(name, made[name]) for name in stage.by)


def _as_declared(name: str, time: Dimension) -> ValidDimension:
    assert isinstance(time, Temporal)
    return ValidDimension(name=name, type=GRAIN_TYPES[name], start=time.start, end=time.end)


def _in_grain(draft: Draft, word: Word) -> DraftDimension | None:
    whole = partitioning_of(draft.partitions)
    if whole is None or word.value not in GRAIN_TYPES:
        return None
    try:
        time = whole.by(word.value).dimensions[word.value]
    except PartitionError:
        return None

    def located(text: str | None) -> Word | None:
        return None if text is None else Located(text, word.node)

    assert isinstance(time, Temporal)
    kind: Located[PartitionType] = Located(GRAIN_TYPES[word.value], word.node)
    bounds = {"start": located(time.start), "end": located(time.end)}
    made: Any = DraftDimension
    dimension: DraftDimension = made(
        name=word, type=kind, **bounds, values=(), pattern=None, calendar=None, renamed_from=None
    )
    vars(dimension).update(head=word.node, keys={}, partly=frozenset())
    return dimension


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
