"""What a run has made, found or asked about: its later steps see the same, whatever others publish."""

from collections.abc import Iterator

from .captures import CaptureRecord, Place


class Pins:
    """The capture of each place that a run saw first, or that there was none."""

    def __init__(self) -> None:
        self._seen: dict[Place, CaptureRecord | None] = {}

    def see(self, place: Place, record: CaptureRecord | None) -> None:
        """Note what the run made or found: it is what the run goes by from now on."""
        self._seen[place] = record

    def of_stage(self, domain: str, stage: str, partition_key: str) -> Iterator[CaptureRecord | None]:
        """What was seen of the stage in that partition, at any tier."""
        for place, record in self._seen.items():
            if (place.domain, place.stage, place.partition_key) == (domain, stage, partition_key):
                yield record

    def __contains__(self, place: Place) -> bool:
        return place in self._seen

    def __getitem__(self, place: Place) -> CaptureRecord | None:
        return self._seen[place]
