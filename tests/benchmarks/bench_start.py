"""How long the commands take to start, beside a bare interpreter in the same run.

    python tests/benchmarks/bench_start.py [RUNS]

Prints the median wall time in milliseconds of RUNS (default 9) whole processes of each, taken in turn.
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
COMMANDS = Path(sys.executable).parent
MEASURED: dict[str, list[str]] = {
    "python -c pass (baseline)": [sys.executable, "-c", "pass"],
    "spine-gen --help": [str(COMMANDS / "spine-gen"), "--help"],
    "spine --help": [str(COMMANDS / "spine"), "--help"],
    "spine-gen validate specs/finra.yaml": [str(COMMANDS / "spine-gen"), "validate", "specs/finra.yaml"],
}


def milliseconds(command: list[str]) -> float:
    """One run's wall time; raises ``CalledProcessError`` when the command fails."""
    began = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return (time.perf_counter() - began) * 1000


def main() -> None:
    """Measure and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    times: dict[str, list[float]] = {name: [] for name in MEASURED}
    for number in range(runs + 1):
        for name, command in MEASURED.items():
            taken = milliseconds(command)
            if number:  # the first round warms the file cache
                times[name].append(taken)
    for name, taken_times in times.items():
        print(f"{name:38} {statistics.median(taken_times):6.0f} ms")


if __name__ == "__main__":
    main()
