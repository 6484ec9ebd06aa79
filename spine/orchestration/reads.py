"""What a check or choice saw of the manifest, as its run's history keeps it."""

from dataclasses import dataclass

CAPTURE = "capture"  # the capture of one partition
PARTITIONS = "partitions"  # how many partitions were complete up to it
_WINDOW = (
    "window "  # and a length: how many of that many partitions, the last of them this one, were complete
)


@dataclass(frozen=True, kw_only=True)
class Read:
    """One look at a stage: the capture of one partition, or how many partitions were complete up to it."""

    step: str
    fact: str
    domain: str
    stage: str
    partition_key: str
    capture_id: str | None = None  # None where there was no complete one
    value: int | None = None  # of what was counted

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What was looked at, whatever was seen."""
        return self.fact, self.domain, self.stage, self.partition_key


def window_fact(length: int) -> str:
    """The fact that counts within a window."""
    return f"{_WINDOW}{length}"


def window_length(fact: str) -> int | None:
    """How many partitions the fact counts within; None where it counts all of them."""
    return int(fact.removeprefix(_WINDOW)) if fact.startswith(_WINDOW) else None
