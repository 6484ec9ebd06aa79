"""Slips of the pen in SQL: the message names what was meant, and stands under it."""

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from spine_gen.diagnostics import Diagnostic
from spine_gen.spec.check import check_spec

SPEC = """\
spine: 1
domain: prices.daily
description: Daily closing prices.
partitions:
  date: {type: date, start: 2025-01-01}
tiers: [BRONZE, SILVER]
anomalies:
  ODD: {severity: WARNING, description: Something is odd.}
stages:
  LOAD:
    tier: BRONZE
    source: {format: csv, path: "data/{date}.csv"}
    table:
      name: prices_load
      key: [symbol]
      columns:
        symbol: {type: string}
        venue:  {type: string}
        close:  {type: decimal, precision: 12, scale: 4}
        volume: {type: integer}
        halted: {type: boolean}
        day:    {type: date}
    checks:
      - code: ODD
        when: $WHEN
        action: record
  SUM:
    tier: SILVER
    inputs: [LOAD]
    sql: $SQL
    table:
      name: prices_sum
      key: [symbol]
      columns:
        symbol: {type: string}
        total:  {type: integer}
"""
RIGHT = {"sql": "SELECT symbol, volume AS total FROM LOAD", "when": "volume < 0"}
SLIPS = YAML(typ="safe").load((Path(__file__).parent.parent / "everyday" / "slips.yaml").read_text("utf-8"))


def kept_lines(text: str) -> str:
    return "|\n" + textwrap.indent("\n".join(textwrap.wrap(text, 30)), " " * 12)


def folded_lines(text: str) -> str:
    return ">-\n" + textwrap.indent("\n".join(textwrap.wrap(text, 30)), " " * 12)


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def found(key: str, written: str) -> tuple[list[Diagnostic], tuple[int, int]]:
    """What is found in a spec with that text, and the line and column of its mark."""
    texts = {**RIGHT, key: written}
    marked = SPEC.replace("$WHEN", texts["when"]).replace("$SQL", texts["sql"])
    before = marked.partition("«")[0]
    place = before.count("\n") + 1, len(before) - before.rfind("\n")
    spec = marked.replace("«", "").replace("»", "")
    return list(check_spec(spec, "spec.yaml").diagnostics), place


@pytest.mark.parametrize(
    ("key", "slip"), [(key, slip) for key, slips in SLIPS.items() for slip in slips], ids=str
)
@pytest.mark.parametrize("write", [kept_lines, folded_lines, quoted])
def test_a_slip_is_named_where_it_stands(write: Callable[[str], str], key: str, slip: dict[str, str]) -> None:
    diagnostics, place = found(key, write(slip["text"]))
    first = diagnostics[0]
    assert first.headline == f"{key}: {slip['what']}"
    assert first.help == slip["help"]
    assert (first.place.span.start.line, first.place.span.start.column) == place


def test_what_is_right_is_left_alone() -> None:
    assert found("sql", RIGHT["sql"])[0] == []


def test_tools_are_told_what_to_write_only_where_that_is_sure() -> None:
    misspelt, _ = found("sql", "«SELEC» symbol, volume AS total FROM LOAD")
    assert misspelt[0].replacement == "SELECT"
    other, _ = found("sql", "SELECT symbol, «ISNULL»(volume, 0) AS total FROM LOAD")
    assert (other[0].help, other[0].replacement) == ('did you mean "NULLIF"?', None)
