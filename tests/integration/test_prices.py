"""prices.daily end to end on both databases: two dimensions, a python stage, a check with a rate."""

import csv
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from shutil import copytree

import pytest
import sqlalchemy as sa
from prices_daily.tables import prices_daily_close as table
from prices_daily.workflows.daily import DAILY

from spine.core.database.database import Database
from spine.errors import PartitionError
from spine.orchestration import Workflow, WorkflowResult, WorkflowRunner

MARKETS = ("NYSE", "NASDAQ")
DAYS = ("2025-12-17", "2025-12-18", "2025-12-19", "2025-12-22", "2025-12-23")
ROWS = "FROM prices_daily_return_current WHERE partition_key = :key"


def key_of(market: str, day: str) -> str:
    return f"market={market}/date={day}"


@dataclass(frozen=True)
class Bench:
    """A migrated database and a data root, and what is asked of them."""

    url: str
    data_root: Path

    def run(self, market: str, day: str, *, force: bool = False) -> WorkflowResult:
        runner = WorkflowRunner(self.url, data_root=self.data_root, force=force)
        return runner.run(DAILY, {"partition_key": key_of(market, day)})

    def ask(self, query: str, **values: object) -> list[tuple[object, ...]]:
        database = Database.of(self.url)
        with database.read() as connection:
            rows = [tuple(row) for row in connection.execute(sa.text(query), values)]
        database.dispose()
        return rows

    def day_file(self, market: str, day: str) -> Path:
        return self.data_root / "data" / "prices" / market / f"{day}.csv"

    def closes(self, market: str, day: str) -> dict[str, tuple[Decimal, int]]:
        """Each symbol's close and volume, as the csv module finds them; rows without a close left out."""
        found = {}
        with self.day_file(market, day).open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                try:
                    found[row["symbol"]] = (Decimal(row["close_price"]), int(row["volume"]))
                except InvalidOperation:
                    continue
        return found

    def expected_returns(self, market: str, day: str) -> dict[str, tuple[Decimal, Decimal | None, int]]:
        """Each symbol's close, its return since the newest day of the four before, and its volume."""
        today = date.fromisoformat(day)
        earlier = [str(today - timedelta(days=back)) for back in range(1, 5)]
        before = next((self.closes(market, other) for other in earlier if other in DAYS), {})
        found = {}
        for symbol, (close, volume) in self.closes(market, day).items():
            past = before.get(symbol)
            change = None if past is None else (close / past[0] - 1).quantize(Decimal("0.000001"))
            found[symbol] = (close, change, volume)
        return found


@pytest.fixture
def bench(generated_url: str, sample_data: Path, tmp_path: Path) -> Bench:
    copytree(sample_data / "data" / "prices", tmp_path / "root" / "data" / "prices")
    return Bench(generated_url, tmp_path / "root")


@pytest.fixture
def all_run(bench: Bench) -> Bench:
    """The bench after every day of both markets ran."""
    for day in DAYS:
        for market in MARKETS:
            assert bench.run(market, day).error is None
    return bench


def test_closes_and_returns_are_what_the_files_say(all_run: Bench) -> None:
    for market in MARKETS:
        for day in DAYS:
            found = all_run.ask(f"SELECT symbol, close, daily_return, volume {ROWS}", key=key_of(market, day))
            assert {
                str(symbol): (
                    Decimal(str(close)),
                    None if change is None else Decimal(str(change)).quantize(Decimal("0.000001")),
                    volume,
                )
                for symbol, close, change, volume in found
            } == all_run.expected_returns(market, day)


def test_the_summary_counts_the_markets_day(all_run: Bench) -> None:
    for market in MARKETS:
        for day in DAYS:
            expected = all_run.expected_returns(market, day).values()
            assert all_run.ask(
                "SELECT symbols, advancers, decliners, total_volume FROM prices_daily_summary_current "
                "WHERE partition_key = :key",
                key=key_of(market, day),
            ) == [
                (
                    len(expected),
                    sum(change is not None and change > 0 for _, change, _ in expected),
                    sum(change is not None and change < 0 for _, change, _ in expected),
                    sum(volume for _, _, volume in expected),
                )
            ]


def test_a_day_on_which_no_row_is_left_has_a_summary_of_zeros(bench: Bench) -> None:
    file = bench.day_file("NYSE", "2025-12-19")
    file.write_text(file.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    result = WorkflowRunner(bench.url, data_root=bench.data_root).run(
        Workflow(
            name="prices.daily/unchecked",
            domain=DAILY.domain,
            partitions=DAILY.partitions,
            steps=[step for step in DAILY.steps if step.name in ("LOAD", "RETURNS", "SUMMARY")],
        ),
        {"partition_key": key_of("NYSE", "2025-12-19")},
    )
    assert result.error is None
    assert bench.ask(
        "SELECT symbols, advancers, decliners, total_volume FROM prices_daily_summary_current"
    ) == [(0, 0, 0, 0)]


def test_markets_are_partitions_of_their_own(all_run: Bench) -> None:
    found = all_run.ask("SELECT DISTINCT partition_key FROM core_manifest WHERE stage = 'SUMMARY'")
    assert {row[0] for row in found} == {key_of(market, day) for market in MARKETS for day in DAYS}
    window = all_run.ask(
        "SELECT DISTINCT i.partition_key FROM core_manifest r "
        "JOIN core_lineage l ON l.capture_id = r.capture_id "
        "JOIN core_manifest i ON i.capture_id = l.input_capture_id "
        "WHERE r.stage = 'RETURNS' AND r.partition_key = :key",
        key=key_of("NYSE", "2025-12-22"),
    )
    assert {row[0] for row in window} == {
        key_of("NYSE", day) for day in ("2025-12-18", "2025-12-19", "2025-12-22")
    }


def test_odd_rows_are_anomalies_of_their_day(all_run: Bench) -> None:
    found = all_run.ask(
        "SELECT m.partition_key, a.anomaly_code FROM core_anomalies a "
        "JOIN core_manifest m ON m.capture_id = a.capture_id WHERE a.anomaly_code <> 'NEW_SYMBOL'"
    )
    assert Counter((str(key).split("/")[1][5:], str(code)) for key, code in found) == {
        ("2025-12-18", "NO_CLOSE"): 1,
        ("2025-12-19", "NO_VOLUME"): 1,
        ("2025-12-19", "LARGE_MOVE"): 1,
        ("2025-12-22", "MALFORMED_ROW"): 1,
    }


def test_every_type_comes_through_as_written(all_run: Bench) -> None:
    database = Database.of(all_run.url)
    with database.read() as connection:
        row = connection.execute(
            sa.select(table.c.close, table.c.halted, table.c.as_of).where(
                table.c.symbol == "CPRK", table.c.partition_key == key_of("NYSE", "2025-12-19")
            )
        ).one()
        halted = connection.scalars(
            sa.select(table.c.symbol).where(
                table.c.halted.is_(True), table.c.partition_key == key_of("NASDAQ", "2025-12-19")
            )
        ).all()
    database.dispose()
    assert row.close == all_run.closes("NYSE", "2025-12-19")["CPRK"][0]
    assert row.close.as_tuple().exponent == -4
    assert row.halted is None
    assert row.as_of.isoformat() == "2025-12-19T21:00:00+00:00"
    assert halted == ["MOSS"]


def test_a_rate_past_the_checks_limit_fails_the_stage(bench: Bench) -> None:
    file = bench.day_file("NYSE", "2025-12-19")
    lines = file.read_text(encoding="utf-8").splitlines()
    spoilt = [",".join([line.split(",")[0], "", *line.split(",")[2:]]) for line in lines[1:4]]
    file.write_text("\n".join([lines[0], *spoilt, *lines[4:]]) + "\n", encoding="utf-8")
    result = bench.run("NYSE", "2025-12-19")
    assert (result.status, result.failed_step) == ("FAILED", "LOAD")
    assert "NO_CLOSE" in str(result.error)
    assert bench.ask("SELECT COUNT(*) FROM prices_daily_close") == [(0,)]
    assert bench.ask("SELECT COUNT(*) FROM core_anomalies WHERE anomaly_code = 'NO_CLOSE'") == [(3,)]


def test_a_market_that_is_none_of_the_declared_is_refused(bench: Bench) -> None:
    with pytest.raises(PartitionError, match="LSE"):
        bench.run("LSE", "2025-12-19")
    assert bench.ask("SELECT COUNT(*) FROM core_manifest") == [(0,)]


def test_a_rerun_is_skipped(all_run: Bench) -> None:
    captures = all_run.ask("SELECT COUNT(*) FROM core_manifest")
    result = all_run.run("NASDAQ", "2025-12-19")
    assert result.error is None
    assert {step.status for step in result.steps if step.kind == "pipeline"} == {"SKIPPED"}
    assert all_run.ask("SELECT COUNT(*) FROM core_manifest") == captures
