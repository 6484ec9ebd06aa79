"""What lambdas may ask about stages: from the steps of this run, or from the manifest for any other stage."""

from typing import TYPE_CHECKING, Literal

from spine.errors import PartitionError, UnknownStageError
from spine.orchestration.counting import captures_among, count_up_to, expected_up_to, window_of
from spine.orchestration.reads import Read

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from spine.core.anomalies import AnomalyCode
    from spine.core.captures import CaptureRecord
    from spine.core.partitions.partitioning import Partitioning
    from spine.core.tracking import Tracking


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
        self._known: dict[str, CaptureRecord] = {}
        self._origins: dict[str, Sequence[CaptureRecord]] = {}  # of the context's values, by key
        self._reads: dict[tuple[str, ...], Read] = {}  # since they were last taken, by what was looked at

    def learn(self, stage: str, capture: "CaptureRecord") -> None:
        """Keep what a step of this run left or found, under the stage's or the step's name."""
        self._known[stage] = capture

    def learn_values(self, keys: "Iterable[str]", captures: "Sequence[CaptureRecord]") -> None:
        """Keep that a step which left or found these captures wrote those keys of the context."""
        self._origins |= dict.fromkeys(keys, captures)

    def note_values(self, keys: "Iterable[str]") -> None:
        """Note that what is under those keys of the context was looked at: so were the captures that left it.

        What is not there, any pipeline of the run might have left. What the run was given is kept with it.
        """
        there = set(self._context)
        for key in sorted(keys):
            anyone = () if key in there else self._known.values()
            for capture in self._origins.get(key, anyone):
                self._note_capture("capture", capture.domain, capture.stage, capture.partition_key, capture)

    def take_reads(self) -> tuple[Read, ...]:
        """What was looked up since this was last asked, each thing once, as it was first seen."""
        taken, self._reads = self._reads, {}
        return tuple(taken.values())

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
        domain, key = self._home(stage), self._partition_key(stage)
        with self._tracking.read() as connection:
            count = count_up_to(connection, domain, stage, key, self._partitions)
        self._note(Read(fact="partitions", domain=domain, stage=stage, partition_key=key, value=count))
        return count

    def expected(self, stage: str) -> int:
        """For how many partitions up to this one, in time, the stage should be complete."""
        domain, key = self._home(stage), self._partition_key(stage)
        count = expected_up_to(key, self._partitions)
        self._note(Read(fact="expected", domain=domain, stage=stage, partition_key=key, value=count))
        return count

    def window(self, stage: str, length: int) -> int:
        """For how many of this partition and the ones before it, `length` in all, the stage is complete."""
        domain, keys = self._home(stage), window_of(self._partition_key(stage), self._partitions, length)
        found = self._seen(domain, stage, keys)
        for key, capture in found.items():
            self._note_capture("presence", domain, stage, key, capture)
        return sum(capture is not None for capture in found.values())

    def _home(self, stage: str) -> str:
        known = self._known.get(stage)
        return self._domain_for(stage) if known is None else known.domain

    def _current(self, stage: str) -> "CaptureRecord | None":
        """What a step left or found, or else the stage's current capture as this run saw it first."""
        known = self._known.get(stage)
        if known is not None:
            self._note_capture("capture", known.domain, known.stage, known.partition_key, known)
            return known
        domain, key = self._domain_for(stage), self._partition_key(stage)
        capture = self._seen(domain, stage, [key])[key]
        self._note_capture("capture", domain, stage, key, capture)
        return capture

    def _note_capture(
        self,
        fact: Literal["capture", "presence"],
        domain: str,
        stage: str,
        key: str,
        capture: "CaptureRecord | None",
    ) -> None:
        capture_id = None if capture is None else capture.capture_id
        self._note(Read(fact=fact, domain=domain, stage=stage, partition_key=key, capture_id=capture_id))

    def _note(self, read: Read) -> None:
        self._reads.setdefault(read.key, read)

    def _seen(self, domain: str, stage: str, keys: "Sequence[str]") -> "Mapping[str, CaptureRecord | None]":
        """The stage's current captures in the partitions: what this run saw first is what it goes by."""
        pins = self._tracking.pins
        unseen = [key for key in keys if pins.seen(domain, stage, key) is None]
        if unseen:
            with self._tracking.read() as connection:
                looked_up = captures_among(connection, domain, stage, unseen)
            for key, records in looked_up.items():
                pins.see_none(domain, stage, key)
                for record in records:
                    pins.see(record)
        return {key: next(iter(pins.seen(domain, stage, key) or ()), None) for key in keys}

    def _domain_for(self, stage: str) -> str:
        domains = {capture.domain for capture in self._known.values()}
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
