"""The base class of every pipeline: one unit of work over one partition, with its tracking at hand.

A pipeline runs inside a workflow, which lends it the run's tracking, or directly, with a database of its own.
"""

from abc import ABC, abstractmethod
from collections.abc import MutableMapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from spine.core.data_root import DataRoot, DataRootLike
from spine.core.tracking import Tracking
from spine.errors import DefinitionError, NoDatabaseError

if TYPE_CHECKING:
    from sqlalchemy import Table

    from spine.core.anomalies import CoreAnomalies
    from spine.core.captures import CaptureRecord
    from spine.core.database.database import Database, DatabaseLike
    from spine.core.dependencies import Dependencies
    from spine.core.lineage import CoreLineage
    from spine.core.manifest import CoreManifest
    from spine.core.partitions.partitioning import Partition
    from spine.data.publish import Publication
    from spine.data.result import StageResult
    from spine.data.stage import Stage

Context: TypeAlias = MutableMapping[str, Any]


class Pipeline(ABC):
    """One unit of work. Subclasses write `run`, and register under a name with `register_pipeline`.

    `Pipeline(database)` takes a database URL, Engine, Session or Database; relative source paths count from
    `data_root` (default: the current folder). Without a database a pipeline still runs, as long as it touches
    none of its tracking.
    """

    makes: "ClassVar[Stage | None]" = None  # the stage that it is, where it declares one

    # Class attributes, so that a subclass whose __init__ forgets super().__init__() can be lent tracking.
    _database: "DatabaseLike | None" = None
    _tracking: Tracking | None = None
    _data_root: DataRootLike = Path()

    def __init__(
        self, database: "DatabaseLike | None" = None, *, data_root: DataRootLike | None = None
    ) -> None:
        self._database = database
        if data_root is not None:
            self._data_root = data_root

    @abstractmethod
    def run(self, context: Context) -> object:
        """Do the work for ``context["partition_key"]``.

        Returns None, a StageResult, or a dict such as ``{"status": "SUCCESS", "rows": 3}`` or
        ``{"status": "SKIPPED", "reason": "Already complete"}``; an exception is a failure.

        What it assigns in the context (not what it changes inside values that were there before) is given
        back when a rerun skips it.
        """

    @property
    def tracking(self) -> Tracking:
        """What this pipeline's captures, anomalies and lineage are written through."""
        if self._tracking is None:
            if self._database is None:
                name = type(self).__name__
                raise NoDatabaseError(
                    f"{name} has no database to track itself in: run it in a workflow, "
                    f"or give it one, as in {name}('sqlite:///spine.db').run(context)"
                )
            self._tracking = Tracking(self._database)
        return self._tracking

    @property
    def database(self) -> "Database":
        """The database that the run is tracked in, to read from and write to in short transactions."""
        return self.tracking.database

    @property
    def manifest(self) -> "CoreManifest":
        """Records which captures started, completed and failed."""
        return self.tracking.manifest

    @property
    def anomalies(self) -> "CoreAnomalies":
        """Records what was odd about a capture's data."""
        return self.tracking.anomalies

    @property
    def lineage(self) -> "CoreLineage":
        """Records which captures a capture was made from."""
        return self.tracking.lineage

    @property
    def data_root(self) -> Path:
        """The folder that relative source paths count from."""
        return DataRoot.of(self._data_root).folder

    def lend(self, tracking: Tracking, data_root: DataRootLike) -> None:
        """Have the pipeline track itself through a run's tracking; the runner's call, before `run`."""
        self._tracking = tracking
        self._data_root = data_root

    def dependencies(self, partition: "Partition") -> "Dependencies":
        """What an attempt at the declared stage would depend on now, for `manifest.check_complete`.

        Raises DefinitionError where the pipeline declares no stage.
        """
        if self.makes is None:
            raise DefinitionError(
                f"{type(self).__name__} declares no stage to know its dependencies by: "
                "give the class `makes = Stage(...)`"
            )
        return self.makes.dependencies(partition, self._data_root)

    def skip(self, complete: "CaptureRecord", table: "Table | None" = None) -> "StageResult":
        """The result of a stage that need not run: what the complete capture left, its rows in `table`."""
        from spine.data.result import skipped_result  # noqa: PLC0415 - light pipelines load no data path

        return skipped_result(self.tracking, complete, table)

    def publish(
        self, capture_id: str, partition: "Partition", into: "Table"
    ) -> "AbstractContextManager[Publication]":
        """Fill `into` for one capture: rows, anomalies, lineage and COMPLETE commit together or not."""
        from spine.data.publish import publish  # noqa: PLC0415 - light pipelines load no data path

        return publish(self.tracking, capture_id, partition, into, self._data_root, makes=self.makes)
