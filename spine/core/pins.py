"""What a run has made, found or asked about: its later steps see the same, whatever others publish."""

from .captures import CaptureRecord, Place


class Pins:
    """The capture of each place that a run saw first, or that there was none."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str, str], dict[str, CaptureRecord]] = {}

    def see(self, record: CaptureRecord) -> None:
        """Note a capture that the run made or found: it is what the run goes by from now on."""
        place = record.place
        self._seen.setdefault((place.domain, place.stage, place.partition_key), {})[place.tier] = record

    def see_none(self, domain: str, stage: str, partition_key: str) -> None:
        """Note that the run looked for a complete capture of the stage, of any tier, and there was none."""
        self._seen.setdefault((domain, stage, partition_key), {})

    def seen(self, domain: str, stage: str, partition_key: str) -> "tuple[CaptureRecord, ...] | None":
        """What the run saw of the stage in that partition; None where it has not looked."""
        found = self._seen.get((domain, stage, partition_key))
        return None if found is None else tuple(found.values())

    def __contains__(self, place: Place) -> bool:
        found = self._seen.get((place.domain, place.stage, place.partition_key))
        return found is not None and (not found or place.tier in found)

    def __getitem__(self, place: Place) -> CaptureRecord | None:
        return self._seen[place.domain, place.stage, place.partition_key].get(place.tier)
