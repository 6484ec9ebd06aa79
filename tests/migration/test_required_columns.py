"""A column becomes required: its default fills the rows that are there, on both databases."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from spine.core.database.functions.register import register
from spine.errors import MigrationError
from spine.migrations import pending, upgrade
from spine_gen.spec.language import Column, Default, Spec, SqlText
from tests.migration.chains import Chain, column, domain, table
from tests.migration.test_revisions import as_table
from tests.migration.test_upgrade import Project, engine, insert, rows

SYMBOL, SHARES = column("symbol"), column("shares", "integer", nullable=True)
PRICE = column("price", "decimal", precision=12, scale=4, nullable=True)
STRANGE = r"Ü 'x' :y %s \ "
ROWS: tuple[dict[str, Any], ...] = (
    {"capture_id": "new", "symbol": "A", "shares": -(2**63), "price": Decimal("0.0001")},
    {"capture_id": "old", "symbol": "A", "shares": 3, "price": Decimal("1.5050")},
    {"capture_id": "old", "symbol": STRANGE, "shares": None, "price": None},
)


def by_sql(text: str, postgresql: str | None = None) -> Default:
    return Default(sql=SqlText(sqlite=text, postgresql=postgresql or text))


def constant(value: Any) -> Default:
    return Default(constant=value, sql=None)


def trades(*columns: Column, key: tuple[str, ...] = ("symbol",)) -> Spec:
    return domain(table("trades", *columns, key=key))


BEFORE = trades(SYMBOL, SHARES, PRICE)


@pytest.fixture
def filled(chain: Chain) -> Chain:
    """A table with the rows of a current and of a superseded capture."""
    if chain.engine.dialect.name == "sqlite":  # as spine's own connections are
        chain.engine.dispose()
        sa.event.listen(chain.engine, "connect", lambda connection, _record: register(connection))
    chain.migrate(BEFORE)
    chain.complete("new", supersedes_capture_id="old")
    chain.complete("old", superseded_at=datetime(2025, 1, 3, tzinfo=UTC))
    chain.insert(as_table(BEFORE, "trades"), *({**row, "partition_key": "p"} for row in ROWS))
    return chain


def values(chain: Chain, spec: Spec, name: str) -> list[Any]:
    """What the rows hold, in the order of ROWS."""
    found = as_table(spec, "trades")
    query = sa.select(found.c[name]).order_by(found.c.capture_id, found.c.symbol)
    with chain.engine.connect() as connection:
        return list(connection.execute(query).scalars())


def named(value: object) -> str:
    return value.type if isinstance(value, Column) else ""


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (column("c", default=constant(STRANGE)), STRANGE),
        (column("c", default=constant("")), ""),
        (column("c", "integer", default=constant(-(2**63))), -(2**63)),
        (column("c", "integer", default=constant(2**63 - 1)), 2**63 - 1),
        (column("c", "float", default=constant(Decimal("1e300"))), 1e300),
        (column("c", "float", default=constant(3)), 3.0),
        (
            column("c", "decimal", precision=15, scale=4, default=constant(Decimal("-12345678901.2345"))),
            Decimal("-12345678901.2345"),
        ),
        (column("c", "boolean", default=constant(False)), False),
        (column("c", "date", default=constant("0001-01-01")), date(1, 1, 1)),
        (
            column("c", "timestamp", default=constant("2025-01-02T03:04:05.06Z")),
            datetime(2025, 1, 2, 3, 4, 5, 60000, tzinfo=UTC),
        ),
        (column("c", "json", default=constant('a"b')), 'a"b'),
        (column("c", "json", default=constant(Decimal("1e3"))), 1000),
        (column("c", "json", default=constant(True)), True),
    ],
    ids=named,
)
def test_a_constant_fills_every_row(filled: Chain, new: Column, expected: Any) -> None:
    after = trades(SYMBOL, SHARES, PRICE, new)
    assert [item.code for item in filled.build(after).diagnostics] == ["SG608"]
    filled.upgrade()
    assert values(filled, after, "c") == [expected] * 3
    filled.downgrade()
    assert "c" not in filled.schema()["tables"]["trades"][0]
    filled.upgrade()
    assert values(filled, after, "c") == [expected] * 3
    assert [values(filled, after, name) for name in ROWS[0]] == [
        [row[name] for row in ROWS] for name in ROWS[0]
    ]
    schema = filled.schema()
    assert filled.fresh(after).schema() == schema


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (column("c", default=by_sql("symbol || '-' || partition_key")), ["A-p", "A-p", f"{STRANGE}-p"]),
        (column("c", "integer", default=by_sql("COALESCE(shares, 0) / 2")), [-(2**62), 1, 0]),
        (
            column("c", "decimal", precision=8, scale=2, default=by_sql("COALESCE(price, 7)")),
            [Decimal("0.00"), Decimal("1.51"), Decimal("7.00")],
        ),
        (column("c", "boolean", default=by_sql("shares > 0 AND shares IS NOT NULL")), [False, True, False]),
        (column("c", "date", default=by_sql("'2025-12-31'")), [date(2025, 12, 31)] * 3),
        (
            column("c", "timestamp", default=by_sql("TIMESTAMP '2025-12-31 09:30:00'")),
            [datetime(2025, 12, 31, 9, 30, tzinfo=UTC)] * 3,
        ),
        (
            column("c", default=by_sql("'t' || symbol", "format('t%s', symbol)")),
            ["tA", "tA", f"t{STRANGE}"],
        ),
    ],
    ids=named,
)
def test_an_expression_fills_each_row(filled: Chain, new: Column, expected: list[Any]) -> None:
    after = trades(SYMBOL, SHARES, PRICE, new)
    filled.migrate(after)
    assert values(filled, after, "c") == expected


def test_a_column_that_may_be_null_becomes_required(filled: Chain) -> None:
    after = trades(SYMBOL, column("shares", "integer", default=constant(0)), PRICE)
    assert [item.code for item in filled.build(after).diagnostics] == ["SG608"]
    filled.upgrade()
    assert values(filled, after, "shares") == [-(2**63), 3, 0]
    filled.downgrade()  # what was filled stays
    assert values(filled, after, "shares") == [-(2**63), 3, 0]
    filled.upgrade()
    schema = filled.schema()
    assert filled.fresh(after).schema() == schema


def test_a_default_that_is_there_already_changes_nothing(filled: Chain) -> None:
    after = trades(SYMBOL, SHARES, column("price", "decimal", precision=12, scale=4, default=constant(0)))
    filled.migrate(after)
    later = trades(SYMBOL, SHARES, column("price", "decimal", precision=12, scale=4, default=constant(1)))
    assert filled.build(later).files == ()
    assert filled.build(trades(SYMBOL, SHARES, column("price", "decimal", precision=12, scale=4))).files == ()


def test_a_column_of_the_key_is_filled_whose_values_do_not_convert(chain: Chain) -> None:
    before = trades(SYMBOL, column("sold", "boolean"), key=("symbol", "sold"))
    after = trades(SYMBOL, column("sold", default=constant("no")), key=("symbol", "sold"))
    chain.migrate(before)
    chain.complete("new")
    rows = ({"capture_id": "new", "partition_key": "p", "symbol": each, "sold": True} for each in "AB")
    chain.insert(as_table(before, "trades"), *rows)
    refused = {item.code for item in chain.plan(after).diagnostics if item.severity == "error"}
    assert "SG604" in refused  # rows that differed only in it are the same now
    chain.migrate(after)
    assert values(chain, after, "sold") == ["no", "no"]
    migrated = chain.schema()
    assert chain.fresh(after).schema() == migrated


def test_the_type_the_key_and_other_columns_change_too(filled: Chain) -> None:
    after = trades(
        SYMBOL,
        column("shares", "string", default=constant("none")),
        column("venue", default=by_sql("'X' || symbol")),
        key=("venue", "symbol"),
    )
    filled.migrate(after)
    assert values(filled, after, "shares") == [str(-(2**63)), "3", "none"]
    assert values(filled, after, "venue") == ["XA", "XA", f"X{STRANGE}"]
    schema = filled.schema()
    assert filled.fresh(after).schema() == schema


def test_a_default_that_is_null_for_a_row_leaves_all_as_it_was(tmp_path: Path, database_url: str) -> None:
    project = Project(tmp_path, "test.domain")
    project.build("shares: {type: integer, nullable: true}")
    upgrade(database_url, project.generated)
    insert(database_url, symbol="A", shares=None)
    project.build("shares: {type: integer, nullable: true}", "c: {type: integer, default: {sql: shares + 1}}")
    with pytest.raises(MigrationError, match=r"column trades\.c has to be filled, and .* NULL for 1 row:"):
        upgrade(database_url, project.generated)
    assert len(pending(database_url, project.generated)) == 1
    assert rows(database_url, "SELECT symbol, shares FROM trades_current") == [("A", None)]
    with pytest.raises(sa.exc.DBAPIError):
        rows(database_url, "SELECT c FROM trades")
    with engine(database_url).begin() as connection:
        connection.execute(sa.text("UPDATE trades SET shares = 4"))
    upgrade(database_url, project.generated)
    assert rows(database_url, "SELECT c FROM trades_current") == [(5,)]
