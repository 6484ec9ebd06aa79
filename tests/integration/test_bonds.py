"""bonds.trades and ref.issuers end to end on both databases, against sums worked out from the files."""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from shutil import copytree

import pytest
import sqlalchemy as sa
from bonds_trades.workflows.daily import DAILY
from bonds_trades.workflows.monthly import MONTHLY
from bonds_trades.workflows.ratings import RATINGS
from bonds_trades.workflows.weekly import WEEKLY
from ref_issuers.workflows.snapshot import SNAPSHOT

from spine.core.database.database import Database
from spine.migrations import upgrade
from spine.orchestration import Workflow, WorkflowResult, WorkflowRunner
from spine.orchestration.planner import Planner
from spine.orchestration.refresh import Refresher
from spine.pipelines.registry import default_registry

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "examples" / "data" / "bonds"
DAYS = sorted({path.name[:10] for path in (DATA / "trades").iterdir()})
DECEMBER = [day for day in DAYS if day < "2026"]


@dataclass(frozen=True)
class Trade:
    """A report as a file has it."""

    trade_id: str
    issuer: str
    day: date
    price: Decimal
    amount: int


@dataclass(frozen=True)
class Desk:
    """A migrated database and the files."""

    url: str
    root: Path

    def run(self, workflow: Workflow, key: str) -> WorkflowResult:
        result = WorkflowRunner(self.url, data_root=self.root).run(workflow, {"partition_key": key})
        assert result.status == "COMPLETE", result.error
        return result

    def refresh(self) -> list[tuple[str, str]]:
        """What is made again, in order."""
        database = Database.of(self.url)
        with database.read() as connection:
            plan = Planner(default_registry, self.root).plan(connection)
        refresher = Refresher(database, registry=default_registry, data_root=self.root)
        outcomes = list(refresher.execute(plan))
        database.dispose()
        assert all(outcome.status == "COMPLETE" for outcome in outcomes), outcomes
        return [(outcome.task.place.stage, outcome.task.place.partition_key) for outcome in outcomes]

    def ask(self, query: str, **values: object) -> list[tuple[object, ...]]:
        database = Database.of(self.url)
        with database.read() as connection:
            rows = [tuple(row) for row in connection.execute(sa.text(query), values)]
        database.dispose()
        return rows

    def trades(self, day: str) -> list[Trade]:
        """The day's trades: the last report of each, none of another day."""
        found = {trade.trade_id: trade for trade in self.reports(day) if trade.day.isoformat() == day}
        return list(found.values())

    def reports(self, day: str) -> Iterator[Trade]:
        """What the day's files say, as the csv module has it."""
        for path in sorted((self.root / "data" / "bonds" / "trades").glob(f"{day}_*")):
            packed = path.read_bytes()
            text = (gzip.decompress(packed) if path.suffix == ".gz" else packed).decode("latin-1")
            for row in csv.DictReader(text.splitlines()[1:], delimiter=";"):
                if any(letter.isalpha() for letter in row["price"]):
                    continue
                yield Trade(
                    trade_id=row["trade_id"],
                    issuer=row["issuer"],
                    day=datetime.strptime(row["traded_on"], "%d.%m.%Y").date(),  # noqa: DTZ007
                    price=Decimal(row["price"].replace(".", "").replace(",", ".")),
                    amount=int(row["amount"].replace(".", "")),
                )


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    copytree(DATA, tmp_path / "data" / "bonds")
    upgrade(database_url, ROOT / "generated")
    yield Desk(database_url, tmp_path)


def by_issuer(trades: list[Trade]) -> dict[str, tuple[int, int]]:
    """How many trades of each issuer, and of what amount."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for trade in trades:
        found[trade.issuer].append(trade.amount)
    return {issuer: (len(amounts), sum(amounts)) for issuer, amounts in found.items()}


def sectors(list_of: str) -> dict[str, str]:
    with (DATA / "issuers" / f"{list_of}.csv").open(encoding="utf-8", newline="") as lines:
        return {row["issuer"]: row["sector"] for row in csv.DictReader(lines)}


def by_sector(trades: list[Trade], sector_of: dict[str, str]) -> list[tuple[object, ...]]:
    issuers_of: defaultdict[str, set[str]] = defaultdict(set)
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for trade in trades:
        sector = sector_of.get(trade.issuer, "?")
        issuers_of[sector].add(trade.issuer)
        numbers[sector].append(trade.amount)
    return [(each, len(issuers_of[each]), len(numbers[each]), sum(numbers[each])) for each in sorted(numbers)]


MONTH = (
    "SELECT sector, issuers, trades, amount FROM bond_sector_month_current WHERE partition_key = :key "
    "ORDER BY sector"
)


def test_days_weeks_and_months_are_what_the_files_add_up_to(desk: Desk) -> None:
    desk.run(SNAPSHOT, "2025-12-01")
    for day in DAYS:
        desk.run(DAILY, day)
        rows = desk.ask(
            "SELECT issuer, trades, amount FROM bond_day_current WHERE partition_key = :key", key=day
        )
        assert {str(row[0]): row[1:] for row in rows} == by_issuer(desk.trades(day))
    for week in {
        "-W".join(f"{part:02}" for part in date.fromisoformat(day).isocalendar()[:2]) for day in DAYS
    }:
        desk.run(WEEKLY, week)
        own = [day for day in DAYS if date.fromisoformat(day).strftime("%G-W%V") == week]
        rows = desk.ask(
            "SELECT issuer, trades, amount FROM bond_week_current WHERE partition_key = :key", key=week
        )
        expected = by_issuer([trade for day in own for trade in desk.trades(day)])
        assert {str(row[0]): row[1:] for row in rows} == expected
    desk.run(MONTHLY, "2025-12")
    december = [trade for day in DECEMBER for trade in desk.trades(day)]
    assert desk.ask(MONTH, key="2025-12") == by_sector(december, sectors("2025-12-01"))


def test_the_anomalies_are_those_that_the_files_have(desk: Desk) -> None:
    desk.run(SNAPSHOT, "2025-12-01")
    for day in DAYS:
        desk.run(DAILY, day)
    found = desk.ask(
        "SELECT a.anomaly_code, COUNT(*) FROM core_anomalies a JOIN core_manifest m USING (capture_id) "
        "WHERE m.stage = 'TRADES' GROUP BY a.anomaly_code ORDER BY a.anomaly_code"
    )
    known = sectors("2025-12-01")
    unknown = sum(trade.issuer not in known for day in DAYS for trade in desk.reports(day))
    assert found == [("CORRECTED", 2), ("MALFORMED_LINE", 1), ("OTHER_DAY", 1), ("UNKNOWN_ISSUER", unknown)]


def test_a_newer_list_of_issuers_restates_what_comes_after_it_alone(desk: Desk) -> None:
    desk.run(SNAPSHOT, "2025-12-01")
    for day in DAYS:
        desk.run(DAILY, day)
    for month in ("2025-12", "2026-01"):
        desk.run(MONTHLY, month)
    december = desk.ask(MONTH, key="2025-12")
    desk.run(SNAPSHOT, "2026-01-02")
    made = desk.refresh()
    january = [day for day in DAYS if day >= "2026-01-02"]
    expected = [(stage, day) for day in january for stage in ("TRADES", "DAILY")]
    assert sorted(made) == sorted([*expected, ("MONTHLY", "2026-01")])
    assert desk.ask(MONTH, key="2025-12") == december
    of_january = [trade for day in january for trade in desk.trades(day)]
    assert desk.ask(MONTH, key="2026-01") == by_sector(of_january, sectors("2026-01-02"))
    assert desk.refresh() == []


def test_ratings_that_come_late_are_taken_in(desk: Desk) -> None:
    desk.run(SNAPSHOT, "2025-12-01")
    desk.run(DAILY, "2025-12-24")
    desk.run(MONTHLY, "2025-12")
    query = "SELECT issuer, rating FROM bond_day_current WHERE rating IS NOT NULL ORDER BY issuer"
    assert desk.ask(query) == []
    desk.run(RATINGS, "2025-12-24")
    assert desk.refresh() == [("DAILY", "2025-12-24"), ("MONTHLY", "2025-12")]
    traded = by_issuer(desk.trades("2025-12-24"))
    with (DATA / "ratings.csv").open(encoding="utf-8", newline="") as lines:
        rated = [
            (row["issuer"], row["rating"]) for row in csv.DictReader(lines) if row["rated_on"] == "2025-12-24"
        ]
    assert desk.ask(query) == sorted(each for each in rated if each[0] in traded)
