"""Rows come in one order from both databases, whatever language PostgreSQL sorts text by."""

import pytest
import sqlalchemy as sa

from spine.core.database.backend import DialectName
from spine.data.tables.target import in_byte_order

KEY = (sa.column("symbol", sa.String()), sa.column("lot", sa.BigInteger()))


@pytest.mark.parametrize(
    ("url", "dialect", "order"),
    [
        ("postgresql+psycopg://", "postgresql", 'symbol COLLATE "C", lot'),
        ("sqlite://", "sqlite", "symbol, lot"),  # which sorts by bytes by itself
    ],
)
def test_text_is_sorted_by_its_bytes(url: str, dialect: DialectName, order: str) -> None:
    query = sa.select(*KEY).order_by(*in_byte_order(KEY, dialect))
    compiled = query.compile(dialect=sa.make_url(url).get_dialect()())
    assert compiled.string.split("ORDER BY ")[1] == order
