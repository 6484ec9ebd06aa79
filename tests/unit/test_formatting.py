"""The canonical layout of a spec, by example; and `spine-gen fmt`, which writes it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from spine_gen.cli.commands import app
from spine_gen.formatting import formatted

BEFORE = """\
# head
---
# yaml-language-server: $schema=x
spine:   1
domain: a.b
description: This text goes
  over two lines
owner:
partitions:
    # the day
    day: {type: date,   start: 2025-01-31}   # why
    long_name:    { type: enum, values: [2.50, 007, "yes", no] }
    # mid
    month:
        type:    month
        # last of month
    # last of partitions
tiers: [BRONZE,
    SILVER]   # tiers


stages:
    A:   # first
        tier: BRONZE
        sql: "SELECT a,\\n  b\\nFROM x\\n"
        inputs:
        - B  # one
        # between
        - C
        checks:
        -   code: X
            when: 'a = 1'   # cond
    # about B
    B:
        tier: &tier SILVER
        sql: >
          SELECT a   # not a comment

          FROM b



    C: {tier: *tier}
# end
"""
AFTER = """\
# head
# yaml-language-server: $schema=x
spine: 1
domain: a.b
description: >-
  This text goes
  over two lines
owner:

partitions:
  # the day
  day:       {type: date, start: 2025-01-31}  # why
  long_name: {type: enum, values: [2.50, 007, "yes", no]}
  # mid
  month:
    type: month
    # last of month
  # last of partitions
tiers: [BRONZE, SILVER]  # tiers

stages:
  A:  # first
    tier: BRONZE
    sql: |
      SELECT a,
        b
      FROM x
    inputs:
      - B  # one
      # between
      - C
    checks:
      - code: X
        when: 'a = 1'  # cond

  # about B
  B:
    tier: &tier SILVER
    sql: >
      SELECT a   # not a comment

      FROM b

  C: {tier: *tier}
# end
"""
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "specs").mkdir()
    return lambda *arguments: CliRunner().invoke(app, ["fmt", *arguments], prog_name="spine-gen")


def spec(content: str | bytes, name: str = "a.yaml") -> Path:
    path = Path("specs") / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_the_canonical_layout() -> None:
    result = formatted(BEFORE.encode(), "s.yaml")
    assert (result.obstacle, result.after.decode()) == (None, AFTER)
    assert not formatted(AFTER.encode(), "s.yaml").changed


def test_line_breaks_and_the_mark_at_the_beginning_stay() -> None:
    windows = b"\xef\xbb\xbf" + BEFORE.replace("\n", "\r\n").encode()
    assert formatted(windows, "s.yaml").after == b"\xef\xbb\xbf" + AFTER.replace("\n", "\r\n").encode()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: &x   # first\n  b: 1\n", "a comment would be lost, or stand beside something else"),
        ("--- # first\na:  1\n", "a comment would be lost, or stand beside something else"),
    ],
)
def test_what_would_lose_a_comment_stays_as_it_is(text: str, why: str) -> None:
    result = formatted(text.encode(), "s.yaml")
    assert (result.obstacle, result.after) == (why, text.encode())


def test_fmt_writes_what_changes_and_nothing_else(run: Run) -> None:
    one, two = spec(BEFORE), spec(AFTER, "b.yaml")
    times = two.stat().st_mtime_ns
    result = run()
    assert (result.exit_code, result.stdout, result.stderr) == (0, "specs/a.yaml: formatted\n", "")
    assert one.read_text("utf-8") == AFTER
    assert two.stat().st_mtime_ns == times
    assert (run("specs").stdout, run("--check").exit_code) == ("", 0)
    assert sorted(path.name for path in Path("specs").iterdir()) == ["a.yaml", "b.yaml"]


def test_fmt_can_only_look(run: Run) -> None:
    path = spec(BEFORE)
    check = run("--check", str(path))
    assert (check.exit_code, check.stdout) == (1, "specs/a.yaml: would change\n")
    diff = run("--diff")
    assert diff.exit_code == 0 and "--- a/specs/a.yaml\n+++ b/specs/a.yaml\n" in diff.stdout
    assert "-spine:   1\n+spine: 1\n" in diff.stdout
    assert run("--check", "--diff").exit_code == 1
    assert path.read_text("utf-8") == BEFORE


def test_fmt_says_what_it_cannot_lay_out_and_does_the_rest(run: Run) -> None:
    broken, stuck, good = spec("a: [\n", "0.yaml"), spec("a: &x   # first\n  b: 1\n", "1.yaml"), spec(BEFORE)
    result = run()
    assert result.exit_code == 1 and "error[SG102]" in result.stderr
    assert "specs/1.yaml stays as it is: a comment would be lost" in result.stderr
    assert good.read_text("utf-8") == AFTER
    assert (broken.read_text("utf-8"), stuck.read_text("utf-8")) == ("a: [\n", "a: &x   # first\n  b: 1\n")
    assert run("nowhere.yaml").exit_code == 2


def test_a_link_stays_a_link(run: Run) -> None:
    Path("elsewhere").mkdir()
    spec(BEFORE).rename("elsewhere/a.yaml")
    Path("specs/a.yaml").symlink_to("../elsewhere/a.yaml")
    assert run().exit_code == 0
    assert Path("specs/a.yaml").is_symlink() and Path("elsewhere/a.yaml").read_text("utf-8") == AFTER
