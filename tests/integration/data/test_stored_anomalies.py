"""Codes with a limit: the first anomalies are stored, in the order of the file, and all are counted."""

import json
from collections.abc import Callable
from typing import Any

import duckdb
import pytest
import sqlalchemy as sa

from spine import AnomalyCode, Check, CsvSource, ParquetSource
from spine.core.tables import core_anomalies
from spine.data.publish import Publication
from spine.data.sources.raw_texts import RawTexts
from spine.errors import AnomalyError, CheckFailedError, SourceError
from tests.integration.data.lab import VOLUME, Lab

HEAD = "symbol,mpid,shares,note\n"
BAD = AnomalyCode("BAD", severity="ERROR", stored=2)
SOURCE = CsvSource(path="week*.csv", columns={}, malformed=BAD)


def stored(lab: Lab) -> list[tuple[Any, ...]]:
    """Code, severity, how many each row stands for, and the raw content or what is said in its place."""
    c = core_anomalies.c
    query = sa.select(c.anomaly_code, c.severity, c.stands_for, c.context, c.message).order_by(c.id)
    with lab.tracking.read() as connection:
        return [
            (code, severity, number, context.get("raw", context.get("row", message)) if context else message)
            for code, severity, number, context, message in connection.execute(query)
        ]


def rest(number: int) -> str:
    return f"{number} more, which are counted only"


def test_the_first_of_a_file_are_stored_and_all_are_counted(lab: Lab) -> None:
    lab.file("week1.csv", HEAD + "A,X,1,\nB,X,one,\nB,Y\nB,Z,two,\n")
    lab.file("week2.csv", HEAD + "C,X,three,\nD,X,4,\n")
    result = lab.load(SOURCE)
    assert result.anomalies == {"BAD": 4}
    assert lab.tracking.anomalies.count(result.capture_id, BAD) == 4
    expected = [("BAD", "ERROR", 1, "B,X,one,"), ("BAD", "ERROR", 1, "B,Y"), ("BAD", "ERROR", 2, rest(2))]
    assert stored(lab) == expected
    assert lab.anomalies()[2] == ("BAD", {"not_stored": 2})
    with lab.tracking.read() as connection:
        number = connection.execute(sa.text("SELECT SUM(stands_for) FROM core_anomalies")).scalar_one()
    assert int(number) == 4
    lab.load(SOURCE)
    assert stored(lab) == expected * 2


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (0, [("BAD", "ERROR", 3, rest(3))]),
        (2, [("BAD", "ERROR", 1, "B"), ("BAD", "ERROR", 1, "C"), ("BAD", "ERROR", 1, rest(1))]),
        (3, [("BAD", "ERROR", 1, "B"), ("BAD", "ERROR", 1, "C"), ("BAD", "ERROR", 1, "D")]),
        (None, [("BAD", "ERROR", 1, "B"), ("BAD", "ERROR", 1, "C"), ("BAD", "ERROR", 1, "D")]),
    ],
)
def test_there_are_as_many_as_the_limit(lab: Lab, limit: int | None, expected: list[Any]) -> None:
    lab.file("week.csv", HEAD + "A,X,1,\nB\nC\nD\n")
    code = AnomalyCode("BAD", severity="ERROR", stored=limit)
    assert lab.load(CsvSource(path="week.csv", columns={}, malformed=code)).anomalies == {"BAD": 3}
    assert stored(lab) == expected


def test_a_limit_is_no_number_below_0() -> None:
    with pytest.raises(AnomalyError, match="of anomalies BAD there cannot be -1 stored: 0 is the least"):
        AnomalyCode("BAD", stored=-1)


def test_the_anomalies_of_a_stage_that_fails_have_their_limit(lab: Lab) -> None:
    lab.file("week.csv", HEAD + "A,X,-1,\nB,X,-2,\nC,X,-3,\nD\nE\nF\n")
    checks = [Check(AnomalyCode("NEGATIVE", stored=1), when="shares < 0", action="fail")]
    with pytest.raises(CheckFailedError, match="NEGATIVE found 3 of 3 rows"):
        lab.load(SOURCE, checks=checks)
    found = [(code, number) for code, _, number, _ in stored(lab)]
    assert found == [("BAD", 1), ("BAD", 1), ("NEGATIVE", 1), ("BAD", 1), ("NEGATIVE", 2)]


def test_a_rate_is_of_all_that_are_counted(lab: Lab) -> None:
    lab.file("week.csv", HEAD + "A,X,1,\nD\nE\nF\n")
    source = CsvSource(path="week.csv", columns={}, malformed=BAD, max_malformed_rate=0.5)
    with pytest.raises(SourceError, match=r"3 malformed lines of 4, where max_rate allows 50.00%"):
        lab.load(source)


def test_dropped_rows_and_what_logic_records_share_the_limit_of_their_code(lab: Lab) -> None:
    odd = AnomalyCode("ODD", stored=3)

    def work(capture: Publication) -> None:
        capture.record(odd, "one")
        capture.record(odd, "two", severity="ERROR")
        capture.insert([(symbol, "X", -1, None) for symbol in "ABC"])
        capture.check([Check(odd, when="shares < 0", action="drop")])
        capture.record(odd, "three", severity="ERROR")
        assert capture.anomalies == {"ODD": 6}

    assert lab.publish(VOLUME, work).anomalies == {"ODD": 6}
    row = dict(zip(("symbol", "mpid", "shares", "note"), ("A", "X", -1, None), strict=True))
    assert stored(lab) == [
        ("ODD", "WARNING", 1, "one"),
        ("ODD", "ERROR", 1, "two"),
        ("ODD", "WARNING", 1, row),
        ("ODD", "WARNING", 2, rest(2)),
        ("ODD", "ERROR", 1, rest(1)),
    ]


def test_rows_of_a_file_that_are_dropped_are_stored_in_its_order(lab: Lab) -> None:
    rows = duckdb.sql(
        "SELECT 'S' || i AS symbol, 'X' AS mpid, -i AS shares, NULL::TEXT AS note FROM range(9, 0, -1) t(i)"
    )
    assert rows is not None
    rows.write_parquet(str(lab.root / "week.parquet"))
    drop = Check(AnomalyCode("ODD", stored=2), when="shares < -3", action="drop")
    result = lab.load(ParquetSource(path="week.parquet", columns={}), checks=[drop])
    assert (result.row_count, result.anomalies) == (3, {"ODD": 6})
    assert [raw["symbol"] if number == 1 else raw for _, _, number, raw in stored(lab)] == [
        "S9",
        "S8",
        rest(4),
    ]


def test_no_more_is_read_of_a_file_than_is_stored(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[str] = []
    made: Callable[..., None] = RawTexts.__init__

    def make(self: RawTexts, path: Any, texts: Any) -> None:
        made(self, path, (kept.append(text) or text for text in texts))  # type: ignore[func-returns-value]

    monkeypatch.setattr(RawTexts, "__init__", make)
    lab.file("week.csv", HEAD + "A,X,1,\n" + "B\n" * 100)
    assert lab.load(SOURCE).anomalies == {"BAD": 100}
    assert kept == ["B", "B"]


def test_many_are_spilled_and_counted(lab: Lab) -> None:
    def work(capture: Publication) -> None:
        for number in range(2500):
            capture.record(AnomalyCode("MANY", stored=2100), str(number))
        capture.insert([])

    assert lab.publish(VOLUME, work).anomalies == {"MANY": 2500}
    found = stored(lab)
    assert [message for _, _, _, message in found] == [*map(str, range(2100)), rest(400)]
    assert json.dumps(found[-1][:3]) == '["MANY", "WARNING", 400]'


@pytest.mark.parametrize("last", ["C,X", 'C,X,1,"n', "C,X,one,"])
def test_a_file_that_ends_within_a_malformed_line_is_truncated_whatever_comes_before(
    lab: Lab, last: str
) -> None:
    lab.file("week1.csv", HEAD + "A,X,1,\n" + "B\n" * 50)
    lab.file("week2.csv", HEAD + "A,Y,1,\n" + "B\n" * 50 + last)
    with pytest.raises(
        SourceError, match=r"week2.csv ends in the middle of line 53, .* line 53 does not parse"
    ):
        lab.load(CsvSource(path="week*.csv", columns={}, malformed=BAD, final_newline="optional"))
