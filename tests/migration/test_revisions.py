"""Every revision that can be planned, run up and down on both databases with rows in the tables."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from spine_gen.migrations.changes import destroyed
from spine_gen.migrations.column_types import type_of
from spine_gen.migrations.diff import diff_tables
from spine_gen.migrations.sql_file import DIALECTS, Dialect, lines_for
from spine_gen.migrations.table_schema import tables_of
from spine_gen.plan.files import FromTemplate, Ownership, PlannedFile
from spine_gen.plan.views.tables import tables_view
from spine_gen.render.renderer import render_files
from spine_gen.spec.language import Column, Default, Spec
from tests.migration.chains import Chain, column, domain, load, names_and_keys, table, without_rowid

EVERY_TYPE = table(
    "everything",
    column("symbol"),
    column("shares", "integer"),
    column("ratio", "float"),
    column("price", "decimal", precision=12, scale=4),
    column("halted", "boolean"),
    column("day", "date"),
    column("at", "timestamp"),
    column("extra", "json", nullable=True),
    key=("symbol", "day"),
)
KEYWORDS = table(
    "order", column("select"), column("from", "integer"), column("user", "date"), key=("select", "user")
)
TRADES = table(
    "trades", column("symbol"), column("shares", "integer"), column("venue", nullable=True), key=("symbol",)
)

CHANGED = {
    "a nullable column more": table(
        "trades",
        column("symbol"),
        column("flag", "boolean", nullable=True),
        column("shares", "integer"),
        column("venue", nullable=True),
        key=("symbol",),
    ),
    "a column less": table("trades", column("symbol"), column("shares", "integer"), key=("symbol",)),
    "a required column, filled": table(
        "trades",
        *TRADES.table.columns,
        column("size", "integer", default=Default(constant=0, sql=None)),
        key=("symbol",),
    ),
    "a required column less": table(
        "trades", column("symbol"), column("venue", nullable=True), key=("symbol",)
    ),
    "a wider type": table(
        "trades",
        column("symbol"),
        column("shares", "decimal", precision=25, scale=2),
        column("venue", nullable=True),
        key=("symbol",),
    ),
    "a type that turns numbers into text": table(
        "trades", column("symbol"), column("shares"), column("venue", nullable=True), key=("symbol",)
    ),
    "a column that may now be NULL": table(
        "trades",
        column("symbol"),
        column("shares", "integer", nullable=True),
        column("venue", nullable=True),
        key=("symbol",),
    ),
    "a column that may not be NULL any more": table(
        "trades", column("symbol"), column("shares", "integer"), column("venue"), key=("symbol",)
    ),
    "a longer key": table(
        "trades",
        column("symbol"),
        column("shares", "integer"),
        column("venue", nullable=True),
        key=("symbol", "shares"),
    ),
    "a type that nothing converts to": table(
        "trades",
        column("symbol"),
        column("shares", "integer"),
        column("venue", "timestamp", nullable=True),
        key=("symbol",),
    ),
    "everything at once": table(
        "trades",
        column("symbol"),
        column("shares", "decimal", precision=30, scale=4, nullable=True),
        column("when", "timestamp", nullable=True),
        column("order", "json", nullable=True),
        key=("symbol",),
    ),
}

# With rows in the table these can fail, and then leave it as it was; without, they work.
ON_EMPTY_TABLES = {
    "a key column less": table("trades", column("shares", "integer"), column("venue", nullable=True)),
    "a shorter key": table("trades", *TRADES.table.columns),
    "a key column of another type": table(
        "trades",
        column("symbol", "date"),
        column("shares", "integer"),
        column("venue", nullable=True),
        key=("symbol",),
    ),
    "another key": table("trades", column("market"), column("shares", "integer"), key=("shares", "market")),
    "a new required column": table(
        "trades", *TRADES.table.columns, column("at", "timestamp"), key=("symbol",)
    ),
    "inputs": table("trades", *TRADES.table.columns, key=("symbol",), inputs=("ORDER",)),
}


def as_table(spec: Spec, name: str) -> sa.Table:
    """A table of the spec, for the test to insert through."""
    schema = next(item for item in tables_of(spec) if item.name == name)
    return sa.Table(name, sa.MetaData(), *(sa.Column(item.name, type_of(item)) for item in schema.columns))


def generated_metadata(spec: Spec, folder: Path) -> sa.MetaData:
    """The metadata of the tables.py that is generated beside the migrations."""
    view = tables_view(spec, "specs/test.yaml")
    content = FromTemplate(template="tables.py.jinja", view=view)
    file = folder / "generated_tables.py"
    texts = render_files([PlannedFile(path="tables.py", ownership=Ownership.GENERATOR, content=content)])
    file.write_text(texts["tables.py"], encoding="utf-8")
    metadata = load(file).metadata
    assert isinstance(metadata, sa.MetaData)
    return metadata


def differences(chain: Chain, spec: Spec) -> list[Any]:
    """What Alembic itself finds between the database and tables.py."""
    metadata = generated_metadata(spec, chain.folder)

    def ours(_: object, name: str | None, type_: str, __: object, ___: object) -> bool:
        return type_ != "table" or not str(name).startswith("core_")

    with chain.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": ours, "compare_type": True, "target_metadata": metadata}
        )
        return list(compare_metadata(context, metadata))


@pytest.mark.parametrize(
    "stage", [EVERY_TYPE, KEYWORDS, table("one_row", column("n", "integer"))], ids=lambda s: s.name
)
def test_the_initial_revision_makes_the_tables_of_tables_py(chain: Chain, stage: Any) -> None:
    spec = domain(stage)
    chain.migrate(spec)
    assert differences(chain, spec) == []
    name = stage.table.name
    key = sa.inspect(chain.engine).get_pk_constraint(name)
    assert key["constrained_columns"] == ["capture_id", *stage.table.key]
    if chain.engine.dialect.name == "sqlite":
        assert without_rowid(chain.engine, name)
    chain.downgrade()
    assert chain.schema() == {"tables": {}, "views": {}, "indexes": {}}


def test_every_type_comes_back_from_the_view_as_it_was_stored(chain: Chain) -> None:
    spec = domain(EVERY_TYPE)
    chain.migrate(spec)
    everything = as_table(spec, "everything")
    row = {
        "symbol": "A",
        "shares": 2**62,
        "ratio": 0.1,
        "price": Decimal("12.3400"),
        "halted": True,
        "day": date(2025, 12, 29),
        "at": datetime(2025, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
        "extra": {"a": [1, None]},
        "partition_key": "2025-01-02",
        "capture_id": "c1",
    }
    chain.complete("c1")
    chain.insert(everything, row)
    view = sa.Table("everything_current", sa.MetaData(), *(sa.Column(c.name, c.type) for c in everything.c))
    with chain.engine.connect() as connection:
        assert [dict(found) for found in connection.execute(sa.select(view)).mappings()] == [row]


def test_the_view_shows_the_newest_complete_capture_of_each_partition_only(chain: Chain) -> None:
    spec = domain(table("trades", column("symbol"), key=("symbol",)))
    chain.migrate(spec)
    trades = as_table(spec, "trades")
    chain.complete("old", superseded_at=datetime(2025, 1, 3, tzinfo=UTC))
    chain.complete("new")
    chain.complete("other", partition_key="2025-01-03")
    chain.complete("failed", partition_key="2025-01-04", status="FAILED")
    for capture in ("old", "new", "other", "failed"):
        chain.insert(trades, {"symbol": "A", "partition_key": "as the row says", "capture_id": capture})
    rows = chain.run("SELECT symbol, partition_key, capture_id FROM trades_current ORDER BY capture_id")
    assert rows == [("A", "2025-01-02", "new"), ("A", "2025-01-03", "other")]


@pytest.mark.parametrize("change", CHANGED)
def test_a_change_goes_up_and_down_again_with_rows_in_the_table(chain: Chain, change: str) -> None:
    before, after = domain(TRADES), domain(CHANGED[change])
    chain.migrate(before)
    first = chain.schema()
    chain.complete("c1")
    rows = [
        {"symbol": "A", "shares": 5, "venue": "X", "partition_key": "p", "capture_id": "c1"},
        {"symbol": "B", "shares": 2**53, "venue": "Y", "partition_key": "p", "capture_id": "c1"},
    ]
    chain.insert(as_table(before, "trades"), *rows)

    plan = chain.build(after, force=True)
    chain.upgrade()
    assert differences(chain, after) == []
    assert chain.run("SELECT symbol FROM trades_current ORDER BY symbol") == [("A",), ("B",)]
    kept = [
        name for name in ("symbol", "shares") if after.stages[0].table.columns and name in columns_of(after)
    ]
    if "shares" in kept:
        values = chain.run("SELECT shares FROM trades_current ORDER BY symbol")
        assert [int(value) for (value,) in values] == [5, 2**53]

    chain.downgrade()
    assert chain.run("SELECT symbol FROM trades_current ORDER BY symbol") == [("A",), ("B",)]
    if "shares" in kept:
        assert chain.run("SELECT shares FROM trades ORDER BY symbol") == [(5,), (2**53,)]
    destroyed = any(item.destroys for item in plan.changes)
    assert names_and_keys(chain.schema()) == names_and_keys(first)
    if not destroyed:
        assert chain.schema() == first


@pytest.mark.parametrize("change", [*CHANGED, *ON_EMPTY_TABLES])
def test_a_migrated_database_is_a_fresh_one(chain: Chain, change: str) -> None:
    after = domain((CHANGED | ON_EMPTY_TABLES)[change], KEYWORDS)
    migrated = chain.migrate(domain(TRADES), after).schema()
    assert differences(chain, after) == []
    assert migrated == chain.fresh(after).schema()


@pytest.mark.parametrize("change", ON_EMPTY_TABLES)
def test_a_change_to_an_empty_table_can_be_undone(chain: Chain, change: str) -> None:
    first = chain.migrate(domain(TRADES)).schema()
    chain.migrate(domain(ON_EMPTY_TABLES[change]))
    chain.downgrade()
    assert names_and_keys(chain.schema()) == names_and_keys(first)


def test_a_new_table_and_a_dropped_one(chain: Chain) -> None:
    chain.migrate(domain(TRADES, EVERY_TYPE))
    both = chain.schema()
    plan = chain.build(domain(TRADES, KEYWORDS), force=True)
    assert [(item.code, item.severity) for item in plan.diagnostics] == [("SG601", "warning")]
    chain.upgrade()
    assert set(chain.schema()["tables"]) == {"trades", "order"}
    chain.downgrade()
    assert chain.schema() == both


def test_a_required_column_leaves_a_table_with_rows_as_it_was(chain: Chain) -> None:
    before = domain(TRADES)
    chain.migrate(before)
    chain.insert(
        as_table(before, "trades"), {"symbol": "A", "shares": 5, "partition_key": "p", "capture_id": "c1"}
    )
    after = domain(table("trades", *TRADES.table.columns, column("size", "integer"), key=("symbol",)))
    assert [(item.code, item.severity) for item in chain.plan(after).diagnostics] == [("SG602", "error")]
    chain.build(after, force=True)
    with pytest.raises(sa.exc.IntegrityError):
        chain.upgrade()
    if chain.engine.dialect.name == "postgresql":  # on SQLite the runtime's environment opens the transaction
        assert chain.run("SELECT symbol FROM trades") == [("A",)]


NULLS = {
    "was dropped": (column("note", nullable=True),),
    "was retyped": (column("qty", "decimal", precision=25, scale=2), column("note", nullable=True)),
    "may be NULL": (column("qty", "integer", nullable=True), column("note", nullable=True)),
}


@pytest.mark.parametrize("change", NULLS)
def test_going_back_over_several_revisions_takes_rows_along_that_have_null(chain: Chain, change: str) -> None:
    """A required column comes back, or stays, without a value for them: it may be NULL from then on."""

    def trades(*columns: Column) -> Spec:
        return domain(table("trades", column("symbol"), *columns, key=("symbol",)))

    chain.migrate(trades(column("qty", "integer"), column("note")))
    chain.complete("c0")
    chain.run(
        "INSERT INTO trades (capture_id, partition_key, symbol, qty, note) VALUES ('c0', 'k', 'A', 1, 'x')"
    )
    chain.migrate(trades(*NULLS[change]))
    if change == "may be NULL":
        chain.run("UPDATE trades SET qty = NULL, note = NULL")
    chain.migrate(trades(column("flag", "boolean", nullable=True)))
    migrated, revisions = chain.schema(), list(chain.revisions)
    for number in (3, 2):
        chain.revisions = revisions[:number]
        chain.downgrade()
    assert chain.run("SELECT symbol, qty FROM trades_current") == [("A", None)]
    for number in (2, 3):
        chain.revisions = revisions[:number]
        chain.upgrade()
    assert chain.run("SELECT symbol, flag FROM trades_current") == [("A", None)]
    assert chain.schema() == migrated


def test_a_stage_that_gains_inputs_gets_their_range(chain: Chain) -> None:
    after = domain(TRADES, table("sums", column("symbol"), key=("symbol",), inputs=("TRADES",)))
    chain.migrate(domain(TRADES, table("sums", column("symbol"), key=("symbol",))), after)
    assert differences(chain, after) == []
    assert chain.schema() == chain.fresh(after).schema()


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("change", CHANGED)
def test_the_sql_beside_a_revision_is_what_the_revision_runs(
    tmp_path: Path, change: str, dialect: Dialect
) -> None:
    from io import StringIO  # noqa: PLC0415

    from alembic.operations import Operations  # noqa: PLC0415

    chain = Chain(folder=tmp_path, engine=sa.create_engine("sqlite://"))
    chain.build(domain(TRADES))
    chain.build(domain(CHANGED[change]), force=True)
    for revision in chain.revisions:
        file = tmp_path / "revision.py"
        file.write_text(chain.files[revision], encoding="utf-8")
        buffer = StringIO()
        context = MigrationContext.configure(
            dialect_name=dialect, opts={"as_sql": True, "output_buffer": buffer}
        )
        with Operations.context(context):
            load(file).upgrade()
        written = lines_for(dialect, chain.files[revision.replace(".py", ".sql")])
        assert statements(written) == statements(buffer.getvalue())


def statements(sql: str) -> list[str]:
    lines = [line for line in sql.splitlines() if not line.startswith("--")]
    return [" ".join(part.split()) for part in " ".join(lines).split(";") if part.strip()]


def columns_of(spec: Spec) -> set[str]:
    return {item.name for item in spec.stages[0].table.columns}


DESTROYED = {
    "a column less": ("column trades.venue",),
    "a wider type": (),
    "a longer key": (),
    "a type that nothing converts to": ("column trades.venue",),
    "everything at once": ("column trades.venue",),
    "a key column of another type": ("column trades.symbol",),
    "a new required column": (),
}


@pytest.mark.parametrize("change", DESTROYED)
def test_a_revision_says_which_columns_it_destroys(change: str) -> None:
    after = domain((CHANGED | ON_EMPTY_TABLES)[change])
    assert destroyed(diff_tables(tables_of(domain(TRADES)), tables_of(after))) == DESTROYED[change]


def test_a_revision_says_which_tables_it_destroys_and_which_types_it_narrows() -> None:
    def priced(precision: int, scale: int, *more: Any) -> Spec:
        price = column("price", "decimal", precision=precision, scale=scale)
        return domain(table("trades", column("symbol"), price, key=("symbol",)), *more)

    changes = diff_tables(tables_of(priced(12, 4, KEYWORDS)), tables_of(priced(12, 2)))
    assert destroyed(changes) == ("table order", "column trades.price")
    assert destroyed(diff_tables(tables_of(priced(12, 2)), tables_of(priced(14, 4)))) == ()


def test_a_column_that_comes_back_as_another_is_told_as_one_change(chain: Chain) -> None:
    """As it is dropped and added, which is how the database does it."""
    after = domain(CHANGED["a type that nothing converts to"])
    chain.build(domain(TRADES))
    chain.build(after, force=True)
    path = chain.revisions[-1]
    assert path == "migrations/0002_retype_venue_in_trades.py"
    said = "Column venue: from string to timestamp, which its values do not convert to: they are destroyed."
    sql = chain.files[path.replace(".py", ".sql")]
    assert sql.count("-- Column venue") == sql.count(f"-- {said}\n") == 1
    code = " ".join(chain.files[path].replace("# ", "").split())
    assert said in code and "Column venue again, as timestamp." in code
    assert "Column venue again, as string, NULL: its values are gone." in code
    assert "Column venue: from timestamp to string, which its values do not convert to" in code
    assert "New column" not in code and "declared" not in code
