"""The column types give back what was stored, alike on both databases, or refuse it."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from spine.core import types
from spine.core.database.database import Database

VALUES = sa.Table(
    "stored",
    sa.MetaData(),
    sa.Column("price", types.Decimal(12, 4)),
    sa.Column("count", types.Decimal(5, 0)),
    sa.Column("at", types.UtcTimestamp),
    sa.Column("data", types.Json),
)


def stored(database: Database, column: str, value: Any) -> Any:
    with database.write() as connection:
        VALUES.create(connection, checkfirst=True)
        connection.execute(VALUES.delete())
        connection.execute(VALUES.insert(), {column: value})
        return connection.execute(sa.select(VALUES.c[column])).scalar_one()


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("12345678.1234", "12345678.1234"),
        ("-0.00005", "-0.0001"),
        ("0.00004", "0.0000"),
        ("1e3", "1000.0000"),
        (5, "5.0000"),
        (0.1, "0.1000"),
        ("0", "0.0000"),
    ],
)
def test_decimals_come_back_at_their_scale(database: Database, value: Any, read: str) -> None:
    given = Decimal(value) if isinstance(value, str) else value
    assert str(stored(database, "price", given)) == read


def test_decimals_of_scale_zero(database: Database) -> None:
    assert stored(database, "count", Decimal("99999")) == 99999
    assert stored(database, "count", None) is None


@pytest.mark.parametrize("value", ["123456789", "99999999.99995", "NaN", "Infinity", "1e999999"])
def test_decimals_that_do_not_fit_are_refused(database: Database, value: str) -> None:
    with pytest.raises(sa.exc.StatementError, match=r"does not fit|not a finite number"):
        stored(database, "price", Decimal(value))


def test_sqlite_refuses_digits_that_it_would_lose() -> None:
    wide = types.Decimal(20, 4)
    with pytest.raises(ValueError, match="more than 15 significant digits"):
        wide.process_bind_param(Decimal("1234567890123.4567"), sa.create_engine("sqlite://").dialect)


def test_decimals_are_compared_as_numbers(database: Database) -> None:
    stored(database, "price", Decimal("9.5"))
    with database.read() as connection:
        assert connection.execute(sa.select(VALUES.c.price).where(VALUES.c.price < Decimal(10))).all()
        assert connection.execute(sa.select(sa.func.sum(VALUES.c.price))).scalar_one() == Decimal("9.5")


def test_instants_come_back_in_utc(database: Database) -> None:
    given = datetime(2025, 1, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    read = stored(database, "at", given)
    assert read == given
    assert read.tzinfo == UTC
    with pytest.raises(sa.exc.StatementError, match="no time zone"):
        stored(database, "at", datetime(2025, 1, 1))  # noqa: DTZ001


def test_instants_on_sqlite_are_text_of_one_form(sqlite_url: str) -> None:
    database = Database.of(sqlite_url)
    stored(database, "at", datetime(2025, 1, 1, tzinfo=UTC))
    with database.read() as connection:
        assert (
            connection.exec_driver_sql("SELECT at FROM stored").scalar_one() == "2025-01-01 00:00:00.000000"
        )
    database.dispose()


def test_json_comes_back(database: Database) -> None:
    assert stored(database, "data", {"a": [1, None, "é"]}) == {"a": [1, None, "é"]}
    assert stored(database, "data", None) is None
    with database.read() as connection:
        assert connection.execute(sa.select(VALUES.c.data.is_(None))).scalar_one()
