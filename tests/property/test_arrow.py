"""The same rows as tuples and as Arrow make the same table, or the same refusal, on both databases."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal as Number
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from spine import Check, Input
from spine.core.types import Decimal, Json, UtcTimestamp
from spine.data.publish import Publication
from spine.errors import CheckFailedError, RowRejectedError
from tests.integration.data.lab import Lab, table

ODD = table(
    "odd_frame",
    sa.Column("id", sa.BigInteger, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("whole", sa.BigInteger, nullable=True),
    sa.Column("real", sa.Double, nullable=True),
    sa.Column("price", Decimal(9, 2), nullable=True),
    sa.Column("amount", Decimal(20, 4), nullable=True),
    sa.Column("count", Decimal(18, 0), nullable=True),
    sa.Column("flag", sa.Boolean, nullable=True),
    sa.Column("day", sa.Date, nullable=True),
    sa.Column("at", UtcTimestamp, nullable=True),
    sa.Column("doc", Json, nullable=True),
    key=("id", "name"),
)
PLACES = 6  # of the decimals that are given, more than any column has
SCHEMA = pa.schema(
    {
        "id": pa.int64(),
        "name": pa.string(),
        "whole": pa.decimal128(25, 0),
        "real": pa.float64(),
        "price": pa.decimal128(38, PLACES),
        "amount": pa.decimal128(38, PLACES),
        "count": pa.decimal128(38, PLACES),
        "flag": pa.bool_(),
        "day": pa.date32(),
        "at": pa.timestamp("us", "Asia/Tokyo"),
        "doc": pa.large_string(),
    }
)
WIDE = SCHEMA.set(2, pa.field("whole", pa.uint64()))
TEXTS = st.sampled_from(["", " ", "a", "A", "é", "e\u0301", "日本😀", "NULL", "\\N", '"', "'", "\t\n", ","])
NUMBERS = st.decimals(-(10**17), 10**17, places=PLACES) | st.sampled_from(
    [Number(text) for text in ("0", "-0.005", "0.005", "9999999.99", "9999999.995", "123456789012345.6789")]
)
TOKYO = timezone(timedelta(hours=9))
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "whole": st.integers(0, 2**64 - 1) | st.sampled_from([0, 1, 2**63 - 1, 2**63]),
    "real": st.floats() | st.sampled_from([0.0, -0.0, 5e-324, 1.7976931348623157e308, 0.1]),
    "price": NUMBERS,
    "amount": NUMBERS,
    "count": NUMBERS,
    "flag": st.booleans(),
    "day": st.dates() | st.sampled_from([date.min, date.max]),
    "at": st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.sampled_from([UTC, TOKYO])),  # noqa: DTZ001
    "doc": st.recursive(
        st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
        max_leaves=5,
    ),
}
ROW = st.fixed_dictionaries(
    {
        "id": st.sampled_from([-(2**63), -1, 0, 1, 2, 2**63 - 1]),
        "name": TEXTS | st.sampled_from(["a\0b", None]),
        **{name: st.none() | values for name, values in VALUES.items()},
    }
)
Row = dict[str, Any]
EMPTY: Row = dict.fromkeys(SCHEMA.names) | {"id": 0, "name": ""}
LAST = {**EMPTY, "id": 2**63 - 1, "whole": 2**63 - 1, "day": date.max, "real": -0.0, "flag": False}
CHECKS = (
    Check("ODD", when="name = 'a'", action="drop"),
    Check("FEW", having="COUNT(*) = 0", action="record"),
)


@pytest.fixture
def lab(database_url: str, tmp_path: Path) -> Iterator[Lab]:
    made = Lab(database_url, tmp_path)
    yield made
    made.tracking.database.dispose()


def exact(row: Row) -> Row:
    """Its decimals as Arrow has them, with the zeros that it has."""
    unit = Number(1).scaleb(-PLACES)
    return {name: value.quantize(unit) if isinstance(value, Number) else value for name, value in row.items()}


def as_arrow(rows: Sequence[Row]) -> pa.Table:
    """The columns in another order, in batches of two rows."""
    texts = [row | {"doc": None if row["doc"] is None else json.dumps(row["doc"])} for row in rows]
    made = pa.Table.from_pylist(texts, schema=WIDE).select(WIDE.names[::-1])
    return pa.Table.from_batches(made.to_batches(max_chunksize=2), made.schema)


def outcome(lab: Lab, rows: object, checks: Sequence[Check], *, arrow: bool) -> object:
    """The rows that are stored, and the anomalies; or what the error says, but for how it shows the row."""
    before = len(lab.anomalies())

    def work(capture: Publication) -> None:
        capture.insert(rows)  # type: ignore[arg-type]
        capture.check(checks)

    try:
        result = lab.publish(ODD, work, arrow=arrow)
    except (RowRejectedError, CheckFailedError) as error:
        return (
            type(error),
            re.split(r" row is |one of them is ", str(error))[0],
            repr(lab.anomalies()[before:]),
        )
    return repr([tuple(row[: len(SCHEMA)]) for row in result.rows()]), repr(lab.anomalies()[before:])


@pytest.mark.parametrize("checks", [(), CHECKS], ids=["straight", "checked"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, max_size=5))
@example(rows=[])
@example(rows=[EMPTY, LAST])
@example(rows=[EMPTY, EMPTY])
@example(rows=[EMPTY, {**LAST, "whole": 2**63}])
@example(rows=[{**EMPTY, "name": None}])
@example(rows=[LAST, {**EMPTY, "real": float("nan")}, {**EMPTY, "name": "\0"}])
@example(rows=[{**EMPTY, "price": Number("9999999.995")}])
@example(rows=[{**EMPTY, "price": Number("-0.005")}])
@example(rows=[{**EMPTY, "amount": Number("123456789012345.6789")}])
@example(rows=[{**EMPTY, "doc": {"a": [1e23, 2**70, "\u2028"]}}])
def test_tuples_and_arrow_are_one(checks: tuple[Check, ...], lab: Lab, rows: list[Row]) -> None:
    given = [exact(row) for row in rows]
    expected = outcome(lab, given, checks, arrow=False)
    assert outcome(lab, as_arrow(given), checks, arrow=False) == expected
    assert outcome(lab, as_arrow(given), checks, arrow=True) == expected


def sorted_names(row: Sequence[Any]) -> tuple[Any, ...]:
    """The row with its document as a text, the names in their order, as Arrow has it."""
    *values, doc = row
    return (*values, None if doc is None else json.dumps(doc, sort_keys=True, ensure_ascii=False))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, max_size=5, unique_by=lambda row: (row["id"], row["name"])))
@example(rows=[EMPTY, LAST])
def test_what_is_read_as_arrow_is_what_is_stored(lab: Lab, rows: list[Row]) -> None:
    stored: list[tuple[Any, ...]] = []
    frames: list[Row] = []

    def read(capture: Publication) -> None:
        stream = capture.arrow_of(Input("STAGE", tier="BRONZE", table=ODD))
        taken = pa.table(stream)
        frames.extend(taken.to_pylist())
        capture.insert(stream)

    try:
        stored += [tuple(row[: len(SCHEMA)]) for row in lab.publish(ODD, lambda c: c.insert(rows)).rows()]
    except RowRejectedError:
        return
    copied = lab.publish(ODD, read, stage="COPY")
    assert [tuple(row[: len(SCHEMA)]) for row in copied.rows()] == stored
    values = [sorted_names([*list(row.values())[:-1], json.loads(row["doc"] or "null")]) for row in frames]
    expected = [sorted_names(row) for row in stored]
    assert repr(values).replace("zoneinfo.ZoneInfo(key='UTC')", "datetime.timezone.utc") == repr(expected)
