"""Fixtures of the integration tests: a database with the generated schema, and the shipped sample data."""

from pathlib import Path

import pytest

from spine.core.database.database import Database
from spine.migrations import upgrade

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def generated_url(database_url: str) -> str:
    """A database of each kind with the tables of every generated package."""
    database = Database.of(database_url)
    upgrade(database, ROOT / "generated")
    database.dispose()
    return database_url


@pytest.fixture(scope="session")
def sample_data() -> Path:
    """The data root that the repository ships: sample weeks of FINRA and days of prices below data/."""
    return ROOT / "examples"
