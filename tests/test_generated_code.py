"""What is generated, in the cases and from the specs, passes ruff and mypy --strict, and can be imported."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ruff import find_ruff_bin  # type: ignore[import-untyped]

from spine_gen.output.lockfile import read_lock

ROOT = Path(__file__).resolve().parent.parent
WRONG_LOGIC = "logic_behind"  # on purpose
CASES = sorted((ROOT / "tests" / "cases").glob("*/expected"))
OUTPUTS = [ROOT / "generated", *(case for case in CASES if case.parent.name != WRONG_LOGIC)]
PACKAGES = [lock.parent for output in OUTPUTS for lock in sorted(output.glob("*/spine.lock.json"))]


def run(*command: str | Path, **environment: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_cases_have_packages() -> None:
    assert len(PACKAGES) >= len(OUTPUTS)
    assert len({package.name for package in PACKAGES}) == len(PACKAGES)


@pytest.mark.parametrize("arguments", [("check", "--select", "E4,E7,E9,F,I"), ("format", "--check")])
def test_it_passes_ruff_with_its_defaults(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """Outside this repository, where `spine` is a library like any other."""
    for output in OUTPUTS:
        for package in output.glob("*/spine.lock.json"):
            (tmp_path / package.parent.name).symlink_to(package.parent)
    run(find_ruff_bin(), arguments[0], "--isolated", "--no-cache", *arguments[1:], tmp_path)


@pytest.mark.parametrize("arguments", [("check",), ("format", "--check")])
def test_it_passes_ruff_as_this_repository_has_it(arguments: tuple[str, ...]) -> None:
    run(find_ruff_bin(), *arguments, "--no-cache", *PACKAGES)


def test_it_passes_mypy_strictly(tmp_path: Path) -> None:
    paths = os.pathsep.join(str(output) for output in OUTPUTS)
    packages = [part for package in PACKAGES for part in ("-p", package.name)]
    config = tmp_path / "mypy.ini"
    config.write_text("[mypy]\n", encoding="utf-8")
    mypy = (sys.executable, "-m", "mypy", "--strict", "--config-file", config)
    run(*mypy, "--cache-dir", ROOT / ".mypy_cache" / "generated", *packages, MYPYPATH=paths)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_importing_it_registers_its_pipelines_and_workflows(package: Path) -> None:
    script = (
        "import importlib, sys\n"
        "from spine.pipelines.registry import default_registry\n"
        "package = importlib.import_module(sys.argv[1])\n"
        "print(*default_registry.pipelines.names(), *default_registry.workflows.names())\n"
    )
    registered = run(sys.executable, "-c", script, package.name, PYTHONPATH=str(package.parent)).split()
    lock = read_lock((package / "spine.lock.json").read_text(encoding="utf-8"))
    pipelines = sorted(f"{lock.domain}/{stage.lower()}" for stage in lock.stages)
    workflows = sorted(f"{lock.domain}/{workflow}" for workflow in lock.workflows)
    own = [name for name in registered if name.startswith(f"{lock.domain}/")]  # and those of what it reads
    assert own == [*pipelines, *workflows]


def test_the_tests_that_pages_show_pass_as_they_are(tmp_path: Path) -> None:
    for package in PACKAGES:
        (example,) = re.findall(r"```python\n(.*?)```", (package / "README.md").read_text("utf-8"), re.S)
        (tmp_path / f"test_{package.name}.py").write_text(example, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\npythonpath =\n" + "".join(f"  {output}\n" for output in OUTPUTS), encoding="utf-8"
    )
    options = ("-q", "-W", "error", "-p", "no:cacheprovider", "-c", tmp_path / "pytest.ini")
    assert f"{len(PACKAGES)} passed" in run(sys.executable, "-m", "pytest", *options, tmp_path)
