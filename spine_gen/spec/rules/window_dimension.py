"""A window needs exactly one dimension of time.

What: an input has a window of more than one partition, a condition asks for a `window(STAGE, N)` of more, or
a check compares with PREVIOUS(…), but the stage's partitions have no dimension of type date, iso_week, month,
quarter or year, or have two.
Why: a window is the current partition and those before it, and PREVIOUS is of one before; before in what,
only one dimension of time says.

Bad:

    partitions:
      market: {type: enum, values: [NYSE, NASDAQ]}
    ...
    inputs: {LOAD: {window: 5}}

Good:

    partitions:
      market: {type: enum, values: [NYSE, NASDAQ]}
      date:   {type: date}
    ...
    inputs: {LOAD: {window: 5}}
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.source import Span
from spine_gen.spec.conditions import calls_of
from spine_gen.spec.language import Draft, DraftStage
from spine_gen.spec.partition_types import (
    TEMPORAL,
    are_partitioned_alike,
    dimension_type,
    dimensions_of_stage,
)
from spine_gen.spec.sql_reports import having_reports

CODE = Code("SG315", "a window without one dimension of time", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage, length, span in _windows(draft):
        if length > 1:
            what = f"a window of {length} partitions means nothing"
            yield from _without_time(draft, stage, span, what, "remove the window")
    for stage in draft.stages:
        for word, report in having_reports(stage):
            if report.previous is not None:
                span = word.within(*report.previous)
                yield from _without_time(
                    draft, stage, span, "PREVIOUS means nothing", "compare with a number"
                )


def _without_time(
    draft: Draft, stage: DraftStage, span: Span, what: str, instead: str
) -> Iterator[Diagnostic]:
    dimensions = dimensions_of_stage(draft, stage)
    if not dimensions or any(dimension_type(dimension) is None for dimension in dimensions):
        return  # of a type that is missing or misspelt, nothing is known
    times = [dimension for dimension in dimensions if dimension.type and dimension.type.value in TEMPORAL]
    if len(times) == 1:
        return
    why = "there are two dimensions of time" if times else "there is no dimension of time"
    yield draft.finding(
        CODE,
        span,
        f"{what}: {why}",
        also=[(dimension.name.span, "one of them") for dimension in times[:2]],
        help=f"{instead}, or partition by one date, iso_week, month, quarter or year",
    )


def _windows(draft: Draft) -> Iterator[tuple[DraftStage, int, Span]]:
    """How long each window of partitions like the stage's own is, and where it says so."""
    for stage in draft.stages:
        for source in stage.inputs:
            if source.window and are_partitioned_alike(draft, stage, source):
                yield stage, source.window.value, source.window.span
    for word, call in calls_of(draft):
        if call.function == "window":
            length, of_stage = call.arguments[1], draft.stage(call.arguments[0].value)
            if of_stage is not None:
                yield of_stage, int(length.value), word.within(length.start, length.end)
