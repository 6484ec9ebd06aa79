"""finra.otc end to end on both databases: the real weeks, the sample weeks, and weeks that are broken."""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from shutil import copytree

import pytest
import sqlalchemy as sa
from finra_otc.workflows.weekly import WEEKLY

from spine.core.database.database import Database
from spine.orchestration import Workflow, WorkflowResult, WorkflowRunner

HEADER = (
    "tierDescription|issueSymbolIdentifier|issueName|marketParticipantName|MPID"
    "|totalWeeklyShareQuantity|totalWeeklyTradeCount|lastUpdateDate"
)
SAMPLE_WEEKS = {
    "2025-W47": "20251117",
    "2025-W48": "20251124",
    "2025-W49": "20251201",
    "2025-W50": "20251208",
    "2025-W51": "20251215",
    "2025-W52": "20251222",
    "2026-W01": "20251229",
}


@dataclass(frozen=True, kw_only=True)
class Expected:
    """A week's totals, as the csv module and a loop find them."""

    volumes: dict[str, int]
    trades: dict[str, int]
    venues: dict[str, int]
    rows: int


def expected_of(file: Path) -> Expected:
    """The totals of a weekly file by symbol; lines with a missing name or a bad number are left out."""
    volumes: Counter[str] = Counter()
    trades: Counter[str] = Counter()
    venues: Counter[str] = Counter()
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="|"):
            symbol, shares, count = (
                row["issueSymbolIdentifier"],
                row["totalWeeklyShareQuantity"],
                row["totalWeeklyTradeCount"],
            )
            if not symbol or not row["MPID"] or not (shares or "").isdigit() or not (count or "").isdigit():
                continue
            volumes[symbol] += int(shares)
            trades[symbol] += int(count)
            venues[symbol] += 1
    return Expected(
        volumes=dict(volumes), trades=dict(trades), venues=dict(venues), rows=sum(venues.values())
    )


@dataclass(frozen=True)
class Bench:
    """A migrated database and a data root, and what is asked of them."""

    url: str
    data_root: Path

    def run(self, week: str, *, workflow: Workflow = WEEKLY, force: bool = False) -> WorkflowResult:
        return WorkflowRunner(self.url, data_root=self.data_root, force=force).run(
            workflow, {"partition_key": week}
        )

    def ask(self, query: str, **values: object) -> list[tuple[object, ...]]:
        database = Database.of(self.url)
        with database.read() as connection:
            rows = [tuple(row) for row in connection.execute(sa.text(query), values)]
        database.dispose()
        return rows

    def week_file(self, week: str) -> Path:
        return self.data_root / "data" / "finra" / f"finra_otc_weekly_otc_{SAMPLE_WEEKS[week]}.csv"


@pytest.fixture
def sample(generated_url: str, sample_data: Path, tmp_path: Path) -> Bench:
    """The sample weeks, in a copy that a test may spoil."""
    copytree(sample_data / "data" / "finra", tmp_path / "root" / "data" / "finra")
    return Bench(generated_url, tmp_path / "root")


@pytest.fixture
def real(generated_url: str, finra_weeks: Path, tmp_path: Path) -> Bench:
    """The real weeks, where a data root expects them."""
    (tmp_path / "root" / "data").mkdir(parents=True)
    (tmp_path / "root" / "data" / "finra").symlink_to(finra_weeks, target_is_directory=True)
    return Bench(generated_url, tmp_path / "root")


def statuses(result: WorkflowResult) -> dict[str, str]:
    return {step.name: step.status for step in result.steps}


def check_totals(bench: Bench, week: str, file: Path) -> None:
    """What the database has of a week is what the file says, symbol by symbol."""
    expected = expected_of(file)
    found = bench.ask(
        "SELECT symbol, total_volume, total_trades, venue_count FROM finra_otc_symbol_week_current "
        "WHERE partition_key = :week",
        week=week,
    )
    assert {row[0]: row[1] for row in found} == expected.volumes
    assert {row[0]: row[2] for row in found} == expected.trades
    assert {row[0]: row[3] for row in found} == expected.venues
    loaded = bench.ask(
        "SELECT COUNT(*), SUM(share_volume), SUM(trade_count), COUNT(DISTINCT symbol) "
        "FROM finra_otc_volume_current WHERE partition_key = :week",
        week=week,
    )
    assert loaded == [
        (expected.rows, sum(expected.volumes.values()), sum(expected.trades.values()), len(expected.volumes))
    ]


@pytest.mark.parametrize(("week", "day"), [("2025-W51", "20251215"), ("2025-W52", "20251222")])
def test_a_real_weeks_totals_are_right(real: Bench, finra_weeks: Path, week: str, day: str) -> None:
    result = real.run(week)
    assert result.error is None
    assert statuses(result)["INGEST"] == statuses(result)["AGGREGATE"] == "COMPLETE"
    assert statuses(result)["SCORE"] == "NOT_RUN"  # one week is no history
    check_totals(real, week, finra_weeks / f"finra_otc_weekly_otc_{day}.csv")


def test_the_sample_weeks_run_to_a_score_over_the_year_end(sample: Bench) -> None:
    results = {week: sample.run(week) for week in SAMPLE_WEEKS}
    assert [result.error for result in results.values()] == [None] * 7
    assert [week for week, result in results.items() if statuses(result)["SCORE"] == "COMPLETE"] == [
        "2025-W52",
        "2026-W01",
    ]
    for week in SAMPLE_WEEKS:
        check_totals(sample, week, sample.week_file(week))


def test_the_score_is_the_weeks_volume_over_the_mean_of_six(sample: Bench) -> None:
    for week in SAMPLE_WEEKS:
        sample.run(week)
    window = [expected_of(sample.week_file(week)).volumes for week in list(SAMPLE_WEEKS)[1:]]
    this_week = window[-1]
    expected = {}
    for symbol, volume in this_week.items():
        history = [volumes[symbol] for volumes in window if symbol in volumes]
        ratio = Decimal(volume) / (Decimal(sum(history)) / len(history))
        expected[symbol] = (len(history), ratio.quantize(Decimal("0.0001"), ROUND_HALF_EVEN))
    found = sample.ask(
        "SELECT symbol, weeks_traded, score FROM finra_otc_score_current WHERE partition_key = '2026-W01'"
    )
    assert {row[0]: (row[1], Decimal(str(row[2])).quantize(Decimal("0.0001"))) for row in found} == expected
    short = sample.ask(
        "SELECT COUNT(*) FROM core_anomalies a JOIN core_manifest m ON m.capture_id = a.capture_id "
        "WHERE m.partition_key = '2026-W01' AND a.anomaly_code = 'SHORT_HISTORY'"
    )
    assert short == [(sum(weeks < 6 for weeks, _ in expected.values()),)]
    assert short != [(0,)]


def test_odd_rows_are_anomalies_with_what_was_odd(sample: Bench) -> None:
    result = sample.run("2025-W51")
    assert result.error is None
    found = sample.ask(
        "SELECT anomaly_code, severity, message, CAST(context AS TEXT) FROM core_anomalies "
        "WHERE capture_id = :capture ORDER BY anomaly_code, id",
        capture=result.step("INGEST").capture_id,
    )
    assert Counter((code, severity) for code, severity, _, _ in found) == {
        ("MALFORMED_ROW", "ERROR"): 2,
        ("NULL_SYMBOL", "WARNING"): 1,
        ("NULL_VENUE", "WARNING"): 1,
        ("ZERO_TRADES", "WARNING"): 1,
    }
    texts = [f"{message} {context}" for _, _, message, context in found]
    assert any("14,300" in text for text in texts)
    assert any("EMRY EMERY PO" in text for text in texts)
    assert any("Name Withheld Pending Review" in text for text in texts)
    assert any("KSTL" in text and "5150" in text for text in texts)


def test_a_rerun_is_skipped_and_passes_the_same_checks(sample: Bench) -> None:
    weeks = list(SAMPLE_WEEKS)[:6]
    first = [sample.run(week) for week in weeks][-1]
    again = sample.run(weeks[-1])
    assert again.error is None
    for stage in ("INGEST", "AGGREGATE", "SCORE"):
        assert (first.step(stage).status, again.step(stage).status) == ("COMPLETE", "SKIPPED")
        assert first.step(stage).capture_id == again.step(stage).capture_id
        assert first.step(stage).row_count == again.step(stage).row_count
    assert statuses(again)["has_week"] == statuses(first)["has_week"] == "COMPLETE"
    assert sample.ask("SELECT COUNT(*) FROM core_manifest") == [(6 * 2 + 1,)]


def test_a_forced_run_makes_new_captures_that_readers_see(sample: Bench) -> None:
    first = sample.run("2025-W50")
    again = sample.run("2025-W50", force=True)
    assert again.error is None
    assert first.step("INGEST").capture_id != again.step("INGEST").capture_id
    check_totals(sample, "2025-W50", sample.week_file("2025-W50"))
    assert sample.ask("SELECT DISTINCT capture_id FROM finra_otc_volume_current") == [
        (again.step("INGEST").capture_id,)
    ]
    assert sample.ask("SELECT COUNT(DISTINCT capture_id) FROM finra_otc_volume") == [(2,)]


def test_every_row_leads_back_to_its_inputs(sample: Bench) -> None:
    runs = {week: sample.run(week) for week in list(SAMPLE_WEEKS)[:6]}
    last = runs["2025-W52"]
    ingest, aggregate, score = (last.step(stage).capture_id for stage in ("INGEST", "AGGREGATE", "SCORE"))
    aggregates = sorted(str(run.step("AGGREGATE").capture_id) for run in runs.values())
    assert sample.ask(
        "SELECT DISTINCT capture_id, input_min_capture_id, input_max_capture_id FROM finra_otc_symbol_week "
        "WHERE partition_key = '2025-W52'"
    ) == [(aggregate, ingest, ingest)]
    assert sample.ask(
        "SELECT DISTINCT capture_id, input_min_capture_id, input_max_capture_id FROM finra_otc_score"
    ) == [(score, aggregates[0], aggregates[-1])]
    lineage = sample.ask(
        "SELECT input_capture_id FROM core_lineage WHERE capture_id = :c ORDER BY 1", c=score
    )
    assert [row[0] for row in lineage] == aggregates
    assert sample.ask("SELECT input_capture_id FROM core_lineage WHERE capture_id = :c", c=aggregate) == [
        (ingest,)
    ]


GOOD_ROW = "OTC|ABWH|Amber Wharf|ALDR ALDER|ALDR|100|3|2025-12-08"
BROKEN_FILES = {
    "empty": (b"", "empty"),
    "truncated mid-line": (f"{HEADER}\n{GOOD_ROW}\n{GOOD_ROW[:30]}".encode(), "truncated|newline|line end"),
    "not UTF-8": (f"{HEADER}\n{GOOD_ROW}\n".encode().replace(b"Amber", b"Amb\xe9r"), "UTF-8"),
    "wrong header": (f"{HEADER.replace('MPID', 'venue')}\n{GOOD_ROW}\n".encode(), "MPID"),
    "negative volume": (f"{HEADER}\n{GOOD_ROW.replace('|100|', '|-100|')}\n".encode(), "NEGATIVE_VOLUME"),
    "the same key twice": (f"{HEADER}\n{GOOD_ROW}\n{GOOD_ROW}\n".encode(), "ABWH"),
}


def broken(kind: str) -> Iterator[object]:
    yield kind
    yield from BROKEN_FILES[kind]


@pytest.mark.parametrize(("kind", "content", "said"), [tuple(broken(kind)) for kind in BROKEN_FILES])
def test_a_broken_file_is_a_failed_capture_and_changes_no_rows(
    sample: Bench, kind: str, content: bytes, said: str
) -> None:
    good = sample.run("2025-W50")
    before = sample.ask("SELECT * FROM finra_otc_volume ORDER BY symbol, mpid")
    sample.week_file("2025-W50").write_bytes(content)
    result = sample.run("2025-W50", force=True)
    check_failure(sample, result, said)
    assert sample.ask("SELECT * FROM finra_otc_volume ORDER BY symbol, mpid") == before, kind
    assert sample.ask("SELECT DISTINCT capture_id FROM finra_otc_volume_current") == [
        (good.step("INGEST").capture_id,)
    ]


def test_a_missing_file_is_a_failed_capture_that_names_it(sample: Bench) -> None:
    sample.week_file("2025-W50").unlink()
    result = sample.run("2025-W50")
    check_failure(sample, result, "finra_otc_weekly_otc_20251208.csv")
    assert sample.ask("SELECT COUNT(*) FROM finra_otc_volume") == [(0,)]


def test_a_week_mended_after_a_failure_completes(sample: Bench) -> None:
    file = sample.week_file("2025-W50")
    content = file.read_bytes()
    file.write_bytes(b"")
    assert sample.run("2025-W50").status == "FAILED"
    file.write_bytes(content)
    assert sample.run("2025-W50").error is None
    check_totals(sample, "2025-W50", file)


def check_failure(bench: Bench, result: WorkflowResult, said: str) -> None:
    assert (result.status, result.failed_step) == ("FAILED", "INGEST")
    assert statuses(result)["AGGREGATE"] == "NOT_RUN"
    capture = result.step("INGEST").capture_id
    rows = bench.ask(
        "SELECT status, error, row_count FROM core_manifest WHERE capture_id = :capture", capture=capture
    )
    assert [row[0] for row in rows] == ["FAILED"]
    assert result.error is not None
    assert str(result.error) == rows[0][1]
    assert any(part.casefold() in str(rows[0][1]).casefold() for part in said.split("|"))
    assert bench.ask(
        "SELECT COUNT(*) FROM finra_otc_volume WHERE capture_id = :capture", capture=capture
    ) == [(0,)]
