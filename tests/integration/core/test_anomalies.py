"""Anomalies and lineage recorded outside of a publish: by keywords or positions, committed at once."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from spine.core.anomalies import AnomalyCode
from spine.core.tables import core_anomalies
from spine.core.tracking import Tracking
from spine.errors import AnomalyError, UnknownCaptureError


@pytest.fixture
def capture(tracking: Tracking) -> str:
    return tracking.manifest.record_start("d", "2025-W51", "S", "T")


def stored(tracking: Tracking) -> list[tuple[object, ...]]:
    with tracking.read() as connection:
        rows = connection.execute(core_anomalies.select().order_by(core_anomalies.c.id)).all()
    return [(row.anomaly_code, row.message, row.severity, row.context) for row in rows]


def test_by_keywords_and_by_positions(tracking: Tracking, capture: str) -> None:
    tracking.anomalies.record(capture_id=capture, code="A", message="m", severity="ERROR", context={"n": 1})
    tracking.anomalies.record(capture, "B", "m")
    tracking.anomalies.record(capture, AnomalyCode("C", severity="INFO", description="d"))
    tracking.anomalies.record(capture, AnomalyCode("C", severity="INFO"), severity="ERROR")
    assert stored(tracking) == [
        ("A", "m", "ERROR", {"n": 1}),
        ("B", "m", "WARNING", None),
        ("C", None, "INFO", None),
        ("C", None, "ERROR", None),
    ]
    assert tracking.anomalies.count(capture) == 4
    assert tracking.anomalies.count(capture, AnomalyCode("C")) == 2


def test_what_no_database_could_store_is_made_readable(tracking: Tracking, capture: str) -> None:
    context: dict[Any, object] = {
        "raw": b"a\xff\0",
        "text": "\0\udc80é",
        "price": Decimal("1.10"),
        "day": date(2025, 1, 1),
        "nan": float("nan"),
        "keys": {3, 1},
        "deep": [{"x": (1, float("inf"))}],
        5: object,
    }
    tracking.anomalies.record(capture, "A", "x\0y", context=context)
    assert stored(tracking) == [
        (
            "A",
            "x\\x00y",
            "WARNING",
            {
                "raw": "a\\xff\\x00",
                "text": "\\x00\\udc80é",
                "price": "1.10",
                "day": "2025-01-01",
                "nan": "nan",
                "keys": [1, 3],
                "deep": [{"x": [1, "inf"]}],
                "5": "<class 'object'>",
            },
        )
    ]


def test_an_unknown_capture_or_severity_is_refused(tracking: Tracking, capture: str) -> None:
    with pytest.raises(UnknownCaptureError, match="'x'"):
        tracking.anomalies.record("x", "A")
    with pytest.raises(AnomalyError, match="'FATAL' is none of INFO, WARNING, ERROR"):
        tracking.anomalies.record(capture, "A", severity="FATAL")
    with pytest.raises(AnomalyError, match="needs a code"):
        tracking.anomalies.record(capture, " ")
    with pytest.raises(AnomalyError):
        AnomalyCode("A", severity="BAD")
    assert stored(tracking) == []


def test_lineage_rides_with_complete_and_is_idempotent(tracking: Tracking, capture: str) -> None:
    after = tracking.manifest.record_start("d", "2025-W51", "NEXT", "T")
    tracking.lineage.record(after, [capture])
    tracking.lineage.record(after, [capture])
    tracking.manifest.record_complete(after, 1)
    tracking.lineage.record(after, [capture])  # again, once it is complete
    assert tracking.lineage.upstream(after) == (capture,)
    assert tracking.lineage.downstream(capture) == (after,)


def test_lineage_of_what_is_unknown_is_refused(tracking: Tracking, capture: str) -> None:
    with pytest.raises(UnknownCaptureError, match="'x'"):
        tracking.lineage.record(capture, ["x"])
    tracking.begin_step()  # from here on, lineage is written with COMPLETE
    tracking.lineage.record(capture, ["y"])
    with pytest.raises(UnknownCaptureError, match="'y'"):
        tracking.manifest.record_complete(capture, 1)
    tracking.manifest.record_failed(capture, "unknown input")
    with tracking.read() as connection:
        assert connection.execute(sa.text("SELECT COUNT(*) FROM core_lineage")).scalar_one() == 0
