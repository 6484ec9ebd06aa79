"""The fixture of the data path's tests: a small domain on a database of each kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.data.lab import Lab


@pytest.fixture
def lab(database_url: str, tmp_path: Path) -> Iterator[Lab]:
    root = tmp_path / "data"
    root.mkdir()
    made = Lab(database_url, root)
    yield made
    made.tracking.database.dispose()
