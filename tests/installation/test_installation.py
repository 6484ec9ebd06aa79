"""The project installs and works where a newcomer would try it: from a wheel, and from a fresh clone.

Both need a package index, as any installation does.
"""

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from examples.environment import pip_command

ROOT = Path(__file__).resolve().parent.parent.parent
OUTER_PYTHON = Path(sys.base_prefix) / ("python.exe" if os.name == "nt" else "bin/python3")


def run(command: list[str | Path], cwd: Path, **environment: str) -> str:
    """The command's standard output; fails the test, with all it printed, unless it exits with 0."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in {"PYTHONPATH", "VIRTUAL_ENV", "SPINE_DATABASE_URL", "SPINE_DATA_ROOT"}
    }
    done = subprocess.run(
        command, cwd=cwd, env=inherited | environment, text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what git tracks, without its history."""
    copy = tmp_path_factory.mktemp("clone") / "spine-gen"
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    for name in filter(None, listed.split("\0")):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, copy / name)
    return copy


def test_a_wheel_in_an_empty_environment_gives_working_commands(repository: Path, tmp_path: Path) -> None:
    pip = pip_command()
    run([*pip, "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path, repository], tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=False)
    commands = environment / ("Scripts" if os.name == "nt" else "bin")
    run([*pip, "--python", commands / "python", "install", "--quiet", wheel], tmp_path)

    for name in ("spine", "spine-gen"):
        assert run([commands / name, "--version"], tmp_path) == f"{name} {wheel.name.split('-')[1]}\n"

    schema = json.loads(run([commands / "spine-gen", "schema"], tmp_path))
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"

    run([commands / "spine-gen", "init", "shop"], tmp_path)
    project = tmp_path / "shop"
    (spec,) = (project / "specs").glob("*.yaml")
    run([commands / "spine-gen", "build", spec.relative_to(project)], project)
    run([commands / "spine", "migrate"], project)
    assert json.loads(run([commands / "spine", "status", "--format", "json"], project)) == []
    ran = json.loads(
        run([commands / "spine", "run", "shop.orders/daily", "-p", "2025-01-02", "--format", "json"], project)
    )
    assert ran["status"] == "COMPLETE"
    captures = [step["capture_id"] for step in ran["steps"] if step["capture_id"]]
    run([commands / "spine", "anomalies"], project)
    for capture in captures:
        assert capture in run([commands / "spine", "lineage", "--full-ids", capture], project)


def test_the_quick_start_runs_one_week_in_a_fresh_copy_and_again_skips_it(repository: Path) -> None:
    first = steps_of(run([OUTER_PYTHON, "examples/quickstart.py"], repository))
    assert first["INGEST"] == first["AGGREGATE"] == "COMPLETE"
    second = steps_of(run([OUTER_PYTHON, "examples/quickstart.py"], repository))
    assert second["INGEST"] == second["AGGREGATE"] == "SKIPPED"
    assert second["has_week"] == first["has_week"] == "COMPLETE"


def steps_of(transcript: str) -> dict[str, str]:
    """The status of every step in the table that ``spine run`` printed."""
    table = transcript.split("$ spine run ")[1].split("\n\n", maxsplit=1)[0].splitlines()[2:]
    return {line.split()[0]: line.split()[2] for line in table}
