"""The fixtures of the data path's tests: a domain on a database of each kind, and what comes between."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TypeAlias

import pytest

from tests.integration.data.lab import Lab

After: TypeAlias = Callable[[ModuleType, str, Callable[[], object]], None]


@pytest.fixture
def lab(database_url: str, tmp_path: Path) -> Iterator[Lab]:
    root = tmp_path / "data"
    root.mkdir()
    made = Lab(database_url, root)
    yield made
    made.tracking.database.dispose()


@pytest.fixture
def after(monkeypatch: pytest.MonkeyPatch) -> After:
    """Have something happen between a part of the reading and the next."""

    def hook(module: ModuleType, name: str, change: Callable[[], object]) -> None:
        real = getattr(module, name)

        def then_change(*args: object, **options: object) -> object:
            result = real(*args, **options)
            monkeypatch.undo()
            change()
            return result

        monkeypatch.setattr(module, name, then_change)

    return hook
