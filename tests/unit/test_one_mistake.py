"""One mistake in a spec, one diagnostic: nothing follows from what is already said."""

from pathlib import Path

import pytest

from spine_gen.spec.check import check_spec

FINRA = (Path(__file__).parent.parent.parent / "specs" / "finra.yaml").read_text("utf-8")
BRONZE = """\
spine: 1
domain: prices.daily
description: Prices.
partitions:
  date: {type: date}
tiers: [BRONZE]
stages:
  LOAD:
    tier: BRONZE
    source: {format: csv, path: "data/{date}.csv"}
    table:
      name: prices_load
      key: [symbol]
      columns:
        symbol: {type: string}
        volume: {type: integer}
        close: {type: decimal, precision: 9, scale: 4, nullable: true}
"""
SUM = """\
  SUM:
    tier: BRONZE
    inputs: [LOAD]
    sql: SELECT symbol, SUM(volume) AS total FROM LOAD GROUP BY symbol
    table:
      name: prices_sum
      key: [symbol]
      columns:
        symbol: {type: string}
        total: {type: integer}
"""


def found(text: str) -> list[tuple[str, str | None]]:
    return [(diagnostic.code, diagnostic.help) for diagnostic in check_spec(text, "s.yaml").diagnostics]


def codes(text: str) -> list[str]:
    return [code for code, _ in found(text)]


def test_the_specs_themselves_are_valid() -> None:
    assert codes(FINRA) == codes(BRONZE + SUM) == []


@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        ("\nspine: 1", "\nspien: 1", "SG202"),
        ("\nanomalies:", "\nanomalys:", "SG202"),
        ("\nstages:", "\nstagse:", "SG202"),
        ("type: iso_week", "type: iso_weke", "SG204"),
        ("tiers: [BRONZE, SILVER, GOLD]", "tiers: [BRONZE, silver, GOLD]", "SG205"),
        ("tiers: [BRONZE, SILVER, GOLD]", "tiers: [BRONZE, 7, SILVER, GOLD]", "SG203"),
        ("\n  NULL_SYMBOL:", "\n  null_symbol:", "SG205"),
        ("code: NULL_SYMBOL", "code: NULL_SYMBL", "SG304"),
        ("\n  AGGREGATE:", "\n  aggregate:", "SG205"),
        ("inputs: [INGEST]", "inputs: [INGSET]", "SG302"),
        ("inputs: [INGEST]", "input: [INGEST]", "SG202"),
        ("then: SCORE", "then: SCOER", "SG305"),
        ("- {stage: SCORE}", "- {stage: SCOER}", "SG302"),
        ("- {stage: SCORE}", "- {stgae: SCORE}", "SG202"),
        ("- {stage: SCORE}", "- 7", "SG203"),
        (", else: end", ", else: 7", "SG203"),
        ("python: score", "pyhton: score", "SG202"),
        ("python: score", "python: [score]", "SG203"),
        ("type: decimal,", "type: decimla,", "SG204"),
        ("type: decimal, ", "", "SG201"),
    ],
)
def test_in_the_weekly_domain(right: str, wrong: str, code: str) -> None:
    assert right in FINRA
    assert codes(FINRA.replace(right, wrong, 1)) == [code]


@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        ('source: {format: csv, path: "data/{date}.csv"}', "source: data/{date}.csv", "SG203"),
        ('path: "data/{date}.csv"', 'path: ""', "SG207"),
        ("format: csv", "format: parquet, delimiter: 7", "SG209"),
        ("type: integer}\n        close", "type: integer, scale: false}\n        close", "SG209"),
        ("    sql: SELECT", "    sql: ''\n    x: SELECT", "SG207"),
        ("        total: {type: integer}", "        totla: {type: integer}", "SG365"),
        ("SUM(volume) AS total", "SUM(volum) + SUM(volum) AS total", "SG364"),
    ],
)
def test_in_a_daily_one(right: str, wrong: str, code: str) -> None:
    text = BRONZE + SUM
    assert right in text
    said = codes(text.replace(right, wrong, 1))
    assert [other for other in said if other != "SG202"] == [code]


def test_columns_that_cannot_be_read_say_nothing_of_the_sql() -> None:
    assert codes(
        BRONZE + SUM.replace("columns:\n        symbol: {type: string}\n        total", "columns: 7\n#")
    ) == ["SG203"]


def test_a_misspelt_kind_of_step_has_its_near_name() -> None:
    ((_, advice),) = found(FINRA.replace("- {stage: SCORE}", "- {stgae: SCORE}"))
    assert advice == 'did you mean "stage"?'


def test_a_column_that_is_not_there_is_named_once_a_condition() -> None:
    checks = '    checks:\n      - {code: ODD, when: "vol < 0 OR vol > 9", action: drop}\n'
    text = (
        BRONZE.replace("stages:", "anomalies:\n  ODD: {severity: INFO, description: Odd.}\nstages:") + checks
    )
    assert codes(text) == ["SG352"]


def test_a_mistake_behind_an_anchor_is_told_once() -> None:
    text = BRONZE.replace("volume: {type: integer}", "volume: &n {typ: integer}\n        shares: *n")
    assert codes(text) == ["SG202"]
