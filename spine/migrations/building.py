"""Builds the indexes of one step outside of every transaction: on PostgreSQL, while others write.

The revision is applied only afterwards, by the transaction that finds them valid. Loaded only where there is
something to build, as it brings Alembic.
"""

import time
from pathlib import Path

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext

from .applied import ONE_AT_A_TIME
from .indexes import BUILDING, OUTSIDE
from .plan import Step
from .running import run_unrecorded
from .watching import MigrationWatch, statements_told

_ONE_BUILDS = ONE_AT_A_TIME + 1
_AGAIN_SECONDS = 0.5


def build_indexes(engine: sa.Engine, folders: tuple[Path, ...], step: Step, watch: MigrationWatch) -> None:
    """Build them, one process at a time; it waits for as long as there are transactions from before.

    Does nothing for an index that is valid. One that is not, as an earlier attempt was killed, goes first.
    """
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.detach()  # what is set and locked here ends with it
        connection.exec_driver_sql("SET default_transaction_read_only = off")
        # A build that gives up leaves an index that costs writers, and that nobody reads.
        connection.exec_driver_sql("SET lock_timeout = 0")
        # Asked again and again: whoever waited in a statement would be waited for by the one who builds.
        while not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(_ONE_BUILDS))):
            time.sleep(_AGAIN_SECONDS)
        context = MigrationContext.configure(connection=connection, opts={BUILDING: OUTSIDE})
        watch.builds(step)
        with statements_told(connection, watch):
            run_unrecorded(context, folders, [step.revision])
