"""What a stage is partitioned by comes from the domain's partitions.

What: `by` names what is neither a dimension of the domain nor a grain of time (day, week, month, quarter,
year); or a grain where the domain has not one dimension of time, or has that grain itself; or two times.
Why: only what is said of the domain's partitions tells which partitions of one stage belong to those of
another.

Bad:

    partitions:
      day: {type: date}
    ...
    ROLL_UP:
      by: months

Good:

    ROLL_UP:
      by: month
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic, did_you_mean
from spine_gen.spec.language import Draft, DraftDimension
from spine_gen.spec.node import Word
from spine_gen.spec.partition_types import GRAIN_TYPES, TEMPORAL

CODE = Code("SG381", "a stage partitioned by what is not there", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    declared = {item.name.value: item for item in draft.partitions}
    for stage in draft.stages:
        for word in stage.by if declared else ():
            if word.value not in declared:
                yield from _grain(draft, word, declared)
        times = [word for word in stage.by if _is_time(word, declared)]
        if len(times) > 1 and any(word.value not in declared for word in times):
            headline = "a stage is partitioned by one grain of time"
            also = ((times[0].span, "the first"),)
            yield draft.finding(CODE, times[1].span, headline, also=also, help="remove one of them")


def _grain(draft: Draft, word: Word, declared: dict[str, DraftDimension]) -> Iterator[Diagnostic]:
    if word.value not in GRAIN_TYPES:
        headline = f'"{word.value}" is neither a dimension nor a grain of time'
        advice = did_you_mean(word.value, (*declared, *GRAIN_TYPES))
        yield draft.finding(CODE, word.span, headline, help=advice)
        return
    times = [item for item in declared.values() if item.type and item.type.value in TEMPORAL]
    if len(times) != 1 and all(item.type for item in declared.values()):
        headline = f"{word.value} is a grain of time, and the domain has {len(times)} dimensions of time"
        also = [(item.name.span, "one of them") for item in times[:2]]
        yield draft.finding(CODE, word.span, headline, also=also, help="name dimensions of the domain")
    elif times and times[0].type and times[0].type.value == GRAIN_TYPES[word.value]:
        headline = f'{word.value} is the grain of the domain\'s own "{times[0].name.value}"'
        also = [(times[0].name.span, "the dimension")]
        yield draft.finding(CODE, word.span, headline, also=also, help=f"write `{times[0].name.value}`")


def _is_time(word: Word, declared: dict[str, DraftDimension]) -> bool:
    item = declared.get(word.value)
    if item is None:
        return word.value in GRAIN_TYPES
    return item.type is not None and item.type.value in TEMPORAL
