"""Checks on rows that are alike, of another partition, or unknown to another stage: on both databases."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from spine import Check, CsvSource, Input, StageResult
from spine.core.partitions.dimensions import Enum
from spine.core.partitions.partitioning import Partitioning
from spine.core.partitions.times import Date, Year
from spine.data.of_partition import as_condition
from spine.data.publish import Publication
from spine.data.tables.target import Target
from spine.errors import CheckConditionError, CheckFailedError, MissingInputError
from tests.integration.data.lab import TOTAL, TYPES, VOLUME, WORDS, Lab

SOURCE = CsvSource(path="{week}.csv", columns={})
TYPED = CsvSource(path="types.csv", columns={})
HEADER = "symbol,mpid,shares,note\n"
TWICE = HEADER + "A,X,1,first\nB,X,2,\nA,X,3,second\nA,X,4,\n"
Loader = Callable[[Lab, str, Check], StageResult]


def from_file(lab: Lab, text: str, *checks: Check) -> StageResult:
    lab.file("2025-W51.csv", text)
    return lab.load(SOURCE, checks=checks)


def from_logic(lab: Lab, text: str, *checks: Check) -> StageResult:
    lines = [line.split(",") for line in text.splitlines()[1:]]
    rows = [(symbol, mpid, int(shares), note or None) for symbol, mpid, shares, note in lines]

    def work(capture: Publication) -> None:
        capture.insert(rows)
        capture.check(checks)

    return lab.publish(VOLUME, work)


@pytest.mark.parametrize("load", [from_file, from_logic])
@pytest.mark.parametrize(
    ("keep", "kept", "left_out"),
    [("first", [1, 2], [3, 4]), ("last", [4, 2], [1, 3]), ("none", [2], [1, 3, 4])],
)
def test_of_rows_that_are_alike_one_is_kept(
    lab: Lab, load: Loader, keep: Any, kept: list[int], left_out: list[int]
) -> None:
    check = Check("TWICE", unique=("symbol", "mpid"), keep=keep)
    result = load(lab, TWICE, check)
    assert [row[2] for row in lab.rows(VOLUME)] == kept
    assert result.anomalies == {"TWICE": len(left_out)}
    assert sorted(context["row"]["shares"] for _, context in lab.anomalies()) == left_out


def test_an_anomaly_has_place_and_content_of_what_was_left_out(lab: Lab) -> None:
    from_file(lab, TWICE, Check("TWICE", unique=("symbol", "mpid"), keep="last"))
    code, context = lab.anomalies()[0]
    assert code == "TWICE"
    assert (context["line"], context["raw"]) == (2, "A,X,1,first")
    assert context["file"].endswith("2025-W51.csv")


@pytest.mark.parametrize(("keep", "kept"), [("first", [1, 3]), ("last", [5, 4]), ("none", [])])
def test_the_order_is_that_of_files_and_lines_whatever_does_not_parse(
    lab: Lab, keep: Any, kept: list[int]
) -> None:
    lab.file("m1.csv", HEADER + 'A,X,1,\nbad\nA,X,2,\n"C\nD",X,x,\nB,X,3,\n')
    lab.file("m2.csv", HEADER + 'B,X,4,\n,\nA,X,5,"two\nlines"\n')
    source = CsvSource(path="m*.csv", columns={}, malformed="MALFORMED")
    lab.load(source, checks=[Check("TWICE", unique=("symbol", "mpid"), keep=keep)])
    assert [row[2] for row in lab.rows(VOLUME)] == kept
    places = [(context["file"], context["line"]) for code, context in lab.anomalies() if code == "TWICE"]
    assert places == sorted(places)


def test_rows_that_another_check_drops_are_like_nothing(lab: Lab) -> None:
    low = Check("LOW", when="shares < 2", action="drop")
    from_file(lab, TWICE, Check("TWICE", unique=("symbol", "mpid"), keep="first"), low)
    assert [row[2] for row in lab.rows(VOLUME)] == [3, 2]
    assert [code for code, _ in lab.anomalies()] == ["TWICE", "LOW"]


@pytest.mark.parametrize("load", [from_file, from_logic])
def test_null_is_like_nothing(lab: Lab, load: Loader) -> None:
    load(lab, HEADER + "A,X,1,\nB,X,2,\nC,X,3,n\nD,X,4,n\n", Check("TWICE", unique=("note",), keep="none"))
    assert [row[0] for row in lab.rows(VOLUME)] == ["A", "B"]


@pytest.mark.parametrize("load", [from_file, from_logic])
def test_too_many_that_are_alike_fail_the_stage(lab: Lab, load: Loader) -> None:
    check = Check("TWICE", unique=("symbol",), keep="first", max_rate=0.4)
    with pytest.raises(CheckFailedError, match=r"TWICE found 2 of 4 rows \(unique \(symbol\), keep first\)"):
        load(lab, TWICE, check)
    assert [code for code, _ in lab.anomalies()] == ["TWICE", "TWICE"]


def test_the_rows_of_a_select_are_in_no_order(lab: Lab) -> None:
    from_file(lab, HEADER + "A,X,1,\nA,Y,1,\nB,X,5,\n")

    def work(keep: Any) -> Callable[[Publication], None]:
        def select(capture: Publication) -> None:
            given = Input("LOAD", tier="BRONZE", table=VOLUME)
            capture.select("SELECT symbol, shares, NULL AS mean FROM LOAD", [given])
            capture.check([Check("TWICE", unique=("symbol",), keep=keep)])

        return select

    with pytest.raises(CheckConditionError, match="those of a SELECT are in no order: keep none, or rank"):
        lab.publish(TOTAL, work("last"))
    lab.publish(TOTAL, work("none"))
    assert [row[0] for row in lab.rows(TOTAL)] == ["B"]


def look(condition: str, action: Any = "drop") -> Check:
    return Check(
        "UNKNOWN", when=condition, inputs=[Input("WORDS", tier="BRONZE", table=WORDS)], action=action
    )


@pytest.fixture
def words(lab: Lab) -> StageResult:
    return lab.publish(WORDS, lambda capture: capture.insert([("A", 1), ("it's", 2)]), stage="WORDS")


@pytest.mark.parametrize("load", [from_file, from_logic])
@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ('symbol NOT IN (SELECT "class" FROM WORDS)', ["A"]),
        ('NOT EXISTS (SELECT 1 FROM words AS w WHERE w."class" = symbol AND w."count" < shares)', ["A"]),
        ('symbol IN (SELECT "class" FROM WORDS WHERE "count" > 1)', ["A", "B"]),
        ("EXISTS (SELECT 1 FROM WORDS)", []),
    ],
)
def test_a_condition_looks_into_another_stage(
    lab: Lab, words: StageResult, load: Loader, condition: str, kept: list[str]
) -> None:
    result = load(lab, HEADER + "A,X,2,\nB,X,3,\nit's,X,1,50%\n", look(condition))
    found = [row[0] for row in lab.rows(VOLUME)]
    assert [symbol for symbol in found if symbol != "it's"] == kept
    assert lab.tracking.lineage.upstream(result.capture_id) == (words.capture_id,)


def test_what_a_check_looks_into_has_to_be_there(lab: Lab) -> None:
    with pytest.raises(MissingInputError, match="WORDS"):
        from_file(lab, HEADER + "A,X,2,\n", look('symbol IN (SELECT "class" FROM WORDS)'))


def test_a_condition_that_cannot_be_evaluated_names_the_check(lab: Lab, words: StageResult) -> None:
    for load in (from_file, from_logic):
        with pytest.raises(CheckConditionError, match="UNKNOWN: symbol IN .SELECT nothing"):
            load(lab, HEADER + "A,X,2,\n", look("symbol IN (SELECT nothing FROM WORDS)"))


def test_a_stage_may_have_any_name(lab: Lab) -> None:
    for name in ("NUMBERED", "LOADED", "STAGED_0"):
        lab.publish(WORDS, lambda capture: capture.insert([("A", 1)]), stage=name)
        given = Input(name, tier="BRONZE", table=WORDS)
        condition = f'symbol NOT IN (SELECT "class" FROM {name})'  # noqa: S608
        from_file(lab, HEADER + "A,X,1,\nB,X,2,\n", Check("X", when=condition, inputs=[given], action="drop"))
        assert {row[0] for row in lab.rows(VOLUME)} == {"A"}


def test_every_type_can_be_looked_for(lab: Lab) -> None:
    lab.file(
        "types.csv",
        "id,text,whole,real,price,flag,day,at,doc\n"
        "1,a,2,0.1,1.2345,true,2025-12-15,2025-12-15T23:30:00-02:00,1\n2,,,,,,,,\n",
    )
    lab.load(TYPED, TYPES, stage="TYPES")
    given = Input("TYPES", tier="BRONZE", table=TYPES)
    names = ["text", "whole", "real", "price", "flag", "day", "at"]
    checks = [
        Check(name.upper(), when=f'"{name}" IN (SELECT t."{name}" FROM TYPES AS t)', inputs=[given])  # noqa: S608
        for name in names
    ]
    lab.load(TYPED, TYPES, checks=checks, stage="AGAIN")
    assert [code for code, _ in lab.anomalies()] == [name.upper() for name in names]


@pytest.mark.parametrize("by_logic", [False, True])
@pytest.mark.parametrize(("column", "kept"), [("day", [1, 2, 4]), ("at", [1, 3, 4])])
def test_a_row_of_another_week_is_an_anomaly(lab: Lab, by_logic: bool, column: str, kept: list[int]) -> None:
    rows = [
        (1, date(2025, 12, 15), datetime(2025, 12, 15, tzinfo=UTC)),
        (2, date(2025, 12, 21), datetime(2025, 12, 22, tzinfo=UTC)),
        (3, date(2025, 12, 22), datetime(2025, 12, 21, 23, 59, 59, 999999, tzinfo=UTC)),
        (4, None, None),
        (5, date(2025, 12, 14), datetime(2025, 12, 14, 23, 59, 59, tzinfo=UTC)),
    ]
    check = Check("ASTRAY", partition={"week": column}, action="drop")
    if by_logic:
        empty = (None,) * 5

        def work(capture: Publication) -> None:
            capture.insert([(number, *empty, day, at, None) for number, day, at in rows])
            capture.check([check])

        lab.publish(TYPES, work)
    else:
        lines = [f"{number},,,,,,{day or ''},{at.isoformat() if at else ''},\n" for number, day, at in rows]
        lab.file("types.csv", "id,text,whole,real,price,flag,day,at,doc\n" + "".join(lines))
        lab.load(TYPED, TYPES, [check])
    assert [row[0] for row in lab.rows(TYPES)] == kept
    query_shown = f"{column} is of another week than 2025-W51"
    failing = Check("ASTRAY", partition={"week": column}, action="fail")
    if not by_logic:
        with pytest.raises(CheckFailedError, match=query_shown):
            lab.load(TYPED, TYPES, [failing])


def test_texts_and_years_are_compared_too_and_what_cannot_be_is_refused() -> None:
    partition = Partitioning(year=Year(), market=Enum(values=("A", "B")), day=Date()).parse(
        "year=2025/market=A/day=2025-01-01"
    )
    target = Target.of(TYPES, "sqlite")
    check = as_condition(Check("X", partition={"year": "whole", "market": "text"}), partition, target)
    assert isinstance(check.when, dict)
    assert check.when["duckdb"] == """("whole" <> 2025 OR "text" <> 'A')"""
    for wrong, message in (
        ({"day": "flag"}, "no boolean is one"),
        ({"week": "day"}, "one of year, market, day"),
    ):
        with pytest.raises(CheckConditionError, match=message):
            as_condition(Check("X", partition=wrong), partition, target)
