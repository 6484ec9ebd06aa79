"""What a build says that PostgreSQL does to all of a table is what it does, and no more and no less."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
import sqlalchemy as sa

from spine_gen.diagnostics.diagnostic import Diagnostic
from spine_gen.spec.language import Column, Default, Index, Spec
from spine_gen.spec.language.domain import Acknowledgement
from tests.migration.chains import Chain, column, domain, table

SYMBOL, SHARES = column("symbol"), column("shares", "integer")
PRICE = column("price", "decimal", precision=12, scale=2)
NOTE = column("note", nullable=True)
TYPE, NULL, KEY = "writes it anew for the type of", "goes through all rows, so that none has NULL in", "key"


def spec_of(*columns: Column, key: tuple[str, ...] = ("symbol",), index: Index | None = None) -> Spec:
    stage = table("trades", *columns, key=key)
    return domain(replace(stage, table=replace(stage.table, indexes=(index,) if index else ())))


BEFORE = spec_of(SYMBOL, SHARES, PRICE, NOTE)
CHANGES: dict[str, tuple[Spec, Sequence[str]]] = {
    "integer to decimal": (
        spec_of(SYMBOL, column("shares", "decimal", precision=22, scale=2), PRICE, NOTE),
        [f"it {TYPE} shares"],
    ),
    "integer to string": (spec_of(SYMBOL, column("shares"), PRICE, NOTE), [f"it {TYPE} shares"]),
    "more digits before the point": (
        spec_of(SYMBOL, SHARES, column("price", "decimal", precision=20, scale=2), NOTE),
        [],
    ),
    "more digits after the point": (
        spec_of(SYMBOL, SHARES, column("price", "decimal", precision=20, scale=4), NOTE),
        [f"it {TYPE} price"],
    ),
    "no longer nullable": (
        spec_of(SYMBOL, SHARES, PRICE, column("note", default=Default(constant="none", sql=None))),
        [f"it {NULL} note"],
    ),
    "nullable": (spec_of(SYMBOL, replace(SHARES, nullable=True), PRICE, NOTE), []),
    "a column more": (spec_of(SYMBOL, SHARES, PRICE, NOTE, column("flag", "boolean", nullable=True)), []),
    "another key": (
        spec_of(SYMBOL, SHARES, PRICE, NOTE, key=("symbol", "shares")),
        ["it builds another key"],
    ),
    "an index": (spec_of(SYMBOL, SHARES, PRICE, NOTE, index=Index(columns=("shares",))), ["SG609"]),
    "a concurrent one": (
        spec_of(SYMBOL, SHARES, PRICE, NOTE, index=Index(columns=("shares",), concurrently=True)),
        [],
    ),
}


def locks(found: Sequence[Diagnostic]) -> list[Diagnostic]:
    return [item for item in found if item.code in ("SG608", "SG609")]


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_told_is_what_happens(postgresql_chain: Chain, change: str) -> None:
    chain = postgresql_chain
    chain.migrate(BEFORE)
    chain.complete("c1", stage="TRADES")
    chain.run(
        "INSERT INTO trades (capture_id, partition_key, symbol, shares, price) VALUES ('c1','k','A',1,2)"
    )
    query = "SELECT relfilenode FROM pg_class WHERE oid = to_regclass('{}')"
    files = [chain.run(query.format(name)) for name in ("trades", "pk_trades")]
    after, expected = CHANGES[change]
    found = locks(chain.build(after).diagnostics)
    assert [item.severity for item in found] == ["warning"] * len(expected)
    assert all(part in f"{item.code} {item.headline}" for item, part in zip(found, expected, strict=True))
    chain.upgrade()
    written, key = (
        chain.run(query.format(name)) != file
        for name, file in zip(("trades", "pk_trades"), files, strict=True)
    )
    said = " ".join(item.headline for item in found)
    assert (TYPE in said, TYPE in said or "another key" in said) == (written, key)


@pytest.fixture
def bare(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    chain = Chain(folder=tmp_path_factory.mktemp("chain"), engine=sa.create_engine("sqlite://"))
    chain.build(BEFORE)
    return chain


@pytest.mark.parametrize("change", [name for name, (_, expected) in CHANGES.items() if expected])
def test_what_is_meant_is_acknowledged(bare: Chain, change: str) -> None:
    after, _ = CHANGES[change]
    (found,) = locks(bare.plan(after).diagnostics)
    of = "ix_trades_shares" if found.code == "SG609" else "trades"
    assert f"add {{code: {found.code}, of: {of}, reason: …}}" in str(found.help)
    meant = Acknowledgement(code=found.code, of=of, reason="It is small.")
    (found,) = locks(bare.plan(replace(after, acknowledgements=(meant,))).diagnostics)
    assert found.acknowledged == "It is small."


def test_nothing_is_said_of_a_table_that_is_new_or_empty(bare: Chain) -> None:
    index = Index(columns=("shares",))
    assert (
        locks(Chain(folder=bare.folder, engine=bare.engine).plan(spec_of(SYMBOL, SHARES)).diagnostics) == []
    )
    assert locks(bare.plan(spec_of(SYMBOL, SHARES, PRICE, NOTE, index=index), force=True).diagnostics) == []
    fees = table("fees", SYMBOL, SHARES, key=("symbol",))
    more = replace(fees, table=replace(fees.table, indexes=(index,)))
    assert locks(bare.plan(replace(BEFORE, stages=(*BEFORE.stages, more))).diagnostics) == []


def test_all_of_one_table_is_told_at_once(bare: Chain) -> None:
    shares = column("shares", "decimal", precision=22, scale=2)
    note = column("note", default=Default(constant="none", sql=None))
    found = locks(bare.plan(spec_of(SYMBOL, shares, PRICE, note, key=("symbol", "note"))).diagnostics)
    assert [item.headline.partition(": ")[2] for item in found] == [
        f"it {TYPE} shares",
        f"it {NULL} note; it builds another key",
    ]
