"""What is renamed keeps its rows, its history and its views, there and back, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from spine.core.tables import metadata as core
from spine_gen.migrations.changes import destroyed
from spine_gen.spec.language import Anomaly, Dimension, Spec, Tier, WorkflowSpec
from tests.migration.chains import Chain, column, domain, names_and_keys, table

BEFORE = replace(
    domain(
        table("trades", column("symbol"), column("qty", "integer"), column("note", nullable=True)),
        table("fees", column("fee", "float")),
    ),
    partitions=(Dimension(name="day", type="date"), Dimension(name="book", type="string")),
    anomalies=(Anomaly(code="ODD", severity="INFO"),),
    workflows=(WorkflowSpec(name="nightly", steps=()),),
)
NOW = datetime(2025, 1, 2, tzinfo=UTC)
KEY = "day=2025-01-02/book=day=book"  # a value may look like a dimension


def keyed(spec: Spec, key: tuple[str, ...]) -> Spec:
    trades, *others = spec.stages
    return replace(spec, stages=(replace(trades, table=replace(trades.table, key=key)), *others))


def renamed(spec: Spec, *columns: Any, name: str = "deals", key: tuple[str, ...] = ("ticker",)) -> Spec:
    trades, fees = spec.stages
    deals = replace(trades.table, name=name, renamed_from="trades", columns=columns, key=key)
    return replace(
        spec,
        domain="test.renamed",
        renamed_from="test.domain",
        tiers=(Tier(name="RAW", renamed_from="BRONZE"),),
        partitions=(
            Dimension(name="day", type="date"),
            Dimension(name="desk", type="string", renamed_from="book"),
        ),
        anomalies=(Anomaly(code="STRANGE", severity="INFO", renamed_from="ODD"),),
        workflows=(WorkflowSpec(name="daily", steps=(), renamed_from="nightly"),),
        stages=(
            replace(trades, name="DEALS", renamed_from="TRADES", tier="RAW", table=deals),
            replace(fees, tier="RAW"),
        ),
    )


COLUMNS = (
    column("ticker", renamed_from="symbol"),
    column("shares", "integer", renamed_from="qty"),
    column("note", nullable=True),
)
OLD, NEW = keyed(BEFORE, ("symbol",)), renamed(BEFORE, *COLUMNS)


def fill(chain: Chain) -> None:
    """One capture of each stage with all that can be recorded of it."""
    for at, stage in enumerate(("TRADES", "FEES")):
        chain.complete(f"c{at}", KEY, stage=stage, attempt=1, destroyed="note, symbol, qty")
    chain.insert(core.tables["core_anomalies"], {"capture_id": "c0", "anomaly_code": "ODD"})
    place = {"domain": "test.domain", "stage": "TRADES"}
    chain.insert(
        core.tables["core_absent_inputs"],
        {"capture_id": "c1", **place, "tier": "BRONZE", "partition_key": KEY},
    )
    chain.insert(
        core.tables["core_acceptances"],
        {**place, "tier": "BRONZE", "definition": "d", "accepted_as": "e", "reason": "r"}
        | {"accepted_at": NOW},
    )
    run = {"run_id": "r", "workflow": "test.domain/nightly", "domain": "test.domain", "status": "COMPLETE"}
    chain.insert(
        core.tables["core_runs"],
        {**run, "partition_key": KEY, "only_step": "TRADES", "started_at": NOW},
    )
    step = {"run_id": "r", "position": 1, "name": "TRADES", "kind": "pipeline", "status": "COMPLETE"}
    chain.insert(core.tables["core_run_steps"], step)
    chain.insert(
        core.tables["core_run_reads"],
        {"run_id": "r", "step": "s", **place, "fact": "capture", "partition_key": KEY},
    )
    chain.run(
        "INSERT INTO trades (capture_id, partition_key, symbol, qty, note) "
        "VALUES ('c0', :key, 'é', 9223372036854775807, NULL)",
        key=KEY,
    )


def recorded(chain: Chain) -> dict[str, list[tuple[Any, ...]]]:
    queries = {
        "manifest": "capture_id, domain, partition_key, stage, tier, attempt, destroyed FROM core_manifest",
        "anomalies": "anomaly_code FROM core_anomalies",
        "absent": "domain, stage, tier, partition_key FROM core_absent_inputs",
        "accepted": "domain, stage, tier FROM core_acceptances",
        "runs": "workflow, domain, partition_key, only_step FROM core_runs",
        "steps": "name FROM core_run_steps",
        "reads": "domain, stage, partition_key FROM core_run_reads",
    }
    return {name: sorted(chain.run(f"SELECT {query}")) for name, query in queries.items()}


def test_all_that_is_recorded_follows_and_comes_back(chain: Chain) -> None:
    chain.migrate(OLD)
    fill(chain)
    before, schema = recorded(chain), chain.schema()
    plan = chain.build(NEW)
    assert destroyed(plan.changes) == ()
    chain.upgrade()
    key = "day=2025-01-02/desk=day=book"
    assert recorded(chain) == {
        "manifest": [
            ("c0", "test.renamed", key, "DEALS", "RAW", 1, "note, symbol, qty, ticker, shares"),
            ("c1", "test.renamed", key, "FEES", "RAW", 1, "note, symbol, qty"),  # a table of its own
        ],
        "anomalies": [("STRANGE",)],
        "absent": [("test.renamed", "DEALS", "RAW", key)],
        "accepted": [("test.renamed", "DEALS", "RAW")],
        "runs": [("test.renamed/daily", "test.renamed", key, "DEALS")],
        "steps": [("DEALS",)],
        "reads": [("test.renamed", "DEALS", key)],
    }
    shown = "SELECT ticker, shares, note, partition_key, capture_id FROM deals_current"
    assert chain.run(shown) == [("é", 9223372036854775807, None, key, "c0")]
    assert chain.run("SELECT partition_key FROM deals") == [(key,)]
    chain.downgrade()
    (c0, c1), after = before["manifest"], recorded(chain)
    before["manifest"] = [(*c0[:-1], "note, ticker, shares, qty, symbol"), c1]  # neither name is forgotten
    assert (after, chain.schema()) == (before, schema)
    assert chain.run("SELECT symbol, qty FROM trades_current") == [("é", 9223372036854775807)]


def test_a_renamed_database_is_a_fresh_one(chain: Chain) -> None:
    migrated = chain.migrate(OLD, NEW).schema()
    assert migrated == chain.fresh(NEW).schema()


def test_the_word_may_stay_and_may_go(chain: Chain) -> None:
    chain.migrate(OLD, NEW)
    assert chain.plan(NEW).changes == ()
    trades, fees = NEW.stages
    columns = tuple(replace(item, renamed_from=None) for item in trades.table.columns)
    without = replace(trades, renamed_from=None, table=replace(trades.table, columns=columns))
    assert chain.plan(replace(NEW, renamed_from=None, stages=(without, fees))).changes == ()


def test_other_changes_go_with_a_rename(chain: Chain) -> None:
    """A renamed column gets a wider type, another takes its earlier name, the key changes, one goes."""
    chain.migrate(OLD)
    fill(chain)
    first = chain.schema()
    wider = column("shares", "decimal", precision=25, scale=2, renamed_from="qty")
    again = column("qty", "boolean", nullable=True)
    changed = renamed(BEFORE, COLUMNS[0], wider, again, key=())
    chain.migrate(changed)
    rows = chain.run("SELECT ticker, CAST(shares AS TEXT), qty FROM deals_current")
    assert [(ticker, Decimal(shares), qty) for ticker, shares, qty in rows] == [
        ("é", Decimal(2**63 - 1), None)
    ]
    assert {item["name"] for item in sa.inspect(chain.engine).get_columns("deals_current")} == {
        *("ticker", "shares", "qty", "partition_key", "capture_id")
    }
    chain.downgrade()
    assert names_and_keys(chain.schema()) == names_and_keys(first)


def test_names_move_up_in_a_row(chain: Chain) -> None:
    """a becomes b and b becomes c: the last one first; and back."""
    first = domain(table("t", column("a", "integer"), column("b", "integer")))
    then = table("t", column("b", "integer", renamed_from="a"), column("c", "integer", renamed_from="b"))
    chain.migrate(first)
    chain.complete("c0", stage="T")
    chain.run("INSERT INTO t (capture_id, partition_key, a, b) VALUES ('c0', 'k', 1, 2)")
    chain.migrate(domain(then))
    assert chain.run("SELECT b, c FROM t_current") == [(1, 2)]
    chain.downgrade()
    assert chain.run("SELECT a, b FROM t_current") == [(1, 2)]


def test_a_later_revision_knows_what_the_renamed_view_shows(chain: Chain) -> None:
    """PostgreSQL replaces a view only by one that goes on with the columns that it has."""
    chain.migrate(OLD, NEW)
    trades, fees = NEW.stages
    more = replace(
        trades.table,
        columns=(column("venue", nullable=True), *trades.table.columns, column("z", nullable=True)),
    )
    chain.migrate(replace(NEW, stages=(replace(trades, table=more), fees)))
    shown = [item["name"] for item in sa.inspect(chain.engine).get_columns("deals_current")]
    assert shown == ["ticker", "shares", "note", "partition_key", "capture_id", "venue", "z"]


def test_a_stage_at_another_tier_keeps_its_captures(chain: Chain) -> None:
    first = replace(domain(table("t", column("a"))), tiers=(Tier(name="BRONZE"), Tier(name="GOLD")))
    chain.migrate(first)
    chain.complete("c0", stage="T", attempt=2)
    (stage,) = first.stages
    plan = chain.build(replace(first, stages=(replace(stage, tier="GOLD"),)))
    assert plan.diagnostics == ()
    chain.upgrade()
    assert chain.run("SELECT stage, tier, status, superseded_at FROM core_manifest") == [
        ("T", "GOLD", "COMPLETE", None)
    ]


def test_attempts_go_on_from_those_of_a_stage_that_had_the_name_before(chain: Chain) -> None:
    first = domain(table("t", column("a")))
    chain.migrate(first)
    chain.complete("c0", stage="T", attempt=1)
    chain.complete("c1", stage="T", attempt=2, status="FAILED")
    chain.complete("older", stage="NEW", attempt=7, superseded_at=NOW)
    (stage,) = first.stages
    chain.migrate(replace(first, stages=(replace(stage, name="NEW", renamed_from="T"),)))
    assert sorted(chain.run("SELECT capture_id, stage, attempt FROM core_manifest")) == [
        ("c0", "NEW", 8),
        ("c1", "NEW", 9),
        ("older", "NEW", 7),
    ]


@pytest.mark.parametrize("what", ["stage", "tier", "domain"])
def test_what_had_the_name_before_without_rows_makes_way(chain: Chain, what: str) -> None:
    """Nothing was dropped with its table, so nothing told that it is not current."""
    first = domain(table("t", column("a")))
    chain.migrate(first)
    there = {"stage": "T", what: {"stage": "NEW", "tier": "GOLD", "domain": "test.new"}[what]}
    for day in ("2025-01-02", "2025-01-03"):
        chain.complete(f"older {day}", day, row_count=0, **there)
    chain.complete("c0", stage="T")
    (stage,) = first.stages
    renamed = {
        "stage": replace(first, stages=(replace(stage, name="NEW", renamed_from="T"),)),
        "tier": replace(
            first, tiers=(Tier(name="GOLD", renamed_from="BRONZE"),), stages=(replace(stage, tier="GOLD"),)
        ),
        "domain": replace(first, domain="test.new", renamed_from="test.domain"),
    }[what]
    chain.migrate(renamed)
    current = "SELECT capture_id FROM core_manifest WHERE superseded_at IS NULL ORDER BY capture_id"
    assert chain.run(current) == [("c0",), ("older 2025-01-03",)]


def test_what_got_its_name_just_now_is_not_renamed_again(chain: Chain) -> None:
    """Of two words in a row only the first has an effect: what was p did not exist, so q is new."""
    first = domain(table("t", column("x", "integer")))
    chain.migrate(first)
    chain.complete("c0", stage="T")
    chain.run("INSERT INTO t (capture_id, partition_key, x) VALUES ('c0', 'k', 1)")
    of_columns = table(
        "t", column("p", "integer", renamed_from="x"), column("q", "integer", renamed_from="p", nullable=True)
    )
    chain.migrate(domain(of_columns))
    assert chain.run("SELECT p, q FROM t_current") == [(1, None)]
    u = replace(of_columns, name="U", table=replace(of_columns.table, name="u", renamed_from="t"))
    v = replace(of_columns, name="V", table=replace(of_columns.table, name="v", renamed_from="u"))
    chain.migrate(domain(replace(u, renamed_from="T"), replace(v, renamed_from="U")))
    assert (chain.run("SELECT p FROM u_current"), chain.run("SELECT p FROM v_current")) == ([(1,)], [])
    assert chain.run("SELECT stage FROM core_manifest") == [("U",)]


def test_a_word_without_effect_is_told_where_it_would_have_kept_what_is_destroyed(chain: Chain) -> None:
    """The other table, or column, that has the name goes in the same change: which rows are meant?"""
    t, u = (table(name, column("a", "integer"), column("b", "integer")) for name in "tu")
    chain.migrate(domain(t, u))
    said = (
        "there was a {0} already, so renamed_from: {1} has no effect: if {1} is to become {0}, take the {0} "
    )
    of_column = replace(t, table=replace(t.table, columns=(column("b", "integer", renamed_from="a"),)))
    (found,) = chain.plan(domain(of_column, u)).diagnostics
    assert (found.code, str(found.help).startswith(said.format("b", "a"))) == ("SG601", True)
    of_table = replace(t, table=replace(t.table, name="u", renamed_from="t"))
    found = next(item for item in chain.plan(domain(of_table)).diagnostics if item.code == "SG601")
    assert str(found.help).startswith(said.format("u", "t"))
    chain.migrate(domain(t))
    assert chain.plan(domain(of_table)).diagnostics == ()  # once it is gone, the word has its effect


def test_grants_and_comments_outlive_renames_on_postgresql(postgresql_chain: Chain) -> None:
    chain = postgresql_chain
    chain.migrate(OLD)
    chain.run("GRANT SELECT ON trades_current TO PUBLIC")
    chain.run("COMMENT ON VIEW trades_current IS 'read me'")
    chain.run("CREATE VIEW theirs AS SELECT symbol FROM trades_current")
    chain.migrate(NEW)
    assert chain.run("SELECT obj_description('deals_current'::regclass)") == [("read me",)]
    assert chain.run("SELECT has_table_privilege('public', 'deals_current', 'SELECT')") == [(True,)]
    assert chain.run("SELECT symbol FROM theirs") == []


def test_what_was_destroyed_of_a_capture_is_listed_once(chain: Chain) -> None:
    """However often its migrations go there and back, and whatever its columns are called then."""
    chain.migrate(OLD)
    fill(chain)
    trades, *others = OLD.stages
    kept = (column("symbol"), column("qty", "integer"))

    def with_columns(*columns: Any) -> Spec:
        return replace(OLD, stages=(replace(trades, table=replace(trades.table, columns=columns)), *others))

    def listed() -> str:
        ((found,),) = chain.run("SELECT destroyed FROM core_manifest WHERE capture_id = 'c0'")
        return str(found)

    chain.run("UPDATE core_manifest SET destroyed = NULL WHERE capture_id = 'c0'")
    chain.migrate(with_columns(*kept))
    assert listed() == "note"
    chain.migrate(with_columns(*kept, column("note", nullable=True), column("not_", nullable=True)))
    for _ in range(2):
        chain.downgrade()
        chain.upgrade()
    assert sorted(listed().split(", ")) == ["not_", "note"]
    chain.migrate(with_columns(*kept, column("not_", nullable=True)))
    assert sorted(listed().split(", ")) == ["not_", "note"]
    chain.migrate(with_columns(*kept, column("note", nullable=True, renamed_from="not_")))
    assert sorted(listed().split(", ")) == ["not_", "note"]


def test_what_was_destroyed_of_a_column_is_known_under_the_name_that_another_took_over(chain: Chain) -> None:
    """A column is renamed, and goes; a new one has its earlier name: all there, back, and there again."""
    trades, *others = OLD.stages

    def with_columns(*columns: Any) -> Spec:
        kept = (column("symbol"), *columns)
        return replace(OLD, stages=(replace(trades, table=replace(trades.table, columns=kept)), *others))

    price = column("price", "integer", nullable=True)
    first = with_columns(price)
    chain.migrate(first, with_columns(column("paid", "integer", nullable=True, renamed_from="price")))
    chain.migrate(with_columns(price))  # a new one
    chain.complete("c0", KEY, stage="TRADES", attempt=1)
    chain.run("INSERT INTO trades (capture_id, partition_key, symbol, price) VALUES ('c0', 'k', 's', 1)")
    revisions = list(chain.revisions)
    for number in (2, 1):  # back to the first
        chain.revisions = revisions[: number + 1]
        chain.downgrade()
    for number in (1, 2):
        chain.revisions = revisions[: number + 1]
        chain.upgrade()
    ((price_now, destroyed_of),) = chain.run(
        "SELECT price, destroyed FROM trades JOIN core_manifest USING (capture_id)"
    )
    assert (price_now, "price" in destroyed_of.split(", ")) == (None, True)
