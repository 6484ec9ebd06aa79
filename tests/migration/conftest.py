"""The database that a chain of revisions runs on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from spine.core.tables import metadata as core
from tests.migration.chains import Chain


@pytest.fixture
def chain(tmp_path: Path, database_url: str) -> Iterator[Chain]:
    """An empty chain on a database that holds the core tables only: each test runs on both databases."""
    engine = sa.create_engine(database_url)
    core.create_all(engine)
    yield Chain(folder=tmp_path, engine=engine)
    engine.dispose()
