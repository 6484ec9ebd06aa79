"""What is kept of the context comes back equal, of the same types, and nothing is read for what it is not."""

import json
import sys
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spine.orchestration.outputs import keep_outputs, restore_outputs

BERLIN = ZoneInfo("Europe/Berlin")


def kept(value: Any) -> Any:
    """The value as a rerun gets it."""
    outputs = keep_outputs({"key": value})
    assert outputs.lost == {}
    assert outputs.text.isascii()
    return restore_outputs(outputs.text).values["key"]


def with_types(value: Any) -> Any:
    """The value with every part's type beside it, so that 1, True and 1.0 differ."""
    if isinstance(value, dict):
        return dict, [(with_types(key), with_types(item)) for key, item in value.items()]
    if isinstance(value, list | tuple):
        return type(value), [with_types(item) for item in value]
    if isinstance(value, set | frozenset):
        return type(value), {(type(item), item) for item in value}
    if isinstance(value, datetime | time):
        return type(value), value.isoformat(), value.fold, repr(value.tzinfo)
    return type(value), value if type(value) is int else repr(value)


@pytest.mark.parametrize(
    "value",
    [
        date(2025, 12, 15),
        datetime(2025, 12, 15, 6, 30, 1, 5),  # noqa: DTZ001
        datetime(2025, 12, 15, tzinfo=UTC),
        datetime(2025, 12, 15, tzinfo=timezone(timedelta(hours=-5, seconds=30))),
        datetime(2025, 12, 15, tzinfo=timezone(timedelta(hours=1), "CET")),
        datetime(2025, 10, 26, 2, 30, fold=1, tzinfo=BERLIN),
        datetime(2025, 10, 26, 2, 30, fold=1),  # noqa: DTZ001
        datetime(2025, 10, 26, 2, 30, fold=1, tzinfo=UTC),
        time(6, 30),
        time(6, 30, tzinfo=UTC),
        time(6, 30, fold=1, tzinfo=BERLIN),
        timedelta(days=-3, microseconds=1),
        Decimal("1.10"),
        Decimal("-0E-7"),
        Decimal("NaN"),
        Decimal("-Infinity"),
        UUID(int=7),
        b"\0\xff",
        bytearray(b"abc"),
        complex(1, float("inf")),
        float("nan"),
        float("-inf"),
        -0.0,
        2**53 + 1,
        -(10**700),
        2**20_000,
        (1, [2, (3,)]),
        {1, "a", (2, 3)},
        frozenset({date(2025, 1, 1)}),
        {1: "a", (1, 2): "b", None: "c", date(2025, 1, 1): "d", False: "e"},
        {"$date": "2025-12-15"},
        {"$date": date(2025, 12, 15)},
        {"$nothing": {"$dict": []}},
        {"$date": 1, "$time": 2},
        {"": {}, "Ä": [], "\0": ()},
        "\ud800",
        {"\ud83d\ude00": "\ud83d\ude00"},
        "😀",
        [[], (), {}, set(), frozenset()],
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_comes_back_equal_and_of_its_types(value: Any) -> None:
    assert with_types(kept(value)) == with_types(value)
    assert with_types(kept([{"nested": (value,)}])) == with_types([{"nested": (value,)}])


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()))
    | st.sampled_from(["$date", "$dict", "$"])
    | st.dates()
    | st.datetimes(timezones=st.none() | st.just(UTC) | st.just(BERLIN))
    | st.times()
    | st.timedeltas()
    | st.decimals()
    | st.uuids()
    | st.binary()
)


@given(
    st.recursive(
        LEAVES,
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.lists(inner, max_size=4).map(tuple)
            | st.dictionaries(st.text(max_size=3) | st.integers() | st.just("$date"), inner, max_size=3)
            | st.sets(st.integers() | st.text(max_size=3))
        ),
        max_leaves=12,
    )
)
def test_any_value_comes_back_equal_and_of_its_types(value: Any) -> None:
    assert with_types(kept(value)) == with_types(value)


def test_integers_come_back_though_python_may_write_out_few_digits() -> None:
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        assert kept(2**1999) == 2**1999
        assert kept(2**2001) == 2**2001
    finally:
        sys.set_int_max_str_digits(limit)


def test_a_key_of_the_context_is_never_a_tag() -> None:
    outputs = keep_outputs({"$date": "2025-12-15"})
    assert restore_outputs(outputs.text).values == {"$date": "2025-12-15"}


def test_what_is_long_is_compressed_and_what_was_not_kept_is_named() -> None:
    outputs = keep_outputs({"rows": [{"symbol": "A", "volume": 1}] * 10_000, "raw": object(), 7: 1})  # type: ignore[dict-item]
    assert len(outputs.text) < 5_000
    restored = restore_outputs(outputs.text)
    assert restored.values == {"rows": [{"symbol": "A", "volume": 1}] * 10_000}
    assert restored.lost == {
        "raw": "it holds a object, which cannot be given back as it is",
        "7": "its key is not text",
    }
    assert json.loads(outputs.text)[0] == 2


def test_a_time_in_a_zone_of_ones_own_is_not_kept() -> None:
    class Mine(timezone.__base__):  # type: ignore[name-defined, misc]
        def utcoffset(self, _when: Any) -> timedelta:
            return timedelta(hours=1)

    assert "a time in a Mine" in keep_outputs({"at": datetime(2025, 1, 1, tzinfo=Mine())}).lost["at"]


def test_nesting_ends_somewhere() -> None:
    deep: Any = 1
    for _ in range(100):
        deep = {1: (deep,)} if _ % 2 else [deep]
    assert "100 levels deep" in keep_outputs({"deep": [(deep,)]}).lost["deep"]
