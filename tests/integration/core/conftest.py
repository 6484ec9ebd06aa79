"""A database of each kind with the core tables, and a tracking on it."""

from collections.abc import Iterator

import pytest

from spine.core.database.database import Database
from spine.core.tracking import Tracking
from spine.migrations import upgrade


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Migrated, of each kind."""
    database = Database.of(database_url)
    upgrade(database, None)
    yield database
    database.dispose()


@pytest.fixture
def tracking(database: Database) -> Tracking:
    """What a run would record through."""
    return Tracking(database, run_id="run")
