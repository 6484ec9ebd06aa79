"""A path differs between partitions.

What: the path of a source does not mention one of the partition's dimensions, or only by a date format that
is the same for several of its values, such as the month of a day; and its `rows` do not have it either.
Why: several partitions would read the same file, and count it twice. By `rows`, each reads its own of them.

Bad:

    partitions:
      market: {type: enum, values: [NYSE, NASDAQ]}
      date:   {type: date}
    ...
    path: data/{date}.csv

Good:

    path: data/{market}/{date}.csv

Or, where one file has all markets:

    path: data/{date}.csv
    rows: {market: venue}
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from spine.core.partitions.path_templates import check_template, expand_template
from spine.core.partitions.times import Temporal
from spine.errors import PartitionError
from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft, DraftDimension
from spine_gen.spec.node import Word
from spine_gen.spec.partition_types import TEMPORAL, dimensions_of_stage
from spine_gen.spec.path_fields import PathField, path_fields

CODE = Code("SG317", "a path that is the same for several partitions", explanation=__doc__)
_DAYS = ({*"Ymd"}, {*"ymd"}, {*"Yj"}, {*"yj"})  # formats that are enough for every kind
# Enough of each kind, one after the other, to see every way in which a format repeats itself.
_SEEN = {"date": 800, "iso_week": 120, "month": 30, "quarter": 10, "year": 3}


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage in draft.stages:
        path = stage.source.path if stage.source else None
        if path is None:
            continue
        dimensions = dimensions_of_stage(draft, stage)
        names = {dimension.name.value for dimension in dimensions}
        fields = path_fields(path.value)
        if any(field.name not in names for field in fields) or path.value.count("{") != path.value.count("}"):
            continue  # a misspelt field, which path_template reports
        by_rows = {one.dimension.value for one in stage.source.rows} if stage.source else set()
        if not by_rows <= names:
            continue  # which source_rows reports
        for dimension in dimensions:
            if dimension.name.value in by_rows:
                continue
            own = [field for field in fields if field.name == dimension.name.value]
            yield from _repeated(draft, path, dimension, own) if own else _missing(draft, path, dimension)


def _missing(draft: Draft, path: Word, dimension: DraftDimension) -> Iterator[Diagnostic]:
    yield draft.finding(
        CODE,
        path.span,
        f'the path is the same for every "{dimension.name.value}"',
        also=((dimension.name.span, "the dimension"),),
        help=f"put {{{dimension.name.value}}} into the path, or tell its rows by a column: rows: "
        f"{{{dimension.name.value}: COLUMN}}",
    )


def _repeated(
    draft: Draft, path: Word, dimension: DraftDimension, fields: Sequence[PathField]
) -> Iterator[Diagnostic]:
    kind, name = _kind(dimension), dimension.name.value
    if kind is None or _has_day(fields):
        return
    template = "/".join(field.text for field in fields)
    try:
        check_template(template, {name: kind})
    except PartitionError:
        return  # which path_template reports
    seen: dict[str, str] = {}
    for value in _values(dimension, kind):
        text = expand_template(template, {name: value})
        if text in seen:
            yield draft.finding(
                CODE,
                path.within(fields[0].start, fields[0].end),
                f'the path is the same for "{seen[text]}" and "{value}"',
                also=((dimension.name.span, "the dimension"),),
                help=f"write {{{name}}}, or a date format that tells them apart",
            )
            return
        seen[text] = str(value)


def _has_day(fields: Sequence[PathField]) -> bool:
    """Whether a whole day stands in the path, which no two partitions share; seen without trying them."""
    directives = {letter for field in fields for letter in re.findall(r"%(.)", field.text)}
    return any(":" not in field.text for field in fields) or any(day <= directives for day in _DAYS)


@dataclass(frozen=True, slots=True)
class _Value:
    text: str
    start: date
    end: date

    def __str__(self) -> str:
        return self.text


def _kind(dimension: DraftDimension) -> Temporal | None:
    """The dimension in time with its bounds, where these are right."""
    made = TEMPORAL.get(dimension.type.value) if dimension.type else None
    if made is None:
        return None
    try:
        return made(
            start=dimension.start.value if dimension.start else None,
            end=dimension.end.value if dimension.end else None,
        )
    except PartitionError:
        return made()  # partition_bounds and partition_order say what is wrong


def _values(dimension: DraftDimension, kind: Temporal) -> Iterator[_Value]:
    assert dimension.type is not None
    first = kind.first_number if kind.start else kind.number(kind.example)
    last = min(kind.last_number, first + _SEEN[dimension.type.value])
    for number in range(first, last + 1):
        yield _Value(kind.value(number), kind.first_day(number), kind.last_day(number))
