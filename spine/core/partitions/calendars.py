"""Calendars: which days count, between the first and the last that were written down.

Beyond those nothing is guessed: whether a day counts that nobody has written down is an error that says so.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from spine.errors import PartitionError

WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ADVICE = "write it further in the spec (`through`), and build"


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """The days from ``first`` to ``last`` but for weekends and those ``closed``, and with those ``opened``.

    Days are written as ``2025-12-25``. ``closed`` and ``opened`` say of each why it is no day, or one.
    """

    name: str
    first: str
    last: str
    weekend: tuple[str, ...] = ("SAT", "SUN")
    closed: Mapping[str, str] = field(default_factory=dict, repr=False)
    opened: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for day in self.weekend:
            if day not in WEEKDAYS:
                raise PartitionError(f"{day!r} is no day of a week: use {', '.join(WEEKDAYS)}")
        if not self.days:
            raise PartitionError(
                f"calendar {self.name} has no day from {self.first} to {self.last}: take a longer time"
            )

    def __hash__(self) -> int:
        return hash((self.name, self.first, self.last, self.weekend))

    @cached_property
    def days(self) -> tuple[int, ...]:
        """The days that count, as ordinals."""
        first, last = (date.fromisoformat(day).toordinal() for day in (self.first, self.last))
        weekend = {WEEKDAYS.index(day) for day in self.weekend}
        closed, opened = (
            {date.fromisoformat(day).toordinal() for day in some} for some in (self.closed, self.opened)
        )
        return tuple(
            day
            for day in range(first, last + 1)
            if day in opened or ((day - 1) % 7 not in weekend and day not in closed)
        )

    def day(self, number: int) -> date:
        """The day of that number, from 0 on; PartitionError before the first and after the last."""
        if number < 0:
            raise PartitionError(f"there is no day before {self._edge(0)}, the first of calendar {self.name}")
        if number >= len(self.days):
            raise PartitionError(f"no day after {self._edge(-1)} is known of calendar {self.name}: {_ADVICE}")
        return date.fromordinal(self.days[number])

    def number(self, day: date) -> int:
        """The day's number; PartitionError where it does not count, or nobody has written it down."""
        number = self.number_up_to(day)
        if number < 0 or self.days[number] != day.toordinal():
            raise PartitionError(
                f"{day.isoformat()!r} is no day of {self.name}: {self._why_not(day, number)}"
            )
        return number

    def number_up_to(self, day: date) -> int:
        """The number of that day, or else of the last before it, -1 where none is.

        Raises PartitionError for a day after all that was written down.
        """
        if day.isoformat() > self.last:
            raise PartitionError(
                f"{day.isoformat()!r} is after {self.last}, up to which calendar {self.name} is known: "
                f"{_ADVICE}"
            )
        return bisect_right(self.days, day.toordinal()) - 1

    def _why_not(self, day: date, number: int) -> str:
        text = day.isoformat()
        if text < self.first:
            return f"it is known from {self.first} on"
        why = self.closed.get(text) or f"it is a {_NAMES[day.weekday()]}"
        near = [
            date.fromordinal(self.days[one]).isoformat()
            for one in (number, number + 1)
            if 0 <= one < len(self.days)
        ]
        return f"{why}; next to it {'is' if len(near) == 1 else 'are'} {' and '.join(near)}"

    def _edge(self, place: int) -> str:
        return date.fromordinal(self.days[place]).isoformat()
