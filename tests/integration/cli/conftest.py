"""Fixtures of the command's tests: a project to spoil, and one with a history to look at."""

import shutil
from pathlib import Path

import pytest

from tests.integration.cli.project import ROOT, WEEK, Project, make_project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A folder with [tool.spine], the repository's generated packages and the sample data."""
    return make_project(tmp_path / "project")


@pytest.fixture
def own_packages(tmp_path: Path) -> Project:
    """The same with generated packages of its own, for tests that spoil one."""
    shutil.copytree(ROOT / "generated", tmp_path / "generated")
    return make_project(tmp_path / "project", generated=tmp_path / "generated")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project in which six sample weeks ran, and a seventh for which there is no file; to look at only."""
    project = make_project(tmp_path_factory.mktemp("history") / "project")
    for week in ("2025-W47", "2025-W48", "2025-W49", "2025-W50", WEEK, "2025-W52"):
        assert project.spine("run", "finra.otc/weekly", "--partition", week).status == 0
    assert project.spine("run", "finra.otc/weekly", "--partition", "2026-W20").status == 1
    return project
