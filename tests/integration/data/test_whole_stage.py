"""Checks on a stage as a whole: asked before COMPLETE, so that readers keep what they had where one fails."""

from typing import Any

import pytest
import sqlalchemy as sa

from spine import Check, CsvSource, StageResult
from spine.core.captures import StageKey
from spine.core.partitions.dimensions import Enum
from spine.core.partitions.partitioning import Partitioning
from spine.core.partitions.times import IsoWeek
from spine.core.previous import previous_capture
from spine.core.tables import core_lineage
from spine.data.aggregates import aggregates_in, with_previous
from spine.data.publish import Publication
from spine.errors import CheckConditionError, CheckFailedError
from tests.integration.data.lab import VOLUME, Lab

SOURCE = CsvSource(path="{week}.csv", columns={})
AT = StageKey("lab", "LOAD", "BRONZE").at("2025-W51")
HEADER = "symbol,mpid,shares,note\n"
FEW = Check("FEW", having="COUNT(*) < 2", action="fail")
HALF = "COUNT(*) < 0.5 * PREVIOUS(COUNT(*))"


def rows(number: int) -> str:
    return HEADER + "".join(f"S{place},X,{place},\n" for place in range(number))


def load(lab: Lab, text: str, *checks: Check, week: str = "2025-W51") -> StageResult:
    lab.file(f"{week}.csv", text)
    return lab.load(SOURCE, checks=checks, week=week)


def test_a_file_of_a_header_alone_leaves_readers_what_they_had(lab: Lab) -> None:
    good = load(lab, rows(3), FEW)
    with pytest.raises(CheckFailedError) as failed:
        load(lab, HEADER, FEW)
    assert str(failed.value) == (
        "FEW: COUNT(*) < 2 holds, with COUNT(*) = 0. The stage as a whole has no rows. Nothing was written: "
        "readers keep what they had."
    )
    assert failed.value.matched == {"FEW": 1}
    assert [capture[1:3] for capture in lab.captures()] == [("COMPLETE", 3), ("FAILED", None)]
    assert [row[0] for row in lab.rows(VOLUME)] == ["S0", "S1", "S2"]
    [current] = lab.tracking.manifest.captures_of([AT]).values()
    assert current.capture_id == good.capture_id
    assert lab.anomalies() == [
        ("FEW", {"condition": "COUNT(*) < 2", "values": {"COUNT(*)": 0}, "sample": []})
    ]


def test_what_is_recorded_has_values_and_a_sample_and_readers_see_the_rows(lab: Lab) -> None:
    check = Check("MUCH", having="SUM(shares) > 2 AND MIN(symbol) = 'S0'", action="record")
    result = load(lab, rows(5), check)
    assert result.anomalies == {"MUCH": 1}
    assert result.row_count == 5
    [(_, context)] = lab.anomalies()
    assert context["values"] == {"SUM(shares)": 10, "MIN(symbol)": "S0"}
    assert context["sample"] == [
        {"symbol": f"S{place}", "mpid": "X", "shares": place, "note": None} for place in range(3)
    ]


def test_what_other_checks_drop_is_not_counted(lab: Lab) -> None:
    dropped = Check("LOW", when="shares < 4", action="drop")
    with pytest.raises(CheckFailedError, match=r"COUNT\(\*\) = 1\. The stage as a whole has rows such as"):
        load(lab, rows(5), FEW, dropped)
    assert lab.rows(VOLUME) == []


def test_all_that_fail_are_told(lab: Lab) -> None:
    other = Check("NONE", having="MAX(shares) IS NULL", action="fail")
    with pytest.raises(CheckFailedError, match="FEW: .* holds, .*; NONE: .* holds, with MAX.shares. = None"):
        load(lab, HEADER, FEW, other)
    assert [code for code, _ in lab.anomalies()] == ["FEW", "NONE"]


def test_rows_of_other_captures_are_not_counted(lab: Lab) -> None:
    load(lab, rows(5), week="2025-W50")
    load(lab, rows(5))
    with pytest.raises(CheckFailedError):
        load(lab, rows(1), FEW)


@pytest.mark.parametrize("empty", [False, True])
def test_rows_of_logic_and_of_selects_are_seen_as_a_whole(lab: Lab, empty: bool) -> None:
    def work(capture: Publication) -> None:
        capture.insert([] if empty else [("A", "X", 1, None), ("B", "X", 1, None)])
        capture.check([FEW])

    if not empty:
        lab.publish(VOLUME, work)
        return
    with pytest.raises(CheckFailedError, match="readers keep what they had"):
        lab.publish(VOLUME, work)


def test_the_partition_before_is_compared_with_and_named_and_is_no_input(lab: Lab) -> None:
    before = load(lab, rows(10), week="2025-W48")
    load(lab, rows(2), week="2025-W52")
    check = Check("LESS", having=HALF, action="record")
    result = load(lab, rows(4), check)
    assert result.reason is None
    [(_, context)] = lab.anomalies()
    assert context["values"] == {"COUNT(*)": 4, "PREVIOUS(COUNT(*))": 10}
    assert context["previous"] == {"partition_key": "2025-W48", "capture_id": before.capture_id}
    with lab.tracking.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(core_lineage)).scalar() == 0
    failing = Check("LESS", having=HALF, action="fail")
    with pytest.raises(CheckFailedError) as failed:
        load(lab, rows(3), failing)
    assert "COUNT(*) = 3, PREVIOUS(COUNT(*)) = 10 (PREVIOUS is of 2025-W48)" in str(failed.value)
    assert load(lab, rows(5), failing).anomalies == {}


def test_a_condition_may_be_of_the_partition_before_alone(lab: Lab) -> None:
    load(lab, rows(10), week="2025-W50")
    for number in (0, 3):
        result = load(lab, rows(number), Check("MUCH", having="PREVIOUS(COUNT(*)) > 9"))
        assert result.anomalies == {"MUCH": 1}


def test_without_a_partition_before_the_check_says_that_it_was_not_judged(lab: Lab) -> None:
    result = load(lab, rows(1), Check("LESS", having=HALF, action="fail"))
    assert result.reason == "LESS was not judged: no partition before is complete"
    assert lab.anomalies() == []


def test_the_partition_before_has_all_else_the_same(lab: Lab) -> None:
    partitions = Partitioning(week=IsoWeek(), market=Enum(values=("A", "B")))
    manifest = lab.tracking.manifest

    def complete(key: str) -> str:
        capture_id = manifest.record_start("lab", key, "LOAD", "BRONZE")
        manifest.record_complete(capture_id, 1)
        return capture_id

    oldest, other = complete("week=2025-W49/market=A"), complete("week=2025-W50/market=B")
    complete("week=2025-W51/market=A")

    def before(key: str) -> Any:
        with lab.tracking.read() as connection:
            return previous_capture(connection, AT._replace(partition_key=key), partitions.parse(key))

    assert before("week=2025-W51/market=A").capture_id == oldest
    assert before("week=2025-W51/market=B").capture_id == other
    assert before("week=2025-W49/market=A") is None


def test_a_condition_that_cannot_be_evaluated_is_an_error_of_its_own(lab: Lab) -> None:
    with pytest.raises(CheckConditionError, match=r"cannot be evaluated \(ODD: COUNT\(sahres\) > 1\)"):
        load(lab, rows(1), Check("ODD", having="COUNT(sahres) > 1"))


def test_a_check_is_of_one_kind() -> None:
    with pytest.raises(CheckConditionError, match="check X has nothing to look for"):
        Check("X")
    with pytest.raises(CheckConditionError, match="check X has when and having"):
        Check("X", when="a", having="b")
    with pytest.raises(CheckConditionError, match="give it the action record or fail"):
        Check("X", having="COUNT(*) = 0", action="drop")


def test_aggregates_are_found_where_they_stand() -> None:
    text = """COUNT(*) FILTER (WHERE note = 'MAX(1)') > spine_finite(SUM((a + 1) * 2)) - previous (
        COUNT(DISTINCT "SUM(") ) AND "COUNT" = 1 AND percentile_cont(0.5) WITHIN GROUP (ORDER BY a) > 1"""
    assert [one.text for one in aggregates_in(text)] == [
        "COUNT(*) FILTER (WHERE note = 'MAX(1)')",
        "SUM((a + 1) * 2)",
        'previous (\n        COUNT(DISTINCT "SUM(") )',
        "percentile_cont(0.5) WITHIN GROUP (ORDER BY a)",
    ]
    assert with_previous("1 < PREVIOUS(MAX(a)) * 2", lambda one: f"<{one}>") == "1 < <MAX(a)> * 2"
