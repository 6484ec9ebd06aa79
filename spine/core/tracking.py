"""Everything that one run records: manifest, anomalies and lineage together."""

from functools import cached_property

from .anomalies import CoreAnomalies
from .lineage import CoreLineage
from .manifest import CoreManifest
from .recording import Recording


class Tracking(Recording):
    """``Tracking(database, run_id=…, remaking=…, clock=…)``: one recording, and its hands.

    ``database`` is a Session, Engine, Connection, URL or Database. While a step runs, the runner sets
    ``current_step`` to its tracking, so that a free ``CoreManifest(engine)`` is part of the same run.
    """

    @cached_property
    def manifest(self) -> CoreManifest:
        """Which captures started, completed and failed."""
        return CoreManifest(self)

    @cached_property
    def anomalies(self) -> CoreAnomalies:
        """What was odd about their data."""
        return CoreAnomalies(self)

    @cached_property
    def lineage(self) -> CoreLineage:
        """What they were built from."""
        return CoreLineage(self)
