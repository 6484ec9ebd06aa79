"""What data engineers write first: nine in ten of it runs on both databases with equal results.

The statements, below tests/everyday, were written down from the tables alone, by somebody who knew nothing of
what is understood here.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from spine_gen.spec.sql.select import ColumnTuple, select_report
from spine_gen.spec.sql.when import when_report
from spine_gen.spec.text_problem import TextProblem
from tests.property.engines import Engines, alike, engines_on

FOLDER = Path(__file__).parent.parent / "everyday"
# What is refused, and by which code: what only PostgreSQL has, what changes from day to day.
REFUSED = {
    "ohlc_array_agg": "SG363",
    "asof_quote": "SG363",
    "daily_pnl": "SG367",  # sums of decimals <> 0
    "listing_age": "SG363",
    "note_tags": "SG367",
    "calendar_coverage": "SG363",
    "desk_rollup": "SG363",
    "w_symbol_pattern": "SG351",
    "w_updated_in_future": "SG351",
    "w_as_of_outside_session": "SG351",
    "w_note_control_chars": "SG351",
    "w_fx_out_of_range": "SG353",
    "w_desk_code": "SG351",
}


def loaded(name: str) -> Any:
    return YAML(typ="safe").load(FOLDER / f"{name}.yaml")


STATEMENTS, TABLES, ROWS = loaded("statements"), loaded("tables"), loaded("rows")
COLUMNS: dict[str, ColumnTuple] = {
    table: tuple((name, one["type"], one["nullable"]) for name, one in columns.items())
    for table, columns in TABLES.items()
}


@pytest.fixture(scope="module")
def engines(postgres_server: str) -> Iterator[Engines]:
    with engines_on(postgres_server) as opened:
        for table, columns in TABLES.items():
            kinds = {name: (one["type"], one["nullable"]) for name, one in columns.items()}
            opened.fill(table, kinds, ROWS[table])
        yield opened


def read(statement: dict[str, Any]) -> tuple[tuple[TextProblem, ...], dict[str, str]]:
    """What is wrong with it, and each database's text."""
    if statement["kind"] == "select":
        inputs = tuple((name, COLUMNS[name]) for name in statement["inputs"])
        report = select_report(statement["text"], None, inputs, tuple(statement["columns"].items()))
        return report.problems, {str(engine): text for engine, text in report.texts().items()}
    [table] = statement["inputs"]
    found = when_report(statement["text"].strip(), None, COLUMNS[table])
    return found.problems, {
        engine: f"SELECT * FROM {table} WHERE ({text})"  # noqa: S608
        for engine, text in found.texts().items()
    }


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement["name"])
def test_it_gives_the_same_on_both_databases_or_is_refused(
    statement: dict[str, Any], engines: Engines
) -> None:
    problems, texts = read(statement)
    if statement["name"] in REFUSED:
        assert problems[0].code == REFUSED[statement["name"]]
        assert problems[0].help
        return
    assert problems == ()
    found = {engine: engines.ask(engine, text) for engine, text in texts.items()}  # type: ignore[arg-type]
    assert not isinstance(found["postgresql"], str), found
    for engine in texts:
        assert alike(sorted_alike(found[engine]), sorted_alike(found["postgresql"])), (engine, texts, found)


def sorted_alike(rows: Any) -> Any:
    """In an order that does not hang on how an engine's driver shows a value."""
    return sorted(
        rows, key=lambda row: [f"{value:.6f}" if isinstance(value, float) else str(value) for value in row]
    )


def test_nine_in_ten_are_understood() -> None:
    assert len(REFUSED) <= len(STATEMENTS) / 10
