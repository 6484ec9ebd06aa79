"""`import spine` costs nothing, and offers every name of its modules that users need."""

import subprocess
import sys

import pytest

import spine


@pytest.mark.parametrize("name", spine.__all__)
def test_every_exported_name_is_there(name: str) -> None:
    assert getattr(spine, name) is not None
    assert name in dir(spine)


def test_other_names_are_not() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = spine.nothing


def test_the_package_is_imported_without_its_libraries() -> None:
    script = "import sys, spine; sys.exit(any(n in sys.modules for n in ('sqlalchemy', 'duckdb', 'alembic')))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
