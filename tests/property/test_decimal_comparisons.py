"""What is computed of decimals compares alike everywhere, just at a bound too: prices in ticks."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from spine_gen.spec.sql.kinds import Kind
from spine_gen.spec.sql.operations.operation import Engine
from spine_gen.spec.sql.select import select_report
from spine_gen.spec.sql.when import when_report
from tests.property.engines import Engines, alike, engines_on

COLUMNS: dict[str, tuple[Kind, bool]] = {
    "id": ("integer", False),
    "bid": ("decimal", False),
    "ask": ("decimal", False),
}
OF_TABLE = tuple((name, kind, nullable) for name, (kind, nullable) in COLUMNS.items())
CONDITIONS = (
    "ask - bid < 0.01",
    "ask - bid >= 0.05",
    "NOT ask - bid BETWEEN 0.01 AND 0.05",
    "bid + 0.05 < ask",
    "id * 0.1 > 0.3",
    "ABS(ask - bid) > 0.2 * bid OR ask <= 1.1 * bid",
    "(ask - bid) / bid >= 0.05",
    "ask * 2 - bid * 2 >= 0.02",
    "ask * id - bid * id + 0.1 * id > 0.3",
    "ABS(ask * 1.1 - bid * 1.1) <= 0.011",
)
SELECTS = (
    *(f"SELECT id FROM QUOTES WHERE {condition} ORDER BY id" for condition in CONDITIONS),  # noqa: S608
    "WITH s AS (SELECT id, ask - bid AS wide FROM QUOTES) SELECT id FROM s WHERE wide >= 0.05 ORDER BY id",
    "SELECT COUNT(*) AS id FROM QUOTES HAVING SUM(bid) > 0.3 AND AVG(bid) <= 0.1",
    "SELECT id FROM QUOTES WHERE bid < (SELECT AVG(bid) FROM QUOTES) ORDER BY id",
    "SELECT RANK() OVER (ORDER BY ask - bid DESC) AS id FROM QUOTES ORDER BY 1",
    "SELECT RANK() OVER (ORDER BY SUM(bid) + SUM(ask)) AS id FROM QUOTES GROUP BY ROUND(id % 7) ORDER BY 1",
    "SELECT id FROM QUOTES ORDER BY bid - ask, id LIMIT 3",
    "SELECT id, ask - bid AS wide FROM QUOTES ORDER BY wide DESC, id LIMIT 3",
    "SELECT id % 5 AS id, SUM(ask) - SUM(bid) AS wide FROM QUOTES GROUP BY id % 5 ORDER BY 2, 1 LIMIT 2",
    "SELECT id, ask - bid wide FROM QUOTES UNION ALL SELECT id, ask * 2 FROM QUOTES ORDER BY 2, 1 LIMIT 3",
    "SELECT SIGN(ask - bid - 0.05)::bigint AS id FROM QUOTES ORDER BY 1",
    "SELECT FLOOR((ask - bid) * 100)::bigint AS id FROM QUOTES ORDER BY 1",
    "SELECT COUNT(NULLIF(ask - bid - 0.05, 0)) AS id FROM QUOTES",
    "SELECT COUNT(id) AS id FROM QUOTES HAVING SUM(ask) - SUM(bid) > 0 OR SUM(ask - 2 * bid) > 0",
    "SELECT COUNT(NULLIF(all_of, 0)) AS id"
    " FROM (SELECT SUM(ask - bid) AS all_of FROM QUOTES GROUP BY id % 3) AS t",
    "WITH s AS (SELECT id, ask - bid AS wide FROM QUOTES UNION ALL SELECT id, ask * 1.1 - bid FROM QUOTES)"
    " SELECT id FROM s WHERE wide >= 0.05 OR wide BETWEEN 0.01 AND 0.02 ORDER BY id",
    "SELECT SIGN(SUM(CASE WHEN id % 2 = 0 THEN bid ELSE -ask END))::bigint AS id"
    " FROM QUOTES GROUP BY id / 2 ORDER BY 1",
    "SELECT (1 / (SUM(ask) - SUM(bid) - SUM(ask - bid)))::bigint AS id FROM QUOTES",
    "SELECT id FROM QUOTES WHERE bid > (SELECT AVG(ask) FROM QUOTES) ORDER BY id",
    "SELECT COUNT(*) AS id FROM QUOTES HAVING MAX(ask - bid) >= 0.05 AND MIN(ask - bid) < 0.01",
    "WITH b AS (SELECT id, SUM(ask - bid) OVER (ORDER BY id) AS balance FROM QUOTES)"
    " SELECT id FROM b WHERE balance > 0 ORDER BY id",
    "WITH b AS (SELECT id, AVG(bid) OVER (ORDER BY id ROWS 1 PRECEDING) AS mean FROM QUOTES)"
    " SELECT id FROM b WHERE mean <= 0.05 ORDER BY id",
    "SELECT CASE WHEN bid * 3 <= 0.3 THEN 1 ELSE 0 END AS id FROM QUOTES ORDER BY 1",
)


@pytest.fixture(scope="module")
def engines(postgres_server: str) -> Iterator[Engines]:
    with engines_on(postgres_server) as opened:
        yield opened


def texts() -> list[tuple[str, dict[Engine, str]]]:
    found: list[tuple[str, dict[Engine, str]]] = []
    for select in SELECTS:
        results = (("id", "integer"), ("wide", "decimal"))[
            : 1 + select.startswith(("SELECT id, ask - bid", "SELECT id % 5"))
        ]
        selected = select_report(select, None, (("QUOTES", OF_TABLE),), results)
        assert selected.problems == (), select
        found.append((select, dict(selected.texts())))
    for condition in CONDITIONS:
        asked = when_report(condition, None, OF_TABLE)
        assert asked.problems == (), condition
        selects = {
            engine: f"SELECT id FROM QUOTES WHERE {text} ORDER BY id"  # noqa: S608
            for engine, text in asked.texts().items()
        }
        found.append((condition, selects))
    return found


TEXTS = texts()
ticks = st.tuples(
    st.integers(1, 40) | st.integers(1, 500_000),
    st.sampled_from([0, 1, 4, 5, 6, 10]) | st.integers(-20, 20),
)


@example(quotes=[(40, 10), (40, 20), (40, -30)])  # which come to nothing, and do not as doubles
@given(quotes=st.lists(ticks, min_size=1, max_size=20))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_just_at_a_bound_is_on_the_same_side(engines: Engines, quotes: list[tuple[int, int]]) -> None:
    rows = [
        (place, f"{bid / 100:.2f}", f"{(bid + tick) / 100:.2f}") for place, (bid, tick) in enumerate(quotes)
    ]
    rows += [
        (len(rows) + place, f"{bid / 100:.2f}", f"{bid * 1.2 / 100:.4f}")
        for place, (bid, _) in enumerate(quotes)
    ]
    engines.fill("QUOTES", COLUMNS, rows)
    for written, by_engine in TEXTS:
        found = {engine: engines.ask(engine, text) for engine, text in by_engine.items()}
        for engine in by_engine:
            assert alike(found[engine], found["postgresql"]), (engine, written, by_engine, found)
