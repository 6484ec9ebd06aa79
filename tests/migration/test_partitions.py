"""Where partition keys look otherwise, what has others is not shown beside what is made: there and back."""

from dataclasses import replace

import pytest

from spine_gen.spec.language import Dimension, Spec
from tests.migration.chains import Chain, column, domain, table

DAY = Dimension(name="day", type="date")
MONTH = Dimension(name="day", type="month")
MARKET = Dimension(name="market", type="enum")
BOOK = Dimension(name="book", type="string")


def of(*dimensions: Dimension) -> Spec:
    return replace(domain(table("trades", column("symbol"))), partitions=dimensions)


def current(chain: Chain) -> list[str]:
    keys = "SELECT partition_key FROM core_manifest WHERE superseded_at IS NULL AND status = 'COMPLETE'"
    return sorted(key for (key,) in chain.run(keys))


@pytest.mark.parametrize(
    ("before", "after", "gone", "stay"),
    [
        ((DAY,), (MARKET, DAY), "2025-01-02", "market=A/day=2025-01-02"),
        ((MARKET, DAY), (DAY,), "market=A/day=2025-01-02", "2025-01-02"),
        ((MARKET, BOOK, DAY), (MARKET, DAY), "market=A/book=B/day=2025-01-02", "market=B/day=2025-01-02"),
        ((MARKET, DAY), (DAY, MARKET), "market=A/day=2025-01-02", "day=2025-01-02/market=A"),
        ((MARKET, DAY), (MARKET, MONTH), "market=A/day=2025-01-02", "market=A/day=2025-01"),
        ((DAY,), (MONTH,), "2025-01-02", "2025-10"),
        ((replace(DAY, type="quarter"),), (MONTH,), "2025-Q1", "2025-01"),
        ((DAY,), (replace(DAY, type="iso_week"),), "2025-01-02", "2025-W01"),
    ],
)
def test_what_has_another_key_is_not_current_any_more(
    chain: Chain,
    before: tuple[Dimension, ...],
    after: tuple[Dimension, ...],
    gone: str,
    stay: str,
) -> None:
    chain.migrate(of(*before))
    refused = chain.plan(of(*after)).diagnostics
    assert [each.code for each in refused if each.severity == "error"] == ["SG610"]
    chain.build(of(*after), force=True)
    chain.complete("c0", gone)
    chain.complete("c1", stay)
    chain.complete("c2", gone, domain="test.other")
    chain.complete("c3", gone, status="RUNNING", stage="T")
    chain.upgrade()
    assert current(chain) == sorted([stay, gone])  # the other domain's own
    chain.complete("c4", gone)
    chain.downgrade()
    assert current(chain) == sorted([gone, gone])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((DAY,), (replace(DAY, start="2025-01-01"),)),
        ((DAY,), (replace(DAY, name="date", renamed_from="day"),)),
        ((DAY,), (replace(DAY, type="string"),)),
        ((MARKET, DAY), (replace(MARKET, type="string"), DAY)),
    ],
)
def test_no_revision_where_the_keys_that_are_there_fit(
    chain: Chain, before: tuple[Dimension, ...], after: tuple[Dimension, ...]
) -> None:
    chain.migrate(of(*before))
    assert chain.plan(of(*after)).changes == ()


def test_a_renamed_dimension_keeps_what_is_there(chain: Chain) -> None:
    chain.migrate(of(MARKET, DAY))
    chain.complete("c0", "market=A/day=2025-01-02")
    chain.migrate(of(replace(MARKET, name="venue", renamed_from="market"), DAY))
    assert current(chain) == ["venue=A/day=2025-01-02"]
