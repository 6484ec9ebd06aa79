"""What breaks readers, between two specs: every kind, and nothing for what is only added."""

from dataclasses import replace
from typing import Any

import pytest

from spine_gen.migrations.breaking import find_breakages
from spine_gen.spec.language import Anomaly, Column, Dimension, Spec, Stage, StageStep, Table, WorkflowSpec

SYMBOL = Column(name="symbol", type="string")
PRICE = Column(name="price", type="decimal", precision=12, scale=4)
MARKET = Dimension(name="market", type="enum", values=("A", "B"))
DAY = Dimension(name="day", type="date")


def stage(**changes: Any) -> Stage:
    table = Table(name="prices", key=("symbol",), columns=(SYMBOL, PRICE))
    declared: dict[str, Any] = {"name": "LOAD", "tier": "BRONZE", "table": table}
    return Stage(**declared | {"python": "f"} | changes)


def table(**changes: Any) -> Stage:
    return stage(table=Table(**{"name": "prices", "key": ("symbol",), "columns": (SYMBOL, PRICE)} | changes))


def spec(**changes: Any) -> Spec:
    values: dict[str, Any] = {
        "version": 1,
        "domain": "desk.prices",
        "description": "x",
        "partitions": (MARKET, DAY),
        "tiers": ("BRONZE", "SILVER"),
        "anomalies": (Anomaly(code="ODD", severity="INFO", description="x"),),
        "stages": (stage(),),
        "workflows": (WorkflowSpec(name="daily", steps=(StageStep(name="LOAD"),)),),
    }
    return Spec(**values | changes)


BREAKING = {
    "renamed-domain": spec(domain="desk.other"),
    "changed-dimensions": spec(partitions=(DAY, MARKET)),
    "retyped-dimension": spec(partitions=(MARKET, Dimension(name="day", type="month"))),
    "removed-partition-value": spec(partitions=(replace(MARKET, values=("A",)), DAY)),
    "removed-code": spec(anomalies=()),
    "changed-severity": spec(anomalies=(Anomaly(code="ODD", severity="ERROR", description="x"),)),
    "changed-tier": spec(stages=(stage(tier="SILVER"),)),
    "removed-stage": spec(stages=(stage(name="READ"),)),
    "removed-table": spec(stages=(table(name="price"),)),
    "changed-key": spec(stages=(table(key=()),)),
    "removed-column": spec(stages=(table(columns=(SYMBOL,)),)),
    "retyped-column": spec(stages=(table(columns=(SYMBOL, replace(PRICE, scale=2))),)),
    "nullable-column": spec(stages=(table(columns=(SYMBOL, replace(PRICE, nullable=True))),)),
    "removed-workflow": spec(workflows=()),
}


@pytest.mark.parametrize("kind", BREAKING)
def test_what_readers_rely_on_is_found(kind: str) -> None:
    (found,) = find_breakages(spec(), BREAKING[kind])
    assert found.kind == kind and found.subject and found.message


def test_a_pattern_is_a_promise_about_keys() -> None:
    before = spec(partitions=(Dimension(name="file", type="string", pattern="[a-z]+"),))
    after = spec(partitions=(Dimension(name="file", type="string", pattern="[a-z0-9]+"),))
    assert [item.kind for item in find_breakages(before, after)] == ["changed-pattern"]


def test_what_is_only_added_breaks_nobody() -> None:
    more = spec(
        partitions=(replace(MARKET, values=("A", "B", "C")), DAY),
        anomalies=(
            Anomaly(code="ODD", severity="INFO", description="said better"),
            Anomaly(code="EVEN", severity="ERROR", description="x"),
        ),
        stages=(
            table(columns=(Column(name="venue", type="string", nullable=True), SYMBOL, PRICE)),
            stage(name="MORE", table=Table(name="more", key=(), columns=(SYMBOL,))),
        ),
    )
    assert find_breakages(spec(), more) == ()
    assert find_breakages(spec(), spec()) == ()
