"""What is expected is counted from a start.

What: a condition asks for `expected(STAGE)`, but the spec's partitions have not one dimension of type date,
iso_week, month, quarter or year, or that one has no `start`.
Why: expected are the partitions from the start to this one, by the calendar if there is one; without a start
nobody knows which is the first.

Bad:

    partitions:
      day: {type: date}
    ...
      - {check: no_gaps, expect: "partitions(LOAD) = expected(LOAD)"}

Good:

    partitions:
      day: {type: date, start: 2025-01-02}
    ...
      - {check: no_gaps, expect: "partitions(LOAD) = expected(LOAD)"}
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.source import Span
from spine_gen.spec.conditions import calls_of
from spine_gen.spec.language import Draft
from spine_gen.spec.partition_types import TEMPORAL, dimension_type

CODE = Code("SG386", "what is expected, without a start", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    if not draft.partitions or any(dimension_type(one) is None for one in draft.partitions):
        return  # of a type that is missing or misspelt, nothing is known
    times = [one for one in draft.partitions if one.type and one.type.value in TEMPORAL]
    if len(times) == 1 and "start" in times[0].keys:
        return
    for word, call in calls_of(draft):
        if call.function != "expected":
            continue
        span, said = word.within(call.start, call.end), "nobody knows how many partitions are expected"
        also: tuple[tuple[Span, str], ...]
        if len(times) == 1:
            also, why = ((times[0].name.span, "this one"),), f'dimension "{times[0].name.value}" has no start'
            advice = "add `start: …` to the dimension"
        else:
            also = tuple((one.name.span, "one of them") for one in times[:2])
            why = f"there {'are two dimensions' if times else 'is no dimension'} of time"
            advice = "remove it, or partition by one date, iso_week, month, quarter or year"
        yield draft.finding(CODE, span, f"{said}: {why}", also=also, help=advice)
