"""`having`: what is allowed means the same on SQLite and PostgreSQL; all else is refused."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from spine.core.database.functions.register import register
from spine.data.aggregates import has_previous, with_previous
from spine_gen.spec.sql.having import having_report
from spine_gen.spec.sql.kinds import Kind

COLUMNS: dict[str, Kind] = {
    "symbol": "string",
    "volume": "integer",
    "close": "decimal",
    "rate": "float",
    "halted": "boolean",
    "day": "date",
}
ROWS = (
    ("A", 1, "0.1", 0.5, True, "2025-01-01"),
    ("B", 20, "0.2", None, False, "2025-01-02"),
    ("b", -3, None, 1.5, False, None),
    ("Z", 7, "12.3", 2.5, None, "2025-03-01"),
)
ALLOWED = (
    "COUNT(*) < 100",
    "COUNT(*) = 4 AND COUNT(DISTINCT symbol) = 4",
    "COUNT(close) < 0.9 * COUNT(*)",
    "SUM(volume) > 24 OR SUM(close) >= 12.6",
    "ROUND(SUM(close), 2) = 12.6",
    "AVG(rate) BETWEEN 1 AND 2",
    "MIN(symbol) = 'A' AND MAX(symbol) = 'b'",
    "MAX(day) >= '2025-03-01'",
    "BOOL_OR(halted) AND NOT BOOL_AND(halted)",
    "COUNT(*) FILTER (WHERE symbol LIKE 'b%') = 1",
    "PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY volume) > 3.5",
    "STRING_AGG(symbol, ',' ORDER BY symbol) = 'A,B,Z,b'",
    "STDDEV(volume) > 10",
    "SUM(close) IS NULL",
    "COUNT(*) < 0.5 * PREVIOUS(COUNT(*))",
    "COUNT(*) > PREVIOUS(COUNT(*))",
    "ABS(SUM(close) - PREVIOUS(SUM(close))) > 0.1 * PREVIOUS(SUM(close))",
    "previous(MAX(day)) < MAX(day)",
    "PREVIOUS(BOOL_OR(halted)) OR COUNT(*) = 0",
    "PREVIOUS(SUM(volume)) IS NULL",
    "PREVIOUS(COUNT(*) FILTER (WHERE symbol LIKE 'B%')) < 1",
)


@pytest.fixture(scope="module")
def databases(postgres_server: str) -> Iterator[dict[str, Any]]:
    """The rows in a table `t`, and all but the first in one called `before`."""
    memory = sqlite3.connect(":memory:")
    register(memory)
    postgres = psycopg.connect(postgres_server.replace("+psycopg", "", 1))
    for name, rows in (("t", ROWS), ("before", ROWS[1:])):
        memory.execute(
            f"CREATE TABLE {name} (symbol TEXT, volume INTEGER, close REAL, rate REAL, halted INTEGER, "
            "day TEXT)"
        )
        postgres.execute(
            f"CREATE TEMPORARY TABLE {name} (symbol text, volume bigint, close numeric(12, 4), "
            "rate double precision, halted boolean, day date)".encode()
        )
        for symbol, volume, close, *others in rows:
            number = None if close is None else float(close)
            memory.execute(f"INSERT INTO {name} VALUES (?, ?, ?, ?, ?, ?)", (symbol, volume, number, *others))  # noqa: S608
            postgres.execute(
                f"INSERT INTO {name} VALUES (%s, %s, %s, %s, %s, %s)".encode(),  # noqa: S608
                (symbol, volume, close, *others),
            )
    yield {"sqlite": memory, "postgresql": postgres}
    memory.close()
    postgres.close()


@pytest.mark.parametrize("having", ALLOWED)
def test_what_is_allowed_holds_alike_on_both_databases(having: str, databases: dict[str, Any]) -> None:
    report = having_report(having, None, tuple(COLUMNS.items()))
    assert report.problems == ()
    assert (report.previous is not None) == has_previous(having)
    found = {}
    for engine, text in report.texts().items():
        asked = with_previous(text, lambda aggregate: f"(SELECT {aggregate} FROM before)")  # noqa: S608
        query = f"SELECT COUNT(*), CASE WHEN {asked} THEN 1 ELSE 0 END FROM t"  # noqa: S608
        [(_, found[engine])] = databases[engine].execute(query).fetchall()
    assert found["sqlite"] == found["postgresql"]


@pytest.mark.parametrize(
    ("having", "code", "place"),
    [
        ("COUNT(*) <", "SG350", "<"),
        ("", "SG350", ""),
        ("COUNT(*) < 1; DROP TABLE t", "SG351", ";"),
        ("COUNT(*) < (SELECT 1)", "SG351", "SELECT"),
        ("ROW_NUMBER() OVER () > 1", "SG351", "ROW_NUMBER"),
        ("SUM(volume) OVER () > 1", "SG351", "OVER"),
        ("ARRAY_AGG(symbol) IS NULL", "SG351", "ARRAY_AGG"),
        ("SUM(close) = 1", "SG351", None),
        ("t.volume > 1", "SG351", "."),
        ("MAX(day) < CURRENT_DATE", "SG351", "CURRENT_DATE"),
        ("COUNT(volum) > 1", "SG352", "volum"),
        ("COUNT(*) = '1'", "SG353", None),
        ("SUM(symbol) > 1", "SG353", None),
        ("COUNT(*)", "SG353", "COUNT(*)"),
        ("volume > 1", "SG359", "volume"),
        ("COUNT(*) > 1 AND volume > 1", "SG359", "volume"),
        ("1 = 1", "SG359", "1 = 1"),
        ("SUM(COUNT(*)) > 1", "SG359", None),
        ("PREVIOUS(volume) > COUNT(*)", "SG359", "volume"),
        ("PREVIOUS(1) > COUNT(*)", "SG359", "1"),
        ("PREVIOUS(PREVIOUS(COUNT(*))) > COUNT(*)", "SG359", None),
        ("PREVIOUS(COUNT(*), 2) > COUNT(*)", "SG351", None),
    ],
)
def test_all_else_is_refused_where_it_stands(having: str, code: str, place: str | None) -> None:
    problems = having_report(having, None, tuple(COLUMNS.items())).problems
    assert problems, having
    assert problems[0].code == code
    assert place is None or having[problems[0].start : problems[0].end] == place


@pytest.mark.parametrize(
    ("dialect", "having"), [("sqlite", "TOTAL(close) = 0"), ("postgresql", "EVERY(halted)")]
)
def test_a_text_for_one_database_has_what_only_that_one_has(dialect: str, having: str) -> None:
    columns = tuple(COLUMNS.items())
    assert having_report(having, dialect, columns).problems == ()
    assert having_report(having, None, columns).problems
