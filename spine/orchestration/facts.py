"""What lambdas may ask about stages: from the steps of this run, or from the manifest for any other stage."""

from typing import TYPE_CHECKING, Protocol

from sqlalchemy import bindparam, select

from spine.core.partitions.dimensions import Temporal
from spine.core.tables import IS_CURRENT, core_manifest
from spine.errors import PartitionError, UnknownStageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from spine.core.anomalies import AnomalyCode
    from spine.core.partitions.partitioning import Partition, Partitioning
    from spine.core.tracking import Tracking

_c = core_manifest.c
_OF_STAGE = (_c.domain == bindparam("domain")) & (_c.stage == bindparam("stage")) & IS_CURRENT
_CAPTURE = (
    select(_c.capture_id, _c.stage, _c.domain, _c.row_count)
    .where(_OF_STAGE, _c.partition_key == bindparam("partition_key"))
    .order_by(_c.capture_id.desc())
    .limit(1)
)
_PARTITIONS = select(_c.partition_key).where(_OF_STAGE).distinct()


class StageFact(Protocol):
    """A stage's current capture, as one step of this run left or found it."""

    @property
    def capture_id(self) -> str: ...
    @property
    def stage(self) -> str: ...
    @property
    def domain(self) -> str: ...
    @property
    def row_count(self) -> int | None: ...


class StageFacts:
    """The facts of one run; each is read from the database when it is asked for, and only if it must be."""

    def __init__(
        self,
        tracking: "Tracking",
        context: "Mapping[str, object]",
        domain: str | None,
        partitions: "Partitioning | None",
    ) -> None:
        self._tracking = tracking
        self._context = context
        self._domain = domain
        self._partitions = partitions
        self._known: dict[str, StageFact] = {}

    def learn(self, stage: str, fact: StageFact) -> None:
        """Keep what a step of this run left behind, under the stage's or the step's name."""
        self._known[stage] = fact

    def knows(self, stage: str) -> bool:
        """Whether a step of this run has told about the stage."""
        return stage in self._known

    def rows(self, stage: str) -> int:
        """The row count of the stage's current capture for this partition; 0 if there is none."""
        capture = self._current(stage)
        return 0 if capture is None else capture.row_count or 0

    def anomalies(self, stage: str, code: "str | AnomalyCode | None" = None) -> int:
        """How many anomalies (of one code) the stage's current capture for this partition has."""
        capture = self._current(stage)
        return 0 if capture is None else self._tracking.anomalies.count(capture.capture_id, code)

    def partitions(self, stage: str) -> int:
        """For how many partitions up to this one, in time, the stage is complete."""
        known = self._known.get(stage)
        domain = self._domain_for(stage) if known is None else known.domain
        with self._tracking.read() as connection:
            keys = connection.execute(_PARTITIONS, {"domain": domain, "stage": stage}).scalars().all()
        current = self._partition_key(stage)
        if self._partitions is None:
            return sum(key <= current for key in keys)  # canonical keys sort as text in the order of time
        return _count_up_to(self._partitions, self._partitions.parse(current), keys)

    def _current(self, stage: str) -> StageFact | None:
        if stage in self._known:
            return self._known[stage]
        place = {
            "domain": self._domain_for(stage),
            "stage": stage,
            "partition_key": self._partition_key(stage),
        }
        with self._tracking.read() as connection:
            # Not kept: another run may complete the stage while this one goes on.
            return connection.execute(_CAPTURE, place).first()

    def _domain_for(self, stage: str) -> str:
        domains = {fact.domain for fact in self._known.values()}
        if self._domain is not None:
            return self._domain
        if len(domains) == 1:
            return domains.pop()
        raise UnknownStageError(
            f"no step of this run told about stage {stage!r}, and the workflow does not say which domain's "
            f"it is: run its pipeline before this step, or write Workflow(…, domain='finra.otc')"
        )

    def _partition_key(self, stage: str) -> str:
        key = self._context.get("partition_key")
        if not isinstance(key, str):
            raise PartitionError(
                f"stage {stage!r} is looked up by partition, but the context's partition_key is {key!r}: "
                f"run the workflow with a context such as {{'partition_key': '2025-W51'}}"
            )
        return key


def _count_up_to(partitioning: "Partitioning", current: "Partition", keys: "Iterable[str]") -> int:
    """How many of the keys are the current partition, or one before it with the same other dimensions."""
    count = 0
    for key in keys:
        try:
            partition = partitioning.parse(key)
        except PartitionError:
            continue  # recorded when the domain was partitioned differently
        count += all(
            # Values of one type of time are of one width, so they sort as text.
            partition[name] <= current[name]
            if isinstance(dimension, Temporal)
            else partition[name] == current[name]
            for name, dimension in partitioning.dimensions.items()
        )
    return count
