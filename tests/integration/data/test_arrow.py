"""Arrow into a stage's table and out of an input's, on both databases: what is taken, and what is refused."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from spine import ArrowRows, ArrowStream, Check, Input, StageResult
from spine.data.publish import Publication
from spine.errors import CheckConditionError, CheckFailedError, MissingInputError, RowRejectedError
from spine.testing import arrow_rows
from tests.integration.data.lab import PARTITIONS, TYPES, VOLUME, WORDS, Lab

SCHEMA = pa.schema(
    {
        "id": pa.int64(),
        "text": pa.string(),
        "whole": pa.int64(),
        "real": pa.float64(),
        "price": pa.decimal128(12, 4),
        "flag": pa.bool_(),
        "day": pa.date32(),
        "at": pa.timestamp("us", "UTC"),
        "doc": pa.string(),
    }
)
FULL: dict[str, Any] = {
    "id": 1,
    "text": 'a\tb\n"c"\\N,é😀',
    "whole": -(2**63),
    "real": 1.5e300,
    "price": Decimal("-12345678.1234"),
    "flag": True,
    "day": date(999, 1, 2),
    "at": datetime(2025, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    "doc": '{"b": [1, 2.5, null], "a": "é"}',
}
EMPTY: dict[str, Any] = dict.fromkeys(FULL) | {"id": 2, "text": "", "doc": '"\\\\u0000 spelled out"'}
STORED = [
    (*tuple(FULL.values())[:-1], {"b": [1, 2.5, None], "a": "é"}),
    (*tuple(EMPTY.values())[:-1], "\\u0000 spelled out"),
]
LOAD = Input("LOAD", tier="BRONZE", table=VOLUME)
WINDOW = Input("LOAD", tier="BRONZE", table=VOLUME, window=3)
W50 = [("A", "X", 1, None), ("B", "X", 2, "é")]
W51 = [("A", "X", 100, ""), ("A", "Y", 25, None), ("B", "Y", 10, None)]
NAMES = ("symbol", "mpid", "shares", "note")


def types(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=SCHEMA)


def volume(rows: list[Any]) -> pa.Table:
    fields = {"symbol": pa.string(), "mpid": pa.string(), "shares": pa.int64(), "note": pa.string()}
    named = [dict(zip(NAMES, row, strict=True)) for row in rows]
    return pa.Table.from_pylist(named, schema=pa.schema(fields))


def insert(lab: Lab, into: Any, rows: object, *checks: Check, arrow: bool = False) -> StageResult:
    def work(capture: Publication) -> None:
        capture.insert(rows)  # type: ignore[arg-type]
        capture.check(checks)

    return lab.publish(into, work, arrow=arrow)


@pytest.fixture
def loaded(lab: Lab) -> Lab:
    """Weeks 50 and 51, and nothing for 49."""
    for week, rows in (("2025-W50", W50), ("2025-W51", W51)):

        def work(capture: Publication, rows: Any = rows) -> None:
            capture.insert(volume(rows))

        lab.publish(VOLUME, work, stage="LOAD", week=week)
    return lab


@pytest.mark.parametrize("checks", [(), (Check("NO", when="whole = 1"),)], ids=["straight", "staged"])
@pytest.mark.parametrize(
    "given",
    [
        lambda rows: rows,
        lambda rows: rows.select(SCHEMA.names[::-1]),
        lambda rows: pa.RecordBatchReader.from_batches(SCHEMA, rows.to_batches(max_chunksize=1)),
        lambda rows: rows.to_batches()[0],
        pl.from_arrow,
        lambda rows: pl.DataFrame(rows).lazy().collect(),
        lambda rows: rows.to_pandas(types_mapper=pd.ArrowDtype),
        duckdb.from_arrow,
    ],
    ids=["table", "order", "reader", "batch", "polars", "lazy", "pandas", "duckdb"],
)
def test_every_type_is_taken_of_whoever_gives_it(
    lab: Lab, given: Callable[[pa.Table], Any], checks: tuple[Check, ...]
) -> None:
    assert insert(lab, TYPES, given(types(FULL, EMPTY)), *checks).row_count == 2
    assert lab.rows(TYPES) == STORED


@pytest.mark.parametrize(
    ("column", "values", "stored"),
    [
        ("text", pa.array(["a", None], pa.large_string()), ["a", None]),
        ("text", pa.array(["a", None], pa.string_view()), ["a", None]),
        ("text", pa.array(["a", None]).dictionary_encode(), ["a", None]),
        ("text", pa.array([None, None]), [None, None]),
        ("text", pa.array(pd.Categorical(["a", None], categories=["b", "a"])), ["a", None]),
        ("whole", pa.array([-128, None], pa.int8()), [-128, None]),
        ("whole", pa.array([2**63 - 1, 0], pa.uint64()), [2**63 - 1, 0]),
        ("whole", pa.array([None, None]), [None, None]),
        ("real", pa.array([1.5, None], pa.float32()), [1.5, None]),
        ("real", pa.array([3, None], pa.int32()), [3.0, None]),
        ("price", pa.array([3, None], pa.int64()), [Decimal("3.0000"), None]),
        (
            "price",
            pa.array([Decimal("1.00005"), Decimal("-1.00005")]),
            [Decimal("1.0001"), Decimal("-1.0001")],
        ),
        ("price", pa.array([Decimal("1.5"), None], pa.decimal32(5, 2)), [Decimal("1.5000"), None]),
        ("price", pa.array([None, None]), [None, None]),
        ("flag", pa.array([None, None]), [None, None]),
        ("day", pa.array([date(2025, 1, 2), None], pa.date64()), [date(2025, 1, 2), None]),
        ("day", pa.array([None, None]), [None, None]),
        ("at", pa.array([86_400, None], pa.timestamp("s")), [datetime(1970, 1, 2, tzinfo=UTC), None]),
        ("at", pa.array([1, None], pa.timestamp("ms")), [datetime(1970, 1, 1, 0, 0, 0, 1000, UTC), None]),
        ("at", pa.array([1000, None], pa.timestamp("ns")), [datetime(1970, 1, 1, 0, 0, 0, 1, UTC), None]),
        (
            "at",
            pa.array([1000, None], pa.timestamp("ns", "Europe/Berlin")),
            [datetime(1970, 1, 1, 0, 0, 0, 1, UTC), None],
        ),
        ("at", pa.array([None, None]), [None, None]),
        ("doc", pa.array(["[]", None]).dictionary_encode(), [[], None]),
        ("doc", pa.array([None, None]), [None, None]),
    ],
)
def test_these_types_fit(lab: Lab, column: str, values: pa.Array, stored: list[object]) -> None:
    rows = types(FULL, EMPTY)
    insert(lab, TYPES, rows.set_column(SCHEMA.names.index(column), column, values))
    place = SCHEMA.names.index(column)
    assert [row[place] for row in lab.rows(TYPES)] == stored


def test_a_column_without_a_value_is_taken_of_polars_and_pandas(lab: Lab) -> None:
    columns = {"symbol": ["A", "B"], "mpid": ["X", "X"], "shares": [1, 2], "note": [None, None]}
    for frame in (pl.DataFrame(columns), pd.DataFrame(columns)):
        insert(lab, VOLUME, frame)
    assert lab.rows(VOLUME) == [("A", "X", 1, None), ("B", "X", 2, None)] * 2


@pytest.mark.parametrize(
    ("column", "values", "said"),
    [
        ("text", pa.array([1, 2]), "'text' is BIGINT, which no string column takes"),
        ("text", pa.array([b"a", b"b"]), "'text' is BLOB, which no string column takes"),
        ("whole", pa.array([1.0, 2.0]), "'whole' is DOUBLE, which no integer column takes"),
        ("whole", pa.array([True, False]), "'whole' is BOOLEAN, which no integer column takes"),
        ("whole", pa.array(["1", "2"]), "'whole' is VARCHAR, which no integer column takes"),
        ("real", pa.array([2**53 + 1, 1]), "'real' is BIGINT, which no float column takes"),
        ("price", pa.array([1.5, 2.5]), "'price' is DOUBLE, which no decimal column takes"),
        ("flag", pa.array([0, 1]), "'flag' is BIGINT, which no boolean column takes"),
        ("day", pa.array([1, 2], pa.timestamp("us")), "'day' is TIMESTAMP, which no date column takes"),
        ("at", pa.array([1, 2], pa.date32()), "'at' is DATE, which no timestamp column takes"),
        ("doc", pa.array([{"a": 1}, None]), r"'doc' is STRUCT\(a BIGINT\), which no json column takes"),
        ("real", pa.array([1.0, 2.0], pa.float16()), "cannot be read: .*Unsupported Internal Arrow Type"),
    ],
)
def test_a_column_of_another_type_is_refused(lab: Lab, column: str, values: pa.Array, said: str) -> None:
    rows = types(FULL, EMPTY)
    with pytest.raises(RowRejectedError, match=f"the Arrow rows for types .*{said}"):
        insert(lab, TYPES, rows.set_column(SCHEMA.names.index(column), column, values))
    assert lab.rows(TYPES) == []


@pytest.mark.parametrize(
    ("column", "values", "said"),
    [
        ("text", ["a", "b\0"], r"text = 'b\\x00': it has a NUL character, which PostgreSQL cannot store"),
        ("whole", pa.array([1, 2**63], pa.uint64()), f"whole = {2**63}: it does not fit in 64 bits"),
        ("real", [0.0, float("nan")], "real = nan: it is not finite: use None where there is no number"),
        ("real", [0.0, float("-inf")], "real = -inf: it is not finite"),
        (
            "price",
            [Decimal(1), Decimal("123456789")],
            r"price = Decimal\('123456789'\): 123456789 does not fit in decimal\(12, 4\)",
        ),
        ("day", pa.array([0, 10**8], pa.date32()), "day = '275760-09-13': it is not a date between"),
        ("day", pa.array([0, -(10**6)], pa.date32()), r"day = '0769-02-04 \(BC\)': it is not a date"),
        (
            "at",
            pa.array([0, 1], pa.timestamp("ns")),
            "at = '1970-01-01 00:00:00.000000001': it is not a time",
        ),
        (
            "at",
            pa.array([0, 1], pa.timestamp("ns", "UTC")),
            "at = '1970-01-01 00:00:00.0.*': it is not a time",
        ),
        ("at", pa.array([0, 2**60], pa.timestamp("us")), "at = '38504-.*': it is not a timestamp"),
        ("at", pa.array([0, 2**60], pa.timestamp("us", "UTC")), "at = '38504-.*': it is not a timestamp"),
        ("at", pa.array([0, 2**60], pa.timestamp("s")), "at = 'out of range': it is not a timestamp"),
        ("at", pa.array([0, -(2**60)], pa.timestamp("ms")), "at = 'out of range': it is not a timestamp"),
        ("doc", ["{}", "{a: 1}"], "doc = '{a: 1}': it is not valid JSON"),
        ("doc", ["{}", "NaN"], "doc = 'NaN': it is not valid JSON"),
    ],
)
def test_a_value_that_does_not_fit_names_row_and_column(
    lab: Lab, column: str, values: Any, said: str
) -> None:
    rows = types(FULL, EMPTY, EMPTY | {"id": 3, "real": float("inf")})
    first = values if isinstance(values, pa.Array) else pa.array(values)
    given = pa.chunked_array([first, pa.array([None], first.type)], first.type)
    rows = rows.set_column(SCHEMA.names.index(column), column, given)
    with pytest.raises(RowRejectedError, match=f"^row 2 for types has {said}.* The row is .id=2, ") as caught:
        insert(lab, TYPES, rows)
    assert caught.value.row["id"] == 2
    assert lab.rows(TYPES) == []


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            volume(W50).rename_columns(["Symbol", "mpid", "shares", "note"]),
            "'symbol' is missing (near: 'Symbol'); 'Symbol' is no column of it (near: 'symbol')",
        ),
        (volume(W50).drop_columns(["note"]), "'note' is missing."),
        (volume(W50).append_column("venue", pa.array(["x", "y"])), "'venue' is no column of it."),
        (
            volume(W50).append_column("note", pa.array(["x", "y"])),
            "'note_1' is no column of it (near: 'note')",
        ),
        (
            volume(W50).to_pandas().set_axis([7, 8]),
            "'__index_level_0__' is no column of it but the index of a DataFrame",
        ),
        (pl.Series("symbol", ["A"]), "'mpid' is missing; 'shares' is missing; 'note' is missing."),
        (pa.chunked_array([[1]]), "'symbol' is missing"),
        (pa.table({}), "Provided table/dataframe must have at least one column"),
        (pl.LazyFrame({"symbol": ["A"]}), "rows for volume are expected, not <LazyFrame"),
        (pl.DataFrame, "rows for volume are expected, not <class"),
    ],
    ids=["case", "missing", "more", "twice", "index", "series", "array", "nothing", "lazy", "class"],
)
def test_other_columns_are_refused(lab: Lab, rows: object, said: str) -> None:
    with pytest.raises(RowRejectedError) as caught:
        insert(lab, VOLUME, rows)
    assert said in str(caught.value)


@pytest.mark.parametrize("arrow", [False, True], ids=["in the database", "in DuckDB"])
def test_checks_see_the_rows_in_their_order(lab: Lab, arrow: bool) -> None:
    rows = [("A", "X", 1, None), ("B", "X", 2, None), ("A", "X", 3, "odd"), ("C", "X", -1, None)]
    checks = (
        Check("TWICE", unique=("symbol", "mpid"), keep="last"),
        Check("NEGATIVE", when="shares < 0", action="drop"),
        Check("FEW", having="COUNT(*) < 3", action="record"),
    )
    result = insert(lab, VOLUME, volume(rows), *checks, arrow=arrow)
    assert lab.rows(VOLUME) == [rows[2], rows[1]]
    assert result.anomalies == {"TWICE": 1, "NEGATIVE": 1, "FEW": 1}
    assert lab.anomalies()[0] == ("TWICE", {"row": dict(zip(NAMES, rows[0], strict=True))})
    with pytest.raises(CheckFailedError, match="NEGATIVE found 1 of 4 rows"):
        negative = Check("NEGATIVE", when="shares < 0", action="fail")
        insert(lab, VOLUME, volume(rows), negative, arrow=arrow)


@pytest.mark.parametrize("second", ["no_such_function(shares) = 1", "shares / (shares - shares) = 1"])
def test_what_duckdb_cannot_evaluate_is_told_as_the_database_tells_it(lab: Lab, second: str) -> None:
    told = []
    for rows in (W50, volume(W50)):
        try:
            insert(lab, VOLUME, rows, Check("ODD", when=second), arrow=rows is not W50)
        except CheckConditionError as error:
            told.append(str(error))
    assert len(told) in (0, 2)
    assert len({*told}) <= 1


def test_checks_that_only_the_database_understands_know_what_was_dropped_before(lab: Lab) -> None:
    rows = [("A", "X", 1, None), ("B", "X", 2, None), ("B", "X", 3, None)]
    of_database = {"sqlite": "symbol GLOB 'B*'", "postgresql": "symbol ~ '^B'"}

    def work(capture: Publication) -> None:
        capture.insert(volume(rows))
        capture.check([Check("SMALL", when="shares = 2", action="drop")])
        capture.check([Check("ODD", when=of_database), Check("TWICE", unique=["symbol"], keep="none")])

    result = lab.publish(VOLUME, work, arrow=True)
    assert lab.rows(VOLUME) == [rows[0], rows[2]]
    assert result.anomalies == {"SMALL": 1, "ODD": 2}


def test_checks_that_look_into_inputs_see_arrow(loaded: Lab) -> None:
    known = "symbol NOT IN (SELECT symbol FROM LOAD)"

    def work(capture: Publication) -> None:
        capture.insert(volume([*W51, ("N", "X", 1, None)]))
        capture.check([Check("NEW", when=known, inputs=(LOAD,), action="drop")])

    assert loaded.publish(VOLUME, work, arrow=True).row_count == 3


def test_a_null_and_a_key_that_is_there_twice_are_named(lab: Lab) -> None:
    with pytest.raises(RowRejectedError, match=r"volume takes no NULL in shares \(1 rows\)"):
        insert(lab, VOLUME, volume([*W50, ("C", "X", None, None)]))
    with pytest.raises(RowRejectedError, match=r"2 rows have the same key \(symbol='A', mpid='X'\)"):
        insert(lab, VOLUME, volume([*W50, W50[0]]))
    assert lab.rows(VOLUME) == []


def test_a_stream_is_taken_a_batch_at_a_time_in_the_callers_thread(lab: Lab) -> None:
    threads = set()

    def batches() -> Iterator[pa.RecordBatch]:
        for number in range(20):
            threads.add(threading.get_ident())
            symbols = [f"S{number:02}{place:03}" for place in range(1000)]
            columns = [symbols, ["X"] * 1000, list(range(1000)), [None] * 1000]
            yield pa.record_batch([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema)

    schema = volume([]).schema
    rows = pa.RecordBatchReader.from_batches(schema, batches())
    assert insert(lab, VOLUME, rows, Check("ODD", when="shares % 2 = 1", action="drop")).row_count == 10_000
    assert threads == {threading.get_ident()}


def test_an_error_of_the_stream_fails_the_stage(lab: Lab) -> None:
    def batches() -> Iterator[pa.RecordBatch]:
        yield from volume(W50).to_batches()
        raise LookupError("no prices for W51")

    rows = pa.RecordBatchReader.from_batches(volume([]).schema, batches())
    with pytest.raises(RowRejectedError, match="Arrow rows for volume cannot be read: .*no prices for W51"):
        insert(lab, VOLUME, rows)
    assert lab.rows(VOLUME) == []
    assert [status for _, status, _, _ in lab.captures()] == ["FAILED"]


def test_names_that_python_has_a_word_for(lab: Lab) -> None:
    insert(lab, WORDS, pa.table({"class_": ["A"], "count": [1]}))
    assert lab.rows(WORDS) == [("A", 1)]
    with pytest.raises(RowRejectedError, match="'class' and 'class_' are one column of it"):
        insert(lab, WORDS, pa.table({"class": ["A"], "class_": ["B"], "count": [1]}))


def test_inputs_come_with_exact_types_oldest_partition_first(lab: Lab) -> None:
    lab.publish(TYPES, lambda c: c.insert(types(FULL, EMPTY)), stage="LOAD")

    def work(capture: Publication) -> None:
        rows = capture.arrow_of(Input("LOAD", tier="BRONZE", table=TYPES))
        assert isinstance(rows, ArrowRows)
        taken = pa.table(rows)
        assert taken.schema == SCHEMA.set(0, pa.field("id", pa.int64(), nullable=False))
        documents = ['{"a": "é", "b": [1, 2.5, null]}', '"\\\\u0000 spelled out"']
        assert taken["doc"].to_pylist() == documents
        assert taken.drop_columns(["doc"]).to_pylist() == [
            {name: value for name, value in row.items() if name != "doc"} for row in (FULL, EMPTY)
        ]
        capture.insert(rows)

    assert lab.publish(TYPES, work).row_count == 2
    assert lab.rows(TYPES) == STORED * 2


def test_whoever_reads_arrow_takes_an_input_as_often_as_they_like(loaded: Lab) -> None:
    def work(capture: Publication) -> None:
        rows = capture.arrow_of(WINDOW)
        assert rows.partition_keys == ("2025-W50", "2025-W51")
        assert [row["shares"] for row in pa.table(rows).to_pylist()] == [1, 2, 100, 25, 10]
        assert [*pl.DataFrame(rows)["shares"]] == [1, 2, 100, 25, 10]
        assert [*pd.DataFrame.from_arrow(rows)["shares"]] == [1, 2, 100, 25, 10]
        assert duckdb.from_arrow(rows).sum("shares").fetchall() == [(138,)]
        assert {key: len(pl.DataFrame(each)) for key, each in rows.items()} == {"2025-W50": 2, "2025-W51": 3}
        assert pa.table(rows.of(capture.partition)).num_rows == 3
        none = pl.DataFrame(rows.of("2025-W40"))
        assert (len(none), none.schema) == (0, pl.DataFrame(rows).schema)
        taken = pl.DataFrame(rows).group_by("symbol", "mpid").agg(pl.col("shares").sum())
        capture.insert(taken.with_columns(note=pl.lit("sum")))

    assert loaded.publish(VOLUME, work).row_count == 4
    assert ("A", "X", 101, "sum") in loaded.rows(VOLUME)


def test_an_input_is_streamed_through_to_the_table(loaded: Lab) -> None:
    """Its rows are read while the stream that is made of them is."""

    def work(capture: Publication) -> None:
        reader = pa.RecordBatchReader.from_stream(capture.arrow_of(LOAD))
        capture.insert(pa.RecordBatchReader.from_batches(reader.schema, (batch for batch in reader)))

    assert loaded.publish(VOLUME, work).row_count == 3


def test_a_stream_left_in_the_middle_is_not_in_the_way(loaded: Lab) -> None:
    def work(capture: Publication) -> None:
        reader = pa.RecordBatchReader.from_stream(capture.arrow_of(WINDOW))
        first = reader.read_next_batch()
        capture.insert(first)

    assert loaded.publish(VOLUME, work).row_count == 2


def test_a_missing_input_says_what_to_run(lab: Lab) -> None:
    with pytest.raises(MissingInputError, match=r"LOAD \(BRONZE\) of lab is not complete for 2025-W51"):
        lab.publish(VOLUME, lambda capture: capture.arrow_of(LOAD))


def test_an_optional_input_that_is_not_there_has_its_columns(lab: Lab) -> None:
    def work(capture: Publication) -> None:
        rows = capture.arrow_of(Input("LOAD", tier="BRONZE", table=VOLUME, optional=True))
        assert rows.partition_keys == ()
        taken = pl.DataFrame(rows)
        assert (len(taken), taken.columns) == (0, list(NAMES))
        capture.insert(rows)

    assert lab.publish(VOLUME, work).row_count == 0


def test_the_fake_for_logic_gives_what_an_input_gives(loaded: Lab) -> None:
    fake = arrow_rows(VOLUME, {"2025-W50": W50, "2025-W51": W51})
    assert isinstance(fake, ArrowStream)

    def work(capture: Publication) -> None:
        rows = capture.arrow_of(WINDOW)
        assert pa.table(fake).equals(pa.table(rows))
        assert pa.table(fake).equals(pa.table(rows))  # as often as wanted
        assert fake.partition_keys == rows.partition_keys
        week = PARTITIONS.parse("2025-W50")
        assert pa.table(fake.of(week)).equals(pa.table(rows.of(week)))
        assert pa.table(fake.of("2025-W40")).equals(pa.table(rows.of("2025-W40")))
        capture.insert(rows.of(week))

    assert loaded.publish(VOLUME, work).row_count == 2


WITHOUT = """
import sys
sys.modules["pyarrow"] = None  # as if it were not installed
from pathlib import Path
import polars as pl
from spine import Input
from spine.errors import ArrowMissingError
from spine.testing import arrow_rows
from tests.integration.data.lab import VOLUME, Lab

lab = Lab(sys.argv[1], Path(sys.argv[2]))
frame = pl.DataFrame({"symbol": ["A"], "mpid": ["X"], "shares": [1], "note": ["é"]})
lab.publish(VOLUME, lambda capture: capture.insert(frame), stage="LOAD")
assert lab.rows(VOLUME) == [("A", "X", 1, "é")]
for asked in (
    lambda: lab.publish(VOLUME, lambda capture: capture.arrow_of(Input("LOAD", tier="BRONZE", table=VOLUME))),
    lambda: arrow_rows(VOLUME, {}),
):
    try:
        asked()
    except ArrowMissingError as error:
        assert "pip install 'spine-gen[arrow]'" in str(error)
    else:
        raise AssertionError("it is there")
"""


def test_what_is_inserted_needs_no_pyarrow_and_what_is_asked_for_says_so(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[3]
    command = [sys.executable, "-c", WITHOUT, f"sqlite:///{tmp_path / 'lab.db'}", str(tmp_path)]
    ran = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
