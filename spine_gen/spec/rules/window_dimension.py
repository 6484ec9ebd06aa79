"""A window needs exactly one dimension of time.

What: an input has a window of more than one partition, a condition asks for a `window(STAGE, N)` of more, or
a check compares with PREVIOUS(…), but the spec's partitions have no dimension of type date, iso_week, month,
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
from spine_gen.spec.language import Draft
from spine_gen.spec.partition_types import TEMPORAL, dimension_type
from spine_gen.spec.sql_reports import having_reports

CODE = Code("SG315", "a window without one dimension of time", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    dimensions = draft.partitions
    if not dimensions or any(dimension_type(dimension) is None for dimension in dimensions):
        return  # of a type that is missing or misspelt, nothing is known
    times = [dimension for dimension in dimensions if dimension.type and dimension.type.value in TEMPORAL]
    if len(times) == 1:
        return
    why = "there are two dimensions of time" if times else "there is no dimension of time"
    for length, span in _windows(draft):
        if length > 1:
            yield draft.finding(
                CODE,
                span,
                f"a window of {length} partitions means nothing: {why}",
                also=[(dimension.name.span, "one of them") for dimension in times[:2]],
                help="remove the window, or partition by one date, iso_week, month, quarter or year",
            )
    for word, report in (each for stage in draft.stages for each in having_reports(stage)):
        if report.previous is not None:
            yield draft.finding(
                CODE,
                word.within(*report.previous),
                f"PREVIOUS means nothing: {why}",
                also=[(dimension.name.span, "one of them") for dimension in times[:2]],
                help="compare with a number, or partition by one date, iso_week, month, quarter or year",
            )


def _windows(draft: Draft) -> Iterator[tuple[int, Span]]:
    """How long each window is, and where it says so."""
    for stage in draft.stages:
        for source in stage.inputs:
            if source.window:
                yield source.window.value, source.window.span
    for word, call in calls_of(draft):
        if call.function == "window":
            length = call.arguments[1]
            yield int(length.value), word.within(length.start, length.end)
