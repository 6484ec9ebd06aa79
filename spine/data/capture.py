"""What somebody's logic sees of the capture it works for: its partition, and a way to record anomalies."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spine.core.anomalies import AnomalyCode
    from spine.core.partitions.partitioning import Partition


class Capture(ABC):
    """One attempt at a stage of a partition. Tests of logic pass a ``spine.testing.FakeCapture``."""

    @property
    @abstractmethod
    def partition(self) -> "Partition":
        """The partition that rows are wanted for."""

    @property
    @abstractmethod
    def capture_id(self) -> str:
        """The capture's id in core_manifest."""

    @property
    @abstractmethod
    def anomalies(self) -> Mapping[str, int]:
        """How many anomalies of each code were recorded so far."""

    @abstractmethod
    def record(
        self,
        code: "AnomalyCode | str",
        message: str | None = None,
        severity: str | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> None:
        """Record an anomaly of this capture; the severity is the code's own, or WARNING."""
