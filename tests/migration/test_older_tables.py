"""Tables that were made before text had a collation, and JSON a type of its own, go on as they are."""

import re

import pytest

from tests.migration.chains import Chain, column, domain, table
from tests.migration.test_revisions import differences

BEFORE = table(
    "trades",
    column("symbol"),
    column("venue", nullable=True),
    column("doc", "json", nullable=True),
    key=("symbol",),
)
AFTER = table("trades", *BEFORE.table.columns, column("note", nullable=True), key=("symbol",))


@pytest.fixture
def older(chain: Chain) -> Chain:
    """The chain's first revision as it was generated before."""
    chain.build(domain(BEFORE))
    path = chain.revisions[-1]
    chain.files[path] = re.sub(r"\bText\(\)", "sa.String()", chain.files[path])
    chain.upgrade()
    return chain


def test_an_older_table_is_no_difference(older: Chain) -> None:
    assert differences(older, domain(BEFORE)) == []


def test_an_older_table_gains_a_column(older: Chain) -> None:
    older.run(
        "INSERT INTO trades (symbol, partition_key, capture_id) VALUES ('a', 'k', 'c'), ('B', 'k', 'c')"
    )
    older.complete("c")
    older.migrate(domain(AFTER))
    older.run("UPDATE trades SET note = symbol")
    assert older.run("SELECT symbol FROM trades_current WHERE symbol = note ORDER BY note") == [
        ("B",),
        ("a",),
    ]
    assert differences(older, domain(AFTER)) == []
    older.downgrade()
    assert older.run("SELECT count(*) FROM trades_current") == [(2,)]
