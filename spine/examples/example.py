"""An example as generated code declares it: what a stage is given, and what is to come of it."""

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, TypeAlias

Row: TypeAlias = Mapping[str, Any]  # by column, the values as Python has them


@dataclass(frozen=True)
class Example:
    """What one stage makes of given rows, or of a file.

    A given column that is left out is NULL, or where it may not be, empty; an expected one is not compared.
    """

    domain: str
    stage: str
    name: str
    _: KW_ONLY
    partition: str
    description: str | None = None
    file: str | Sequence[str] | None = None  # the text of a source's file, or those of several
    given: Mapping[str, Mapping[str, Sequence[Row]]] | None = None  # by input and partition
    expect: Sequence[Row] | None = None  # all rows, in any order; None where they are not compared
    anomalies: Mapping[str, int] | None = None  # how many by code; None where they are not compared
    fails: str | None = None  # a part of the reason

    def __str__(self) -> str:
        return f"{self.domain} {self.stage} {self.name}"
