"""`sql` stages: what is allowed for both databases gives the same rows on both."""

import sqlite3
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import psycopg
import pytest

from spine.core.database.functions.register import register, told
from spine_gen.spec.sql.kinds import Kind
from spine_gen.spec.sql.select import select_report

TRADES: dict[str, tuple[Kind, str]] = {
    "id": ("integer", "bigint"),
    "symbol": ("string", "varchar"),
    "desk": ("string", "varchar"),
    "qty": ("integer", "bigint"),
    "price": ("decimal", "numeric(12, 4)"),
    "fx": ("float", "double precision"),
    "day": ("date", "date"),
    "otc": ("boolean", "boolean"),
}
ROWS = (
    (1, "AAPL", "D1", 7, 10.25, 1.5, "2025-01-05", True),
    (2, "AAPL", None, 3, 10, 2.5, "2024-12-31", False),
    (3, "MSFT", "D2", 10, 99, 0.5, "2025-02-05", True),
    (4, "MSFT", "D1", -4, 101.5, 1, "2025-02-05", False),
)
VALUES = (
    "qty / 2",
    "qty % 2",
    "1.0 * price / 4",
    "price / 4.0",
    "price * fx",
    "ROUND(price, 1)",
    "ROUND(CAST(fx AS NUMERIC), 1)",
    "CAST(ROUND(price) AS BIGINT)",
    "CAST(qty AS TEXT) || '-' || symbol",
    "symbol || qty",
    "symbol || day",
    "SUBSTR(CAST(day AS TEXT), 1, 7)",
    "UPPER(TRIM(symbol)) || REPLACE(symbol, 'A', 'B')",
    "COALESCE(desk, 'none')",
    "CASE WHEN otc AND qty > 1 THEN price END",
    "qty > 1 OR desk IS NULL",
    "day BETWEEN '2025-01-01' AND '2025-02-01'",
    "SUM(qty)",
    "1.0 * SUM(qty) / COUNT(*)",
    "CAST(SUM(qty) AS BIGINT) / 2",
    "AVG(price) / AVG(qty)",
    "SUM(qty * price) / CAST(SUM(qty) AS DOUBLE PRECISION)",
    "COUNT(*) FILTER (WHERE otc)",
    "COUNT(DISTINCT symbol)",
    "LAG(price, 1, 0) OVER (PARTITION BY symbol ORDER BY id)",
    "ROW_NUMBER() OVER (ORDER BY desk NULLS LAST, id)",
    "SUM(qty) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)",
    "SUM(SUM(qty)) OVER ()",
    "(SELECT MAX(t.qty) FROM TRADES t WHERE t.symbol = TRADES.symbol)",
)
QUERIES = (
    "SELECT (SELECT b.id FROM TRADES b WHERE b.id = a.id) AS x FROM TRADES a",
    "SELECT (SELECT a.symbol FROM TRADES b WHERE b.id = a.id) AS x FROM TRADES a",
    "SELECT id AS x FROM TRADES a"
    " WHERE symbol = (SELECT DISTINCT symbol FROM TRADES b WHERE b.symbol = a.symbol)",
    "SELECT id AS x FROM TRADES a"
    " WHERE qty = (SELECT MAX(qty) FROM TRADES b WHERE b.symbol = a.symbol GROUP BY symbol)",
    "SELECT (SELECT b.qty FROM TRADES b WHERE b.id = a.id UNION SELECT a.qty FROM TRADES) AS x FROM TRADES a",
    "WITH m AS (SELECT MAX(id) AS most FROM TRADES)"
    " SELECT id AS x FROM TRADES WHERE id = (SELECT most FROM m)",
    "SELECT id AS x FROM TRADES WHERE (symbol, qty) IN (SELECT symbol, MAX(qty) FROM TRADES GROUP BY symbol)",
    "SELECT a.id AS x FROM TRADES a JOIN TRADES b ON a.symbol = b.symbol AND a.id < b.id",
    "SELECT qty AS x FROM TRADES UNION ALL SELECT price FROM TRADES ORDER BY x",
    "SELECT qty AS x FROM TRADES EXCEPT SELECT 3 FROM TRADES",
    "WITH r AS (SELECT id, RANK() OVER (PARTITION BY symbol ORDER BY day DESC, id) AS n FROM TRADES)"
    " SELECT id AS x FROM r WHERE n = 1",
)


@pytest.fixture(scope="module")
def databases(postgres_server: str) -> Iterator[tuple[sqlite3.Connection, psycopg.Connection]]:
    """The same rows on both."""
    lite = sqlite3.connect(":memory:")
    register(lite)
    columns = ", ".join(f"{name} {type_}" for name, (_, type_) in TRADES.items())
    marks = ", ".join("?" * len(TRADES))
    lite.execute(f"CREATE TABLE trades ({columns})")
    lite.executemany(f"INSERT INTO trades VALUES ({marks})", ROWS)  # noqa: S608
    with psycopg.connect(postgres_server.replace("+psycopg", "", 1)) as postgres:
        postgres.execute(f"CREATE TEMP TABLE trades ({columns})".encode())
        insert = f"INSERT INTO trades VALUES ({marks.replace('?', '%s')})"  # noqa: S608
        postgres.cursor().executemany(insert.encode(), ROWS)
        yield lite, postgres
    lite.close()


@pytest.mark.parametrize("sql", [*map("SELECT {} AS x FROM TRADES".format, VALUES), *QUERIES])
def test_both_give_the_same(sql: str, databases: tuple[sqlite3.Connection, psycopg.Connection]) -> None:
    columns = tuple((name, kind) for name, (kind, _) in TRADES.items())
    report = select_report(sql, None, (("TRADES", columns),), (("x", "unknown"),))
    assert report.problems == ()
    lite, postgres = databases
    on_sqlite = lite.execute(report.texts()["sqlite"]).fetchall()
    on_postgresql = postgres.execute(report.texts()["postgresql"].encode()).fetchall()
    assert shown(on_sqlite) == shown(on_postgresql)


def test_several_rows_are_no_value(databases: tuple[sqlite3.Connection, psycopg.Connection]) -> None:
    columns = tuple((name, kind) for name, (kind, _) in TRADES.items())
    query = "SELECT (SELECT id FROM TRADES) AS x FROM TRADES"
    report = select_report(query, None, (("TRADES", columns),), (("x", "unknown"),))
    lite, postgres = databases
    with pytest.raises(sqlite3.OperationalError) as failed:
        lite.execute(report.texts()["sqlite"]).fetchall()
    assert str(told(lite, failed.value)).startswith("more than one row returned by a subquery")
    with pytest.raises(psycopg.errors.CardinalityViolation), postgres.transaction():
        postgres.execute(report.texts()["postgresql"].encode())


def shown(rows: list[tuple[object, ...]]) -> list[str]:
    return sorted(_shown(row[0]) for row in rows)


def _shown(value: object) -> str:
    if isinstance(value, int | float | Decimal):  # True is 1 on SQLite
        return f"{float(value):.6f}"
    return value.isoformat() if isinstance(value, date) else str(value)
