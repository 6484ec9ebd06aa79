"""Whole-program cases: folders with spec.yaml, previous.yaml if it was built before, and what comes of it.

`other.yaml` is the spec of another domain of the same project.

`logic/` has files that people wrote between the two builds.

`expected/` is the output folder after the build, byte for byte; `stderr.txt` what is said about the spec,
warnings included. To write them anew after a change that is meant:

    SPINE_REWRITE_CASES=1 pytest tests/test_cases.py
"""

import os
import re
import shutil
from pathlib import Path

import pytest

from spine_gen.diagnostics.as_text import as_text
from spine_gen.generate import BuildPlan, generate, write_build

CASES = Path(__file__).parent / "cases"
REWRITE = "SPINE_REWRITE_CASES" in os.environ
VERSION = re.compile(rb'^      "version": "[0-9.]+",\n', re.MULTILINE)
NAMES = sorted(folder.parent.name for folder in CASES.glob("*/spec.yaml"))


def build(project: Path, spec: Path) -> BuildPlan:
    """The spec built in a project of its own, as far as it is valid, with the other one beside it."""
    specs = []
    for source in (spec, spec.with_name("other.yaml")):
        if source.exists():
            specs.append(project / ("spec.yaml" if source == spec else source.name))
            specs[-1].write_bytes(source.read_bytes())
    plan = generate(specs, project / "generated", project=project)
    if not plan.blocked:
        write_build(plan)
    return plan


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def without_versions(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files, the locks without the version of the library that told a calendar's days."""
    return {path: VERSION.sub(b"", content) for path, content in files.items()}


@pytest.mark.parametrize("name", NAMES)
def test_case(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = CASES / name
    monkeypatch.chdir(tmp_path)
    previous = case / "previous.yaml"
    if previous.exists():
        assert not build(tmp_path, previous).blocked
    for written in (case / "logic").glob("*.py"):
        (package,) = (tmp_path / "generated").iterdir()
        shutil.copyfile(written, package / "logic" / written.name)
    plan = build(tmp_path, case / "spec.yaml")
    said = as_text((*plan.diagnostics, *plan.logic), plan.texts)
    if REWRITE:
        rewrite(case, tmp_path, plan, said)
    expected = case / "stderr.txt"
    assert said == (expected.read_text(encoding="utf-8") if expected.exists() else "")
    if plan.blocked:
        assert not (case / "expected").exists()
    else:
        assert without_versions(tree(tmp_path / "generated")) == without_versions(tree(case / "expected"))


def test_a_column_that_may_be_null_is_a_small_diff(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a reviewer reads: five lines to declare it, the lock, and a revision with its SQL."""
    case = CASES / "schema_gains_a_column"
    monkeypatch.chdir(tmp_path)
    build(tmp_path, case / "previous.yaml")
    lines = [
        line
        for line in build(tmp_path, case / "spec.yaml").diff().splitlines()
        if line.startswith(("+", "-")) and not line.startswith(("+++", "---"))
    ]
    added = [line for line in lines if line.startswith("+")]
    assert len(added) <= 50
    taken = [line for line in lines if line not in added]
    assert all(re.fullmatch(r'-    (  |"[\w./]+": )"[0-9a-f]{16,64}",?', line) for line in taken)


def rewrite(case: Path, project: Path, plan: BuildPlan, said: str) -> None:
    shutil.rmtree(case / "expected", ignore_errors=True)
    (case / "stderr.txt").unlink(missing_ok=True)
    if said:
        (case / "stderr.txt").write_text(said, encoding="utf-8")
    if not plan.blocked:
        shutil.copytree(project / "generated", case / "expected")
