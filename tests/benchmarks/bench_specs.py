"""How long the generator takes over many specs, each command a process of its own.

    python tests/benchmarks/bench_specs.py [SPECS]

Makes a project of SPECS (default 1,000) different specs of three stages each in a temporary folder (TMPDIR
says where), and prints for each command the wall time, the time of all cores together (what counts on a
machine that does something else as well), and the most memory that it and its workers had.
"""

import os
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

COMMAND = [sys.executable, "-c", "from spine_gen.cli import main; main()"]
AREAS = ("trade", "quote", "order", "venue", "client", "ledger", "payment", "position")
MEASURES = ("price", "volume", "fee", "spread", "weight", "amount", "score")
GRAINS = (
    "{type: date, start: 2024-01-01}",
    "{type: iso_week, start: 2024-W01}",
    "{type: month, start: 2024-01}",
)
TYPES = ("{type: integer}", "{type: float, nullable: true}", "{type: integer, from: rawValue}")
SINGLE_ROUNDS = 5


def spec_text(number: int) -> str:
    """A spec: a file is loaded, added up, and scored by a SELECT or by Python."""
    area = f"{AREAS[number % len(AREAS)]}{number:04d}"
    grain = GRAINS[number % len(GRAINS)]
    columns = [f"{name}_{place}" for place, name in enumerate(MEASURES[: 3 + number % 5])]
    declared = "".join(
        f"        {name}: {TYPES[(number + place) % len(TYPES)]}\n".replace("rawValue", f"raw{name}")
        for place, name in enumerate(columns)
    )
    checks = "".join(
        f"      - {{code: LOW_{place}, when: \"{name} < {number % 7} AND symbol <> 'x'\", action: record}}\n"
        for place, name in enumerate(columns[: 1 + number % 3])
    )
    anomalies = "".join(
        f"  LOW_{place}: {{severity: WARNING, description: {name} is below what {area} allows.}}\n"
        for place, name in enumerate(columns[: 1 + number % 3])
    )
    sums = "".join(f",\n             COUNT({name}) AS n_{name}" for name in columns)
    counts = "".join(f"        n_{name}: {{type: integer}}\n" for name in columns)
    if number % 2:
        inputs, work = "{SUMMARY: {window: " + str(2 + number % 5) + "}}", "python: rate"
    else:
        inputs = "[SUMMARY]"
        work = (
            f"sql: |\n      SELECT symbol, line_count AS rating FROM SUMMARY WHERE line_count > {number % 9}"
        )
    return f"""\
spine: 1
domain: bench.{area}
description: What is known of {area}, for a measurement.
owner: team-{number % 20}

partitions:
  p: {grain}

tiers: [BRONZE, SILVER, GOLD]

anomalies:
  BAD_LINE: {{severity: ERROR, description: The line does not parse.}}
{anomalies}
stages:
  LOAD:
    tier: BRONZE
    description: Load the file of {area}.
    source:
      format: csv
      path: data/{area}/{area}_{{p.start:%Y%m%d}}.csv
      delimiter: "|"
      malformed: BAD_LINE
    table:
      name: {area}_load
      key: [symbol]
      columns:
        symbol: {{type: string}}
{declared}    checks:
{checks}
  SUMMARY:
    tier: SILVER
    description: Count the lines of every symbol.
    inputs: [LOAD]
    sql: |
      SELECT symbol,
             COUNT(*) AS line_count{sums}
      FROM LOAD
      WHERE symbol IS NOT NULL
      GROUP BY symbol
    table:
      name: {area}_summary
      key: [symbol]
      columns:
        symbol: {{type: string}}
        line_count: {{type: integer}}
{counts}
  RATE:
    tier: GOLD
    description: Rate every symbol of {area}.
    inputs: {inputs}
    {work}
    table:
      name: {area}_rate
      key: [symbol]
      columns:
        symbol: {{type: string}}
        rating: {{type: integer}}

workflows:
  daily:
    description: Load, add up and rate.
    steps: [{{stage: LOAD}}, {{stage: SUMMARY}}, {{stage: RATE}}]
"""


def family_memory(root: int) -> int:
    """Kilobytes that a process and all below it hold now, what they share counted once each (Linux)."""
    total, waiting = 0, [root]
    while waiting:
        process = waiting.pop()
        try:
            rollup = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
            waiting += [
                int(child)
                for thread in Path(f"/proc/{process}/task").iterdir()
                for child in (thread / "children").read_text(encoding="ascii").split()
            ]
        except OSError:
            continue  # it has ended
        total += next((int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")), 0)
    return total


def cores_used() -> float:
    """Seconds of every process that has ended below this one."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run(project: Path, *arguments: str) -> tuple[float, float, float]:
    """Seconds, seconds of all cores and megabytes of one command; ``CalledProcessError`` when it fails."""
    began, used = time.perf_counter(), cores_used()
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(project / "bytecode")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package has its bytecode
    process = subprocess.Popen(
        [*COMMAND, *arguments], cwd=project, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    peak, ended = [0], threading.Event()

    def watch() -> None:
        while not ended.wait(0.05):
            peak[0] = max(peak[0], family_memory(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    said = process.communicate()[1]
    taken = time.perf_counter() - began
    ended.set()
    watcher.join()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, arguments, stderr=said)
    return taken, cores_used() - used, peak[0] / 1024


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with TemporaryDirectory(prefix="spine-bench-") as folder:
        project = Path(folder)
        (project / "pyproject.toml").write_text("[tool.spine]\n", encoding="utf-8")
        (project / "specs").mkdir()
        paths = [project / "specs" / f"s{number:04d}.yaml" for number in range(count)]
        for number, path in enumerate(paths):
            path.write_text(spec_text(number), encoding="utf-8")
        one = paths[0].relative_to(project).as_posix()

        def measure(name: str, *arguments: str) -> None:
            seconds, used, megabytes = run(project, *arguments)
            print(f"{name:24} {seconds:7.2f} s {used:7.2f} s of cores {megabytes:5.0f} MB", flush=True)

        print(f"{count} specs, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        run(project, "build", "--dry-run", one)  # compiles what is imported
        measure("validate", "validate")
        measure("build, cold", "build")
        measure("build, unchanged", "build")
        time.sleep(2)  # so that what the build wrote is no longer too fresh to tell
        measure("build, unchanged again", "build")
        text = paths[count // 2].read_text(encoding="utf-8").replace("Load the file", "Load all the files")
        paths[count // 2].write_text(text, encoding="utf-8")
        measure("build, one changed", "build")
        measure("check", "check")
        measure("validate, again", "validate")
        taken, used, _ = sorted(run(project, "validate", one) for _ in range(SINGLE_ROUNDS))[
            SINGLE_ROUNDS // 2
        ]
        print(f"{'validate one spec':24} {taken:7.2f} s {used:7.2f} s of cores")


if __name__ == "__main__":
    main()
