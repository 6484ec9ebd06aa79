"""The views over the tables, as revisions leave them: what they show, in which order, and to whom."""

import sqlite3
from dataclasses import replace
from threading import Thread

import pytest
import sqlalchemy as sa

from spine.errors import MigrationError
from spine_gen.spec.language import Column, Spec
from tests.migration.chains import Chain, column, domain, table
from tests.migration.test_revisions import as_table

SYMBOL, SHARES, VENUE = column("symbol"), column("shares", "integer"), column("venue", nullable=True)
NOTE, FLAG = column("note", nullable=True), column("flag", "boolean", nullable=True)
PROVENANCE = ["partition_key", "capture_id"]


def trades(*columns: Column) -> Spec:
    return domain(table("trades", *columns, key=("symbol",)))


BEFORE = trades(SYMBOL, SHARES, VENUE)


def shown(chain: Chain) -> list[str]:
    return [item["name"] for item in sa.inspect(chain.engine).get_columns("trades_current")]


def oid(chain: Chain) -> object:
    """What tells a view that was replaced from one that was dropped and made again."""
    return chain.run("SELECT 'trades_current'::regclass::oid")


@pytest.fixture
def filled(chain: Chain) -> Chain:
    """A table with a row, and a view of a reader's own over the generated one."""
    chain.migrate(BEFORE)
    chain.complete("c")
    row = {"symbol": "A", "shares": 1, "venue": "X", "partition_key": "p", "capture_id": "c"}
    chain.insert(as_table(BEFORE, "trades"), row)
    chain.run("CREATE VIEW of_a_reader AS SELECT symbol, shares FROM trades_current")
    return chain


def test_a_new_column_comes_last_whatever_its_place_in_the_spec(filled: Chain) -> None:
    filled.run("DROP VIEW of_a_reader")  # PostgreSQL drops no view under another, as going back has to
    filled.migrate(trades(NOTE, SYMBOL, SHARES, VENUE))
    assert shown(filled) == ["symbol", "shares", "venue", *PROVENANCE, "note"]
    filled.migrate(trades(FLAG, NOTE, SYMBOL, SHARES, VENUE))
    assert shown(filled) == ["symbol", "shares", "venue", *PROVENANCE, "note", "flag"]
    filled.downgrade()
    assert shown(filled) == ["symbol", "shares", "venue", *PROVENANCE, "note"]
    filled.upgrade()
    assert filled.run("SELECT symbol, flag FROM trades_current") == [("A", None)]


def test_moving_a_column_is_no_revision_and_the_view_stays_in_its_order(filled: Chain) -> None:
    moved = trades(VENUE, SHARES, SYMBOL)
    assert filled.build(moved).files == ()
    filled.migrate(trades(FLAG, VENUE, SHARES, SYMBOL))
    assert shown(filled) == ["symbol", "shares", "venue", *PROVENANCE, "flag"]


@pytest.mark.parametrize(
    "after",
    [
        trades(SYMBOL, SHARES, VENUE, NOTE),
        trades(SYMBOL, column("shares", "integer", nullable=True), VENUE),
        domain(table("trades", SYMBOL, SHARES, VENUE, key=("symbol", "shares"))),
    ],
    ids=["a column more", "a column that may now be NULL", "a longer key"],
)
def test_postgresql_keeps_a_view_and_what_readers_were_granted(postgresql_chain: Chain, after: Spec) -> None:
    chain = postgresql_chain.migrate(BEFORE)
    before = oid(chain)
    chain.run("GRANT SELECT ON trades_current TO PUBLIC")
    chain.migrate(after)
    assert oid(chain) == before
    assert chain.run("SELECT has_table_privilege('public', 'trades_current', 'SELECT')") == [(True,)]


def test_a_reader_s_own_view_goes_on_when_a_column_comes(filled: Chain) -> None:
    filled.migrate(trades(SYMBOL, SHARES, VENUE, NOTE))
    assert filled.run("SELECT symbol, shares FROM of_a_reader") == [("A", 1)]


def test_a_reader_s_own_view_goes_on_when_sqlite_drops_a_column(filled: Chain) -> None:
    if filled.engine.dialect.name == "postgresql":
        with pytest.raises(MigrationError, match="view of_a_reader reads trades_current"):
            filled.migrate(trades(SYMBOL, SHARES))
        return
    filled.migrate(trades(SYMBOL, SHARES))
    assert shown(filled) == ["symbol", "shares", *PROVENANCE]
    assert filled.run("SELECT symbol, shares FROM of_a_reader") == [("A", 1)]


def test_a_column_that_comes_back_is_shown_where_it_was_however_far_it_goes_back(chain: Chain) -> None:
    """PostgreSQL replaces a view only by one that begins with the columns that it shows, in their order."""
    loosened = column("shares", "integer", nullable=True)
    chain.migrate(trades(SYMBOL, NOTE, SHARES, VENUE))
    seen = []
    for later in ((SYMBOL, NOTE, loosened, VENUE), (SYMBOL, VENUE, FLAG), (SYMBOL, VENUE)):
        seen.append(shown(chain))
        chain.migrate(trades(*later))
    while seen:
        chain.downgrade()
        chain.revisions.pop()
        assert shown(chain) == seen.pop()


def test_two_tables_that_change_in_place_are_one_revision(chain: Chain) -> None:
    fees = table("fees", SYMBOL, SHARES, key=("symbol",))
    more = table("fees", SYMBOL, NOTE, key=("symbol",))
    chain.migrate(domain(*BEFORE.stages, fees))
    first = chain.schema()
    after = domain(*trades(SYMBOL, SHARES, VENUE, NOTE).stages, more)
    migrated = chain.migrate(after).schema()
    assert len(chain.revisions) == 2
    chain.downgrade()
    again = chain.schema()
    assert again["views"] == first["views"] and set(again["tables"]) == set(first["tables"])
    assert migrated == chain.fresh(after).schema()


def test_a_wide_table_keeps_all_its_columns(chain: Chain) -> None:
    wide = [column(f"a_column_with_a_name_{number}", "integer", nullable=True) for number in range(40)]
    chain.migrate(trades(SYMBOL, *wide))
    chain.migrate(trades(SYMBOL, *wide, NOTE))
    assert shown(chain) == ["symbol", *(item.name for item in wide), *PROVENANCE, "note"]
    assert all(len(line) <= 88 for line in chain.files[chain.revisions[-1]].splitlines())


def test_sqlite_finds_no_null_where_there_is_none(filled: Chain) -> None:
    """Its own check of a table WITHOUT ROWID reads the columns as if the key came first."""
    key_last = table(
        "quotes", column("price", "float"), VENUE, column("day", "date"), SYMBOL, key=("symbol", "day")
    )
    spec = domain(*BEFORE.stages, key_last)
    filled.migrate(spec)
    assert in_storage(filled, "quotes")[:3] == ["capture_id", "symbol", "day"]
    filled.run(
        "INSERT INTO quotes (price, symbol, day, partition_key, capture_id) "
        "VALUES (1, 'A', '2025-01-02', 'p', 'c')"
    )
    longer = table("quotes", *key_last.table.columns, key=("day", "price", "symbol"))
    for after in (spec, domain(*BEFORE.stages, longer)):
        filled.migrate(after)
        if filled.engine.dialect.name == "sqlite":  # PostgreSQL makes no table anew for another key
            key = ["capture_id", *after.stages[1].table.key]
            assert in_storage(filled, "quotes")[: len(key)] == key
            assert filled.run("PRAGMA integrity_check") == [("ok",)]


def in_storage(chain: Chain, name: str) -> list[str]:
    return [item["name"] for item in sa.inspect(chain.engine).get_columns(name)]


def test_an_sqlite_that_drops_no_columns_says_so(filled: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    filled.run("DROP VIEW of_a_reader")
    filled.build(trades(SYMBOL, SHARES), force=True)
    if filled.engine.dialect.name == "sqlite":
        with pytest.raises(MigrationError, match=r"3\.35\.5 or newer"):
            filled.upgrade()
    else:
        filled.upgrade()


@pytest.mark.parametrize("change", ["a new column", "a renamed column", "a renamed table"])
def test_a_view_is_locked_before_its_table_as_readers_lock_them(postgresql_chain: Chain, change: str) -> None:
    """Otherwise a reader that has the view waits for the table, and a migration for the view."""
    chain = postgresql_chain.migrate(BEFORE)
    name, columns = "trades", [SYMBOL, SHARES, VENUE]
    if change == "a new column":
        columns.append(NOTE)
    elif change == "a renamed column":
        columns[1] = replace(SHARES, name="quantity", renamed_from="shares")
    else:
        name = "deals"
    stage = table(name, *columns, key=("symbol",))
    if name != "trades":
        stage = replace(stage, name="TRADES", table=replace(stage.table, renamed_from="trades"))
    chain.build(domain(stage))
    locked = sa.text(
        "SELECT c.relname, l.granted FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation "
        "WHERE l.mode = 'AccessExclusiveLock' AND c.relname LIKE 'trades%' AND l.pid <> pg_backend_pid()"
    )
    with chain.engine.connect() as reader:
        reader.execute(sa.text("ALTER VIEW trades_current ALTER COLUMN symbol DROP DEFAULT"))
        migration = Thread(target=chain.upgrade)
        migration.start()
        while not (found := reader.execute(locked).all()):
            assert migration.is_alive()
        reader.rollback()
    migration.join()
    assert found == [("trades_current", False)]
