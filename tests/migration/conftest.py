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
    yield from _chain(tmp_path, database_url)


@pytest.fixture
def postgresql_chain(tmp_path: Path, postgresql_url: str) -> Iterator[Chain]:
    """The same, for what only PostgreSQL has."""
    yield from _chain(tmp_path, postgresql_url)


def _chain(folder: Path, url: str) -> Iterator[Chain]:
    engine = sa.create_engine(url)
    core.create_all(engine)
    yield Chain(folder=folder, engine=engine)
    engine.dispose()
