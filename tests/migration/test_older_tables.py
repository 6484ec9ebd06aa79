"""Tables that earlier builds made take the form of new ones, once, by a revision of their own.

Their text had no collation, their JSON no type of its own, their key did not come first, and their views were
spelt out in the revision, whose SQL was a file for each database.
"""

import re
from dataclasses import replace

import pytest
import sqlalchemy as sa

from spine_gen.migrations.older_tables import renewals
from spine_gen.migrations.sql_file import DIALECTS, lines_for
from spine_gen.migrations.table_schema import tables_of
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
COLUMN = r' +sa\.Column\("{}".*\n'
VIEW = """op.execute(
        "CREATE VIEW trades_current AS "
        "SELECT t.symbol, t.venue, t.doc, m.partition_key, t.capture_id "
        "FROM trades AS t "
        "JOIN core_manifest AS m ON m.capture_id = t.capture_id "
        "WHERE m.status = 'COMPLETE' AND m.superseded_at IS NULL"
    )"""


@pytest.fixture
def older(chain: Chain) -> Chain:
    """The chain's first revision as it was generated before."""
    chain.build(domain(BEFORE))
    path = chain.revisions[-1]
    code = re.sub(r"\bText\(\)", "sa.String()", chain.files[path])
    [key] = re.findall(COLUMN.format("capture_id"), code)
    code = re.sub(f"({COLUMN.format('partition_key')})", rf"\1{key}", code.replace(key, ""))
    chain.files[path] = re.sub(r"create_view\([^)]*\)", VIEW, code)
    sql = chain.files.pop(path.replace(".py", ".sql"))
    for dialect in DIALECTS:
        chain.files[path.replace(".py", f".{dialect}.sql")] = lines_for(dialect, sql)
    chain.upgrade()
    return chain


def test_the_older_table_is_an_older_one(older: Chain) -> None:
    assert [item["name"] for item in sa.inspect(older.engine).get_columns("trades")] == [
        *("symbol", "venue", "doc", "partition_key", "capture_id")
    ]
    assert list(older.files) == [
        f"migrations/0001_initial{end}" for end in (".py", ".sqlite.sql", ".postgresql.sql")
    ]


def test_an_older_table_is_renewed_once(older: Chain) -> None:
    older.run(
        "INSERT INTO trades (symbol, doc, partition_key, capture_id) "
        """VALUES ('a', '{"n": 1}', 'k', 'c'), ('B', NULL, 'k', 'c')"""
    )
    older.complete("c")
    older.migrate(domain(BEFORE))
    assert older.revisions[-1] == "migrations/0002_renew_trades.py"
    held = "SELECT symbol, doc IS NULL FROM trades_current WHERE symbol > 'A' ORDER BY symbol"
    assert older.run(held) == [("B", True), ("a", False)]
    assert differences(older, domain(BEFORE)) == []
    assert older.build(domain(BEFORE)).files == ()
    older.downgrade()
    assert older.run(held) == [("B", True), ("a", False)]
    older.upgrade()
    assert older.run(held) == [("B", True), ("a", False)]


def test_a_renewed_table_is_as_a_new_one(older: Chain) -> None:
    form = _form(older.migrate(domain(BEFORE)))
    assert form == _form(older.fresh(domain(BEFORE)))


def _form(chain: Chain) -> list[tuple[str, ...]]:
    if chain.engine.dialect.name == "sqlite":
        assert chain.run("PRAGMA integrity_check") == [("ok",)]
        return [
            (column["name"], str(column["type"])) for column in sa.inspect(chain.engine).get_columns("trades")
        ]
    return chain.run(
        "SELECT column_name, data_type, collation_name FROM information_schema.columns "
        "WHERE table_name = 'trades' ORDER BY column_name"
    )


def test_a_renewed_table_may_be_renamed_at_once(older: Chain) -> None:
    renamed = replace(BEFORE, table=replace(BEFORE.table, name="deals", renamed_from="trades"))
    older.migrate(domain(renamed))
    assert older.build(domain(renamed)).files == ()
    assert differences(older, domain(renamed)) == []


def test_an_older_table_that_goes_is_not_renewed_before(older: Chain) -> None:
    older.build(domain(table("desks", column("name"))), force=True)
    assert "renew_table" not in older.files[older.revisions[-1]]


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


def test_an_older_view_keeps_its_order_though_the_spec_has_another(older: Chain) -> None:
    symbol, venue, doc = BEFORE.table.columns
    older.migrate(domain(BEFORE))
    moved = table("trades", doc, symbol, venue, key=("symbol",))
    assert older.build(domain(moved)).files == ()
    older.migrate(domain(table("trades", doc, *AFTER.table.columns[3:], symbol, venue, key=("symbol",))))
    assert [item["name"] for item in sa.inspect(older.engine).get_columns("trades_current")] == [
        *("symbol", "venue", "doc", "partition_key", "capture_id", "note")
    ]


def test_a_table_that_was_renamed_since_is_renewed_by_its_name_of_today() -> None:
    made = '    op.create_table(\n        "trades",\n        sa.Column("x", sa.String()),\n    )\n'
    files = {
        "migrations/0001_initial.py": f"def upgrade() -> None:\n{made}",
        "migrations/0002_rename.py": 'def upgrade() -> None:\n    rename_table("trades", "deals", "x")\n',
    }
    tables = tables_of(domain(table("deals", column("x")), table("trades", column("x"))))
    assert [change.subject for change in renewals(tables, files, {})] == ["deals"]
