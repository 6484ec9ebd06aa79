"""The columns that the runtime fills: which partition and capture a row is of, and what it was built from."""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """The same in every row of a capture."""

    partition_key: str
    capture_id: str
    inputs: tuple[str, ...] = ()  # the captures that were read

    def reading(self, captures: Iterable[str]) -> "Provenance":
        """With those captures among the inputs."""
        inputs = tuple(sorted({*self.inputs, *captures}))
        return Provenance(partition_key=self.partition_key, capture_id=self.capture_id, inputs=inputs)

    def constants(self, table: sa.Table) -> dict[str, str]:
        """The values of the table's provenance columns."""
        values = {"partition_key": self.partition_key, "capture_id": self.capture_id}
        if self.inputs:
            # UUIDv7: the smallest is the earliest.
            values |= {"input_min_capture_id": min(self.inputs), "input_max_capture_id": max(self.inputs)}
        return {name: value for name, value in values.items() if name in table.columns}
