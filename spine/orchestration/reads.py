"""What a check or choice saw of the manifest, as its run's history keeps it."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Read:
    """One look at a stage: a partition's capture, whether it had one, or how many up to it were complete, or
    should have been.
    """

    fact: Literal["capture", "presence", "partitions", "expected"]
    domain: str
    stage: str
    partition_key: str
    capture_id: str | None = None  # None where there was no complete one
    value: int | None = None  # of partitions and expected

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What was looked at, whatever was seen."""
        return self.fact, self.domain, self.stage, self.partition_key
