"""Aggregates that SQLite does not have, with PostgreSQL's meaning: see register.py."""

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from .numbers import Number, Value, meant


class StringAgg:
    """``string_agg(text, between, number of keys, …)``: of each key its value and how it is sorted.

    How is a sum: 1 for descending, 2 for NULLs first.
    """

    def __init__(self) -> None:
        self._rows: list[tuple[str, list[Value]]] = []
        self._between = ""
        self._how: list[int] = []

    def step(self, text: Value, between: Value, *keys: Value) -> None:
        """Take a text, unless it is NULL."""
        if text is None:
            return
        self._between = "" if between is None else str(between)
        self._how = [int(one or 0) for one in keys[1::2]]
        self._rows.append((str(text), list(keys[::2])))

    def finalize(self) -> Value:
        """The texts one behind the other, sorted by their keys; NULL where there is none."""
        if not self._rows:
            return None
        for place in reversed(range(len(self._how))):
            how = self._how[place]
            nulls = [row for row in self._rows if row[1][place] is None]
            others = [row for row in self._rows if row[1][place] is not None]
            others.sort(key=lambda row: row[1][place], reverse=bool(how & 1))  # type: ignore[arg-type,return-value]
            self._rows = nulls + others if how & 2 else others + nulls
        return self._between.join(text for text, _ in self._rows)


class StringAggDistinct(StringAgg):
    """The same, each text once; it is sorted by the texts themselves."""

    def finalize(self) -> Value:
        """The texts one behind the other."""
        self._rows = list({row[0]: row for row in self._rows}.values())
        return super().finalize()


class _Numbers:
    """The numbers of a group that are not NULL."""

    def __init__(self) -> None:
        self._numbers: list[float] = []

    def step(self, number: Value) -> None:
        """Take a number, unless it is NULL."""
        if number is not None:
            self._numbers.append(float(number))

    def _variance(self, less: int) -> float | None:
        count = len(self._numbers)
        if count <= less:
            return None
        mean = math.fsum(self._numbers) / count
        return math.fsum((number - mean) ** 2 for number in self._numbers) / (count - less)


class VarPop(_Numbers):
    """The variance of all there are."""

    def finalize(self) -> Value:
        """NULL where there is none."""
        return self._variance(0)


class VarSamp(_Numbers):
    """The variance of a sample."""

    def finalize(self) -> Value:
        """NULL where there are less than two."""
        return self._variance(1)


class StddevPop(_Numbers):
    """The standard deviation of all there are."""

    def finalize(self) -> Value:
        """NULL where there is none."""
        variance = self._variance(0)
        return None if variance is None else math.sqrt(variance)


class StddevSamp(_Numbers):
    """The standard deviation of a sample."""

    def finalize(self) -> Value:
        """NULL where there are less than two."""
        variance = self._variance(1)
        return None if variance is None else math.sqrt(variance)


class PercentileCont:
    """``percentile_cont(fraction, number)``: between the two numbers that are nearest, in proportion."""

    def __init__(self) -> None:
        self._numbers: list[float] = []
        self._fraction = 0.0

    def step(self, fraction: Value, number: Value) -> None:
        """Take a number, unless it is NULL."""
        if number is not None and fraction is not None:
            self._fraction = float(fraction)
            self._numbers.append(float(number))

    def finalize(self) -> Value:
        """NULL where there is none."""
        if not self._numbers:
            return None
        self._numbers.sort()
        place = self._fraction * (len(self._numbers) - 1)
        low, high = self._numbers[math.floor(place)], self._numbers[math.ceil(place)]
        return low + (high - low) * (place - math.floor(place))


class SumDecimals:
    """The sum of decimals, as of decimals: 0.1 + 0.2 - 0.3 is 0. A window may move over them."""

    def __init__(self) -> None:
        self._sum = Decimal(0)
        self._count = 0

    def step(self, number: Number | None) -> None:
        """Take a number, unless it is NULL."""
        if number is not None:
            self._sum += meant(number)
            self._count += 1

    def inverse(self, number: Number | None) -> None:
        """Leave out a number that was taken."""
        if number is not None:
            self._sum -= meant(number)
            self._count -= 1

    def value(self) -> float | None:
        """NULL where there is none."""
        return float(self._sum) if self._count else None

    def finalize(self) -> float | None:
        """The same, of all there are."""
        return self.value()


class MeanDecimals(SumDecimals):
    """Their mean."""

    def value(self) -> float | None:
        """NULL where there is none."""
        return float(self._sum / self._count) if self._count else None


class Single:
    """The value of the only row."""

    def __init__(self) -> None:
        self._values: list[Value] = []

    def step(self, value: Value) -> None:
        """Take the value of the only row."""
        if self._values:
            raise ValueError("more than one row returned by a subquery used as an expression")
        self._values.append(value)

    def finalize(self) -> Value:
        """NULL where there is no row."""
        return self._values[0] if self._values else None


AGGREGATES: dict[str, Callable[[], Any]] = {
    "string_agg": StringAgg,
    "string_agg_distinct": StringAggDistinct,
    "var_pop": VarPop,
    "var_samp": VarSamp,
    "stddev_pop": StddevPop,
    "stddev_samp": StddevSamp,
    "percentile_cont": PercentileCont,
    "single": Single,
}
WINDOWED: dict[str, Callable[[], Any]] = {  # which may stand before an OVER, too
    "sum_decimals": SumDecimals,
    "mean_decimals": MeanDecimals,
}
