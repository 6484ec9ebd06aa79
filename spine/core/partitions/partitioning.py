"""Partition keys: what a domain's are made of, and one of them with its days, neighbours and paths.

The canonical key of one dimension is its bare value (``2025-W51``); of several, ``week=2025-W51/market=OTC``
in the declared order. Anything else is refused rather than brought into shape: one partition has one key.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Any

from spine.errors import PartitionError, PartitionFormError

from .calendars import Calendar
from .dimensions import Dimension, Enum, String
from .grains import GRAINS, regrained
from .keys import check_partition_key
from .path_templates import check_template, expand_template
from .times import Date, IsoWeek, Month, Quarter, Temporal, Year

__all__ = [
    "Calendar",
    "Date",
    "Dimension",
    "Enum",
    "IsoWeek",
    "Month",
    "Partition",
    "PartitionValue",
    "Partitioning",
    "Quarter",
    "String",
    "Temporal",
    "Year",
    "check_template",
]


class PartitionValue(str):
    """The value of one dimension: text, with the first and last day it covers where it is a time."""

    __slots__ = ("_dimension",)
    _dimension: Dimension

    @classmethod
    def of(cls, value: str, dimension: Dimension) -> "PartitionValue":
        """The value as one of that dimension."""
        made = cls(value)
        made._dimension = dimension
        return made

    @property
    def start(self) -> date:
        """The first day; PartitionError where the dimension is not a time."""
        return self._temporal.first_day(self._temporal.number(self))

    @property
    def end(self) -> date:
        """The last day; PartitionError where the dimension is not a time."""
        return self._temporal.last_day(self._temporal.number(self))

    @property
    def _temporal(self) -> Temporal:
        if not isinstance(self._dimension, Temporal):
            raise PartitionError(f"{str(self)!r} has no first and last day: its dimension is not a time")
        return self._dimension


class Partitioning:
    """The dimensions of a domain's partitions, in the order in which keys have them."""

    def __init__(self, /, **dimensions: Dimension) -> None:
        if not dimensions:
            raise PartitionError("a partitioning needs at least one dimension, as in week=IsoWeek()")
        self.dimensions: Mapping[str, Dimension] = MappingProxyType(dimensions)

    def __repr__(self) -> str:
        return f"Partitioning({', '.join(f'{name}={one!r}' for name, one in self.dimensions.items())})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Partitioning) and list(self.dimensions.items()) == list(
            other.dimensions.items()
        )

    def __hash__(self) -> int:
        return hash(tuple(self.dimensions.items()))

    def __getstate__(self) -> dict[str, Dimension]:
        return dict(self.dimensions)

    def __setstate__(self, dimensions: dict[str, Dimension]) -> None:
        self.dimensions = MappingProxyType(dimensions)

    @property
    def form(self) -> str:
        """How a key is written, as ``week=YYYY-Www/market=(NYSE|NASDAQ)``."""
        return self._joined({name: one.form for name, one in self.dimensions.items()})

    @property
    def example(self) -> str:
        """A key of that form."""
        return self._joined({name: one.example for name, one in self.dimensions.items()})

    def by(self, *names: str) -> "Partitioning":
        """Some of these dimensions, or in place of their time another grain: ``day``, ``week``, ``month``…

        A grain begins and ends with what these partitions do. Raises PartitionError for any other name.
        """
        return Partitioning(**{name: self.dimensions.get(name) or self._in_grain(name) for name in names})

    def parse(self, key: str) -> "Partition":
        """The partition of a canonical key; PartitionError, with the form expected, for any other."""
        checked = check_partition_key(key)
        values = {}
        for name, value in self._split(checked).items():
            dimension = self.dimensions[name]
            try:
                dimension.check(value)
            except PartitionError as error:
                kind = PartitionFormError if isinstance(error, PartitionFormError) else PartitionError
                raise kind(f"partition key {checked!r}: {name} {error}") from error
            values[name] = PartitionValue.of(value, dimension)
        return Partition(key=checked, partitioning=self, values=MappingProxyType(values))

    def has(self, key: str) -> bool:
        """Whether it is the key of a partition."""
        try:
            self.parse(key)
        except PartitionError:
            return False
        return True

    def key_from(self, given: str) -> str:
        """The key as it is recorded: of one dimension, ``day=2013-03-01`` means the bare value."""
        name, equals, value = given.partition("=")
        return value if equals and [name] == list(self.dimensions) else given

    def of(self, context: Mapping[str, Any]) -> "Partition":
        """The partition that ``context["partition_key"]`` names."""
        given = context.get("partition_key")
        if given is None:
            raise PartitionError(
                f"the context has no partition_key: pass one of the form {self.form}, "
                f"as in {{'partition_key': {self.example!r}}}"
            )
        return self.parse(given)

    def between(self, first: str, last: str) -> tuple["Partition", ...]:
        """Every partition from one key to another, both included; only their time may differ.

        Where a calendar leaves days out, the two may be such days.
        """
        if first == last:
            return (self.parse(first),)
        start, stop = self.without_gaps.parse(first), self.without_gaps.parse(last)
        name, dimension = self.temporal
        if start.others(name) != stop.others(name):
            raise PartitionError(
                f"{first!r} and {last!r} differ in more than {name}: no range leads from one to other"
            )
        if first > last:  # as their times are, which are of one width
            raise PartitionError(f"{first!r} is after {last!r}: swap them")
        keys = (
            self.key_of({**start.values, name: dimension.value(number)})
            for number in dimension.numbers(start[name], stop[name])
        )
        return tuple(map(self.parse, keys))

    @cached_property
    def without_gaps(self) -> "Partitioning":
        """The same without a calendar: what is of the form and between start and end is a partition."""
        if not any(isinstance(one, Temporal) and one.has_gaps for one in self.dimensions.values()):
            return self
        every = ((name, _without_gaps(one)) for name, one in self.dimensions.items())
        return Partitioning(**dict(every))

    @property
    def temporal(self) -> tuple[str, Temporal]:
        """The one dimension that is a time, which windows and ranges go along; PartitionError if not one."""
        found = [(name, one) for name, one in self.dimensions.items() if isinstance(one, Temporal)]
        if len(found) != 1:
            raise PartitionError(
                f"a window or range needs exactly one time dimension, and {', '.join(self.dimensions)} has "
                f"{len(found)}: use a window of 1, and single keys"
            )
        return found[0]

    def key_of(self, values: Mapping[str, str]) -> str:
        """The canonical key of values that were checked already."""
        return self._joined(values)

    def _in_grain(self, name: str) -> Temporal:
        if name not in GRAINS:
            raise PartitionError(
                f"{name!r} is no dimension and no grain of time: use one of "
                f"{', '.join(dict.fromkeys((*self.dimensions, *GRAINS)))}"
            )
        return regrained(self.temporal[1], name)

    def _split(self, key: str) -> dict[str, str]:
        if len(self.dimensions) == 1:
            return {next(iter(self.dimensions)): key}
        values: dict[str, str] = {}
        for part in key.split("/"):
            name, equals, value = part.partition("=")
            if not equals:
                raise self._wrong(key, f"{part!r} has no '='")
            if name not in self.dimensions:
                raise self._wrong(key, f"{name!r} is no dimension")
            if name in values:
                raise self._wrong(key, f"{name!r} is given twice")
            values[name] = value
        missing = [name for name in self.dimensions if name not in values]
        if missing:
            raise self._wrong(key, f"{' and '.join(missing)} missing")
        if list(values) != list(self.dimensions):
            raise self._wrong(key, f"the order is {', '.join(self.dimensions)}")
        return values

    def _joined(self, values: Mapping[str, str]) -> str:
        if len(self.dimensions) == 1:
            return str(next(iter(values.values())))
        return "/".join(f"{name}={values[name]}" for name in self.dimensions)

    def _wrong(self, key: str, what: str) -> PartitionError:
        return PartitionFormError(
            f"partition key {key!r} is not of the form {self.form}: {what}. Write it as in {self.example!r}"
        )


def _without_gaps(dimension: Dimension) -> Dimension:
    return replace(dimension, calendar=None) if isinstance(dimension, Date) else dimension


@dataclass(frozen=True, kw_only=True)
class Partition:
    """One partition; ``partition["week"]`` is its value. Equal where partitioning and key are."""

    key: str
    partitioning: Partitioning = field(repr=False)
    values: Mapping[str, PartitionValue] = field(repr=False, compare=False)

    def __str__(self) -> str:
        return self.key

    def __getitem__(self, name: str) -> PartitionValue:
        return self.values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def __reduce__(self) -> tuple[Any, ...]:
        return self.partitioning.parse, (self.key,)

    def others(self, name: str) -> dict[str, str]:
        """The values of every dimension but that one."""
        return {other: value for other, value in self.values.items() if other != name}

    def at(self, number: int) -> "Partition":
        """The partition at that number of the time dimension, the other dimensions the same."""
        name, dimension = self.partitioning.temporal
        return self.partitioning.parse(
            self.partitioning.key_of({**self.values, name: dimension.value(number)})
        )

    def next(self) -> "Partition":
        """The one after it in time; PartitionError past the end."""
        return self.at(self._number() + 1)

    def previous(self) -> "Partition":
        """The one before it in time; PartitionError before the start."""
        return self.at(self._number() - 1)

    @property
    def count_from_start(self) -> int:
        """How many partitions there are in time from the start to this one, both included.

        Raises PartitionError where nothing says which is the first.
        """
        name, dimension = self.partitioning.temporal
        if dimension.start is None:
            raise PartitionError(
                f"nobody knows how many partitions there are up to {self.key!r}, as {name} has no start: "
                "declare its first one, as `start`"
            )
        return self._number() - dimension.first_number + 1

    def window(self, length: int) -> tuple[str, ...]:
        """The keys of the ``length`` partitions that end with this one, oldest first.

        Fewer where the dimension's start cuts it short. Needs one time dimension, unless the length is 1.
        """
        if length < 1:
            raise PartitionError(f"a window of {length} has no partitions: use 1 or more")
        if length == 1:
            return (self.key,)
        name, dimension = self.partitioning.temporal
        last = self._number()
        numbers = range(max(last - length + 1, dimension.first_number), last + 1)
        return tuple(
            self.partitioning.key_of({**self.values, name: dimension.value(number)}) for number in numbers
        )

    def around_time(self) -> tuple[str, str]:
        """What stands in the key before and behind the value of the dimension that is a time."""
        name, _ = self.partitioning.temporal
        if len(self.values) == 1:
            return "", ""
        parts = [f"{one}={value}" for one, value in self.values.items()]
        place = list(self.values).index(name)
        before = "".join(f"{part}/" for part in parts[:place]) + f"{name}="
        return before, "".join(f"/{part}" for part in parts[place + 1 :])

    def expand(self, template: str, quoted: Callable[[str], str] = str) -> str:
        """A path with this partition's values, as ``{week}``, ``{week.start:%Y%m%d}`` or ``{week.end}``.

        Each of them is ``quoted`` on the way, which as it is leaves it as it is.
        """
        check_template(template, self.partitioning.dimensions)
        return expand_template(template, self.values, quoted)

    def _number(self) -> int:
        name, dimension = self.partitioning.temporal
        return dimension.number(self.values[name])
