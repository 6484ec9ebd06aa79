"""A run waits for one lock once, however many of its writes need it."""

import time
from collections.abc import MutableMapping
from typing import Any, Literal

import pytest
import sqlalchemy as sa

from spine import Pipeline, Registry, Step, Workflow, WorkflowRunner, register_pipeline
from spine.core.database.database import Database
from spine.core.manifest import CoreManifest
from spine.errors import DatabaseLockedError

TIMEOUT = 1.0


@pytest.fixture
def impatient(database: Database) -> Database:
    """The same database, for a run whose locks another connection holds."""
    return Database.of(database.engine.url, lock_timeout=TIMEOUT)


def lock(connection: sa.Connection) -> None:
    """Keep everybody else from writing to the manifest."""
    on_postgresql = connection.dialect.name == "postgresql"
    connection.execute(
        sa.text("LOCK TABLE core_manifest IN EXCLUSIVE MODE" if on_postgresql else "BEGIN IMMEDIATE")
    )


@pytest.mark.parametrize("when", ["before", "middle"])
def test_a_run_waits_for_one_lock_once(
    impatient: Database, database_url: str, when: Literal["before", "middle"]
) -> None:
    registry = Registry()
    engine = sa.create_engine(database_url)
    holder = engine.connect()

    @register_pipeline("d/p", registry)
    class Written(Pipeline):
        """As every generated pipeline is made."""

        def run(self, context: MutableMapping[str, Any]) -> None:
            capture = self.manifest.record_start("d", "2025-W51", "S", "T")
            try:
                if when == "middle":
                    lock(holder)
                self.manifest.record_complete(capture, 1)
            except Exception as error:
                self.manifest.record_failed(capture, str(error))
                raise

    workflow = Workflow(name="d/w", domain="d", steps=[Step.pipeline("p", "d/p")])
    if when == "before":
        lock(holder)
    began = time.monotonic()
    try:
        result = WorkflowRunner(impatient, registry=registry).run(workflow, {"partition_key": "2025-W51"})
        assert result.status == "FAILED"
    except DatabaseLockedError:
        pass
    finally:
        holder.close()
        engine.dispose()
    assert TIMEOUT <= time.monotonic() - began < 2 * TIMEOUT


def test_patience_returns_with_a_write_that_succeeds(impatient: Database, database_url: str) -> None:
    engine = sa.create_engine(database_url)
    manifest = CoreManifest(impatient)
    waits = []
    for _ in range(2):
        with engine.connect() as holder:
            lock(holder)
            for _ in range(2):
                began = time.monotonic()
                with pytest.raises(DatabaseLockedError, match="for more than 1 s"):
                    manifest.record_start("d", "2025-W51", "S", "T")
                waits.append(time.monotonic() - began)
        manifest.record_start("d", "2025-W51", "S", "T")
    assert [wait >= TIMEOUT for wait in waits] == [True, False, True, False]
    engine.dispose()
