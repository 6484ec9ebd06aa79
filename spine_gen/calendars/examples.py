"""Examples of stages beside the calendar that their partitions go by: which are of days that do not count.

What else may be wrong with examples, the rules say, which know of no calendar.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from spine.core.partitions.mapping import keys_for
from spine.core.partitions.partitioning import Date, Partition, Partitioning
from spine.errors import PartitionError
from spine_gen.calendars.days import CalendarDays
from spine_gen.spec.language import Spec, Stage
from spine_gen.spec.partition_types import partitions_of, suggested_key


class WrongExample(NamedTuple):
    """What is wrong with an example, and which keys lead there."""

    at: tuple[str, ...]
    headline: str
    advice: str


def wrong_examples(spec: Spec, days: Mapping[str, CalendarDays]) -> Iterator[WrongExample]:
    """Those of a partition that is none by these days, or that give rows of what is not read by them."""
    for stage in spec.stages:
        key = suggested_key(partitions_of(spec, stage))
        for example in stage.examples:
            at = ("stages", stage.name, "examples", example.name)
            try:
                made = _by_calendar(spec, stage, days).parse(example.partition or key or "")
            except PartitionError as error:
                headline = f'example "{example.name}": {error}'
                yield WrongExample((*at, "partition"), headline, "give it another partition")
                continue
            given = example.given if isinstance(example.given, dict) else {}
            for item in stage.inputs:
                rows = given.get(item.named)
                if item.latest or item.place[0] or not isinstance(rows, dict):
                    continue  # of another domain, its own build knows the days
                read = _read(made, _by_calendar(spec, spec.stage(item.stage), days), item.window)
                for wrong in (one for one in rows if one not in read):
                    headline = f"{item.named} is not read for {wrong} where {made.key} is made"
                    listed = ", ".join(read) if len(read) <= 4 else f"{read[0]} to {read[-1]}"
                    advice = f"it is read for {listed}" if read else "leave it out"
                    yield WrongExample((*at, "given", item.named, wrong), headline, advice)


def _by_calendar(spec: Spec, stage: Stage, days: Mapping[str, CalendarDays]) -> Partitioning:
    """The partitions of a stage, with their calendars."""
    declared = {
        name: replace(one, calendar=days[name].calendar) if isinstance(one, Date) and name in days else one
        for name, one in partitions_of(spec).dimensions.items()
    }
    whole = Partitioning(**declared)
    return whole.by(*stage.by) if stage.by else whole


def _read(made: Partition, of: Partitioning, window: int) -> tuple[str, ...]:
    """The partitions of an input that are read; none where its calendar does not tell."""
    try:
        return keys_for(made, of, window)
    except PartitionError:
        return ()
