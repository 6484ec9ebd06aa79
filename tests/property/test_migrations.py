"""What holds for any two schemas: nothing changes between equal ones, reverses undo, migrated = fresh."""

import tempfile
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from spine.core.tables import metadata as core
from spine_gen.migrations.changes import reverse
from spine_gen.migrations.diff import diff_tables
from spine_gen.migrations.revision_sql import sql_for
from spine_gen.migrations.table_schema import tables_of
from spine_gen.spec.language import Column, Index, Spec, Table
from tests.migration.chains import Chain, domain, names_and_keys, table

NAMES = ("symbol", "order", "when", "price", "select")
PLAIN = ("string", "integer", "float", "boolean", "date", "timestamp", "json")


@st.composite
def columns(draw: st.DrawFn) -> tuple[Column, ...]:
    chosen = draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=1))
    return tuple(draw(column(name)) for name in chosen)


@st.composite
def column(draw: st.DrawFn, name: str) -> Column:
    nullable = draw(st.booleans())
    if draw(st.integers(0, 3)):
        return Column(name=name, type=draw(st.sampled_from(PLAIN)), nullable=nullable)
    scale = draw(st.integers(0, 4))
    precision = scale + draw(st.integers(1, 20))
    return Column(name=name, type="decimal", precision=precision, scale=scale, nullable=nullable)


@st.composite
def specs(draw: st.DrawFn) -> Spec:
    names = draw(st.lists(st.sampled_from(["trades", "group", "fees"]), unique=True, min_size=1))
    stages, free = [], draw(st.permutations([f"ix_{place}" for place in range(6)]))
    for name in names:
        declared = draw(columns())
        able = [item.name for item in declared if not item.nullable and item.type not in ("json", "float")]
        key = draw(st.lists(st.sampled_from(able), unique=True)) if able else []
        stage = table(name, *declared, key=tuple(key))
        stages.append(replace(stage, table=replace(stage.table, indexes=draw(indexes(stage.table, free)))))
    return domain(*stages)


@st.composite
def indexes(draw: st.DrawFn, table: Table, free: list[str]) -> tuple[Index, ...]:
    """Some with a name of their own, of those that are free."""
    some = st.lists(st.sampled_from([column.name for column in table.columns]), unique=True, min_size=1)
    chosen = draw(st.lists(some.map(tuple), unique=True, max_size=2))
    return tuple(
        Index(columns=columns, name=free.pop() if draw(st.booleans()) else None) for columns in chosen
    )


@given(specs())
def test_nothing_changes_between_a_spec_and_itself(spec: Spec) -> None:
    assert diff_tables(tables_of(spec), tables_of(spec)) == ()


@given(specs(), specs())
def test_the_reverse_of_the_reverse_is_the_change(before: Spec, after: Spec) -> None:
    changes = diff_tables(tables_of(before), tables_of(after))
    assert reverse(reverse(changes)) == changes


@settings(deadline=None)
@given(specs(), specs())
def test_the_same_change_gives_the_same_sql(before: Spec, after: Spec) -> None:
    changes = diff_tables(tables_of(before), tables_of(after))
    assert sql_for(changes) == sql_for(diff_tables(tables_of(before), tables_of(after)))


@settings(max_examples=25, deadline=None)
@given(specs(), specs())
def test_a_migrated_database_is_a_fresh_one_and_can_go_back(before: Spec, after: Spec) -> None:
    with tempfile.TemporaryDirectory() as folder:
        engine = sa.create_engine("sqlite://")
        core.create_all(engine)
        chain = Chain(folder=Path(folder), engine=engine)
        first = chain.migrate(before).schema()
        chain.migrate(after)
        migrated = chain.schema()
        if len(chain.revisions) == 2:
            chain.downgrade()
            assert names_and_keys(chain.schema()) == names_and_keys(first)
        assert migrated == chain.fresh(after).schema()
        engine.dispose()
