"""A child that is forked while its parent has a transaction open ends nothing of the parent's."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from spine.core.database.database import Database
from spine.core.tables import core_manifest
from spine.errors import TransactionBrokenError
from spine.migrations import upgrade

# The child's end is the script's own: it unwinds every block, and its interpreter ends as any other does.
SCRIPT = """
import os, sys
import sqlalchemy as sa
from spine.core.database.database import Database
from spine.core.tracking import Tracking
from spine.errors import ParentsTransactionError

url, given, end = sys.argv[1:]
database = Database.of(sa.create_engine(url) if given == "engine" else url)
tracking = Tracking(database)
capture = tracking.manifest.record_start("d", "k", "S", "T")
parent = os.getpid()
try:
    with tracking.publishing(capture) as publish, database.snapshot() as snapshot:
        snapshot.execute(sa.text("SELECT 1"))
        publish.begin().execute(sa.text("INSERT INTO made VALUES (1)"))
        if end == "leave":
            tracking.manifest.record_complete(capture, 1)
        child = os.fork()
        if child == 0:
            if end == "exit":
                sys.exit(3)
            if end == "raise":
                raise ZeroDivisionError
            if end == "write":
                tracking.manifest.record_complete(capture, 2)
        else:
            ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            assert ended == 3, ended
            assert snapshot.execute(sa.text("SELECT 1")).scalar() == 1
            if end != "leave":
                tracking.manifest.record_complete(capture, 1)
except (ZeroDivisionError, ParentsTransactionError):
    sys.exit(3 if os.getpid() != parent else 1)
assert tracking.manifest.check_complete("d", "k", "S", "T") is not None
"""


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    """A migrated database with one table more."""
    upgrade(database_url, None)
    engine = sa.create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE made (n INTEGER)"))
    yield engine
    engine.dispose()


@pytest.mark.parametrize("given", ["url", "engine"])
@pytest.mark.parametrize("end", ["exit", "raise", "write", "leave"])
def test_a_child_ends_nothing_of_an_open_publish(
    engine: sa.Engine, database_url: str, given: str, end: str
) -> None:
    command = [sys.executable, "-c", SCRIPT, database_url, given, end]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    with engine.connect() as connection:
        assert connection.execute(sa.select(core_manifest.c.status)).scalars().all() == ["COMPLETE"]
        assert connection.execute(sa.text("SELECT n FROM made")).scalars().all() == [1]


def test_a_transaction_that_ended_early_is_not_committed(postgresql_url: str) -> None:
    database = Database.of(postgresql_url)
    with (
        pytest.raises(TransactionBrokenError, match="a ROLLBACK ended it early"),
        database.write() as connection,
    ):
        connection.execute(sa.text("ROLLBACK"))
    database.dispose()
