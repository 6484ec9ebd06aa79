"""Generated packages and logic that cannot be imported, or raise: told by file and line."""

import shutil
from pathlib import Path

import pytest

from tests.integration.cli.project import ROOT, WEEK, Project, make_project


def test_without_generated_packages_run_says_what_makes_them(tmp_path: Path) -> None:
    missing = make_project(tmp_path / "a", generated=tmp_path / "nowhere")
    missing.spine("run", "x", "--partition", WEEK).refused(str(tmp_path / "nowhere"), "spine-gen build")
    (tmp_path / "empty").mkdir()
    empty = make_project(tmp_path / "b", generated=tmp_path / "empty")
    empty.spine("run", "x", "--partition", WEEK).refused("holds no generated package", "spine-gen build")


def test_logic_that_does_not_import_is_told_by_file_and_line(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "generated", tmp_path / "generated")
    logic = tmp_path / "generated" / "finra_otc" / "logic" / "score.py"
    logic.write_text("import nowhere_at_all\n", encoding="utf-8")
    project = make_project(tmp_path / "project", generated=tmp_path / "generated")
    ran = project.spine("run", "finra.otc/weekly", "--partition", WEEK)
    ran.refused(f"{logic}:1: ModuleNotFoundError: No module named 'nowhere_at_all'", status=1)
    assert "Traceback" in project.spine("run", "finra.otc/weekly", "--partition", WEEK, "--traceback").err
    assert not project.database.exists()


def test_logic_that_raises_is_told_by_file_and_line(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "generated", tmp_path / "generated")
    logic = tmp_path / "generated" / "finra_otc" / "logic" / "score.py"
    logic.write_text("def score(capture, aggregate):\n    return {}['nothing']\n", encoding="utf-8")
    project = make_project(tmp_path / "project", generated=tmp_path / "generated")
    for day in ("47", "48", "49", "50", "51"):
        assert project.spine("run", "finra.otc/weekly", "-p", f"2025-W{day}").status == 0
    ran = project.spine("run", "finra.otc/weekly", "-p", "2025-W52")
    assert ran.status == 1
    assert f"{logic}:2: KeyError: 'nothing'" in ran.err
    assert "Traceback" not in ran.err


def test_what_logic_prints_is_no_result(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "generated", tmp_path / "generated")
    logic = tmp_path / "generated" / "prices_daily" / "logic" / "daily_returns.py"
    logic.write_text(
        f"{logic.read_text(encoding='utf-8')}\n\nprint('imported')\nwritten = daily_returns\n\n\n"
        "def daily_returns(capture, load):\n    print('called')\n    return written(capture, load)\n",
        encoding="utf-8",
    )
    project = make_project(tmp_path / "project", generated=tmp_path / "generated")
    ran = project.spine("run", "prices.daily/daily", "-p", "market=NYSE/date=2025-12-19", "--format", "json")
    assert (ran.status, ran.json["status"]) == (0, "COMPLETE")
    assert "imported" in ran.err
    assert "called" in ran.err


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            "import sys\n\n\ndef daily_returns(capture, load):\n    sys.exit(0)\n",
            ":5: sys.exit(0) was",
        ),
        ("def daily_returns(capture, load):\n    open('/no/such/file')\n", ":2: /no/such/file: No such file"),
        ("def daily_returns(capture, load):\n    raise Exception\n", ":2: Exception (--traceback"),
        ("def daily_returns(capture, load):\n    raise ValueError('a\\nb')\n", r":2: ValueError: a\nb ("),
    ],
)
def test_whatever_ends_logic_is_a_failed_run_with_its_place(
    own_packages: Project, code: str, said: str
) -> None:
    logic = own_packages.logic("prices_daily", "daily_returns")
    logic.write_text(code, encoding="utf-8")
    ran = own_packages.spine("run", "prices.daily/daily", "-p", "market=NYSE/date=2025-12-19")
    assert ran.status == 1
    assert f"{logic}{said}" in ran.err
    assert "Traceback" not in ran.err
    standing = {r["stage"]: r["status"] for r in own_packages.spine("status", "--format", "json").json}
    assert standing == {"LOAD": "COMPLETE", "RETURNS": "FAILED"}


def test_logic_that_exits_as_it_is_imported_is_told(own_packages: Project) -> None:
    logic = own_packages.logic("finra_otc", "score")
    logic.write_text("import sys\n\nsys.exit(0)\n", encoding="utf-8")
    ran = own_packages.spine("run", "finra.otc/weekly", "-p", WEEK)
    ran.refused(f"{logic}:3: SystemExit: 0", status=1)
    assert not own_packages.database.exists()
