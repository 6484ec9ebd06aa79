"""What the commands print: plain where nobody sees a terminal, whole, and harmless to one."""

import io
import json
import re
from decimal import Decimal

import pytest

from spine.cli.output import print_json, visible
from spine.cli.tables import Column, counts, print_table

COLUMNS = [Column(title="NAME"), Column(title="ROWS", numeric=True), Column(title="WHY")]


def test_a_piped_table_is_plain_aligned_and_whole(capsys: pytest.CaptureFixture[str]) -> None:
    long = "x" * 300
    print_table(COLUMNS, [["INGEST", 12345, long], ["A", 7, None]])
    assert capsys.readouterr().out.splitlines() == [
        "NAME     ROWS  WHY",
        f"INGEST  12345  {long}",
        "A           7  -",
    ]


def test_data_never_steers_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(COLUMNS, [["\x1b[2J", 1, "two\nlines [red]not markup[/red]"]])
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert r"\x1b[2J" in out
    assert r"two\nlines [red]not markup[/red]" in out
    assert len(out.splitlines()) == 2


def test_letters_of_any_script_stay() -> None:
    assert visible("Société Générale 東京") == "Société Générale 東京"


def test_json_holds_every_value(capsys: pytest.CaptureFixture[str]) -> None:
    print_json([{"score": Decimal("1.5000"), "name": "Zürich"}])
    out = capsys.readouterr().out
    assert json.loads(out) == [{"score": "1.5000", "name": "Zürich"}]
    assert "Zürich" in out


def test_counts_are_one_cell() -> None:
    assert counts([("A", 1), ("B", 20)]) == "A 1, B 20"
    assert counts([]) is None


def test_on_a_narrow_terminal_long_columns_go_below_their_row(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = [Column(title="STEP"), Column(title="ROWS", numeric=True), Column(title="REASON", long=True)]
    why = "there is no file data/finra/finra_otc_weekly_otc_20260511.csv for partition 2026-W20"
    narrow = on_terminal(monkeypatch, 60, columns, [["INGEST", 25, why], ["has_rows", None, None]])
    assert [line.rstrip() for line in narrow.splitlines()] == [
        "STEP      ROWS",
        "INGEST      25",
        f"    reason: {why}",
        "has_rows     -",
    ]
    wide = on_terminal(monkeypatch, 130, columns, [["INGEST", 25, why], ["has_rows", None, None]])
    assert any("INGEST" in line and why in line for line in wide.splitlines())


def on_terminal(
    monkeypatch: pytest.MonkeyPatch, width: int, columns: list[Column], rows: list[list[str | int | None]]
) -> str:
    """What a terminal of that width is shown, without colours."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    print_table(columns, rows)
    return re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue())
