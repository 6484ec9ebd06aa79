"""The runnable patterns: each script works as it is, with no arguments, wherever it is started."""

import subprocess
import sys
from pathlib import Path

import pytest

PATTERNS = Path(__file__).resolve().parents[2] / "examples" / "patterns"

# What each script must say, in this order.
SAYS = {
    "04_workflow_with_tracking.py": (
        "first run: COMPLETE",
        "fetch        COMPLETE",
        "returns: {'AAPL': 0.0037, 'MSFT': -0.0112}",
        "second run: COMPLETE",
        "fetch        SKIPPED",
        "the same returns, given back: True",
        "a day without prices: FAILED",
        "has_prices   FAILED",
        "2025-12-15 RETURNS COMPLETE 2",
        "NO_CLOSE WARNING HALT did not close",
    ),
    "08_full_domain_example.py": (
        "2025-W51 COMPLETE: INGEST COMPLETE, AGGREGATE COMPLETE, TREND NOT_RUN",
        "2026-W01 COMPLETE: INGEST COMPLETE, AGGREGATE COMPLETE, TREND COMPLETE",
        "2026-W01 COMPLETE: INGEST SKIPPED, AGGREGATE SKIPPED, TREND SKIPPED",
        "2026-W01 NEWCO 50",
        "NEGATIVE_VOLUME ERROR ATSB reports -5",
        "2026-W01 TREND from 2025-W52 AGGREGATE",
        "2026-W01 TREND from 2026-W01 AGGREGATE",
    ),
}


def test_every_pattern_is_run() -> None:
    assert {path.name for path in PATTERNS.glob("*.py")} == set(SAYS)


@pytest.mark.parametrize("script", SAYS)
def test_a_pattern_runs_and_tells_what_happened(script: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", PATTERNS / script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    place = 0
    for line in SAYS[script]:
        place = done.stdout.find(line, place)
        assert place >= 0, f"{line!r} is missing, or not in its place, in:\n{done.stdout}"
    assert list(tmp_path.iterdir()) == [], "an example leaves nothing behind"
