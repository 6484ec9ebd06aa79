"""A desk on a database of each kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.freshness.desk import Desk


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """An empty one."""
    made = Desk(database_url, tmp_path)
    yield made
    made.database.dispose()
