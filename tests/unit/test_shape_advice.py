"""A value that does not fit is answered with what to write, where its meaning is plain."""

import pytest

from spine_gen.spec.check import check_spec

SPEC = """\
spine: 1
domain: prices.daily
description: Prices.
partitions:
  date: {type: date}
tiers: [BRONZE]
anomalies:
  ODD: {severity: ERROR, description: Odd.}
stages:
  LOAD:
    tier: BRONZE
    source: {format: csv, path: "data/{date}.csv"}
    table:
      name: prices_load
      key: [symbol]
      columns:
        symbol: {type: string}
        close: {type: decimal, precision: 9, scale: 4}
    checks:
      - {code: ODD, when: "close < 0", action: drop, max_rate: 0.05}
  SUM:
    tier: BRONZE
    inputs: [LOAD]
    python: total
    table: {name: prices_sum, key: [symbol], columns: {symbol: {type: string}}}
"""


def test_the_spec_itself_is_valid() -> None:
    assert check_spec(SPEC, "s.yaml").diagnostics == ()


@pytest.mark.parametrize(
    ("right", "wrong", "advice"),
    [
        ("symbol: {type: string}\n", "symbol: string\n", "write `{type: string}`"),
        ("symbol: {type: string}\n", "symbol: varchar(20)\n", "write `{type: string}`"),
        ("symbol: {type: string}\n", "symbol: strin\n", "write `{type: string}`"),
        (
            "close: {type: decimal, precision: 9, scale: 4}",
            "close: decimal(9, 4)",
            "write `{type: decimal, precision: 9, scale: 4}`",
        ),
        ("type: decimal,", "type: numeric,", "write `decimal`"),
        (
            "{type: decimal, precision: 9, scale: 4}",
            "{type: 'decimal(9,4)'}",
            "write `type: decimal, precision: 9, scale: 4`",
        ),
        ("symbol: {type: string}\n", "symbol: {type: VARCHAR}\n", "write `string`"),
        ("symbol: {type: string}\n", "symbol: {type: bigint}\n", "write `integer`"),
        ("symbol: {type: string}\n", "symbol: {type: datetime}\n", "write `timestamp`"),
        ("symbol: {type: string}\n", "symbol: {type: timestamp with time zone}\n", "write `timestamp`"),
        ("date: {type: date}", "date: date", "write `{type: date}`"),
        ("date: {type: date}", "date: {type: daily}", "write `date`"),
        ("key: [symbol]\n", "key: symbol\n", "write `[symbol]`"),
        ("key: [symbol]\n", "key: symbol, close\n", "write `[symbol, close]`"),
        ("inputs: [LOAD]", "inputs: LOAD", "write `[LOAD]`"),
        ("inputs: [LOAD]", "inputs: {LOAD: 6}", "write `{window: 6}`"),
        ("precision: 9,", "precison: 9,", 'did you mean "precision"?'),
        ("tiers: [BRONZE]", "tiers: BRONZE", "write `[BRONZE]`"),
        ("max_rate: 0.05", "max_rate: 5%", "write 0.05, the share from 0 to 1"),
        ("max_rate: 0.05", "max_rate: 12.5 %", "write 0.125, the share from 0 to 1"),
        ("max_rate: 0.05", "max_rate: 5", "use a number from 0 to 1, such as 0.05"),
        ("max_rate: 0.05", f"max_rate: 1{'0' * 400}", "use a number from 0 to 1"),
        ("action: drop", "action: skip", "write `drop`"),
        ("format: csv", "format: jsonl", "write `ndjson`"),
        ("ODD: {severity: ERROR, description: Odd.}", "ODD: fatal", "write `{severity: ERROR}`"),
        (
            'source: {format: csv, path: "data/{date}.csv"}',
            "source: csv",
            "write `{format: csv, path: …}`",
        ),
        (
            'source: {format: csv, path: "data/{date}.csv"}',
            "source: sql",
            "write `{format: sql, database: …, query: …}`",
        ),
        ("precision: 9,", "precision: nine,", "write a whole number"),
    ],
)
def test_it_says_what_to_write(right: str, wrong: str, advice: str) -> None:
    assert right in SPEC
    found = check_spec(SPEC.replace(right, wrong, 1), "s.yaml").diagnostics
    assert [item.help for item in found] == [advice]
