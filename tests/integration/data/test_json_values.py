"""A document's values come back as Python reads them from JSON, whatever way they took, on both databases."""

import csv
import json
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spine import CsvSource, Input, NdjsonSource
from spine.core.database.database import Database
from spine.core.types import Json
from spine.data.sources.declared import FilesSource
from tests.integration.data.lab import TYPES, Lab, table
from tests.integration.data.test_sources import MALFORMED, malformed

DOCUMENTS = table(
    "documents",
    sa.Column("id", sa.BigInteger, nullable=False),
    sa.Column("doc", Json, nullable=True),
    key=("id",),
)
PASSED = table(
    "passed",
    sa.Column("id", sa.BigInteger, nullable=False),
    sa.Column("doc", Json, nullable=True),
    key=("id",),
    inputs=True,
)
LOADED = Input("LOAD", tier="BRONZE", table=DOCUMENTS)

ODD = (
    "9007199254740993",
    "-9223372036854775809",
    "18446744073709551616",
    "1" + "0" * 400,
    "9" * 4300,
    "1e23",
    "1E+2",
    "1e-7",
    "12.50e1",
    "0e0",
    "0.1000000000000000055511151231257827",
    "1.0",
    "-0.0",
    "1.7976931348623157e308",
    "5e-324",
    "true",
    '"1e23"',
    '"9007199254740993"',
    '{"a": [9007199254740993, 1e23, {"1e5": "x\\"1e5", "b": -1.5E-7}], "": 12345678901234567890}',
    '"\\\\"',
    '["\\\\", 1e16, "\\"", 1e16]',
)
digits = st.integers(0, 10**40).map(str)
numbers = st.builds(
    lambda sign, whole, fraction, exponent: sign + whole + fraction + exponent,
    st.sampled_from(("", "-")),
    digits,
    st.one_of(st.just(""), st.text("0123456789", min_size=1, max_size=30).map(lambda text: f".{text}")),
    st.one_of(
        st.just(""),
        st.builds(
            "{}{}{}".format, st.sampled_from("eE"), st.sampled_from(("", "+", "-")), st.integers(0, 250)
        ),
    ),
)
characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
texts = st.one_of(
    st.text(characters, max_size=12), st.sampled_from(("1e5", '"', "\\", "[1e5]", '\\"1e5', "NaN", "/"))
).map(lambda text: json.dumps(text, ensure_ascii=False))
values = st.recursive(
    st.one_of(numbers, texts, st.sampled_from(("true", "false", "null"))),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda items: f"[{', '.join(items)}]"),
        st.lists(st.tuples(texts, inner), max_size=4, unique_by=lambda item: item[0]).map(
            lambda items: f"{{{','.join(f'{name}:{value}' for name, value in items)}}}"
        ),
    ),
    max_leaves=8,
)


def like(value: Any) -> Any:
    """The value with the type of each number in it, so that 1 is not 1.0."""
    if isinstance(value, dict):
        return {name: like(item) for name, item in value.items()}
    if isinstance(value, list):
        return [like(item) for item in value]
    return type(value), value


def read_back(lab: Lab, of: sa.Table) -> list[Any]:
    return [like(doc) for _, doc in lab.rows(of)]


def write(lab: Lab, extension: str, documents: list[str]) -> FilesSource:
    with (lab.root / f"f.{extension}").open("w", newline="", encoding="utf-8") as file:
        if extension == "csv":
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["id", "doc"])
            writer.writerows(enumerate(documents))
            return CsvSource(path="f.csv", columns={})
        file.writelines(f'{{"id":{number},"doc":{doc}}}\n' for number, doc in enumerate(documents))
        return NdjsonSource(path="f.ndjson", columns={})


def check(lab: Lab, documents: list[str]) -> None:
    expected = [like(json.loads(text)) for text in documents]
    for extension in ("ndjson", "csv"):
        with lab.tracking.database.write() as connection:
            connection.execute(sa.delete(DOCUMENTS))
            connection.execute(sa.delete(PASSED))
        lab.load(write(lab, extension, documents), DOCUMENTS)
        assert read_back(lab, DOCUMENTS) == expected
        lab.publish(PASSED, lambda capture: capture.select("SELECT id, doc FROM LOAD", inputs=(LOADED,)))
        assert read_back(lab, PASSED) == expected
    with lab.tracking.database.write() as connection:
        connection.execute(sa.delete(DOCUMENTS))
    rows = [(number, json.loads(text)) for number, text in enumerate(documents)]
    lab.publish(DOCUMENTS, lambda capture: capture.insert(rows))
    assert read_back(lab, DOCUMENTS) == expected


def test_odd_values(lab: Lab) -> None:
    check(lab, list(ODD))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents=st.lists(values, min_size=1, max_size=20))
def test_any_values(lab: Lab, documents: list[str]) -> None:
    check(lab, documents)


@pytest.mark.parametrize("extension", ["csv", "ndjson"])
def test_an_integer_that_python_does_not_read_is_malformed(lab: Lab, extension: str) -> None:
    documents = [f"[{'9' * 4301}]", f'"{"9" * 4301}"', "1e9999"]
    source = write(lab, extension, documents)
    declared = type(source)(path=source.path, columns={}, malformed=MALFORMED)
    lab.load(declared, DOCUMENTS)
    assert len(malformed(lab)) == 2
    assert lab.rows(DOCUMENTS) == [(1, "9" * 4301)]


def test_what_json_does_not_have_is_refused(lab: Lab) -> None:
    with (
        pytest.raises(sa.exc.StatementError, match="not JSON compliant"),
        lab.tracking.database.write() as connection,
    ):
        connection.execute(
            TYPES.insert(), {"id": 1, "doc": [float("nan")], "partition_key": "k", "capture_id": "c"}
        )


def test_numbers_that_an_older_column_holds_are_read(sqlite_url: str) -> None:
    database = Database.of(sqlite_url)
    older = sa.table("older", sa.column("doc", Json))
    with database.write() as connection:
        connection.execute(sa.text("CREATE TABLE older (doc JSON)"))
        connection.execute(older.insert(), [{"doc": value} for value in (5, 0.5, [5], "5", None)])
        assert list(connection.execute(sa.select(older.c.doc)).scalars()) == [5, 0.5, [5], "5", None]
    database.dispose()
