"""What is printed while a migration runs, by a clock that tests wind."""

from pathlib import Path

import pytest

from spine.cli import migration_progress as module
from spine.cli.migration_progress import MigrationProgress, migration_progress
from spine.migrations.plan import Step
from spine.migrations.revisions import Revision

REVISION = Revision(revision="desk_0002", follows=None, before=(), destroys=(), path=Path("0002.py"), text="")
STEP, BACK = Step(revision=REVISION, undoing=False), Step(revision=REVISION, undoing=True)


def test_each_revision_is_told_as_it_begins_and_ends(capsys: pytest.CaptureFixture[str]) -> None:
    now, shown = [100.0], list[str]()
    watch = MigrationProgress(shown.append, lambda: now[0])
    watch.still()
    watch.begins(STEP)
    watch.executes("ALTER TABLE trades\n  ADD COLUMN venue VARCHAR")
    now[0] = 130.4
    watch.still()
    watch.executes(f"UPDATE {'t' * 100}")
    now[0] = 131.24
    watch.ends(STEP)
    watch.still()
    watch.begins(BACK)
    watch.waits("trades is held:\nall was undone")
    watch.still()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "desk_0002: applying",
        "desk_0002: 30 s in ALTER TABLE trades ADD COLUMN venue VARCHAR",
        "desk_0002: took 31.2 s",
        "desk_0002: undoing",
        r"trades is held:\nall was undone",
    ]
    assert shown == ["ALTER TABLE trades ADD COLUMN venue VARCHAR", f"UPDATE {'t' * 64}…"]


def test_what_takes_long_is_told_while_it_does(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SILENCE_SECONDS", 0.01)
    with migration_progress() as watch:
        watch.begins(STEP)
        watch.executes("SELECT 1")
        said = ""
        while "in SELECT 1" not in said:
            said += capsys.readouterr().err
    assert "desk_0002: 0 s in SELECT 1" in said
