"""The public fakes: logic runs on them as it does in a pipeline, and type-checks."""

import math
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from finra_otc.domain import PARTITIONS
from finra_otc.logic.score import score
from finra_otc.rows import FinraOtcScoreRow, FinraOtcSymbolWeekRow

from spine.core.tables import core_anomalies
from spine.core.tracking import Tracking
from spine.errors import AnomalyError
from spine.testing import FakeCapture, Recorded, input_rows

ROOT = Path(__file__).resolve().parents[2]


def test_logic_runs_without_a_database() -> None:
    capture = FakeCapture(PARTITIONS.parse("2025-W51"))
    aggregate = input_rows(
        {
            "2025-W50": [FinraOtcSymbolWeekRow("A", 10, 1, 1)],
            "2025-W51": [FinraOtcSymbolWeekRow("A", 30, 1, 1), FinraOtcSymbolWeekRow("B", 5, 1, 1)],
        }
    )
    rows: Iterator[FinraOtcScoreRow] = score(capture, aggregate)
    assert list(rows) == [
        FinraOtcScoreRow("A", 2, Decimal("1.5000")),
        FinraOtcScoreRow("B", 1, Decimal("1.0000")),
    ]
    assert capture.anomalies == {"SHORT_HISTORY": 1}
    assert capture.recorded == [
        Recorded(
            code="SHORT_HISTORY",
            message="B traded in 1 of 2 weeks",
            severity="INFO",
            context={"symbol": "B", "weeks_traded": 1},
        )
    ]


@pytest.mark.parametrize(
    ("code", "severity", "why"),
    [
        ("CODE", "SEVERE", "severity 'SEVERE' is none of INFO, WARNING, ERROR"),
        ("CODE", "", "severity '' is none of"),
        (" ", None, "needs a code"),
    ],
)
def test_a_fake_refuses_what_a_capture_refuses(code: str, severity: str | None, why: str) -> None:
    capture = FakeCapture(PARTITIONS.parse("2025-W51"))
    with pytest.raises(AnomalyError, match=why):
        capture.record(code, severity=severity)
    assert capture.recorded == []


def test_a_fake_keeps_what_a_capture_would_store() -> None:
    capture = FakeCapture(PARTITIONS.parse("2025-W51"))
    odd: dict[Any, Any] = {
        "when": date(2025, 12, 15),
        5: (Decimal("1.50"), {"b"}),
        "nan": math.nan,
        "cut": "a\x00\udc80",
    }
    capture.record("CODE\0", "cut \udc80 off", context=odd)
    tracking = Tracking("sqlite://")
    capture_id = tracking.manifest.record_start("d", "2025-W51", "S", "BRONZE")
    tracking.anomalies.record(capture_id, "CODE\0", "cut \udc80 off", context=odd)
    with tracking.read() as connection:
        columns = (core_anomalies.c[name] for name in ("anomaly_code", "message", "severity", "context"))
        stored = connection.execute(sa.select(*columns)).one()
    tracking.database.dispose()
    [kept] = capture.recorded
    assert (kept.code, kept.message, kept.severity, kept.context) == tuple(stored)


def test_input_rows_are_the_partitions_given() -> None:
    rows = input_rows({"2025-W50": [1, 2], "2025-W51": [3]})
    assert (list(rows), rows.partition_keys) == ([1, 2, 3], ("2025-W50", "2025-W51"))
    assert list(rows.of(PARTITIONS.parse("2025-W50"))) == [1, 2]
    assert list(rows.of("2025-W40")) == []
    assert list(rows.items()) == [("2025-W50", 1), ("2025-W50", 2), ("2025-W51", 3)]


def test_a_test_of_logic_passes_mypy_strict(tmp_path: Path) -> None:
    code = tmp_path / "case.py"
    code.write_text(
        "from finra_otc.domain import PARTITIONS\n"
        "from finra_otc.logic.score import score\n"
        "from finra_otc.rows import FinraOtcSymbolWeekRow\n"
        "from spine.testing import FakeCapture, input_rows\n"
        'rows = input_rows({"2025-W51": [FinraOtcSymbolWeekRow("A", 1, 1, 1)]})\n'
        'score(FakeCapture(PARTITIONS.parse("2025-W51")), rows)\n'
    )
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), str(code)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout
