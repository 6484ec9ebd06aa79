"""Which partition a staged record is of, where a file holds those of several: by the columns that tell.

A record of which each of these columns has a value is of the partition that the values say, whatever else is
wrong with it. Every other one goes with the record before it in its file that is of a partition, or where
none is, with the first after it: so each is of one partition, by what the file alone has, on any database.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from spine.core.partitions.partitioning import (
    Date,
    Dimension,
    IsoWeek,
    Month,
    Partition,
    Partitioning,
    Quarter,
    Temporal,
    Year,
)
from spine.data.tables.target import DataColumn, quoted_text
from spine.errors import SourceError

from .conversion import Conversion

PartitionValues: TypeAlias = tuple[str, ...]  # as records are compared by, in the order of a source's `rows`
_PERIODS: dict[type, str] = {Date: "day", IsoWeek: "week", Month: "month", Quarter: "quarter", Year: "year"}
_TIMES = ("date", "timestamp")


@dataclass(frozen=True, kw_only=True)
class _Mapped:
    """A dimension, and the column that has its values."""

    dimension: str
    column: str
    place: int  # of the column in the table
    period: (
        str | None
    )  # of a time: DuckDB's name of it; its first day is then what is compared, else the text

    def text_of(self, typed: str) -> str:
        """What a value of the column is compared by: a DuckDB expression."""
        if self.period is None:
            return f"CAST({typed} AS VARCHAR)"
        return f"CAST(CAST(date_trunc('{self.period}', {typed}) AS DATE) AS VARCHAR)"

    def value_in(self, partition: Partition) -> str:
        """What the partition's value is compared by."""
        value = partition[self.dimension]
        return str(value) if self.period is None else value.start.isoformat()


@dataclass(frozen=True, kw_only=True)
class PartitionRows:
    """How the records of partitions are told apart, and of which one they are wanted; None: of all."""

    mapped: tuple[_Mapped, ...]
    wanted: Partition | None = None

    @classmethod
    def of(
        cls,
        rows: Mapping[str, str] | None,
        columns: Sequence[DataColumn],
        partitioning: Partitioning,
        wanted: Partition | None = None,
    ) -> "PartitionRows | None":
        """By a source's `rows`; None where it has none. Raises SourceError where these do not fit."""
        places = {column.name: place for place, column in enumerate(columns)}
        mapped = []
        for dimension, name in (rows or {}).items():
            kind = partitioning.dimensions.get(dimension)
            if kind is None or name not in places:
                raise SourceError(
                    f"the source's rows compare {name} with {dimension}: name a column of the stage's table "
                    f"and one of {', '.join(partitioning.dimensions)}"
                )
            place = places[name]
            period = _period(columns[place], dimension, kind)
            mapped.append(_Mapped(dimension=dimension, column=name, place=place, period=period))
        return cls(mapped=tuple(mapped), wanted=wanted) if mapped else None

    def names(self, prefix: str = "p") -> tuple[str, ...]:
        """The columns that tell which partition a staged record is of; with q, which it goes along with."""
        return tuple(f"{prefix}{number}" for number in range(len(self.mapped)))

    @property
    def placed(self) -> str:
        """True of a record that is of a partition by itself."""
        return f"({' AND '.join(f'{name} IS NOT NULL' for name in self.names())})"

    def is_wanted(self, prefix: str = "p") -> str:
        """True of what is of the wanted partition, by the columns of ``names``."""
        assert self.wanted is not None
        pairs = zip(self.names(prefix), self.values_in(self.wanted), strict=True)
        return f"({' AND '.join(f'{name} = {quoted_text(value)}' for name, value in pairs)})"

    @property
    def may_be_wanted(self) -> str:
        """True of what is of the wanted partition, and of what is of none by itself; of all where all are."""
        return "true" if self.wanted is None else f"({self.is_wanted()} OR NOT {self.placed})"

    @property
    def columns(self) -> str:
        """The columns that tell, as messages name them."""
        return " and ".join(dict.fromkeys(one.column for one in self.mapped))

    @property
    def told(self) -> str:
        """What of the wanted partition they tell, as messages name it."""
        assert self.wanted is not None
        return ", ".join(f"{one.dimension} {self.wanted[one.dimension]}" for one in self.mapped)

    def values_in(self, partition: Partition) -> PartitionValues:
        """What the partition's records are told by."""
        return tuple(one.value_in(partition) for one in self.mapped)

    def texts(self, conversions: Sequence[Conversion]) -> list[str]:
        """DuckDB expressions for p0, p1…, of a record's converted values."""
        return [
            f"CASE WHEN {conversions[one.place].wrong} THEN NULL "
            f"ELSE {one.text_of(conversions[one.place].typed)} END AS {name}"
            for one, name in zip(self.mapped, self.names(), strict=True)
        ]

    @property
    def missing(self) -> str:
        """A DuckDB expression of what is wrong with a record that has NULL where it would tell; else NULL."""
        said = (
            f"WHEN {name} IS NULL THEN {quoted_text(f'{one.column}: is NULL, which is no {one.dimension}')}"
            for one, name in zip(self.mapped, self.names(), strict=True)
        )
        return f"CASE {' '.join(said)} END"


def _period(column: DataColumn, dimension: str, kind: Dimension) -> str | None:
    """By which period a column's values are compared with that dimension's; None: they are texts."""
    if isinstance(kind, Temporal) and column.kind in _TIMES:
        return _PERIODS[type(kind)]
    if column.kind == "string" or (isinstance(kind, Year) and column.kind == "integer"):
        return None
    raise SourceError(
        f"the source's rows compare {column.name} with {dimension}, and no {column.described} is one: name a "
        "date, a timestamp or a text"
    )
