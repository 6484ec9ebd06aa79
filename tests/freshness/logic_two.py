"""The logic of MEAN at its second version."""

from collections.abc import Iterable
from typing import Any


def mean(sums: Iterable[Any]) -> list[tuple[int]]:
    """The sums of the window, added up and doubled."""
    return [(2 * sum(row[0] for row in sums),)]
