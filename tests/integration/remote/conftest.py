"""Fixtures of what is elsewhere: a server of files, and where it is fetched to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from spine.core.data_root import DataRoot
from spine.remotes import Remote
from tests.integration.remote.server import FileServer, running


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with running() as told:
        yield told


@pytest.fixture
def data_root(server: FileServer, tmp_path: Path) -> DataRoot:
    """One that does not wait long for the server."""
    quick = Remote(
        prefix=server.url, attempts=3, backoff=0.01, connect_timeout=5, stall_timeout=0.3, total_timeout=20
    )
    return DataRoot(folder=tmp_path / "data", archive=tmp_path / "archive", remotes=(quick,))
