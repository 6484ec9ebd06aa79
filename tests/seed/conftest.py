"""What the seed's patterns take for granted: a session on a tracked database, and a registry of their own."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from spine.migrations import upgrade
from spine.pipelines.registry import default_registry

Ask = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture
def db_session(database_url: str) -> Iterator[Session]:
    """A SQLAlchemy Session on a migrated database, as an application has it."""
    upgrade(database_url, None)
    engine = sa.create_engine(database_url)
    with Session(engine) as session:
        yield session
    engine.dispose()


@pytest.fixture
def ask(db_session: Session) -> Ask:
    """The rows of a query, seen by another connection than the one that wrote them."""

    def rows(query: str) -> list[tuple[Any, ...]]:
        with db_session.get_bind().engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query))]

    return rows


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The patterns register in the default registry; every test finds it empty."""
    monkeypatch.setattr(default_registry.pipelines, "_entries", {})
    monkeypatch.setattr(default_registry.workflows, "_entries", {})
