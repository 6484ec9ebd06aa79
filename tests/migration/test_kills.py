"""A migration that is killed at any statement leaves the database as it was, and a later one finishes."""

import os
import signal
from pathlib import Path

import pytest
import sqlalchemy as sa

import spine.migrations.running  # once, not in every child  # noqa: F401
from spine.migrations import migrate, pending, upgrade
from tests.databases import emptied, rows_of, schema_of
from tests.migration.test_upgrade import Project

BEFORE = ("shares: {type: integer}", "note: {type: string, nullable: true}")
AFTER = {
    "renames": ("volume: {type: integer, renamed_from: shares}", BEFORE[1]),
    "a column more and one less": (BEFORE[0], "venue: {type: string, nullable: true}"),
    "a wider type": ("shares: {type: decimal, precision: 22, scale: 2}", BEFORE[1]),
}
ROW = "INSERT INTO trades (capture_id, partition_key, symbol, shares, note) VALUES ('c', 'k', 'é', 1, NULL)"


def kill_at(number: int, url: str, generated: Path) -> bool:
    """Migrate in a child that is killed before its statement of that number; whether it came so far."""
    child = os.fork()
    if child == 0:
        left = number

        def count(*_: object) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        sa.event.listen(sa.Engine, "before_cursor_execute", count)
        status = 1
        try:
            upgrade(url, generated)
            status = 0
        finally:
            os._exit(status)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert ended in (0, -signal.SIGKILL), ended
    return ended != 0


@pytest.mark.parametrize("change", AFTER)
def test_killed_at_every_statement(tmp_path: Path, database_url: str, change: str) -> None:
    project = Project(tmp_path, "test.domain")
    project.build(*BEFORE)
    upgrade(database_url, project.generated)
    engine = sa.create_engine(database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(ROW)
    engine.dispose()
    before, rows = schema_of(database_url), rows_of(database_url, "SELECT * FROM trades")
    project.build(*AFTER[change])
    lacking = pending(database_url, project.generated)
    number = 1
    while kill_at(number, database_url, project.generated):
        assert rows_of(database_url, "SELECT * FROM trades") == rows, number  # by their names, too
        if number % 5 == 0:
            assert schema_of(database_url) == before, number
            assert pending(database_url, project.generated) == lacking, number
        number += 1
    assert number > len(lacking) + 5  # it was killed in the middle of it, too
    assert pending(database_url, project.generated) == ()
    assert len(rows_of(database_url, "SELECT * FROM trades")) == 1
    migrated = schema_of(database_url)
    upgrade(emptied(database_url), project.generated)
    assert {name: sorted(columns) for name, (columns, *_) in schema_of(database_url).items()} == {
        name: sorted(columns) for name, (columns, *_) in migrated.items()
    }


def test_killed_around_an_index_that_is_built_concurrently(tmp_path: Path, database_url: str) -> None:
    """What one transaction did stays; the revision is applied only once the index is there."""
    project = Project(tmp_path, "test.domain")
    project.build(*BEFORE)
    bare = upgrade(database_url, project.generated)[-1]
    project.build(*BEFORE, "venue: {type: string}", indexes=("{columns: [venue], concurrently: true}",))
    lacking = pending(database_url, project.generated)
    assert len(lacking) == 2
    number, left = 1, set()
    while kill_at(number, database_url, project.generated):
        there = pending(database_url, project.generated)
        left.add(there)
        assert there in (lacking, lacking[1:]), number
        names = [index[0] for index in schema_of(database_url)["trades"][2]]
        assert upgrade(database_url, project.generated) == there, number
        assert [index[0] for index in schema_of(database_url)["trades"][2]] == ["ix_trades_venue"]
        if database_url.startswith("sqlite"):
            assert names == [], number
        migrate(database_url, project.generated, to=bare, may_destroy=True)
        number += 3  # each begins anew, which takes its time
    on_postgresql = database_url.startswith("postgresql")
    assert left == ({lacking, lacking[1:]} if on_postgresql else {lacking})
    assert pending(database_url, project.generated) == ()
