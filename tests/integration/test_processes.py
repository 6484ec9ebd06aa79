"""Processes that are killed, and processes that do the same at once: nothing partial, nothing twice."""

import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from spine.core.database.database import Database
from spine.migrations import upgrade

ROWS = 20_000
PROGRAM = textwrap.dedent(
    f"""
    import os, signal, sys
    import sqlalchemy as sa
    from spine import IsoWeek, Partitioning, Pipeline, Step, Workflow, WorkflowRunner, register_pipeline

    url, last_place = sys.argv[1:]
    WEEKS = Partitioning(week=IsoWeek())
    NUMBERS = sa.Table(
        "numbers",
        sa.MetaData(),
        sa.Column("n", sa.BigInteger, primary_key=True),
        sa.Column("partition_key", sa.Text, nullable=False),
        sa.Column("capture_id", sa.String(36), primary_key=True),
    )

    def reach(place):
        if place == last_place:
            os.kill(os.getpid(), signal.SIGKILL)

    @register_pipeline("d/numbers")
    class Numbers(Pipeline):
        def run(self, context):
            week = WEEKS.of(context)
            if complete := self.manifest.check_complete("d", week.key, "NUMBERS", "BRONZE"):
                return self.skip(complete, NUMBERS)
            capture_id = self.manifest.record_start("d", week.key, "NUMBERS", "BRONZE")
            reach("started")
            try:
                with self.publish(capture_id, week, into=NUMBERS) as capture:
                    capture.record("ODD")
                    capture.insert({{"n": n}} for n in range({ROWS}))
                    capture.write()
                    reach("written")
                    self.manifest.record_complete(capture_id, capture.row_count)
                    reach("completed")
            except Exception as error:
                self.manifest.record_failed(capture_id, str(error))
                raise
            return capture.result

    @register_pipeline("d/after")
    class After(Pipeline):
        def run(self, context):
            reach("committed")
            if self.manifest.check_complete("d", context["partition_key"], "AFTER", "SILVER"):
                return {{"status": "SKIPPED"}}
            capture_id = self.manifest.record_start("d", context["partition_key"], "AFTER", "SILVER")
            self.manifest.record_complete(capture_id, 1)

    steps = [
        Step.pipeline("NUMBERS", "d/numbers"),
        Step.lambda_("whole", lambda ctx: ctx.rows("NUMBERS") == {ROWS} and ctx.anomalies("NUMBERS") == 1),
        Step.pipeline("AFTER", "d/after"),
    ]
    result = WorkflowRunner(url).run(Workflow("w", steps, domain="d"), {{"partition_key": "2025-W51"}})
    print(result.status, *(step.status for step in result.steps[::2]), type(result.error).__name__)
    """
)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    upgrade(database_url, None)
    opened = Database.of(database_url)
    with opened.write() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE numbers (n BIGINT, partition_key TEXT, capture_id VARCHAR(36), "
            "PRIMARY KEY (n, capture_id))"
        )
    yield opened
    opened.dispose()


def start(database_url: str, last_place: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-W", "error", "-c", PROGRAM, database_url, last_place]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def ask(database: Database, query: str) -> list[tuple[Any, ...]]:
    with database.read() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


STORED = """
SELECT (SELECT count(*) FROM numbers), (SELECT count(*) FROM core_anomalies),
       (SELECT count(*) FROM core_manifest WHERE status = 'COMPLETE')
"""


@pytest.mark.parametrize(
    ("last_place", "left", "rerun"),
    [
        ("started", (0, 0, 0), "COMPLETE COMPLETE COMPLETE NoneType"),
        ("written", (0, 0, 0), "COMPLETE COMPLETE COMPLETE NoneType"),
        ("completed", (0, 0, 0), "COMPLETE COMPLETE COMPLETE NoneType"),
        ("committed", (ROWS, 1, 1), "COMPLETE SKIPPED COMPLETE NoneType"),
    ],
)
def test_a_run_that_is_killed_leaves_nothing_partial_and_a_rerun_finishes(
    database: Database, database_url: str, last_place: str, left: tuple[int, ...], rerun: str
) -> None:
    killed = start(database_url, last_place)
    assert (killed.communicate()[0], killed.returncode) == ("", -signal.SIGKILL)
    assert ask(database, STORED) == [left]

    again = start(database_url, "nowhere")
    assert again.communicate()[0].strip() == rerun
    assert ask(database, STORED) == [(ROWS, 1, 2)]


def test_of_several_processes_one_completes_a_stage_and_the_others_are_told(
    database: Database, database_url: str
) -> None:
    told = [
        process.communicate()[0].strip() for process in [start(database_url, "nowhere") for _ in range(3)]
    ]
    assert any(one.startswith("COMPLETE") for one in told)
    assert set(told) <= {
        "COMPLETE COMPLETE COMPLETE NoneType",
        "COMPLETE SKIPPED COMPLETE NoneType",
        "COMPLETE SKIPPED SKIPPED NoneType",
        "FAILED FAILED NOT_RUN CaptureConflictError",
        "FAILED COMPLETE FAILED CaptureConflictError",
        "FAILED SKIPPED FAILED CaptureConflictError",
    }
    ids = "SELECT capture_id FROM core_manifest WHERE stage = 'NUMBERS' AND status = 'COMPLETE'"
    assert ask(database, "SELECT DISTINCT capture_id FROM numbers") == ask(database, ids)
    assert ask(database, "SELECT count(*) FROM numbers") == [(ROWS,)]
    assert ask(
        database, "SELECT count(*) FROM core_manifest WHERE status = 'COMPLETE' AND superseded_at IS NULL"
    ) == [(2,)]
