"""What the commands print: plain where nobody sees a terminal, whole, and harmless to one."""

import json
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
