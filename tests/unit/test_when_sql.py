"""`when`: what is allowed means the same on DuckDB, SQLite and PostgreSQL; all else is refused."""

import sqlite3
from collections.abc import Iterator

import psycopg
import pytest

from spine.core.database.functions.register import register
from spine.data.staging.duck import Duck
from spine_gen.spec.sql.kinds import Kind
from spine_gen.spec.sql.when import when_report

COLUMNS: dict[str, Kind] = {
    "symbol": "string",
    "volume": "integer",
    "close": "decimal",
    "rate": "float",
    "halted": "boolean",
    "day": "date",
    "as_of": "timestamp",
    "note": "json",
    "order": "integer",
}
ALLOWED = (
    "symbol IS NULL OR symbol = ''",
    "symbol IN ('A', 'it''s') AND NOT volume < 0",
    "SYMBOL <> 'A' AND symbol != 'B'",
    "volume NOT IN (1, -2) OR volume BETWEEN 1 AND 3",
    "volume * 2 + 1 > 4 - volume",
    "close <= 0.5 OR close IS NULL",
    "close = 1.5",
    "ABS(close) > 1",
    "rate > 0.1 AND rate * 2 < 1000.5",
    "halted",
    "NOT halted",
    "halted = TRUE OR halted IS NOT TRUE",
    "day < '2025-06-01' AND day IS NOT NULL",
    "day BETWEEN '2025-01-01' AND '2025-12-31'",
    "as_of IS NULL",
    "note IS NOT NULL",
    '"order" = 1',
    "COALESCE(volume, 0) = 0",
    "NULLIF(symbol, 'A') IS NULL",
    "LENGTH(symbol) > 1",
    "CASE WHEN volume > 1 THEN 'big' ELSE 'small' END = 'big'",
    "CASE symbol WHEN 'A' THEN 1 ELSE 2 END = 1",
    "volume\n = 1",
    "symbol LIKE 'A%' OR symbol ILIKE 'IT_S'",
    "volume / 2 = 1 OR volume % 2 = 1",
    "symbol || 'x' = 'Ax'",
    "volume::text = '1'",
    "symbol > 'A' AND close * 2 > 1",
    "volume IN (volume, 1)",
    "(volume > 1) = (close > 1)",
    "ABS(close - rate) > 0.2 * close",
    "day + 30 > '2025-01-20' OR EXTRACT(YEAR FROM day) = 2024",
    "UPPER(symbol) = 'IT''S' OR POSITION('t' IN symbol) = 2",
    "GREATEST(close, rate, 0) > 1",
    "ROUND(close / 3, 2) = 0.5",
)
ROWS = (
    ("A", 1, 1.5, 0.2, True, "2025-01-01", 1),
    ("it's", 3, 0.5, 600.0, False, "2025-07-01", 2),
    ("", -2, -3.25, -1.0, None, None, None),
    (None, None, None, None, True, "2024-12-31", 1),
)


@pytest.fixture(scope="module")
def answers(postgres_server: str) -> Iterator[dict[str, object]]:
    """One connection to each engine, with the same rows in the table t."""
    memory, staging = sqlite3.connect(":memory:"), Duck(1)
    register(memory)
    duck = staging.connection
    postgres = psycopg.connect(postgres_server.replace("+psycopg", "", 1))
    types = "symbol text, volume bigint, close {}, rate double precision, halted boolean, day date"
    types += ', "order" bigint'
    memory.execute(f"CREATE TABLE t (n integer, {types.format('numeric')}, as_of text, note text)")
    wide = f"CREATE TEMP TABLE t (n integer, {types.format('numeric(12, 4)')}, as_of timestamptz, note json)"
    duck.execute(wide)
    postgres.execute(wide.encode())
    for n, row in enumerate(ROWS):
        memory.execute("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)", (n, *row))
        duck.execute("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)", [n, *row])
        postgres.execute(b"INSERT INTO t VALUES (%s, %s, %s, %s, %s, %s, %s, %s, NULL, NULL)", (n, *row))
    yield {"sqlite": memory, "duckdb": duck, "postgresql": postgres}
    memory.close()
    staging.close()
    postgres.close()


@pytest.mark.parametrize("when", ALLOWED)
def test_what_is_allowed_finds_the_same_rows_everywhere(when: str, answers: dict[str, object]) -> None:
    report = when_report(when, None, tuple(COLUMNS.items()))
    assert report.problems == ()
    found = {}
    for engine, text in report.texts().items():
        query = f"SELECT n FROM t WHERE ({text}) ORDER BY n"  # noqa: S608
        rows = answers[engine].execute(query).fetchall()  # type: ignore[attr-defined]
        found[engine] = [row[0] for row in rows]
    assert found["sqlite"] == found["duckdb"] == found["postgresql"]


KNOWN = (("KNOWN", (("ticker", "string", False), ("price", "decimal", True), ("since", "date", True))),)
LOOKING = (
    "symbol IN (SELECT ticker FROM KNOWN)",
    "symbol NOT IN (SELECT k.ticker FROM known AS k WHERE k.ticker LIKE 'A%')",
    "close NOT IN (SELECT price FROM KNOWN)",  # NULL among them
    "close IN (SELECT price FROM KNOWN WHERE price IS NOT NULL) OR halted",
    "EXISTS (SELECT 1 FROM KNOWN WHERE ticker = symbol AND since <= day)",
    "NOT EXISTS (SELECT 1 FROM KNOWN AS k WHERE k.ticker ILIKE symbol)",
    "(symbol, day) IN (SELECT ticker, since FROM KNOWN)",
    "volume > 1 AND day NOT IN (SELECT since FROM KNOWN WHERE since IS NOT NULL)",
)
_CHANGED = "SELECT symbol AS ticker, close AS price, day AS since FROM t WHERE n % 3 = 0"


@pytest.mark.parametrize("when", LOOKING)
def test_a_condition_that_looks_into_an_input_finds_the_same_rows_everywhere(
    when: str, answers: dict[str, object]
) -> None:
    report = when_report(when, None, tuple(COLUMNS.items()), KNOWN)
    assert report.problems == ()
    assert report.tables_read == {"KNOWN"}
    found = {}
    for engine, text in report.texts().items():
        query = f"WITH KNOWN AS ({_CHANGED}) SELECT n FROM t WHERE ({text}) ORDER BY n"  # noqa: S608
        rows = answers[engine].execute(query).fetchall()  # type: ignore[attr-defined]
        found[engine] = [row[0] for row in rows]
    assert found["sqlite"] == found["duckdb"] == found["postgresql"]


@pytest.mark.parametrize(
    ("when", "code", "place"),
    [
        ("symbol IN (SELECT symbol FROM KNOWN)", "SG352", "symbol"),
        ("symbol IN (SELECT ticker FROM OTHER)", "SG352", "OTHER"),
        ("symbol IN (SELECT tickr FROM KNOWN)", "SG352", "tickr"),
        ("symbol IN (SELECT price FROM KNOWN)", "SG353", None),
        ("close > (SELECT price FROM KNOWN)", "SG351", None),
        ("close > (SELECT MAX(price) FROM KNOWN)", "SG351", "MAX"),
        ("symbol IN (SELECT ticker FROM KNOWN ORDER BY price LIMIT 1)", "SG351", None),
        ("EXISTS (SELECT 1 FROM KNOWN)", "SG354", None),
        ("EXISTS (SELECT 1 FROM KNOWN AS k WHERE k.ticker = ticker)", "SG354", None),
        ("symbol IN (SELECT ticker FROM", "SG350", None),
    ],
)
def test_what_looks_into_an_input_otherwise_is_refused(when: str, code: str, place: str | None) -> None:
    problem = when_report(when, None, tuple(COLUMNS.items()), KNOWN).problems[0]
    assert problem.code == code
    assert place is None or when[problem.start : problem.end] == place


@pytest.mark.parametrize(
    ("when", "code", "place"),
    [
        ("volume <", "SG350", "<"),
        ("", "SG350", ""),
        ("volume = 'x", "SG350", "'"),
        ("volume = 1 volume", "SG351", None),
        ("symbol ~ 'A'", "SG351", "~"),
        ("close / 2 = 1", "SG351", "close / 2 = 1"),
        ("SUM(volume) = 1", "SG351", "SUM"),
        ("volume == 1", "SG351", "=="),
        ("t.volume = 1", "SG351", "."),
        ("volume = ?", "SG351", "?"),
        ("volume = :v", "SG351", ":"),
        ("volume = $1", "SG351", "$"),
        ("`volume` = 1", "SG351", "`"),
        ("[volume] = 1", "SG351", "["),
        ("symbol = E'x'", "SG351", "E"),
        ("volume = 1; DROP TABLE t", "SG351", ";"),
        ("volume = 1 -- x", "SG351", "-- x"),
        ("volume = 1 /* x */", "SG351", "/* x */"),
        ("volume IN (SELECT 1)", "SG351", "SELECT"),
        ("pg_sleep(1) = 1", "SG351", "pg_sleep"),
        ("CAST(close AS text) = '1'", "SG351", None),
        ("order = 1", "SG351", "order"),
        ("user = 'me'", "SG351", "user"),
        ("day < CURRENT_DATE", "SG351", "CURRENT_DATE"),
        ("volume IS 5", "SG351", None),
        ("close = 0.12345678901234567", "SG351", "0.12345678901234567"),
        ("volume = 99999999999999999999", "SG351", "99999999999999999999"),
        ("volume IN ()", "SG351", "volume"),
        ("close > 3e400", "SG351", "3e400"),
        ("close > 3e-400", "SG351", "3e-400"),
        ("(" * 60 + "volume" + ")" * 60 + " = 1", "SG351", "("),
        ("volum = 1", "SG352", "volum"),
        ('"Volume" = 1', "SG352", '"Volume"'),
        ("partition_key = 'x'", "SG352", "partition_key"),
        ("volume = '1'", "SG353", "volume = '1'"),
        ("symbol = 1", "SG353", "symbol = 1"),
        ("halted = 1", "SG353", "halted = 1"),
        ("volume = NULL", "SG353", "volume"),
        ("volume IN (1, NULL)", "SG353", None),
        ("volume", "SG353", "volume"),
        ("day = as_of", "SG353", "day = as_of"),
        ("as_of > '2025-01-01'", "SG353", "as_of > '2025-01-01'"),
        ("day = '2025-02-30'", "SG353", "'2025-02-30'"),
        ("note = 'x'", "SG353", "note = 'x'"),
        ("COALESCE(symbol, 0) = 0", "SG353", None),
        ("LENGTH(volume) = 1", "SG353", None),
        ("1 = 1", "SG354", "1 = 1"),
    ],
)
def test_all_else_is_refused_where_it_stands(when: str, code: str, place: str | None) -> None:
    problems = when_report(when, None, tuple(COLUMNS.items())).problems
    assert problems, when
    assert problems[0].code == code
    assert place is None or when[problems[0].start : problems[0].end] == place


@pytest.mark.parametrize("when", ["REGEXP_REPLACE(symbol, 'A', 'b') = 'b'", "STRFTIME('%Y', day) = '2025'"])
def test_a_function_of_one_database_is_not_taken_for_a_slip(when: str) -> None:
    help = when_report(when, None, tuple(COLUMNS.items())).problems[0].help
    assert help == "the checks of a sql or python stage may have a text for each database"


def test_what_is_advised_is_not_refused_next() -> None:
    help = when_report("volume ^ 2 > 4", None, tuple(COLUMNS.items())).problems[0].help
    assert help is not None and "POWER" not in help


def test_in_without_values_is_for_sqlite_alone() -> None:
    columns = tuple(COLUMNS.items())
    assert when_report("volume IN ()", "sqlite", columns).problems == ()
    assert when_report("volume IN ()", "postgresql", columns).problems


FOR_ONE_DATABASE = [
    ("sqlite", "symbol GLOB 'A*'"),
    ("sqlite", "STRFTIME('%w', day) IN ('0', '6')"),
    ("sqlite", "IIF(halted, volume, 0) = 1"),
    ("sqlite", "INSTR(symbol, 'A') > 0"),
    ("postgresql", "symbol ~ '^A' OR symbol !~* 'b'"),
    ("postgresql", "REGEXP_REPLACE(symbol, 'A', 'b') = 'b'"),
    ("postgresql", "EXTRACT(ISODOW FROM day) > 5"),
    ("postgresql", "TO_DATE(symbol, 'YYYY') < day"),
    ("postgresql", "LPAD(symbol, 5, '0') = '0000A'"),
]


@pytest.mark.parametrize(("dialect", "when"), FOR_ONE_DATABASE)
def test_a_text_for_one_database_has_what_only_that_one_has(dialect: str, when: str) -> None:
    columns = tuple(COLUMNS.items())
    assert when_report(when, dialect, columns).problems == ()
    other = "sqlite" if dialect == "postgresql" else "postgresql"
    assert when_report(when, other, columns).problems
    assert when_report(when, None, columns).problems or "EXTRACT" in when


@pytest.mark.parametrize(
    ("dialect", "when", "place"),
    [
        ("sqlite", "day < DATE()", "DATE"),
        ("sqlite", "day < DATE('now')", "'now'"),
        ("sqlite", "STRFTIME('%Y') = '2025'", "STRFTIME('%Y') = '2025'"),
        ("sqlite", "RANDOM() > volume", "RANDOM"),
        ("sqlite", "readfile(symbol) = ''", "readfile"),
        ("postgresql", "day < CURRENT_DATE", "CURRENT_DATE"),
        ("postgresql", "as_of < now()", "now"),
        ("postgresql", "day < 'today'", "'today'"),
        ("postgresql", "current_setting(symbol) = ''", "current_setting"),
        ("postgresql", "pg_read_file(symbol) = ''", "pg_read_file"),
        ("postgresql", "ARRAY_AGG(volume) IS NULL", "ARRAY_AGG"),
        ("postgresql", "volume > ROW_NUMBER() OVER ()", "ROW_NUMBER"),
        ("postgresql", "volume IN (SELECT 1)", "SELECT"),
        ("sqlite", "TOTAL(volume) > 1", "TOTAL"),
        ("sqlite", "volum > 1", "volum"),
    ],
)
def test_what_reads_clocks_files_or_other_rows_is_refused_there_too(
    dialect: str, when: str, place: str
) -> None:
    problem = when_report(when, dialect, tuple(COLUMNS.items())).problems[0]
    assert when[problem.start : problem.end] == place


@pytest.mark.parametrize("dialect", [None, "sqlite", "postgresql"])
@pytest.mark.parametrize("name", ["count", "total", "mode", "rank", "day", "lag", "month"])
def test_a_column_may_be_called_like_a_function(name: str, dialect: str | None) -> None:
    assert when_report(f"{name} > 5", dialect, ((name, "integer"),)).problems == ()
