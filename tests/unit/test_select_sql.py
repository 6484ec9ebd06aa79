"""`sql` stages: one SELECT over the inputs, whose columns are the table's."""

import pytest

from spine_gen.spec.sql.kinds import Kind
from spine_gen.spec.sql.select import ColumnTuple, select_report

LOAD: dict[str, Kind] = {
    "symbol": "string",
    "venue": "string",
    "volume": "integer",
    "close": "decimal",
    "rate": "float",
    "halted": "boolean",
    "day": "date",
}
NAMES: dict[str, Kind] = {"symbol": "string", "title": "string"}
TABLE: ColumnTuple = (("symbol", "string"), ("total", "integer"))
INPUTS = (("LOAD", tuple(LOAD.items())), ("NAMES", tuple(NAMES.items())))


def problems(sql: str, dialect: str | None = None) -> list[tuple[str, str]]:
    found = select_report(sql, dialect, INPUTS, TABLE).problems
    assert all(0 <= problem.start <= problem.end <= len(sql) for problem in found)
    return [(problem.code, sql[problem.start : problem.end]) for problem in found]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT symbol, SUM(volume) AS total FROM LOAD GROUP BY symbol",
        "select SYMBOL, sum(l.volume) total from load as l group by 1 order by total desc limit 10",
        "SELECT 1 AS total, symbol FROM LOAD -- the order does not matter",
        "WITH a AS (SELECT symbol, volume AS v FROM LOAD) SELECT symbol, MAX(v) AS total FROM a GROUP BY 1",
        "WITH a (s, v) AS (SELECT symbol, volume FROM LOAD) SELECT s AS symbol, v AS total FROM a",
        "SELECT l.symbol, COUNT(*) AS total FROM LOAD l LEFT JOIN NAMES n ON n.symbol = l.symbol GROUP BY 1",
        "SELECT symbol, LENGTH(title) AS total FROM LOAD JOIN NAMES USING (symbol)",
        "SELECT symbol, (SELECT COUNT(*) FROM NAMES n WHERE n.symbol = l.symbol) AS total FROM LOAD l",
        "SELECT symbol, ROW_NUMBER() OVER (PARTITION BY venue ORDER BY volume DESC) AS total FROM LOAD",
        "SELECT symbol, COUNT(DISTINCT venue) AS total FROM LOAD GROUP BY symbol HAVING COUNT(*) > 1",
        "SELECT UPPER(symbol) AS symbol, 1 AS total FROM LOAD WHERE halted AND day > '2025-01-01'",
        "SELECT symbol, volume AS total FROM LOAD UNION ALL SELECT symbol, 0 FROM NAMES",
        "SELECT symbol, SUM(CASE WHEN halted THEN 1 ELSE 0 END) AS total FROM LOAD GROUP BY 1",
        "SELECT symbol, 1 AS total FROM LOAD l WHERE NOT EXISTS (SELECT 1 FROM NAMES WHERE title = l.symbol)",
        "SELECT q.symbol, q.total FROM (SELECT symbol, volume AS total FROM LOAD) AS q",
        "SELECT symbol, CAST(ROUND(1.0 * close / volume) AS BIGINT) AS total FROM LOAD",
        "SELECT symbol, SUM(volume) OVER w AS total FROM LOAD WINDOW w AS (PARTITION BY symbol)",
        "SELECT symbol, CAST(SUBSTR(CAST(day AS TEXT), 1, 4) AS BIGINT) AS total FROM LOAD",
        "SELECT symbol, 1 AS total FROM LOAD WHERE (symbol, venue) IN (SELECT symbol, title FROM NAMES)",
        "SELECT symbol, 1 AS total FROM LOAD GROUP BY symbol HAVING AVG(close) / AVG(volume) > 2",
        "SELECT symbol, RANK() OVER (ORDER BY SUM(volume) DESC) AS total FROM LOAD GROUP BY symbol",
        "SELECT symbol, 1 AS total FROM LOAD WHERE volume BETWEEN CASE WHEN halted THEN 1 ELSE 2 END AND 5",
        "SELECT symbol, CASE WHEN volume BETWEEN 1 AND 5 AND halted THEN 1 ELSE 0 END AS total FROM LOAD",
        "SELECT symbol, 1 AS total FROM LOAD GROUP BY symbol UNION SELECT symbol, 2 FROM LOAD WHERE halted",
        "SELECT symbol, volume::int AS total FROM LOAD WHERE symbol LIKE 'a%';",
        "SELECT symbol, CAST(close AS BIGINT) AS total FROM LOAD WHERE CAST(halted AS INTEGER) = 1",
        "SELECT symbol, MAX(day) - MIN(day) AS total FROM LOAD GROUP BY symbol",
        "SELECT SUBSTR(symbol, -2) AS symbol, 1 AS total FROM LOAD",
        "WITH v (s, n) AS (VALUES ('a', 1), ('b', 2)) SELECT s AS symbol, n AS total FROM v",
        "SELECT DISTINCT ON (symbol) symbol, volume AS total FROM LOAD ORDER BY symbol, day DESC",
    ],
)
def test_a_select_that_fits(sql: str) -> None:
    assert problems(sql) == []


@pytest.mark.parametrize(
    ("sql", "code", "place"),
    [
        ("SELECT symbol, FROM LOAD", "SG360", ","),
        ("SELECT (symbol FROM LOAD", "SG360", None),
        ("SELECT 'x FROM LOAD", "SG360", "'"),
        ("", "SG361", ""),
        ("(SELECT symbol, 1 AS total FROM LOAD)", "SG361", None),
        ("SELECT symbol, 1 AS total FROM OTHER", "SG362", "OTHER"),
        ("SELECT symbol, 1 AS total FROM pg_catalog.pg_user", "SG362", "pg_catalog.pg_user"),
        ("SELECT symbol, 1 AS total FROM core_manifest", "SG362", "core_manifest"),
        ("DELETE FROM LOAD", "SG363", "DELETE"),
        ("PRAGMA table_info(x)", "SG363", None),
        ("ATTACH 'x.db' AS y", "SG363", "ATTACH"),
        ("SELECT symbol, 1 AS total FROM LOAD; SELECT 1", "SG363", ";"),
        ("SELECT symbol, 1 AS total INTO x FROM LOAD", "SG363", "INTO"),
        ("SELECT symbol, RANGE(volume) AS total FROM LOAD", "SG363", "RANGE(volume)"),
        ("SELECT symbol, BIGINT(volume) AS total FROM LOAD", "SG363", "BIGINT(volume)"),
        ("SELECT symbol, ROW(volume) AS total FROM LOAD", "SG363", "ROW(volume)"),
        ("SELECT symbol, COALESCE(SELECT 1, 2) AS total FROM LOAD", "SG360", "SELECT"),
        ("SELECT symbol, 1 AS total FROM LOAD FOR UPDATE", "SG363", "UPDATE"),
        ("SELECT pg_read_file('x') AS symbol, 1 AS total FROM LOAD", "SG363", "pg_read_file"),
        ("SELECT load_extension('x') AS symbol, 1 AS total FROM LOAD", "SG363", "load_extension"),
        ('SELECT "pg_sleep"(1) AS total, symbol FROM LOAD', "SG363", '"pg_sleep"'),
        ("SELECT symbol, RANDOM() AS total FROM LOAD", "SG363", "RANDOM"),
        ("SELECT symbol, 1 AS total FROM LOAD WHERE day < CURRENT_DATE", "SG363", "CURRENT_DATE"),
        ("SELECT symbol, 1 AS total FROM LOAD WHERE day < 'today'", "SG363", "'today'"),
        ("SELECT symbol, 1 AS total FROM LOAD NATURAL JOIN NAMES", "SG363", "NATURAL"),
        ("WITH RECURSIVE a AS (SELECT 1 AS n) SELECT 'x' AS symbol, n AS total FROM a", "SG363", "RECURSIVE"),
        ("WITH LOAD AS (SELECT 1 AS n) SELECT 'x' AS symbol, n AS total FROM LOAD", "SG363", None),
        ("SELECT * FROM LOAD", "SG363", "*"),
        ("SELECT LOAD.* FROM LOAD", "SG363", None),
        ("SELECT symbol, 1 AS total FROM generate_series(1, 2)", "SG363", "generate_series"),
        ("SELECT symbl, 1 AS total FROM LOAD", "SG364", "symbl"),
        ("SELECT symbol, 1 AS total FROM LOAD, NAMES", "SG364", "symbol"),
        ("SELECT NAMES.symbol, 1 AS total FROM LOAD", "SG364", "NAMES.symbol"),
        ("SELECT symbol, volume AS total FROM LOAD WHERE total > 1", "SG364", "total"),
        ("SELECT symbol, SUM(volume) FROM LOAD GROUP BY symbol", "SG365", "SELECT"),
        ("SELECT symbol FROM LOAD", "SG365", "SELECT"),
        ("SELECT symbol, 1 AS total, venue FROM LOAD", "SG365", "venue"),
        ("SELECT symbol, symbol, 1 AS total FROM LOAD", "SG365", "symbol"),
        ("SELECT symbol, AVG(volume) AS total FROM LOAD GROUP BY symbol", "SG366", "AVG(volume) AS total"),
        ("SELECT day AS symbol, 1 AS total FROM LOAD", "SG366", "day AS symbol"),
        ("SELECT symbol, 1 AS total FROM LOAD WHERE volume = 'x'", "SG366", "volume = 'x'"),
        ("SELECT symbol, 1 AS total FROM LOAD WHERE volume", "SG366", "volume"),
        ("SELECT symbol, SUM(venue) AS total FROM LOAD GROUP BY symbol", "SG366", None),
        ("SELECT symbol, 1 AS total FROM LOAD WHERE symbol = NULL", "SG366", None),
        ("SELECT symbol, COUNT(*) AS total FROM LOAD", "SG367", "symbol"),
        ("SELECT symbol, close / 2 AS total FROM LOAD", "SG366", "close / 2 AS total"),
        ("SELECT symbol, 1 AS total FROM LOAD WHERE close / 2 = 1", "SG367", "close / 2 = 1"),
        ("SELECT symbol, 1 AS total FROM LOAD GROUP BY symbol HAVING SUM(close) IN (1, 2)", "SG367", None),
        ("SELECT symbol, 1 AS total FROM LOAD LIMIT 2", "SG367", None),
        (
            "WITH a (s, v) AS (SELECT symbol, SUM(close) FROM LOAD GROUP BY 1)"
            " SELECT s AS symbol, 1 AS total FROM a WHERE v = 1",
            "SG367",
            "v = 1",
        ),
        (
            "SELECT symbol, 1 AS total FROM (SELECT symbol, close / 3 AS v FROM LOAD) AS q"
            " WHERE q.v IN (1, 2)",
            "SG367",
            "q.v IN (1, 2)",
        ),
        ("SELECT symbol, 1 AS total FROM LOAD WHERE close = (SELECT AVG(close) FROM LOAD)", "SG367", None),
        ("SELECT symbol, 1 AS total FROM LOAD WHERE close IN (SELECT close / 2 FROM LOAD)", "SG367", None),
        (
            "SELECT DISTINCT symbol, 1 AS total FROM (SELECT DISTINCT symbol, close / 2 AS half FROM LOAD) h",
            "SG367",
            None,
        ),
        ("SELECT symbol, COUNT(DISTINCT close * 2) AS total FROM LOAD GROUP BY symbol", "SG367", None),
        (
            "SELECT symbol, RANK() OVER (PARTITION BY close / 2 ORDER BY day) AS total FROM LOAD",
            "SG367",
            "close / 2",
        ),
        ("SELECT symbol, CASE close - 1 WHEN 2 THEN 1 END AS total FROM LOAD", "SG367", None),
        ("SELECT symbol, 1 AS total FROM LOAD WHERE (symbol, close - 1) = ('A', 2)", "SG367", None),
        ("SELECT symbol, 1 AS total FROM LOAD ORDER BY 1 LIMIT -1", "SG367", None),
        ("SELECT DISTINCT ON (symbol) symbol, 1 AS total FROM LOAD", "SG367", None),
        ("SELECT STRING_AGG(symbol, ',') AS symbol, 1 AS total FROM LOAD", "SG367", None),
        ("SELECT SUBSTR(symbol, 1, -1) AS symbol, 1 AS total FROM LOAD", "SG366", None),
        ("SELECT symbol, CAST(venue AS DATE) - day AS total FROM LOAD", "SG367", None),
        ("SELECT symbol, EXTRACT(HOUR FROM day) AS total FROM LOAD", "SG366", None),
        ("SELECT symbol, 1 AS total FROM LOAD WHERE symbol ~ 'a'", "SG363", "~"),
        ("SELECT symbol, MAX(volume, 2) AS total FROM LOAD GROUP BY symbol", "SG367", None),
        ("SELECT CAST(close AS TEXT) AS symbol, 1 AS total FROM LOAD", "SG367", "close"),
        ("SELECT symbol, 1 AS total FROM LOAD WHERE CAST(symbol AS DATE) = day", "SG367", "symbol"),
        ("SELECT symbol, SUM(volume) / 2 AS total FROM LOAD GROUP BY symbol", "SG366", None),
        (
            "WITH a AS (SELECT symbol, SUM(volume) AS v FROM LOAD GROUP BY 1)"
            " SELECT symbol, v / 2 AS total FROM a",
            "SG366",
            "v / 2 AS total",
        ),
        ("SELECT symbol, 1 AS total FROM LOAD WHERE close % 1 = 0", "SG367", "close % 1 = 0"),
        ("SELECT symbol, 1 AS total FROM LOAD WHERE ROUND(rate) = 0", "SG367", None),
        ("SELECT symbol || close AS symbol, 1 AS total FROM LOAD", "SG367", "symbol || close"),
        ("SELECT SUBSTR(day, 1, 7) AS symbol, 1 AS total FROM LOAD", "SG366", None),
        ("SELECT UPPER(volume) AS symbol, 1 AS total FROM LOAD", "SG366", None),
        ("SELECT symbol, ABS(symbol) AS total FROM LOAD", "SG366", None),
        ("SELECT symbol, 1 AS total FROM LOAD WHERE volume IS TRUE", "SG366", None),
        ("SELECT symbol, 1 AS total FROM LOAD WHERE day > '2025-02-30'", "SG366", None),
        ("SELECT symbol, CASE volume WHEN 'x' THEN 1 END AS total FROM LOAD", "SG366", None),
        ("SELECT symbol, LAG(volume, 1, 'x') OVER (ORDER BY day) AS total FROM LOAD", "SG366", None),
        (
            "SELECT symbol, volume AS total FROM LOAD UNION ALL SELECT symbol, title FROM NAMES",
            "SG366",
            "title",
        ),
        ("SELECT l.symbol, 1 AS total FROM LOAD l JOIN NAMES n", "SG367", "NAMES n"),
        ("SELECT l.symbol, 1 AS total FROM LOAD l LEFT JOIN NAMES n", "SG367", "NAMES n"),
        ("SELECT symbol, 1 AS total FROM LOAD JOIN NAMES USING (venue)", "SG364", "venue"),
        (
            "SELECT a.symbol, 1 AS total FROM (SELECT symbol, close / 2 AS half FROM LOAD) a "
            "JOIN (SELECT 1 AS half) b USING (half)",
            "SG367",
            "half",
        ),
        ("SELECT symbol, ROW_NUMBER() AS total FROM LOAD", "SG363", None),
        ("SELECT symbol, SUM(volume) OVER w AS total FROM LOAD", "SG363", "w"),
        ("SELECT symbol, 1 AS total FROM LOAD WHERE SUM(volume) > 1", "SG363", None),
        ("SELECT symbol, 1 AS total FROM LOAD WHERE RANK() OVER (ORDER BY day) = 1", "SG363", None),
        ("SELECT 'x' AS symbol, MAX(SUM(volume)) AS total FROM LOAD", "SG363", None),
        ("SELECT symbol, (SELECT symbol, title FROM NAMES) AS total FROM LOAD", "SG363", None),
        ("SELECT symbol, 1 AS total FROM LOAD GROUP BY 3", "SG363", None),
        ("SELECT symbol, COUNT(*) AS total FROM LOAD GROUP BY symbol, total", "SG363", "COUNT(*)"),
        ("SELECT symbol, COUNT(*) AS total FROM LOAD GROUP BY 1, 2", "SG363", "COUNT(*)"),
        ("SELECT symbol || venue AS symbol, 1 AS total FROM LOAD GROUP BY symbol", "SG367", "venue"),
        ("SELECT symbol, 1 AS total FROM LOAD ORDER BY 3", "SG363", None),
        ("SELECT symbol, 1 AS total FROM LOAD GROUP BY symbol ORDER BY volume", "SG367", "volume"),
        ("SELECT DISTINCT symbol, 1 AS total FROM LOAD ORDER BY volume", "SG367", "volume"),
        (
            "SELECT symbol, 1 AS total FROM LOAD UNION SELECT symbol, 1 FROM NAMES ORDER BY title",
            "SG364",
            "title",
        ),
        ("SELECT symbol, 1 AS total FROM LOAD OFFSET 2", "SG367", None),
        ("SELECT symbol, COUNT(DISTINCT venue) OVER () AS total FROM LOAD", "SG363", "venue"),
        (
            "SELECT symbol, SUM(DISTINCT volume) FILTER (WHERE volume > 1) OVER () AS total FROM LOAD",
            "SG363",
            "volume",
        ),
    ],
)
def test_one_that_does_not(sql: str, code: str, place: str | None) -> None:
    found = problems(sql)
    assert found, sql
    assert code in [found_code for found_code, _ in found]
    assert place is None or (code, place) in found


@pytest.mark.parametrize(
    ("order", "span", "place"),
    [
        ("day", "INTERVAL '1 month'", "day"),
        ("day", "INTERVAL '6 hours'", "day"),
        ("day, volume", "INTERVAL '6 days'", "day"),
        ("volume", "INTERVAL '6 days'", "volume"),
        ("day", "6", "6"),
        ("symbol", "6", "6"),
        ("volume", "volume", "volume"),
    ],
)
def test_a_window_counts_in_what_it_is_ordered_by(order: str, span: str, place: str) -> None:
    window = f"SUM(volume) OVER (ORDER BY {order} RANGE {span} PRECEDING)"
    assert problems(f"SELECT symbol, {window} AS total FROM LOAD") == [("SG367", place)]  # noqa: S608


def test_each_database_may_have_its_own_functions() -> None:
    postgresql = "SELECT symbol, CAST(GREATEST(SUM(volume), 1) AS BIGINT) AS total FROM LOAD GROUP BY symbol"
    assert problems(postgresql, "postgresql") == []
    assert problems(postgresql, "sqlite")[0][0] == "SG363"
    sqlite = "SELECT symbol, IIF(volume > 1, 1, 0) AS total FROM LOAD"
    assert problems(sqlite, "sqlite") == []
    assert problems(sqlite, "postgresql")[0][0] == "SG363"


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("sqlite", "SELECT STRFTIME('%Y', day) AS symbol, 1 AS total FROM LOAD"),
        (
            "sqlite",
            "SELECT SUBSTR(day, 1, 7) AS symbol, 1 AS total FROM LOAD WHERE day > DATE(day, '-1 day')",
        ),
        ("sqlite", "SELECT symbol, CAST(JULIANDAY(MAX(day)) AS INTEGER) AS total FROM LOAD GROUP BY symbol"),
        ("sqlite", "SELECT JSON_EXTRACT(symbol, '$.a') AS symbol, symbol ->> 'b' AS total FROM LOAD"),
        ("postgresql", "SELECT symbol ->> 'a' AS symbol, 1 AS total FROM LOAD"),
        ("postgresql", "SELECT symbol, 1 AS total FROM LOAD WHERE symbol ~ '^A' AND venue !~* 'x'"),
        (
            "postgresql",
            "SELECT l.symbol, n.total FROM LOAD l CROSS JOIN LATERAL"
            " (SELECT COUNT(*) AS total FROM NAMES m WHERE m.symbol = l.symbol) n",
        ),
        ("sqlite", "SELECT symbol, TOTAL(volume) AS total FROM LOAD GROUP BY symbol"),
        ("postgresql", "SELECT JSONB '{}' ->> symbol AS symbol, COUNT(l.*) AS total FROM LOAD l GROUP BY 1"),
        ("sqlite", "SELECT symbol, CAST(FLOOR(SQRT(close)) AS INTEGER) AS total FROM LOAD"),
        ("postgresql", "SELECT MIN(symbol) AS symbol, COUNT(*) AS total FROM LOAD HAVING EVERY(halted)"),
        ("sqlite", "SELECT symbol, COUNT(*) FILTER (WHERE halted) AS total FROM LOAD GROUP BY symbol"),
        ("postgresql", "SELECT symbol, MAX(day) - MIN(day) AS total FROM LOAD GROUP BY symbol"),
        (
            "postgresql",
            "SELECT TO_CHAR(day, 'YYYY') AS symbol, 1 AS total FROM LOAD WHERE day > DATE '2025-01-01'",
        ),
        (
            "postgresql",
            "SELECT symbol, PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY volume) AS total FROM LOAD"
            " GROUP BY symbol",
        ),
    ],
)
def test_a_text_for_one_database_may_have_what_only_that_one_has(dialect: str, sql: str) -> None:
    assert problems(sql, dialect) == []


@pytest.mark.parametrize(
    "call", ["DATE()", "JULIANDAY()", "STRFTIME('%Y')", "DATE('now')", "DATETIME(day, 'localtime')"]
)
def test_the_time_of_day_is_refused_in_every_form(call: str) -> None:
    found = problems("SELECT symbol, 1 AS total FROM LOAD WHERE x = day".replace("x", call), "sqlite")
    assert [code for code, _ in found] == ["SG363"]


def test_where_an_input_is_not_known_any_table_may_be_it() -> None:
    sql = "SELECT symbol, 1 AS total FROM LAOD"
    assert select_report(sql, None, INPUTS, TABLE, open=True).problems == ()


def test_the_name_of_a_result_is_explained() -> None:
    sql = "SELECT symbol, SUM(volume) AS total FROM LOAD GROUP BY symbol HAVING total > 1"
    (problem,) = select_report(sql, None, INPUTS, TABLE).problems
    assert problem.help is not None
    assert "repeat what it stands for" in problem.help


def test_it_tells_which_inputs_are_read() -> None:
    report = select_report("SELECT symbol, 1 AS total FROM load", None, INPUTS, TABLE)
    assert report.tables_read == frozenset({"LOAD"})
