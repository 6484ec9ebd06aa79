"""Many processes give what one gives: the same results, in the same order, and the same bytes."""

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from spine_gen.workers import in_batches, worker_count

CASES = Path(__file__).resolve().parent.parent / "cases"
BUILD = """
import sys
from pathlib import Path
from spine_gen.generate import generate, write_build
project = Path(sys.argv[1])
plan = generate(project.glob("specs/*.yaml"), project / "out", project=project, workers=int(sys.argv[2]))
print([(item.code, item.place) for item in plan.diagnostics])
write_build(plan.without_errors())
"""
FAILS = """
import sys
from pathlib import Path
from spine_gen.errors import UnreadableSpecError
from spine_gen.generate import generate
paths = [Path(sys.argv[1]) / f"none{number}.yaml" for number in range(9)]
try:
    generate(paths, Path("out"), workers=3)
except UnreadableSpecError as error:
    print(error.path)
"""


def built(project: Path, workers: int) -> tuple[str, dict[str, str]]:
    """What a build says, and the digests of what it writes."""
    (project / "specs").mkdir(parents=True)
    for case in CASES.glob("*/spec.yaml"):
        (project / "specs" / f"{case.parent.name}.yaml").write_bytes(case.read_bytes())
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", BUILD, ".", str(workers)],
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": str(workers)},
    )
    files = (path for path in (project / "out").rglob("*") if path.is_file())
    return done.stdout, {
        path.relative_to(project).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files
    }


def test_one_process_and_many_write_the_same_bytes(tmp_path: Path) -> None:
    one = built(tmp_path / "one", 1)
    assert len(one[1]) > 50 and one[0].count("SG") > 50
    assert built(tmp_path / "two", 2) == one
    assert built(tmp_path / "five", 5) == one


def test_the_first_error_is_the_one_that_is_raised(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FAILS, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{tmp_path / 'none0.yaml'}\n"


@pytest.mark.parametrize("count", [0, 1, 7, 32, 33, 500])
def test_batches_keep_the_order(count: int) -> None:
    assert [*in_batches(lambda batch: [item * 2 for item in batch], range(count))] == [
        *range(0, count * 2, 2)
    ]


def test_few_items_are_not_worth_a_process() -> None:
    assert worker_count(1) == worker_count(10) == 1
    assert worker_count(100_000) >= 1
