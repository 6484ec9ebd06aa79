"""Rows come in one order from both databases, whatever language PostgreSQL sorts text by."""

import sqlalchemy as sa

from spine.data.columns import in_byte_order

KEY = (sa.column("symbol", sa.String()), sa.column("lot", sa.BigInteger()))


def test_text_is_sorted_by_its_bytes_on_postgresql() -> None:
    query = sa.select(*KEY).order_by(*in_byte_order(KEY, "postgresql"))
    order = str(query.compile(dialect=sa.make_url("postgresql+psycopg://").get_dialect()())).split(
        "ORDER BY "
    )[1]
    assert order == 'symbol COLLATE "C", lot'


def test_sqlite_does_so_by_itself() -> None:
    query = sa.select(*KEY).order_by(*in_byte_order(KEY, "sqlite"))
    assert (
        str(query.compile(dialect=sa.make_url("sqlite://").get_dialect()())).split("ORDER BY ")[1]
        == "symbol, lot"
    )
