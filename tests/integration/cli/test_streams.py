"""Closed pipes and interrupts."""

import shutil
import signal
import subprocess
import time
from pathlib import Path

from tests.integration.cli.project import ROOT, SPINE, Project, clean_environment, make_project


def test_a_reader_that_goes_away_is_no_error(history: Project) -> None:
    done = subprocess.run(
        f"{SPINE} status --format json | head -c 1",
        shell=True,
        cwd=history.folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("[", "")


def test_an_interrupt_ends_with_130_and_the_same_command_goes_on(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "generated", tmp_path / "generated")
    logic = tmp_path / "generated" / "finra_otc" / "logic" / "score.py"
    kept = logic.read_text(encoding="utf-8")
    sign = tmp_path / "scoring"
    project = make_project(tmp_path / "project", generated=tmp_path / "generated")
    for day in ("47", "48", "49", "50", "51"):
        assert project.spine("run", "finra.otc/weekly", "-p", f"2025-W{day}").status == 0
    logic.write_text(
        "import time\nfrom pathlib import Path\n\n\ndef score(capture, aggregate):\n"
        f"    Path({str(sign)!r}).touch()\n    time.sleep(60)\n",
        encoding="utf-8",
    )
    process = subprocess.Popen(
        [SPINE, "run", "finra.otc/weekly", "-p", "2025-W52"],
        cwd=project.folder,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background job ignores it, and its children with it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - nothing else
    )
    deadline = time.monotonic() + 60
    while not sign.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert "interrupted" in err
    assert "Traceback" not in err
    logic.write_text(kept, encoding="utf-8")
    again = project.spine("run", "finra.otc/weekly", "-p", "2025-W52", "--format", "json")
    assert again.status == 0, again.err
    assert [step["status"] for step in again.json["steps"] if step["kind"] == "pipeline"] == [
        "SKIPPED",
        "SKIPPED",
        "COMPLETE",
    ]


def test_help_names_every_command(project: Project) -> None:
    ran = project.spine("--help")
    assert ran.status == 0
    for command in ("migrate", "run", "status", "anomalies", "lineage"):
        assert f"  {command} " in ran.out
        assert project.spine(command, "--help").status == 0
