"""What migrations destroyed is not current any more, or stale, so that the next run makes it again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from spine.core.database.database import Database
from spine_gen.generate import generate, write_build
from spine_gen.permits import EVERY
from tests.integration.cli.project import Project, Ran, make_project

SPEC = """\
spine: 1
domain: desk.trades
description: Trades and what they come to.
partitions: {day: {type: date}}
tiers: [BRONZE, SILVER]
stages:
  LOAD:
    tier: BRONZE
    source: {format: csv, path: 'trades/{day}.csv'}
    table:
      name: desk_trade
      key: [symbol]
      columns:
        symbol: {type: string}
        shares: {type: integer}
        note: {type: string, nullable: true}
  SUM:
    tier: SILVER
    inputs: [LOAD]
    sql: SELECT SUM(shares) AS total FROM LOAD
    table:
      name: desk_sum
      key: []
      columns:
        total: {type: integer, nullable: true}
workflows:
  daily:
    steps: [{stage: LOAD}, {stage: SUM}]
"""
NOTE = "        note: {type: string, nullable: true}\n"
SUM = SPEC[SPEC.index("  SUM:") : SPEC.index("workflows:")]
DAY = "2025-12-01"
GAVE = "a migration gave its table to another stage, or partitions other keys"


class Trades:
    """A project of its own, which tests build and migrate again and again."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        self.generated = folder / "generated"
        self.project: Project = make_project(folder, generated=self.generated, data_root=folder)
        (folder / "trades").mkdir()
        (folder / "trades" / f"{DAY}.csv").write_text("symbol,shares,note\nA,1,one\nB,2,two\n")

    def build(self, text: str = SPEC) -> list[str]:
        """Build the spec and bring the database there; what was found."""
        spec = self.folder / "trades.yaml"
        spec.write_text(text)
        plan = generate([spec], self.generated, permits=EVERY)
        assert not plan.blocked, plan.diagnostics
        write_build(plan)
        self.spine("migrate")
        return [item.headline for item in plan.diagnostics]

    def spine(self, *arguments: str) -> Ran:
        ran = self.project.spine(*arguments, "--database-url", self.url)
        assert ran.status == 0, ran
        return ran

    def run(self) -> str:
        return self.spine("run", "desk.trades/daily", "-p", DAY).out

    def rows(self, select: str) -> list[tuple[object, ...]]:
        database = Database.of(self.url)
        try:
            with database.read() as connection:
                return [tuple(row) for row in connection.execute(sa.text(select))]
        finally:
            database.dispose()


@pytest.fixture
def trades(tmp_path: Path, database_url: str) -> Iterator[Trades]:
    project = Trades(tmp_path, database_url)
    project.build()
    project.run()
    yield project


NOTES = "SELECT symbol, note FROM desk_trade_current ORDER BY symbol"
MADE = [("A", "one"), ("B", "two")]


def test_a_column_that_is_dropped_and_comes_back_is_filled_by_the_next_run(trades: Trades) -> None:
    assert trades.rows(NOTES) == MADE
    trades.build(SPEC.replace(NOTE, ""))
    assert trades.rows("SELECT symbol, shares FROM desk_trade_current ORDER BY symbol") == [
        ("A", 1),
        ("B", 2),
    ]
    assert "destroyed" not in trades.spine("status", "--stale").out  # nothing that is declared is missing
    trades.build()
    assert trades.rows(NOTES) == [("A", None), ("B", None)]
    assert "a migration destroyed its values of note" in trades.spine("status", "--stale").out
    assert "LOAD" in trades.spine("refresh", "--dry-run").out
    assert "stale: a migration destroyed its values of note" in trades.run()
    assert trades.rows(NOTES) == MADE
    assert trades.spine("status", "--stale").out == ""
    captures = trades.spine("captures", "desk.trades", "-p", DAY, "--stage", "LOAD", "--format", "json").json
    assert [one["destroyed"] for one in captures] == ["note", None]


def test_a_stage_that_is_removed_and_comes_back_is_made_by_the_next_run(trades: Trades) -> None:
    trades.build(SPEC.replace(SUM, "").replace(", {stage: SUM}", ""))
    [destroyed] = trades.spine("captures", "desk.trades", "--stage", "SUM", "--format", "json").json
    assert (destroyed["current"], destroyed["destroyed"]) == (False, "*")
    assert "destroyed" in trades.spine("captures", "desk.trades", "--stage", "SUM").out
    trades.build()
    assert trades.rows("SELECT total FROM desk_sum_current") == []
    assert trades.spine("status", "--missing").out != ""
    trades.run()
    assert trades.rows("SELECT total FROM desk_sum_current") == [(3,)]


def test_a_table_with_another_name_is_filled_by_the_next_run_and_its_readers_are_stale(
    trades: Trades,
) -> None:
    trades.build(SPEC.replace("name: desk_trade", "name: desk_deal"))
    assert trades.rows("SELECT symbol FROM desk_deal_current") == []
    assert "LOAD 2025-12-01 is gone" in trades.spine("status", "--stale").out
    trades.run()
    assert trades.rows("SELECT symbol FROM desk_deal_current ORDER BY symbol") == [("A",), ("B",)]
    assert trades.spine("status", "--stale").out == ""


def test_another_stage_shows_its_own_rows_once(trades: Trades) -> None:
    text, owner = (
        SPEC.replace("SUM:", "TOTAL:").replace("{stage: SUM}", "{stage: TOTAL}"),
        "stage TOTAL (SILVER)",
    )
    assert trades.build(text) == [
        f"desk_sum is written by {owner} instead of stage SUM (SILVER): what is there is not shown any more"
    ]
    [revision] = trades.generated.glob("*/migrations/0002_*.sql")
    assert f"-- What stage SUM (SILVER) made of desk_sum is not current any more: {owner} writes" in (
        revision.read_text()
    )
    assert trades.rows("SELECT total FROM desk_sum_current") == []
    trades.run()
    assert trades.rows("SELECT total FROM desk_sum_current") == [(3,)]
    assert trades.spine("status", "--stale").out == ""
    with pytest.raises(AssertionError, match="cannot be told any more"):
        trades.spine("status", "--as-of", "1")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  SUM:\n    tier: SILVER", "  SUM:\n    tier: BRONZE"),
        ("tiers: [BRONZE, SILVER]", "tiers: {BRONZE: , GOLD: {renamed_from: SILVER}}"),
        ("  SUM:\n", "  TOTAL:\n    renamed_from: SUM\n"),
        ("name: desk_sum", "name: desk_total, renamed_from: desk_sum"),
        ("  daily:\n", "  every_day:\n    renamed_from: daily\n"),
    ],
    ids=["its tier", "tier", "stage", "table", "workflow"],
)
def test_what_is_only_renamed_is_fresh_and_nothing_is_made_again(trades: Trades, old: str, new: str) -> None:
    text = SPEC.replace(old, new)
    if "GOLD" in text:
        text = text.replace("tier: SILVER", "tier: GOLD")
    if "TOTAL" in text:
        text = text.replace("{stage: SUM}", "{stage: TOTAL}")
    if "desk_total" in text:
        text = text.replace("name: desk_total, renamed_from", "name: desk_total\n      renamed_from")
    assert trades.build(text) == []
    table = "desk_total" if "desk_total" in text else "desk_sum"
    assert trades.rows(f"SELECT total FROM {table}_current") == [(3,)]  # noqa: S608
    assert trades.spine("status", "--stale").out == ""
    workflow = "every_day" if "every_day" in text else "daily"
    ran = trades.spine("run", f"desk.trades/{workflow}", "-p", DAY, "--format", "json").json
    assert [step["status"] for step in ran["steps"]] == ["SKIPPED", "SKIPPED"]


def test_as_of_what_came_after_the_rows_were_destroyed_they_did_not_stand(trades: Trades) -> None:
    trades.build(SPEC.replace("name: desk_sum", "name: desk_total"))
    last = trades.spine("status", "--as-of", "3", "--format", "json").json
    assert [one["stage"] for one in last] == ["LOAD"]


def story(trades: Trades, stage: str) -> list[tuple[bool, str | None, str | None]]:
    captures = trades.spine("captures", "desk.trades", "--stage", stage, "--format", "json").json
    return [(one["current"], one["destroyed"], one["migrated"]) for one in captures]


def told(trades: Trades, *arguments: str) -> str:
    ran = trades.project.spine(*arguments, "--database-url", trades.url)
    assert (ran.status, ran.out) == (2, ""), ran
    return ran.err


def test_why_a_capture_is_not_current_is_told(trades: Trades) -> None:
    other = SPEC.replace("SUM:", "TOTAL:").replace("{stage: SUM}", "{stage: TOTAL}")
    trades.build(other)
    assert story(trades, "SUM") == [(False, None, GAVE)]
    shown = trades.spine("captures", "desk.trades", "--stage", "SUM").out
    assert "superseded" in shown and GAVE in shown
    listed = trades.spine("status", "desk.trades", "--all", "--format", "json").json
    assert [one["reasons"] for one in listed if one["stage"] == "SUM"] == [[GAVE]]


def test_rows_that_are_gone_are_not_compared(trades: Trades) -> None:
    (first,) = trades.rows("SELECT capture_id FROM core_manifest WHERE stage = 'SUM'")[0]
    trades.build(SPEC.replace("name: desk_sum", "name: desk_total"))
    trades.run()
    (second,) = trades.rows("SELECT capture_id FROM core_manifest WHERE stage = 'SUM' ORDER BY attempt")[1]
    said = told(trades, "diff", str(second), str(first))
    assert f"capture {first} of desk.trades SUM {DAY} has no rows to compare" in said
    assert "a migration destroyed its rows" in said
    assert story(trades, "SUM") == [(False, "*", "a migration destroyed its rows"), (True, None, None)]


def test_the_status_says_what_is_gone_until_it_is_made_again(trades: Trades) -> None:
    gone = f"{DAY}  SUM    gone  a migration destroyed its rows"
    trades.build(SPEC.replace("name: desk_sum", "name: desk_total"))
    shown = trades.spine("status").out
    assert f"{DAY}  COMPLETE 2  gone" in shown and gone in shown
    trades.run()
    assert "gone" not in trades.spine("status").out
    trades.build(SPEC.replace(SUM, "").replace(", {stage: SUM}", ""))
    assert "SUM" not in trades.spine("status").out  # which nobody expects any more


def test_values_that_are_gone_are_named_once_and_in_a_comparison(trades: Trades) -> None:
    for _ in range(2):
        trades.build(SPEC.replace(NOTE, ""))
        trades.build()
    assert story(trades, "LOAD") == [(True, "note", "a migration destroyed its values of note")]
    trades.run()
    compared = trades.spine("diff", str(trades.rows("SELECT capture_id FROM desk_trade_current")[0][0]))
    assert "2 changed" in compared.out and "values of note, which compare as NULL" in compared.err


def test_a_refresh_makes_what_is_gone_and_then_its_readers(trades: Trades) -> None:
    trades.build(SPEC.replace("name: desk_trade", "name: desk_deal"))
    planned = trades.spine("refresh", "--dry-run", "--format", "json").json
    assert [(one["stage"], one["reason"]) for one in planned["tasks"]] == [
        ("LOAD", "gone: a migration destroyed its rows"),
        ("SUM", f"stale: LOAD {DAY} is gone"),
    ]
    assert "LOAD" not in trades.spine("refresh", "--dry-run", "--because", "file").out
    trades.spine("refresh")
    assert trades.rows("SELECT symbol FROM desk_deal_current ORDER BY symbol") == [("A",), ("B",)]
    assert trades.spine("status", "--stale").out == ""
    assert "nothing is stale" in trades.spine("refresh").err


def test_a_refresh_makes_what_another_stage_took_over(trades: Trades) -> None:
    trades.build(SPEC.replace("SUM:", "TOTAL:").replace("{stage: SUM}", "{stage: TOTAL}"))
    assert "nothing is stale" in trades.spine("refresh").err  # of SUM, which nobody declares, nothing is due
    trades.build()
    trades.spine("refresh")
    assert trades.rows("SELECT total FROM desk_sum_current") == [(3,)]


def test_a_window_is_not_made_without_what_is_gone(trades: Trades) -> None:
    """Else it would be complete over too few rows, and look as one whose input is late."""
    window = SPEC.replace("inputs: [LOAD]", "inputs: {LOAD: {window: 2}}")
    trades.build(window)
    (trades.folder / "trades" / "2025-12-02.csv").write_text("symbol,shares,note\nA,10,\n")
    trades.spine("run", "desk.trades/daily", "-p", "2025-12-02")
    totals = "SELECT total FROM desk_sum_current WHERE partition_key = '2025-12-02'"
    assert trades.rows(totals) == [(13,)]
    trades.build(window.replace("name: desk_trade", "name: desk_deal"))
    arguments = ("run", "desk.trades/daily", "-p", "2025-12-02", "--database-url", trades.url)
    ran = trades.project.spine(*arguments)
    assert ran.status == 1
    said = f"LOAD (BRONZE) of desk.trades is gone for {DAY} (a migration destroyed its rows)"
    assert said in ran.out + ran.err
    assert trades.rows(totals) == [(13,)]
    trades.spine("refresh")
    assert trades.rows(totals) == [(13,)]
    assert trades.spine("status", "--stale").out == ""


def test_partitions_whose_keys_look_otherwise_are_not_shown_beside_the_new_ones(trades: Trades) -> None:
    shown = "SELECT symbol, partition_key FROM desk_trade_current ORDER BY symbol"
    (trades.folder / "trades" / "2025-12.csv").write_text("symbol,shares,note\nA,1,one\nB,2,two\n")
    (found,) = trades.build(SPEC.replace("type: date", "type: month"))
    assert "partition keys are YYYY-MM instead of YYYY-MM-DD" in found
    trades.spine("run", "desk.trades/daily", "-p", "2025-12")
    assert trades.rows(shown) == [("A", "2025-12"), ("B", "2025-12")]
    refreshed = trades.spine("refresh")  # says of no day that it cannot be made
    assert (refreshed.out, refreshed.err) == ("", "nothing is stale\n")
    trades.build()
    assert trades.rows(shown) == []
    assert f"gone: {GAVE}" in trades.spine("refresh").out
    assert trades.rows(shown) == [("A", DAY), ("B", DAY)]
