"""`spine-gen diff --against`: with git, and with the captures of a real database of each kind."""

import json
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from spine import CoreManifest
from spine_gen.cli.commands import app

SPEC = Path("specs/orders.yaml")
GIT = ("git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["diff", *arguments], prog_name="spine-gen")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project that `init` makes, as one commit, with another delimiter since; the directory is in it."""
    folder = tmp_path / "project"
    assert CliRunner().invoke(app, ["init", str(folder)]).exit_code == 0
    monkeypatch.chdir(folder)
    for arguments in (("init",), ("add", "."), ("commit", "-m", "first")):
        subprocess.run([*GIT, *arguments], check=True, capture_output=True)
    text = SPEC.read_text(encoding="utf-8")
    SPEC.write_text(text.replace("action: drop", "action: record"), encoding="utf-8")
    assert SPEC.read_text(encoding="utf-8") != text
    return folder


def test_it_tells_what_becomes_stale_since_a_revision(project: Path) -> None:
    text = run("--against", "HEAD")
    assert text.exit_code == 0
    assert "    breaking: check " in text.stdout and "checks changed\n" in text.stdout
    markdown = run("--against", "HEAD", "--format", "markdown").stdout
    assert markdown.startswith("## shop.orders\n") and "| checks changed |  |" in markdown
    subprocess.run([*GIT, "commit", "-am", "second"], check=True, capture_output=True)
    same = run("--against", "HEAD")
    assert (same.exit_code, same.stdout) == (0, "") and "nothing has changed since HEAD" in same.stderr


@pytest.mark.usefixtures("project")
def test_it_counts_the_partitions_in_a_database(generated_url: str) -> None:
    (first, *_) = json.loads(run("--against", "HEAD", "--format", "json").stdout)[0]["stale"]
    assert first["partitions"] is None
    manifest = CoreManifest(generated_url)
    stage = first["stage"]
    for day in ("2025-01-01", "2025-01-02", "2025-01-02"):
        capture = manifest.record_start("shop.orders", day, stage, "BRONZE")
        manifest.record_complete(capture, 1)
    manifest.record_start("shop.orders", "2025-01-03", stage, "BRONZE")
    told = json.loads(run("--against", "HEAD", "--format", "json", "--database-url", generated_url).stdout)
    assert [each["partitions"] for each in told[0]["stale"] if each["stage"] == stage] == [2]


@pytest.mark.usefixtures("project")
def test_it_makes_no_database_and_refuses_what_it_cannot_count() -> None:
    missing = run("--against", "HEAD", "--database-url", "sqlite:///none.db")
    assert missing.exit_code == 2 and "there is no database" in missing.stderr
    assert not Path("none.db").exists()
    assert run("--database-url", "sqlite:///none.db").exit_code == 2
