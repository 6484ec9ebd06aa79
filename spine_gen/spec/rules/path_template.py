"""A path's braces hold dimensions of the partition.

What: a field of the path names no dimension, asks for `.start` or `.end` of what is no time, has a format
that is not understood, or its braces do not match.
Why: the path of every partition is made from it, and nothing else can stand in it.

Bad:

    path: data/{wek}.csv

Good:

    path: data/{week.start:%Y%m%d}.csv
"""

from collections.abc import Iterator

from spine.core.partitions.dimensions import Dimension
from spine.core.partitions.path_templates import check_template
from spine.errors import PartitionError
from spine_gen.diagnostics import Code, Diagnostic, did_you_mean
from spine_gen.source import Span
from spine_gen.spec.language import Draft
from spine_gen.spec.node import Word
from spine_gen.spec.partition_types import dimension_type, dimensions_of_stage
from spine_gen.spec.path_fields import path_fields

CODE = Code("SG316", "a path that partitions cannot fill", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage in draft.stages:
        path = stage.source.path if stage.source else None
        kinds = {each.name.value: dimension_type(each) for each in dimensions_of_stage(draft, stage)}
        dimensions = {name: kind for name, kind in kinds.items() if kind is not None}
        if path is None or not kinds or len(dimensions) < len(kinds):
            continue
        try:
            check_template(path.value, dimensions)
        except PartitionError as error:
            found = list(_fields(draft, path, dimensions))
            yield from found or [_finding(draft, path.span, error)]


def _fields(draft: Draft, path: Word, dimensions: dict[str, Dimension]) -> Iterator[Diagnostic]:
    """Each field by itself, so that all are reported, each at its own place."""
    for field in path_fields(path.value):
        span = path.within(field.start, field.end)
        if field.name and field.name not in dimensions:
            headline = f'"{field.name}" is not a partition dimension'
            yield draft.finding(CODE, span, headline, help=did_you_mean(field.name, dimensions))
            continue
        try:
            check_template(field.text, dimensions)
        except PartitionError as error:
            yield _finding(draft, span, error)


def _finding(draft: Draft, span: Span, error: PartitionError) -> Diagnostic:
    """The runtime's words: what is wrong, a colon, what to do."""
    headline, _, advice = str(error).partition(": ")
    return draft.finding(CODE, span, headline, help=advice or None)
