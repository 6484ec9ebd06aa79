"""Random walks of changes and renames, with rows in the tables: migrated is fresh, values survive, and back.

SPINE_TEST_WALKS=200 pytest tests/migration/test_walks.py     # more of them than CI has time for
"""

import os
import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from spine_gen.spec.language import Column, Spec, Stage
from tests.migration.chains import Chain, column, domain, names_and_keys, table

WALKS, STEPS = int(os.environ.get("SPINE_TEST_WALKS", "6")), 5
NAMES = ("symbol", "venue", "order", "price", "note", "flag", "select")
Change = Callable[[random.Random, Spec], Spec]


def with_columns(stage: Stage, columns: tuple[Column, ...], key: tuple[str, ...] | None = None) -> Stage:
    kept = stage.table.key if key is None else key
    return replace(stage, table=replace(stage.table, columns=columns, key=kept))


def changed(spec: Spec, place: int, stage: Stage) -> Spec:
    return replace(spec, stages=(*spec.stages[:place], stage, *spec.stages[place + 1 :]))


def free_name(chance: random.Random, taken: set[str]) -> str | None:
    free = [name for name in NAMES if name not in taken]
    return chance.choice(free) if free else None


def rename_column(chance: random.Random, spec: Spec) -> Spec:
    place = chance.randrange(len(spec.stages))
    stage = spec.stages[place]
    old = chance.choice(stage.table.columns)
    new = free_name(chance, {item.name for item in stage.table.columns})
    if new is None:
        return spec
    columns = tuple(
        replace(item, name=new, renamed_from=old.name) if item is old else item
        for item in stage.table.columns
    )
    key = tuple(new if name == old.name else name for name in stage.table.key)
    return changed(spec, place, with_columns(stage, columns, key))


def rename_table(chance: random.Random, spec: Spec) -> Spec:
    place = chance.randrange(len(spec.stages))
    stage = spec.stages[place]
    name = f"t{chance.randrange(1_000_000)}"
    return changed(
        spec, place, replace(stage, table=replace(stage.table, name=name, renamed_from=stage.table.name))
    )


def rename_stage(chance: random.Random, spec: Spec) -> Spec:
    place = chance.randrange(len(spec.stages))
    stage = spec.stages[place]
    return changed(
        spec, place, replace(stage, name=f"S{chance.randrange(1_000_000)}", renamed_from=stage.name)
    )


def add_column(chance: random.Random, spec: Spec) -> Spec:
    place = chance.randrange(len(spec.stages))
    stage = spec.stages[place]
    name = free_name(chance, {item.name for item in stage.table.columns})
    if name is None:
        return spec
    kind = chance.choice(("string", "integer", "float", "boolean", "date", "timestamp", "json"))
    at = chance.randrange(len(stage.table.columns) + 1)
    columns = stage.table.columns
    return changed(
        spec, place, with_columns(stage, (*columns[:at], column(name, kind, nullable=True), *columns[at:]))
    )


def widen(chance: random.Random, spec: Spec) -> Spec:
    place = chance.randrange(len(spec.stages))
    stage = spec.stages[place]
    wider = tuple(
        replace(item, type="decimal", precision=25, scale=2)
        if item.type == "integer" and item.name not in stage.table.key
        else item
        for item in stage.table.columns
    )
    return changed(spec, place, with_columns(stage, wider))


def loosen(chance: random.Random, spec: Spec) -> Spec:
    place = chance.randrange(len(spec.stages))
    stage = spec.stages[place]
    columns = tuple(
        item if item.name in stage.table.key else replace(item, nullable=True) for item in stage.table.columns
    )
    return changed(spec, place, with_columns(stage, columns))


CHANGES: tuple[Change, ...] = (rename_column, rename_table, rename_stage, add_column, widen, loosen)
START = domain(
    table(
        "trades", column("symbol"), column("qty", "integer"), column("venue", nullable=True), key=("symbol",)
    ),
    table("fees", column("fee", "float", nullable=True), column("day", "date")),
)


def fill(chain: Chain) -> None:
    chain.complete("c0", stage="TRADES")
    chain.complete("c1", stage="FEES")
    for symbol, qty, venue in (("é'\"", 2**63 - 1, None), ("", -(2**63), ""), ("B", 0, "\u2028x")):
        values = {"symbol": symbol, "qty": qty, "venue": venue}
        chain.run(
            "INSERT INTO trades (capture_id, partition_key, symbol, qty, venue) "
            "VALUES ('c0', 'k', :symbol, :qty, :venue)",
            **values,
        )
    chain.run("INSERT INTO fees (capture_id, partition_key, fee, day) VALUES ('c1', 'k', 0.1, '2025-01-02')")


def values_of(chain: Chain, spec: Spec, origins: list[dict[str, str]]) -> list[list[tuple[str, ...]]]:
    """Of the columns that were there from the start, in that order, as texts; by what they are called now."""
    found = []
    for stage, names in zip(spec.stages, origins, strict=True):
        quoted = chain.engine.dialect.identifier_preparer.quote
        listed = ", ".join(quoted(now) for now in names.values())
        rows = chain.run(f"SELECT {listed} FROM {quoted(f'{stage.table.name}_current')}")  # noqa: S608
        found.append(sorted(tuple(_text(value) for value in row) for row in rows))
    return found


def _text(value: object) -> str:
    text = str(value)
    return text.removesuffix(".00") if "." in text else text


@pytest.mark.parametrize("seed", range(WALKS))
def test_a_walk(chain: Chain, seed: int) -> None:
    chance = random.Random(seed)
    chain.migrate(START)
    fill(chain)
    origins = [{item.name: item.name for item in stage.table.columns} for stage in START.stages]
    values, spec, schemas = values_of(chain, START, origins), START, [chain.schema()]
    for _ in range(STEPS):
        after = chance.choice(CHANGES)(chance, spec)
        for stage, names in zip(after.stages, origins, strict=True):
            moved = {item.renamed_from: item.name for item in stage.table.columns if item.renamed_from}
            there = {item.name for item in stage.table.columns}
            for first, now in names.items():
                names[first] = now if now in there else moved[now]
        if chain.build(after, force=True).files:
            chain.upgrade()
            schemas.append(chain.schema())
        spec = after
        assert values_of(chain, spec, origins) == values
    stages = {row[0] for row in chain.run("SELECT stage FROM core_manifest WHERE superseded_at IS NULL")}
    assert stages == {stage.name for stage in spec.stages}
    migrated = chain.schema()
    revisions = list(chain.revisions)
    for at in range(len(revisions) - 1, 0, -1):
        chain.revisions = revisions[: at + 1]
        chain.downgrade()
        assert names_and_keys(chain.schema()) == names_and_keys(schemas[at - 1])
    for at in range(1, len(revisions)):
        chain.revisions = revisions[: at + 1]
        chain.upgrade()
    assert names_and_keys(chain.schema()) == names_and_keys(migrated)
    assert migrated == chain.fresh(spec).schema()


def test_every_kind_of_change_is_walked() -> None:
    """With the seeds of CI, so that none of them is there for nothing."""
    taken = set()
    for seed in range(WALKS):
        chance, spec = random.Random(seed), START
        for _ in range(STEPS):
            change = chance.choice(CHANGES)
            spec = change(chance, spec)
            taken.add(change)
    assert taken == set(CHANGES)
