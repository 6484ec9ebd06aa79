"""Queries of source databases: which parameters they have, and which are refused."""

import pytest
import sqlalchemy as sa

from spine.core.queries import parameters_of, query_problems, with_parameters

KNOWN = {"day": ("day", "day_start", "day_end"), "market": ("market",)}
GOOD = "SELECT a FROM t WHERE d = :day AND m = :market"


@pytest.mark.parametrize(
    "query",
    [
        GOOD,
        f"{GOOD};  \n",
        f"-- first; :this\n/* DELETE */ ({GOOD}) UNION ALL ({GOOD})",
        GOOD.replace("SELECT", "with x as (select 1) select", 1),
        GOOD.replace(":day", ":day_start"),
        GOOD + " AND n = ':none; '' :none' AND \":none\" = 1 AND x::date = E'\\':none'",
    ],
)
def test_one_select_of_the_partition_is_right(query: str) -> None:
    assert list(query_problems(query, KNOWN)) == []


@pytest.mark.parametrize(
    ("query", "what", "where"),
    [
        (GOOD.replace("SELECT", "UPDATE"), "is no SELECT", "UPDATE"),
        ("", "is no SELECT", ""),
        ("'SELECT' :day :market", "is no SELECT", "'SELECT' :day :market"),
        (f"1 {GOOD}", "is no SELECT", "SELECT"),
        (f"{GOOD}; SELECT 1", "has several statements", ";"),
        (GOOD.replace(":day", ":Day"), 'asks for ":Day", which is no part of a partition', ":Day"),
        (GOOD.replace(":market", "'m'"), 'returns the same for every "market"', None),
    ],
)
def test_any_other_is_told_with_its_place(query: str, what: str, where: str | None) -> None:
    problem = next(query_problems(query, KNOWN))
    assert problem.what == what
    assert query[problem.start : problem.end] == (query if where is None else where)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT :day::date, x::int, ':a', \":b\", a[1:2], 'it''s :c' -- :d\n/* :e */",
        "SELECT E'a\\':x', $$ :y $$, $tag$ :z $tag$, `:q`, '10:30', :day",
    ],
)
def test_only_parameters_are_bound(query: str) -> None:
    assert parameters_of(query) == {"day"}
    compiled = sa.text(with_parameters(query)).compile()
    assert [*compiled.params] == ["day"]
    assert str(compiled) == query
