"""What is asked of a calendar, and its days as a build wrote them down.

The lock keeps them, so that who builds or checks without a library, or with an older one, makes the same
bytes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from spine.core.partitions.calendars import Calendar
from spine_gen.spec.language import Dimension, Spec

Library: TypeAlias = Literal["exchange_calendars", "holidays"]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A calendar as a spec names it, and the days of which it has to say whether they count."""

    library: Library
    name: str  # as the library has it: XNYS, US-NY
    first: str
    last: str
    weekend: tuple[str, ...] = ()  # of none, the library says which


@dataclass(frozen=True, kw_only=True)
class CalendarDays:
    """The days of a calendar, and which version of the library said so."""

    wanted: Wanted
    version: str
    weekend: tuple[str, ...]
    closed: Mapping[str, str] = field(default_factory=dict)  # why, by day: those not in a weekend
    opened: Mapping[str, str] = field(default_factory=dict)  # why, by day: those in a weekend

    @property
    def calendar(self) -> Calendar:
        """What the package declares; PartitionError or ValueError where there is none such."""
        return Calendar(
            name=self.wanted.name,
            first=self.wanted.first,
            last=self.wanted.last,
            weekend=self.weekend,
            closed=self.closed,
            opened=self.opened,
        )

    def says_the_same(self, other: "CalendarDays") -> bool:
        """Whether both are of the same days, for the same reasons."""
        return self.calendar == other.calendar


def wanted_calendars(spec: Spec) -> Iterator[tuple[Dimension, Wanted]]:
    """What a valid spec asks for."""
    for dimension in spec.partitions:
        calendar = dimension.calendar
        if calendar is None:
            continue
        last = calendar.through or dimension.end
        assert dimension.start is not None and last is not None
        yield (
            dimension,
            Wanted(
                library="holidays" if calendar.exchange is None else "exchange_calendars",
                name=calendar.exchange or calendar.holidays or "",
                first=dimension.start,
                last=last,
                weekend=calendar.weekend,
            ),
        )
