"""Every operation of the table gives the same on SQLite and PostgreSQL, and to checks of files in DuckDB."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from spine.data.checks import Check
from spine.data.row_checks import RowCheck, holds
from spine_gen.spec.sql.kinds import Kind
from spine_gen.spec.sql.operations.operation import Operation
from spine_gen.spec.sql.operations.table import OPERATIONS
from spine_gen.spec.sql.select import select_report
from spine_gen.spec.sql.when import when_report
from tests.property.engines import Engines, alike, engines_on

COLUMNS: dict[str, tuple[Kind, bool]] = {
    "id": ("integer", False),
    "symbol": ("string", False),
    "desk": ("string", True),
    "qty": ("integer", False),
    "qty2": ("integer", True),
    "price": ("decimal", True),
    "fx": ("float", True),
    "day": ("date", False),
    "seen_at": ("timestamp", True),
    "otc": ("boolean", True),
}
_OF_TABLE = tuple((name, kind, nullable) for name, (kind, nullable) in COLUMNS.items())
INPUTS = (("TRADES", _OF_TABLE),)
_TRUE_OR_FALSE = frozenset({"condition", "boolean"})


class Asked(NamedTuple):
    """An example of an operation, as each engine is asked."""

    example: str
    by_row: bool  # one value a row, and not one of all rows
    texts: dict[str, str]


def asked(operation: Operation, example: str) -> Asked:
    """The example as a column of a SELECT, which has to be without a finding."""
    many = any(issubclass(node, exp.AggFunc | exp.WithinGroup) for node in operation.nodes)
    by_row = not many or " OVER " in example
    columns = ("id AS k, " if by_row else "") + f"{example} AS x"
    query = f"SELECT {columns} FROM TRADES" + (" ORDER BY id" if by_row else "")  # noqa: S608
    table: tuple[tuple[str, Kind], ...] = (("x", "unknown"),)
    report = select_report(query, None, INPUTS, (("k", "integer"), *table) if by_row else table)
    assert report.problems == (), example
    return Asked(example, by_row, {str(engine): text for engine, text in report.texts().items()})


ASKED = [asked(operation, example) for operation in OPERATIONS for example in operation.examples]

texts = st.text("aAbBdD12%_ .-äßÄ", max_size=6)
rows = st.lists(
    st.tuples(
        texts,
        st.none() | texts | st.sampled_from(["D1", "12", "-7", "1.5", " 3 ", "1e3", "NaN", "0x1F", "1_0"]),
        st.integers(-9, 9) | st.integers(-(10**12), 10**12),
        st.none() | st.integers(-9, 9) | st.just(0),
        st.none()
        | st.decimals(-99999999, 99999999, places=4).map(str)
        | st.sampled_from(["0", "2.675", "-0.5"]),
        st.none() | st.integers(-(10**9), 10**9).map(lambda number: number / 1000),
        st.dates(date(1900, 1, 1), date(2100, 12, 31)).map(str),
        st.none() | st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)).map(str),  # noqa: DTZ001 - in UTC
        st.none() | st.booleans(),
    ),
    min_size=1,
    max_size=7,
)


@pytest.fixture(scope="module")
def engines(postgres_server: str) -> Iterator[Engines]:
    with engines_on(postgres_server) as opened:
        yield opened


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows)
def test_every_operation_gives_the_same_on_both_databases(engines: Engines, given_rows: list[Any]) -> None:
    numbered = [(number, *row) for number, row in enumerate(given_rows)]
    engines.fill("TRADES", COLUMNS, numbered)
    for one in ASKED:
        lite, postgres = (engines.ask(engine, one.texts[engine]) for engine in ("sqlite", "postgresql"))
        if one.by_row and isinstance(lite, str) != isinstance(postgres, str):
            raise AssertionError((one, lite, postgres))
        assert alike(lite, postgres), (one, lite, postgres)


_EXTREMES = (2**63 - 1, -(2**63), 2**62, -(2**62), 2**31, 7, 1, 0, -1)
_OR_NULL = (*_EXTREMES, None)
_WHOLE = (
    "qty + qty2",
    "qty - qty2",
    "qty * qty2",
    "qty * 2",
    "qty + 1",
    "-qty",
    "ABS(qty)",
    "qty + qty2 - qty",
    "2 * qty - qty2 > 0",
    "-qty + qty2",
    "qty2 + (qty + 1) * 1",
    "-9223372036854775808 + qty2",
    "-9223372036854775808 = qty",
    "qty - (-9223372036854775808)",
    "(qty + qty2) / 2",
    "(qty - qty2) % 7",
    "CAST(qty * 2 AS BIGINT)",
    "CAST(qty + qty2 AS TEXT)",
    "COALESCE(qty + 1, 0)",
    "CASE WHEN qty2 > 0 THEN qty + qty2 ELSE -qty END",
    "GREATEST(qty - 1, qty2)",
    "LENGTH(symbol) * 2 + 1",
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(_EXTREMES), st.sampled_from(_OR_NULL))
def test_whole_numbers_past_64_bits_fail_everywhere(engines: Engines, qty: int, qty2: int | None) -> None:
    row = (1, "AAPL", "D1", qty, qty2, "1.5", 0.5, "2025-12-31", None, None)
    engines.fill("TRADES", COLUMNS, [row])
    for example in _WHOLE:
        _check_alike(engines, example)


def _held(text: str) -> str:
    """A query for the rows that a condition holds for, as checks ask it."""
    check = RowCheck(check=Check(code="ODD", when=text, action="drop"), condition=text)
    return f"SELECT id FROM TRADES WHERE {holds([check])} ORDER BY id"  # noqa: S608


_FLOATS = (1e308, -1e308, 1e-308, 1e200, -2.5, 1.0, 0.0, None)
_OF_FLOATS = (
    "fx * fx",
    "fx * 10",
    "fx * price",
    "fx * qty",
    "fx + fx",
    "fx - (-fx)",
    "fx - fx",
    "1e308 * qty",
    "fx / 1e-10",
    "fx / 1e308",
    "fx / qty",
    "fx * fx / 1e10",
    "fx * fx * 0",
    "fx * fx - qty2",
    "POWER(fx, 2)",
    "POWER(fx, -2)",
    "POWER(price, qty)",
    "EXP(fx)",
    "EXP(-fx)",
    "EXP(qty)",
    "EXP(price)",
    "SQRT(fx)",
    "CASE WHEN fx * fx > 1 THEN 1 END",
    "COALESCE(fx * 2, 0)",
    "SUM(fx * 2) OVER (ORDER BY id)",
)


@pytest.mark.parametrize("qty", [0, 1, 100, 800])
@pytest.mark.parametrize("fx", _FLOATS)
def test_what_a_float_does_not_hold_fails_everywhere(engines: Engines, fx: float | None, qty: int) -> None:
    engines.fill("TRADES", COLUMNS, [(1, "A", "D1", qty, None, "99999.5", fx, "2025-12-31", None, None)])
    for example in _OF_FLOATS:
        _check_alike(engines, example)


@pytest.mark.parametrize(
    "condition", ["qty <> 0 AND 10 / qty > 1", "qty = 0 OR 10 / qty > 1", "qty2 * qty > 0"]
)
def test_what_has_decided_keeps_the_rest_from_failing(engines: Engines, condition: str) -> None:
    rows = [(1, "A", None, 0, 5, None, None, "2025-12-31", None, None)]
    engines.fill("TRADES", COLUMNS, [*rows, (2, *rows[0][1:3], 7, *rows[0][4:])])
    found = [
        engines.ask(engine, _held(text))
        for engine, text in when_report(condition, None, _OF_TABLE).texts().items()
    ]
    assert isinstance(found[0], list)
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize(
    "desk", ["0x10", "0b1", "1_000", "NaN", "inf", "-Infinity", ".5", "5.", "1e3", "", "+7", "e1"]
)
def test_a_text_is_a_number_everywhere_or_nowhere(engines: Engines, desk: str) -> None:
    engines.fill("TRADES", COLUMNS, [(1, "A", desk, 1, None, None, None, "2025-12-31", None, None)])
    for example in ("CAST(desk AS BIGINT)", "desk::numeric", "CAST(desk AS NUMERIC(9, 2))"):
        _check_alike(engines, example)
    _check_alike(engines, "CAST(desk AS DOUBLE PRECISION)")


def test_sums_out_of_range_fail_on_both(engines: Engines) -> None:
    rows = [
        (1, "A", "D1", 2**63 - 1, -(2**63), "1.5", 1e308, "2025-12-31", None, True),
        (2, "A", None, 1, -1, None, 1e308, "2025-12-31", None, False),
    ]
    engines.fill("TRADES", COLUMNS, rows)
    for example in (
        "SUM(qty)",
        "SUM(qty2)",
        "SUM(fx)",
        "SUM(fx) FILTER (WHERE otc)",
        "SUM(qty) > 5",
        "SUM(qty) / 3",
        "AVG(qty)",
        "SUM(qty) FILTER (WHERE qty > 0)",
        "SUM(qty) FILTER (WHERE otc)",
        "CASE WHEN SUM(qty) > 1 THEN 1 ELSE 0 END",
        "SUM(CASE WHEN qty > 0 THEN qty ELSE 0 END)",
        "MAX(fx) * 10",
    ):
        _check_alike(engines, example, by_row=False)
    for example in (
        "SUM(qty) OVER (ORDER BY id)",
        "SUM(qty2) OVER ()",
        "SUM(qty) FILTER (WHERE otc) OVER ()",
    ):
        _check_alike(engines, example)


def test_a_sum_is_asked_as_it_is_written_where_it_is_stored_or_counts() -> None:
    for example in (
        "SUM(qty)",
        "COALESCE(SUM(qty) FILTER (WHERE otc), 0)",
        "SUM(CASE WHEN otc THEN 1 ELSE 0 END) / 2",
    ):
        query = f"SELECT {example} AS x FROM TRADES"  # noqa: S608
        stored: Kind = "decimal" if "/" in example else "integer"
        assert select_report(query, None, INPUTS, (("x", stored),)).texts()["postgresql"] == query


def _check_alike(engines: Engines, example: str, *, by_row: bool = True) -> None:
    """It gives the same on both databases, and on DuckDB where a condition may have it."""
    query = f"SELECT {'id AS k, ' * by_row}{example} AS x FROM TRADES{' ORDER BY id' * by_row}"  # noqa: S608
    table: tuple[tuple[str, Kind], ...] = (("k", "integer"), ("x", "unknown"))
    report = select_report(query, None, INPUTS, table if by_row else table[1:])
    assert report.problems == (), example
    lite, postgres = (engines.ask(engine, report.texts()[engine]) for engine in ("sqlite", "postgresql"))
    assert alike(lite, postgres), (example, lite, postgres)
    condition = when_report(f"({example}) IS NOT NULL", None, _OF_TABLE)
    if not condition.problems:
        found = [engines.ask(engine, _held(text)) for engine, text in condition.texts().items()]
        assert alike(found[0], found[1]), (example, found)
        assert alike(found[1], found[2]), (example, found)


@pytest.mark.parametrize("fx", [1e300, -1e300, 2.0**63, 1e28, 9.5e18, -2.5])
@pytest.mark.parametrize(
    "example", ["FLOOR(fx)", "CEIL(fx)", "ROUND(qty, -1)", "ROUND(CAST(fx AS NUMERIC), 2)"]
)
def test_large_numbers_are_rounded_on_both(engines: Engines, example: str, fx: float) -> None:
    engines.fill("TRADES", COLUMNS, [(1, "AAPL", "D1", 2**63 - 1, 1, "1.5", fx, "2025-12-31", None, None)])
    query = f"SELECT id AS k, {example} AS x FROM TRADES ORDER BY id"  # noqa: S608
    texts = select_report(query, None, INPUTS, (("k", "integer"), ("x", "unknown"))).texts()
    lite, postgres = (engines.ask(engine, texts[engine]) for engine in ("sqlite", "postgresql"))
    assert not isinstance(postgres, str)
    assert alike(lite, postgres), (lite, postgres)


def test_what_surely_stays_within_64_bits_is_asked_as_it_is_written() -> None:
    for small in ("LENGTH(symbol) * 2 + 1", "ROW_NUMBER() OVER (ORDER BY id) - 1", "qty * 1.5", "price + 1"):
        query = f"SELECT id AS k, {small} AS x FROM TRADES ORDER BY id"  # noqa: S608
        report = select_report(query, None, INPUTS, (("k", "integer"), ("x", "unknown")))
        assert report.texts()["sqlite"] == query


_CONDITIONS = [
    example
    for operation in OPERATIONS
    if operation.in_when
    for example in operation.examples
    if not when_report(example, None, _OF_TABLE).problems
] + [
    f"({one.example}) IS NOT NULL"
    for one in ASKED
    if not when_report(f"({one.example}) IS NOT NULL", None, _OF_TABLE).problems
]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows)
def test_every_condition_finds_the_same_rows_in_all_three(engines: Engines, given_rows: list[Any]) -> None:
    engines.fill("TRADES", COLUMNS, [(number, *row) for number, row in enumerate(given_rows)])
    for condition in _CONDITIONS:
        found = [
            engines.ask(engine, _held(text))
            for engine, text in when_report(condition, None, _OF_TABLE).texts().items()
        ]
        assert alike(found[0], found[1]), (condition, found)
        assert alike(found[1], found[2]), (condition, found)


def test_the_table_has_conditions_of_every_operation_that_checks_may_use() -> None:
    assert len(_CONDITIONS) > 150
