"""sql and python stages: from their inputs' current captures to their table."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa

from spine import AnomalyCode, Capture, Check, CsvSource, Input, InputRows
from spine.core.tables import core_lineage
from spine.data.publish import Publication
from spine.errors import (
    CheckConditionError,
    CheckFailedError,
    MissingInputError,
    RowRejectedError,
    SelectFailedError,
    StageOrderError,
)
from tests.integration.data.lab import LONG, ONE, TOTAL, TYPES, VOLUME, WORDS, Lab

LOAD = Input("LOAD", tier="BRONZE", table=VOLUME)
WINDOW = Input("LOAD", tier="BRONZE", table=VOLUME, window=3)
SOURCE = CsvSource(path="{week}.csv", columns={})
SUMS = "SELECT symbol, SUM(shares) AS shares, AVG(shares * 1.0) AS mean FROM LOAD GROUP BY symbol"
BIG = Check(AnomalyCode("BIG", severity="INFO"), when="shares > 100")


class VolumeRow(NamedTuple):
    symbol: str
    mpid: str
    shares: int
    note: str | None


class TotalRow(NamedTuple):
    symbol: str
    shares: int
    mean: Decimal | None


class WordsRow(NamedTuple):
    """As it is generated: a tuple has a `count`, and Python a `class`."""

    count_: int
    class_: str


@pytest.fixture
def loaded(lab: Lab) -> Lab:
    """Weeks 50 and 51, and nothing for 49."""
    lab.file("2025-W50.csv", "symbol,mpid,shares,note\nA,X,1,\nB,X,2,\n")
    lab.file("2025-W51.csv", "symbol,mpid,shares,note\nB,Y,10,50%: a:b ?\nA,X,100,\nA,Y,25,\n")
    for week in ("2025-W50", "2025-W51"):
        lab.load(SOURCE, week=week)
    return lab


def test_a_select_reads_the_current_partition_only(loaded: Lab) -> None:
    result = loaded.publish(TOTAL, lambda capture: capture.select(SUMS, inputs=(LOAD,)))
    assert result.row_count == 2
    assert loaded.rows(TOTAL) == [("A", 125, Decimal("62.50")), ("B", 10, Decimal("10.00"))]


def test_a_select_over_a_window_reads_the_partitions_that_are_there(loaded: Lab) -> None:
    loaded.publish(TOTAL, lambda capture: capture.select(SUMS, inputs=(WINDOW,)))
    assert [(symbol, shares) for symbol, shares, _ in loaded.rows(TOTAL)] == [("A", 126), ("B", 12)]


def test_provenance_and_lineage_name_the_input_captures(loaded: Lab) -> None:
    result = loaded.publish(TOTAL, lambda capture: capture.select(SUMS, inputs=(WINDOW,)))
    manifest = loaded.tracking.manifest
    found = manifest.current_captures("lab", "LOAD", "BRONZE", ("2025-W50", "2025-W51")) or {}
    first, last = (one.capture_id for one in found.values())
    [row, _] = result.rows()
    assert (row.input_min_capture_id, row.input_max_capture_id) == (first, last)
    assert (row.partition_key, row.capture_id) == ("2025-W51", result.capture_id)
    with loaded.tracking.read() as connection:
        lineage = connection.execute(
            sa.select(core_lineage.c.input_capture_id).where(core_lineage.c.capture_id == result.capture_id)
        )
        assert sorted(lineage.scalars()) == [first, last]


@pytest.mark.parametrize("checks", [(), (BIG,)], ids=["straight", "staged"])
def test_percent_signs_colons_and_question_marks_are_texts(loaded: Lab, checks: tuple[Check, ...]) -> None:
    sql = """
    -- 100% of it, at 10:30? :name %s %(x)s
    SELECT symbol, shares, NULL AS mean FROM LOAD WHERE note LIKE '50%' AND note = '50%: a:b ?' -- the end"""

    def work(capture: Publication) -> None:
        capture.select(sql, inputs=(LOAD,))
        capture.check(checks)

    loaded.publish(TOTAL, work)
    assert loaded.rows(TOTAL) == [("B", 10, None)]


def test_a_condition_with_percent_sign_and_colon(loaded: Lab) -> None:
    odd = Check("ODD", when="symbol LIKE 'A%' AND symbol <> 'a:b' AND symbol <> '?'", action="drop")

    def work(capture: Publication) -> None:
        capture.select(SUMS, inputs=(LOAD,))
        capture.check((odd,))

    result = loaded.publish(TOTAL, work)
    assert result.row_count == 1
    assert loaded.anomalies() == [("ODD", {"row": {"symbol": "A", "shares": 125, "mean": "62.50"}})]


def test_each_database_is_asked_its_own_text_and_people_see_what_was_written(loaded: Lab) -> None:
    small = {
        "written": "symbol LIKE 'b%'",
        "sqlite": "spine_like(symbol, 'B%')",
        "postgresql": "symbol LIKE 'B%'",
    }
    query = "SELECT symbol, SUM(shares) AS shares, NULL AS mean FROM LOAD WHERE {} GROUP BY symbol"

    def work(capture: Publication) -> None:
        capture.select(
            {"written": query.format("symbol LIKE '_'"), "sqlite": query.format("spine_like(symbol, '_')")},
            inputs=(LOAD,),
        )
        capture.check((Check("ODD", when=small, action="fail"),))

    with pytest.raises(CheckFailedError, match=r"ODD found 1 of 2 rows \(symbol LIKE 'b%'\)"):
        loaded.publish(TOTAL, work)


def test_a_check_may_say_in_each_database_what_only_that_one_has(loaded: Lab) -> None:
    late = Check(
        "ODD",
        when={"sqlite": "symbol GLOB '[B-Z]*'", "postgresql": "symbol ~ '^[B-Z]' AND shares::text ~ '0$'"},
        action="drop",
    )

    def work(capture: Publication) -> None:
        capture.select(SUMS, inputs=(LOAD,))
        capture.check((late,))

    assert loaded.publish(TOTAL, work).row_count == 1
    assert [row["row"]["symbol"] for _, row in loaded.anomalies()] == ["B"]


def test_a_select_may_have_its_own_with_and_a_text_per_dialect(loaded: Lab) -> None:
    sql = "WITH t AS (SELECT * FROM LOAD) SELECT symbol, MAX(shares) shares, {} mean FROM t GROUP BY symbol;"
    texts = {"sqlite": sql.format("1.5"), "postgresql": sql.format("CAST(1.5 AS NUMERIC)")}
    loaded.publish(TOTAL, lambda capture: capture.select(texts, inputs=(LOAD,)))
    assert loaded.rows(TOTAL) == [("A", 100, Decimal("1.50")), ("B", 10, Decimal("1.50"))]


def test_a_fraction_in_an_integer_column_is_refused_alike(loaded: Lab) -> None:
    sql = "SELECT symbol, SUM(shares) * 0.5 AS shares, NULL AS mean FROM LOAD GROUP BY symbol"
    with pytest.raises(
        RowRejectedError, match=r"total takes integer in shares, and 1 rows have others.*62\.5"
    ):
        loaded.publish(TOTAL, lambda capture: capture.select(sql, inputs=(LOAD,)))
    assert loaded.rows(TOTAL) == []


def test_a_whole_number_that_was_computed_as_a_fraction_is_an_integer(loaded: Lab) -> None:
    sql = "SELECT symbol, SUM(shares) * 2.0 AS shares, NULL AS mean FROM LOAD GROUP BY symbol"
    loaded.publish(TOTAL, lambda capture: capture.select(sql, inputs=(LOAD,)))
    assert [(shares, type(shares)) for _, shares, _ in loaded.rows(TOTAL)] == [(250, int), (20, int)]


def test_a_decimal_is_rounded_to_its_scale_and_refused_beyond_its_precision(loaded: Lab) -> None:
    sql = "SELECT symbol, SUM(shares) AS shares, SUM(shares) * {} AS mean FROM LOAD GROUP BY symbol"
    loaded.publish(TOTAL, lambda capture: capture.select(sql.format("0.0123"), inputs=(LOAD,)))
    assert [mean for _, _, mean in loaded.rows(TOTAL)] == [Decimal("1.54"), Decimal("0.12")]
    with pytest.raises(RowRejectedError, match=r"takes decimal\(12, 2\) in mean, and 1 rows"):
        loaded.publish(TOTAL, lambda capture: capture.select(sql.format("100000000.0"), inputs=(LOAD,)))


def test_a_number_that_sqlite_cannot_hold_is_refused_there(lab: Lab) -> None:
    def fill(number: str) -> None:
        sql = f"SELECT '{number}' AS id, {number} AS amount"
        lab.publish(LONG, lambda capture: capture.select(sql), week="2025-W52")

    for number in ("123456789012.25", "0.1 + 0.2", "12345678901234567", "123456789012345.0"):
        fill(number)
    assert sorted(amount for _, amount in lab.rows(LONG)) == [
        Decimal("0.30"),
        Decimal("123456789012.25"),
        Decimal("123456789012345.00"),
        Decimal("12345678901234567.00"),
    ]
    if lab.dialect == "sqlite":
        with pytest.raises(RowRejectedError, match=r"takes decimal\(20, 2\) in amount, and 1 rows"):
            fill("1234567890123456.78")
    else:
        fill("1234567890123456.78")
        assert Decimal("1234567890123456.78") in [amount for _, amount in lab.rows(LONG)]


@pytest.mark.parametrize("checks", [(), (BIG,)], ids=["straight", "staged"])
def test_a_select_without_inputs_may_have_percent_signs(lab: Lab, checks: tuple[Check, ...]) -> None:
    def work(capture: Publication) -> None:
        capture.select("SELECT '50%' AS symbol, 'X' AS mpid, 1 AS shares, NULL AS note")
        capture.check(checks)

    lab.publish(VOLUME, work)
    assert lab.rows(VOLUME) == [("50%", "X", 1, None)]


def test_a_select_that_fails_on_a_row_says_why(loaded: Lab) -> None:
    sql = "SELECT symbol, 1 / (SUM(shares) - 125) AS shares, NULL AS mean FROM LOAD GROUP BY symbol"
    error: type[Exception] = SelectFailedError
    why = "division by zero"
    if loaded.dialect == "sqlite":  # as it stands, without what a build writes for SQLite
        error, why = RowRejectedError, "takes no NULL in shares"
    with pytest.raises(error, match=why):
        loaded.publish(TOTAL, lambda capture: capture.select(sql, inputs=(LOAD,)))
    assert loaded.rows(TOTAL) == []


def test_logic_that_returns_no_rows_at_all_is_told(lab: Lab) -> None:
    with pytest.raises(RowRejectedError, match="rows for total are expected, not None: return a list"):
        lab.publish(TOTAL, lambda capture: capture.insert(None))  # type: ignore[arg-type]


def test_a_repeated_key_names_its_rows(loaded: Lab) -> None:
    sql = "SELECT symbol, shares, NULL AS mean FROM LOAD"
    with pytest.raises(RowRejectedError, match=r"2 rows have the same key \(symbol='A'\) of total") as caught:
        loaded.publish(TOTAL, lambda capture: capture.select(sql, inputs=(LOAD,)))
    assert caught.value.row["symbol"] == "A"
    assert loaded.rows(TOTAL) == []
    assert loaded.captures()[-1][1] == "FAILED"


def test_a_null_names_its_row_and_the_way_out(loaded: Lab) -> None:
    sql = "SELECT symbol, NULL AS shares, NULL AS mean FROM LOAD GROUP BY symbol"
    with pytest.raises(
        RowRejectedError, match=r"takes no NULL in shares \(2 rows\).*symbol='A'.*nullable: true"
    ):
        loaded.publish(TOTAL, lambda capture: capture.select(sql, inputs=(LOAD,)))


def test_a_drop_keeps_a_row_from_breaking_the_key(loaded: Lab) -> None:
    sql = "SELECT symbol, shares, NULL AS mean FROM LOAD"
    small = Check("SMALL", when="shares = 25", action="drop")

    def work(capture: Publication) -> None:
        capture.select(sql, inputs=(LOAD,))
        capture.check((small, BIG))

    assert loaded.publish(TOTAL, work).row_count == 2
    assert [code for code, _ in loaded.anomalies()] == ["SMALL"]


def test_a_failing_check_keeps_its_anomalies_and_leaves_no_rows(loaded: Lab) -> None:
    def work(capture: Publication) -> None:
        capture.select(SUMS, inputs=(LOAD,))
        capture.check((Check("NONE", when="shares > 100", action="fail"),))

    with pytest.raises(
        CheckFailedError, match=r"NONE found 1 of 2 rows \(shares > 100\): \(symbol='A'"
    ) as caught:
        loaded.publish(TOTAL, work)
    assert caught.value.matched == {"NONE": 1}
    assert loaded.rows(TOTAL) == []
    assert loaded.anomalies() == [("NONE", {"row": {"symbol": "A", "shares": 125, "mean": "62.50"}})]


def test_a_condition_that_cannot_be_evaluated_is_named(loaded: Lab) -> None:
    def work(capture: Publication) -> None:
        capture.select(SUMS, inputs=(LOAD,))
        capture.check((Check("ODD", when="nowhere > 1"),))

    with pytest.raises(CheckConditionError, match="ODD: nowhere > 1"):
        loaded.publish(TOTAL, work)


def test_a_select_that_does_not_run_says_so(loaded: Lab) -> None:
    with pytest.raises(SelectFailedError, match=f"the SELECT for total failed on {loaded.dialect}"):
        loaded.publish(TOTAL, lambda capture: capture.select("SELECT symbol FROM LOAD", inputs=(LOAD,)))


@pytest.mark.parametrize(
    ("value", "written", "why"),
    [
        ("shares / 0", "spine_divide_whole(shares, 0)", "division by zero"),
        ("CAST(symbol AS BIGINT)", "spine_to_integer(symbol)", "invalid input syntax for type bigint"),
    ],
)
def test_a_value_that_cannot_be_computed_is_told_on_both(
    loaded: Lab, value: str, written: str, why: str
) -> None:
    start = "SELECT symbol, CAST(NULL AS NUMERIC) AS mean, "
    query = {
        "sqlite": f"{start}{written} AS shares FROM LOAD",
        "postgresql": f"{start}{value} AS shares FROM LOAD",
    }
    with pytest.raises(SelectFailedError, match=f"the SELECT for total failed on {loaded.dialect}: {why}"):
        loaded.publish(TOTAL, lambda capture: capture.select(query, inputs=(LOAD,)))


def test_a_check_that_cannot_be_computed_is_told_on_both(loaded: Lab) -> None:
    def work(capture: Publication) -> None:
        capture.select(SUMS, inputs=(LOAD,))
        when = {"sqlite": "spine_divide_whole(1, shares - 125) > 1", "postgresql": "1 / (shares - 125) > 1"}
        capture.check((Check("ODD", when=when),))

    with pytest.raises(CheckConditionError, match="division by zero"):
        loaded.publish(TOTAL, work)


def test_a_select_takes_one_input_of_a_stage(loaded: Lab) -> None:
    """Its tables are named by their stages, so there is no telling two apart."""
    clean = Input("LOAD", tier="SILVER", table=VOLUME)
    loaded.tracking.manifest.record_complete(
        loaded.tracking.manifest.record_start("lab", "2025-W51", "LOAD", "SILVER"), 0
    )
    refused = pytest.raises(SelectFailedError, match=r"LOAD is 2 inputs of one SELECT \(BRONZE, SILVER\)")
    with refused:
        loaded.publish(TOTAL, lambda capture: capture.select(SUMS, inputs=(LOAD, clean)))


def test_two_windows_of_one_input_are_two_inputs(loaded: Lab) -> None:
    def work(capture: Publication) -> None:
        one, three = capture.rows_of(LOAD, VolumeRow), capture.rows_of(WINDOW, VolumeRow)
        capture.insert([("one", len(list(one)), None), ("three", len(list(three)), None)])

    loaded.publish(TOTAL, work)
    assert [row[:2] for row in loaded.rows(TOTAL)] == [("one", 3), ("three", 5)]


def test_an_empty_key_takes_one_row(loaded: Lab) -> None:
    loaded.publish(ONE, lambda capture: capture.select("SELECT COUNT(*) AS rows FROM LOAD", inputs=(LOAD,)))
    assert loaded.rows(ONE) == [(3,)]
    with pytest.raises(RowRejectedError, match="one has an empty key.* 3 rows came"):
        loaded.publish(ONE, lambda capture: capture.select("SELECT 1 AS rows FROM LOAD", inputs=(LOAD,)))


def test_a_missing_input_says_what_to_run(lab: Lab) -> None:
    with pytest.raises(
        MissingInputError, match=r"LOAD \(BRONZE\) of lab is not complete for 2025-W51: run LOAD"
    ):
        lab.publish(TOTAL, lambda capture: capture.select(SUMS, inputs=(LOAD,)))


def test_logic_gets_typed_rows_in_key_order_and_gives_rows(loaded: Lab) -> None:
    def logic(capture: Capture, load: InputRows[VolumeRow]) -> Iterator[TotalRow]:
        assert load.partition_keys == ("2025-W50", "2025-W51")
        assert [row.shares for row in load] == [1, 2, 100, 25, 10]
        assert [(key, row.shares) for key, row in load.items()][:2] == [("2025-W50", 1), ("2025-W50", 2)]
        assert list(load.of("2025-W40")) == []
        for row in load.of(capture.partition):
            if row.mpid == "X":
                capture.record("SEEN", f"{row.symbol}", context={"symbol": row.symbol})
                yield TotalRow(row.symbol, row.shares, Decimal("1.005"))

    def work(capture: Publication) -> None:
        capture.insert(logic(capture, capture.rows_of(WINDOW, VolumeRow)))
        assert capture.anomalies == {"SEEN": 1}

    result = loaded.publish(TOTAL, work)
    assert loaded.rows(TOTAL) == [("A", 100, Decimal("1.01"))]
    assert result.anomalies == {"SEEN": 1}


def test_a_reading_left_in_the_middle_is_not_in_the_way(loaded: Lab) -> None:
    def work(capture: Publication) -> None:
        rows = capture.rows_of(LOAD, VolumeRow)
        reading = iter(rows)
        first = next(reading)
        capture.insert([TotalRow(first.symbol, 1, None)])
        with pytest.raises(StopIteration):
            next(reading)

    assert loaded.publish(TOTAL, work).row_count == 1


ALL_TYPES: dict[str, Any] = {
    "id": 1,
    "text": 'a\tb\n"c"\\N,é😀',
    "whole": -(2**63),
    "real": 1.5e300,
    "price": Decimal("-12345678.1234"),
    "flag": True,
    "day": date(999, 1, 2),
    "at": datetime(2025, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    "doc": {"a": [1, 2.5, None, "x"]},
}
EMPTY = dict.fromkeys(ALL_TYPES) | {"id": 2, "text": "", "doc": "\\u0000 spelled out"}


@pytest.mark.parametrize("checks", [(), (Check("NO", when="whole = 1"),)], ids=["straight", "staged"])
def test_every_type_comes_back_as_it_was_given(lab: Lab, checks: tuple[Check, ...]) -> None:
    def work(capture: Publication) -> None:
        capture.insert([ALL_TYPES, tuple(EMPTY.values())])
        capture.check(checks)

    lab.publish(TYPES, work)
    assert lab.rows(TYPES) == [tuple(ALL_TYPES.values()), tuple(EMPTY.values())]


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("text", 5, "a str is expected, not a int"),
        ("text", "a\0b", "NUL"),
        ("text", "\udc80", "surrogate"),
        ("whole", 1.0, "an int is expected, not a float"),
        ("whole", True, "an int is expected, not a bool"),
        ("whole", 2**63, "64 bits"),
        ("real", float("nan"), "not finite"),
        ("real", "1", "a float is expected"),
        ("price", 1.5, "a float is not exact"),
        ("price", Decimal("NaN"), "not a finite number"),
        ("price", Decimal("123456789"), r"does not fit in decimal\(12, 4\)"),
        ("flag", 1, "a bool is expected"),
        ("day", datetime(2025, 1, 1, tzinfo=UTC), "a date is expected"),
        ("at", datetime(2025, 1, 1), "no time zone"),  # noqa: DTZ001
        ("at", date(2025, 1, 1), "a datetime is expected"),
        ("doc", {1, 2}, "not JSON"),
        ("doc", {"a": "\0"}, "NUL"),
        ("doc", float("inf"), "not JSON"),
        ("doc", ["\udc80"], "surrogate"),
    ],
)
def test_a_value_of_another_type_names_row_and_column(
    lab: Lab, column: str, value: object, reason: str
) -> None:
    rows = [ALL_TYPES, {**EMPTY, column: value}]
    with pytest.raises(RowRejectedError, match=f"(?s)^row 2 for types has {column} = .*{reason}"):
        lab.publish(TYPES, lambda capture: capture.insert(rows))
    assert lab.rows(TYPES) == []


@pytest.mark.parametrize(
    ("row", "what"),
    [
        (("A", 1), "has 2 values"),
        ("ABC", "is a str"),
        ({"symbol": "A", "share": 1, "mean": None}, "has the names symbol, share, mean"),
        (VolumeRow("A", "X", 1, None), "has the names symbol, mpid, shares, note"),
    ],
)
def test_a_row_of_another_shape_is_named(lab: Lab, row: object, what: str) -> None:
    with pytest.raises(RowRejectedError, match=f"row 1 for total {what}, where .* symbol, shares, mean"):
        lab.publish(TOTAL, lambda capture: capture.insert([row]))


def test_columns_that_python_has_a_word_for_are_written_and_read(lab: Lab) -> None:
    def copy(capture: Publication) -> None:
        read = capture.rows_of(Input("WORDS", tier="BRONZE", table=WORDS), WordsRow)
        capture.insert(WordsRow(row.count_ + 1, row.class_) for row in read)

    rows = [WordsRow(1, "A"), {"class": "B", "count": 2}, ("C", 3)]
    lab.publish(WORDS, lambda capture: capture.insert(rows), stage="WORDS")
    assert lab.rows(WORDS) == [("A", 1), ("B", 2), ("C", 3)]
    lab.publish(WORDS, copy)
    assert lab.rows(WORDS)[3:] == [("A", 2), ("B", 3), ("C", 4)]


def test_given_rows_with_one_key_or_a_null_are_named(loaded: Lab) -> None:
    def twice(capture: Publication) -> None:
        capture.rows_of(LOAD, VolumeRow)
        capture.insert([("A", 1, None), ("B", 1, None), ("A", 2, None)])

    def null(capture: Publication) -> None:
        capture.rows_of(LOAD, VolumeRow)
        capture.insert([("A", 1, None), (None, 1, None)])

    with pytest.raises(RowRejectedError, match=r"2 rows have the same key \(symbol='A'\)"):
        loaded.publish(TOTAL, twice)
    with pytest.raises(RowRejectedError, match=r"takes no NULL in symbol \(1 rows\)"):
        loaded.publish(TOTAL, null)


def test_many_given_rows_are_spooled(loaded: Lab) -> None:
    def work(capture: Publication) -> None:
        capture.rows_of(LOAD, VolumeRow)
        capture.insert((f"S{number:06}", number, None) for number in range(12_345))
        capture.check((Check("ODD", when="shares % 2 = 1", action="drop"),))

    assert loaded.publish(TOTAL, work).row_count == 6173
    assert loaded.tracking.anomalies.count(list(loaded.captures())[-1][0]) == 0
    assert len(loaded.anomalies()) == 6172


def test_steps_in_an_order_that_makes_no_sense_are_refused(lab: Lab) -> None:
    with pytest.raises(StageOrderError, match="no rows to be checked"):
        lab.publish(TOTAL, lambda capture: capture.check(()))
    with pytest.raises(StageOrderError, match="no rows to be written"):
        lab.publish(TOTAL, lambda capture: None)
    with pytest.raises(StageOrderError, match="no row count before"):
        lab.publish(TOTAL, lambda capture: capture.row_count)

    def twice(capture: Publication) -> None:
        capture.insert([])
        capture.insert([])

    with pytest.raises(StageOrderError, match="has rows already"):
        lab.publish(TOTAL, twice)

    def written(capture: Publication) -> None:
        capture.insert([])
        capture.write()  # and the stage writes once more

    with pytest.raises(StageOrderError, match="written already and cannot be written again"):
        lab.publish(TOTAL, written)
