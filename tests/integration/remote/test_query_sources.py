"""Stages whose rows are a query's, of another database of each kind."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from spine import AnomalyCode, DataRoot, FileColumn, SqlSource
from spine.errors import SettingsError, SourceError
from spine.remotes import FromEnvironment
from tests.integration.remote.loader import WIDE, loading

MALFORMED = AnomalyCode("MALFORMED", severity="ERROR")
QUERY = "SELECT symbol, shares FROM trades WHERE market = :market AND traded = :day ORDER BY symbol"
NAMES = {"symbol": "symbol", "shares": "shares"}


@pytest.fixture
def other(database_url: str, postgres_server: str, tmp_path: Path) -> Iterator[sa.Engine]:
    """Another database of the kind that the stage's table is in."""
    if database_url.startswith("sqlite"):
        engine = sa.create_engine(f"sqlite:///{tmp_path / 'other.db'}")
    else:
        engine = sa.create_engine(database_url, connect_args={"options": "-c search_path=other"})
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("CREATE SCHEMA other")
        connection.exec_driver_sql(
            "CREATE TABLE trades (symbol text, shares bigint, price numeric(20, 6), market text, traded date)"
        )
        connection.exec_driver_sql(
            "INSERT INTO trades VALUES ('B', 2, 2.5, 'A&B', '2025-12-17'),"
            " ('A', 1, 123456789.123456, 'A&B', '2025-12-17'),"
            " ('C', 3, 3, 'A&B', '2025-12-18'), ('D', 4, 4, 'NYSE', '2025-12-17')"
        )
    yield engine
    engine.dispose()


@pytest.fixture
def root(other: sa.Engine, data_root: DataRoot, monkeypatch: pytest.MonkeyPatch) -> DataRoot:
    monkeypatch.setenv("TRADES_URL", other.url.render_as_string(hide_password=False) + _schema(other))
    return replace(data_root, databases={"trades": FromEnvironment("TRADES_URL")})


def _schema(other: sa.Engine) -> str:
    if other.dialect.name == "sqlite":
        return ""
    return ("&" if other.url.query else "?") + "options=-c%20search_path%3Dother"


def source(query: str = QUERY, **options: Any) -> SqlSource:
    return SqlSource(database="trades", query=query, **{"columns": NAMES, **options})


def execute(other: sa.Engine, statement: str) -> None:
    with other.begin() as connection:
        connection.exec_driver_sql(statement)


def test_a_query_returns_the_rows_of_its_partition(
    other: sa.Engine, root: DataRoot, database_url: str
) -> None:
    with loading(database_url, source(), root) as load:
        assert load.make() == "COMPLETE"
        assert load.rows() == [("A", 1), ("B", 2)]
        assert [seen.path for seen in load.files()] == ["sql:trades"]


def test_its_rows_are_looked_at_only_where_that_is_wanted(
    other: sa.Engine, root: DataRoot, database_url: str
) -> None:
    with loading(database_url, source(), root) as load:
        load.make()
        assert load.make(look=True) == "SKIPPED: already complete"
        execute(other, "UPDATE trades SET shares = 7 WHERE symbol = 'B'")
        assert load.make() == "SKIPPED: already complete"
        assert (load.stale(look=False), load.stale(look=True)) == (
            [],
            ["what the query of sql:trades returns changed since"],
        )
        assert load.make(look=True) == "COMPLETE: stale: what the query of sql:trades returns changed since"
        assert load.rows() == [("A", 1), ("B", 7)]
        execute(other, "UPDATE trades SET shares = 8 WHERE symbol = 'C'")  # of another partition
        assert load.make(look=True) == "SKIPPED: already complete"


def test_a_rerun_from_the_archive_needs_no_database(
    other: sa.Engine, root: DataRoot, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with loading(database_url, source(), root) as load:
        load.make()
        monkeypatch.delenv("TRADES_URL")
        assert load.make(from_archive=True, force=True).startswith(
            "COMPLETE: forced; sql:trades from the archive"
        )
        with pytest.raises(SourceError, match="the archive has nothing of sql:trades: run without"):
            load.make(from_archive=True, key="market=NYSE/day=2025-12-17")
        load.source = source(QUERY.replace("ORDER BY symbol", "ORDER BY shares"))
        with pytest.raises(SourceError, match="the archive has nothing of sql:trades: run without"):
            load.make(from_archive=True, force=True)


def test_values_are_exact_and_what_does_not_fit_is_malformed_with_its_row(
    other: sa.Engine, root: DataRoot, database_url: str
) -> None:
    query = """
        SELECT 'A' AS symbol, shares, price AS "Price", 0.1 AS rate, traded, '2025-12-17 10:00:00' AS at,
               'yes' AS own, '{"a": [1, 2.50]}' AS doc
        FROM trades WHERE symbol = 'A' AND market = :market AND traded BETWEEN :day_start AND :day_end
        UNION ALL SELECT 'N', 9007199254740993, NULL, NULL, NULL, NULL, NULL, NULL
        UNION ALL SELECT 'Z', 1, NULL, NULL, NULL, 'some day', NULL, NULL
    """
    columns = {
        **NAMES,
        "price": "Price",
        "at": FileColumn(name="at", zone="Europe/Berlin"),
        "own": FileColumn(name="own", true_values=["yes"], false_values=["no"]),
    }
    with loading(database_url, source(query, columns=columns), root, WIDE) as load:
        with pytest.raises(
            SourceError, match="1 malformed row: row 3: at: 'some day' is not .*Correct the query"
        ):
            load.make()
        load.source = source(query, columns=columns, malformed=MALFORMED)
        load.make()
        assert load.rows("symbol", "shares", "price", "rate", "traded", "at", "own") == [
            (
                "A",
                1,
                Decimal("123456789.123456"),
                0.1,
                date(2025, 12, 17),
                datetime(2025, 12, 17, 9, tzinfo=UTC),
                True,
            ),
            ("N", 9007199254740993, None, None, None, None, None),
        ]
        (context,) = load.anomalies()
        assert context["row_number"] == 3
        assert (context["raw"]["at"], context["raw"]["Price"]) == ("some day", None)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("DELETE FROM trades WHERE market = :market AND traded = :day", "is no SELECT"),
        (f"{QUERY}; DROP TABLE trades", "has several statements"),
        ("SELECT * FROM trades WHERE market = :market", 'returns the same for every "day"'),
        ("SELECT * FROM trades WHERE market = :market AND traded = :dya", 'asks for ":dya".*there is :day'),
        ("SELECT * FROM nowhere WHERE 'x' <> :market || :day", "does not answer the query: .*nowhere"),
        ("SELECT symbol FROM trades WHERE market = :market AND traded = :day", "wrong columns: .*shares"),
        (
            "SELECT symbol, shares, shares FROM trades WHERE market = :market AND traded = :day",
            "'shares' is there 2 times",
        ),
    ],
)
def test_another_query_is_refused(
    query: str, said: str, other: sa.Engine, root: DataRoot, database_url: str
) -> None:
    with loading(database_url, source(query), root) as load:
        with pytest.raises(SourceError, match=said):
            load.make()
        assert load.rows() == []
    with other.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM trades").scalar() == 4


def test_a_select_that_writes_is_refused_by_its_database(
    root: DataRoot, other: sa.Engine, database_url: str
) -> None:
    if other.dialect.name == "sqlite":
        pytest.skip("no SELECT of SQLite writes")
    execute(other, "CREATE SEQUENCE numbers")
    query = QUERY.replace("shares", "nextval('numbers') AS shares")
    with (
        loading(database_url, source(query), root) as load,
        pytest.raises(SourceError, match="cannot execute nextval.* in a read-only transaction"),
    ):
        load.make()


def test_what_looks_like_a_parameter_and_is_none_stays_as_it_is(
    root: DataRoot, other: sa.Engine, database_url: str
) -> None:
    cast = "::text" if other.dialect.name == "postgresql" else ""
    query = (
        "-- :nothing, 'nor this\n"
        f"SELECT ' :a %s 10:30' || :day{cast} || ' 5% \\:b' AS symbol, 1 AS shares /* :c */ FROM trades"
        " WHERE symbol = 'A' AND market = :market;"
    )
    with loading(database_url, source(query), root) as load:
        load.make()
        assert load.rows() == [(" :a %s 10:302025-12-17 5% \\:b", 1)]


def test_a_database_that_is_not_to_be_had_is_told_without_its_password(
    data_root: DataRoot, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with loading(sqlite_url, source(), data_root) as load:
        with pytest.raises(SourceError, match=r"no database is called trades \(none under"):
            load.make()
        load.data_root = replace(data_root, databases={"trades": FromEnvironment("TRADES_URL")})
        monkeypatch.delenv("TRADES_URL", raising=False)
        with pytest.raises(SettingsError, match="variable TRADES_URL.* is not set"):
            load.make()
        for url, said in {
            f"sqlite:///{tmp_path}/none.db": "there is no file .*none.db",
            "postgresql://me:s3cret@127.0.0.1:9/x": "does not answer",
            "nosuch://me:s3cret@127.0.0.1:9/x": "nothing is installed here for nosuch",
            "me:s3cret": "is not well formed",
        }.items():
            monkeypatch.setenv("TRADES_URL", url)
            with pytest.raises(SourceError, match=said) as raised:
                load.make()
            assert "s3cret" not in str(raised.value)
        assert not (tmp_path / "none.db").exists()


def test_no_rows_are_rows_too(root: DataRoot, other: sa.Engine, database_url: str) -> None:
    with loading(database_url, source(), root) as load:
        assert load.make(key="market=NYSE/day=2025-12-18") == "COMPLETE"
        assert load.rows() == []
        assert load.make(key="market=NYSE/day=2025-12-18", look=True) == "SKIPPED: already complete"


def test_the_same_instants_are_the_same_whatever_clock_shows_them(
    root: DataRoot, other: sa.Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if other.dialect.name == "sqlite":
        pytest.skip("SQLite has no instants")
    at = "TIMESTAMPTZ '2025-12-17 10:00+01' AS at"
    further = f"1.5 AS price, 0.5 AS rate, traded, {at}, NULL AS own, NULL AS doc"
    query = QUERY.replace("shares", f"shares, {further}")
    with loading(database_url, source(query), root, WIDE) as load:
        load.make()
        assert load.rows("symbol", "at")[0] == ("A", datetime(2025, 12, 17, 9, tzinfo=UTC))
        monkeypatch.setenv("PGTZ", "Asia/Tokyo")
        assert load.make(look=True) == "SKIPPED: already complete"
        load.source = source(query.replace("0.5", "'NaN'::float8"))
        with pytest.raises(SourceError, match="rate: 'nan' is not a finite number"):
            load.make(force=True)
