"""The dimensions of partitions that are a time: how a value is written, and which days it covers.

A temporal value is also a number in its type's own sequence (of days, weeks, months…), so that next, previous
and ranges are plain arithmetic. Of days by a calendar, the sequence is of those that count.
"""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from spine.errors import PartitionError, PartitionFormError

from .calendars import Calendar

# Within these years every period's first and last day is a datetime.date, and %Y writes four digits.
FIRST_YEAR, LAST_YEAR = 1000, 9998
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Temporal(ABC):
    """A dimension in time, from ``start`` to ``end`` (the first and last value, included; both optional)."""

    start: str | None = None
    end: str | None = None

    form: ClassVar[str]  # how a value is written
    example: ClassVar[str]
    grain: ClassVar[int]  # the longer a period, the higher
    _lowest: ClassVar[str]
    _highest: ClassVar[str]
    _pattern: ClassVar[re.Pattern[str]]

    def __post_init__(self) -> None:
        first, last = self.start or self._lowest, self.end or self._highest
        if self._parsed(first) > self._parsed(last):
            raise PartitionError(f"start {self.start!r} is after end {self.end!r}: swap them")

    @property
    def first_number(self) -> int:
        """The number of the first value."""
        return self.number(self._lowest if self.start is None else self.start)

    @property
    def last_number(self) -> int:
        """The number of the last value."""
        return self.number(self._highest if self.end is None else self.end)

    def check(self, value: str) -> None:
        """PartitionError where the value is not of the form, or out of bounds."""
        number = self._parsed(value)
        if self.start is not None and number < self._parsed(self.start):
            raise PartitionError(f"{value!r} is before the first partition, {self.start!r}")
        if self.end is not None and number > self._parsed(self.end):
            raise PartitionError(f"{value!r} is after the last partition, {self.end!r}")
        self.number(value)

    @property
    def has_gaps(self) -> bool:
        """Whether what is of the form and between start and end may be no value all the same."""
        return False

    def check_form(self, value: str) -> None:
        """PartitionError where the value is not of the form: a range's bound need not be in the sequence."""
        self._parsed(value)

    def number(self, value: str) -> int:
        """The value's place in the sequence; PartitionError where it is not of the form, or not in it."""
        return self._parsed(value)

    def numbers(self, first: str, last: str) -> range:
        """The numbers of the values from one to the other, between start and end; neither need be a value."""
        lowest, highest = self._parsed(first), self._parsed(last)
        return range(max(lowest, self.first_number), min(highest, self.last_number) + 1)

    def _parsed(self, value: str) -> int:
        match = self._pattern.fullmatch(value)
        parts = [int(part) for part in match.groups()] if match is not None else [0]
        if not FIRST_YEAR <= parts[0] <= LAST_YEAR:
            raise PartitionFormError(
                f"{value!r} is not of the form {self.form} (years {FIRST_YEAR} to {LAST_YEAR}), "
                f"as in {self.example!r}"
            )
        try:
            return self._number(*parts)
        except ValueError as error:
            raise PartitionError(f"{value!r} does not exist: {error}") from error

    @abstractmethod
    def value(self, number: int) -> str:
        """The value at that place in the sequence."""

    @abstractmethod
    def first_day(self, number: int) -> date:
        """The first day of that period."""

    def last_day(self, number: int) -> date:
        """The last day of that period."""
        return self.first_day(number + 1) - timedelta(days=1)

    def day_of(self, number: int) -> date:
        """The day that tells which longer period it belongs to: its first, but of a week its Thursday."""
        return self.first_day(number)

    @abstractmethod
    def number_on(self, day: date) -> int:
        """The number of the period that the day is in."""

    def within(self, first: date, last: date) -> range:
        """The numbers of the periods that belong to those days and are between start and end."""
        lowest, highest = self.number_on(first), self.number_on(last)
        lowest += self.day_of(lowest) < first
        highest -= self.day_of(highest) > last
        return range(max(lowest, self.first_number), min(highest, self.last_number) + 1)

    @abstractmethod
    def _number(self, *parts: int) -> int:
        """The number of a value given as its digits; ValueError where the calendar has no such value."""


@dataclass(frozen=True, kw_only=True)
class Date(Temporal):
    """A day, as ``2025-12-15``: any, or one of a calendar."""

    calendar: Calendar | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.calendar is not None and self.first_number > self.last_number:
            first, last = self.start or self.calendar.first, self.end or self.calendar.last
            raise PartitionError(
                f"{self.calendar.name} has no day from {first} to {last}: take a longer time"
            )

    form = "YYYY-MM-DD"
    grain = 0
    example = "2025-12-15"
    _lowest, _highest = "1000-01-01", "9998-12-31"
    _pattern = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")

    @property
    def has_gaps(self) -> bool:
        """Whether a calendar leaves days out."""
        return self.calendar is not None

    @property
    def first_number(self) -> int:
        """The number of the first day: by a calendar, of the first that counts from the start on."""
        if self.calendar is None:
            return super().first_number
        return 0 if self.start is None else self.calendar.number_up_to(self._day(self.start) - _A_DAY) + 1

    @property
    def last_number(self) -> int:
        """The number of the last day: by a calendar, of the last that counts up to the end."""
        if self.calendar is None:
            return super().last_number
        last = self.calendar.last if self.end is None else min(self.end, self.calendar.last)
        return self.calendar.number_up_to(self._day(last))

    def number(self, value: str) -> int:
        """The day's place; PartitionError where it is no day, or none of the calendar."""
        return super().number(value) if self.calendar is None else self.calendar.number(self._day(value))

    def number_on(self, day: date) -> int:
        """The day's own; by a calendar, that of the last day up to it that counts, not after the end.

        Raises PartitionError for a day of which nobody knows yet whether it counts.
        """
        if self.calendar is None:
            return day.toordinal()
        return self.calendar.number_up_to(day if self.end is None else min(day, self._day(self.end)))

    def within(self, first: date, last: date) -> range:
        """The numbers of the days from one to the other: by a calendar, of those that count."""
        lowest, highest = self.number_on(first - _A_DAY) + 1, self.number_on(last)
        return range(max(lowest, self.first_number), min(highest, self.last_number) + 1)

    def numbers(self, first: str, last: str) -> range:
        """The same between two days as they are written."""
        return self.within(self._day(first), self._day(last))

    def value(self, number: int) -> str:
        """The day in ISO format."""
        return self.first_day(number).isoformat()

    def first_day(self, number: int) -> date:
        """The day itself."""
        return date.fromordinal(number) if self.calendar is None else self.calendar.day(number)

    def last_day(self, number: int) -> date:
        """The day itself."""
        return self.first_day(number)

    def _day(self, value: str) -> date:
        return date.fromordinal(self._parsed(value))

    def _number(self, *parts: int) -> int:
        year, month, day = parts
        return date(year, month, day).toordinal()


@dataclass(frozen=True, kw_only=True)
class IsoWeek(Temporal):
    """An ISO 8601 week, Monday to Sunday, as ``2025-W51``; the year is the week's, not always the day's."""

    form = "YYYY-Www"
    grain = 1
    example = "2025-W51"
    _lowest, _highest = "1000-W01", "9998-W52"
    _pattern = re.compile(r"([0-9]{4})-W([0-9]{2})")

    def value(self, number: int) -> str:
        """The ISO year and week."""
        year, week, _ = self.first_day(number).isocalendar()
        return f"{year}-W{week:02}"

    def first_day(self, number: int) -> date:
        """The Monday."""
        return date.fromordinal(number * 7 + 1)  # 0001-01-01, day 1, was a Monday

    def day_of(self, number: int) -> date:
        """The Thursday, whose year is the week's: so each week belongs to one month, quarter and year."""
        return self.first_day(number) + timedelta(days=3)

    def number_on(self, day: date) -> int:
        """The week from its Monday to its Sunday."""
        return (day.toordinal() - 1) // 7

    def _number(self, *parts: int) -> int:
        year, week = parts
        return (date.fromisocalendar(year, week, 1).toordinal() - 1) // 7


@dataclass(frozen=True, kw_only=True)
class Month(Temporal):
    """A calendar month, as ``2025-12``."""

    form = "YYYY-MM"
    grain = 2
    example = "2025-12"
    _lowest, _highest = "1000-01", "9998-12"
    _pattern = re.compile(r"([0-9]{4})-([0-9]{2})")

    def value(self, number: int) -> str:
        """The year and month."""
        return f"{number // 12}-{number % 12 + 1:02}"

    def first_day(self, number: int) -> date:
        """Its first day."""
        return date(number // 12, number % 12 + 1, 1)

    def number_on(self, day: date) -> int:
        """The month."""
        return day.year * 12 + day.month - 1

    def _number(self, *parts: int) -> int:
        year, month = parts
        return year * 12 + _within(month, 12, "month") - 1


@dataclass(frozen=True, kw_only=True)
class Quarter(Temporal):
    """A quarter of a calendar year, as ``2025-Q4``."""

    form = "YYYY-Qn"
    grain = 3
    example = "2025-Q4"
    _lowest, _highest = "1000-Q1", "9998-Q4"
    _pattern = re.compile(r"([0-9]{4})-Q([0-9])")

    def value(self, number: int) -> str:
        """The year and quarter."""
        return f"{number // 4}-Q{number % 4 + 1}"

    def first_day(self, number: int) -> date:
        """Its first day."""
        return date(number // 4, number % 4 * 3 + 1, 1)

    def number_on(self, day: date) -> int:
        """The quarter."""
        return day.year * 4 + (day.month - 1) // 3

    def _number(self, *parts: int) -> int:
        year, quarter = parts
        return year * 4 + _within(quarter, 4, "quarter") - 1


@dataclass(frozen=True, kw_only=True)
class Year(Temporal):
    """A calendar year, as ``2025``."""

    form = "YYYY"
    grain = 4
    example = "2025"
    _lowest, _highest = "1000", "9998"
    _pattern = re.compile(r"([0-9]{4})")

    def value(self, number: int) -> str:
        """The year's four digits."""
        return str(number)

    def first_day(self, number: int) -> date:
        """The first of January."""
        return date(number, 1, 1)

    def number_on(self, day: date) -> int:
        """The year."""
        return day.year

    def _number(self, *parts: int) -> int:
        return parts[0]


def _within(number: int, highest: int, name: str) -> int:
    if not 1 <= number <= highest:
        raise ValueError(f"{name} must be in 1..{highest}")
    return number
