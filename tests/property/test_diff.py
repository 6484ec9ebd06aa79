"""What spine diff counts and shows is what a model in Python says of the same rows, on both databases."""

import itertools
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal as Number
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from spine.core.captures import CaptureRecord
from spine.core.database.database import Database
from spine.core.types import Decimal, Json, UtcTimestamp
from spine.data.stage import Stage
from spine.errors import NotComparableError
from spine.looking.diff import RowChange, RowsCompared
from spine.pipelines.pipeline import Context, Pipeline
from spine.pipelines.registry import Registry, register_pipeline
from spine.pipelines.stages import DeclaredStages
from tests.integration.data.lab import PARTITIONS

METADATA = sa.MetaData()
ODD = sa.Table(
    "odd",
    METADATA,
    sa.Column("name", sa.String, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("order", sa.String, nullable=True),
    sa.Column("whole", sa.BigInteger, nullable=True),
    sa.Column("real", sa.Double, nullable=True),
    sa.Column("price", Decimal(12, 4), nullable=True),
    sa.Column("flag", sa.Boolean, nullable=True),
    sa.Column("day", sa.Date, nullable=True),
    sa.Column("seen", UtcTimestamp, nullable=True),
    sa.Column("doc", Json, nullable=True),
    sa.Column("partition_key", sa.String, nullable=False),
    sa.Column("capture_id", sa.String(36), nullable=False),
    sa.PrimaryKeyConstraint("capture_id", "name", "at", name="pk_odd"),
)
KEY = ("name", "at")
COLUMNS = ("order", "whole", "real", "price", "flag", "day", "seen", "doc")
LOWEST, HIGHEST = -(2**63), 2**63 - 1
TEXTS = st.sampled_from(["", " ", "a", "A", "a ", "é", "e\u0301", "日本", "NULL", "0", "'", '"', "\n", "-"])
INSTANTS = (datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, 23, 59, 59, 999999, tzinfo=UTC))
VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    "order": TEXTS,
    "whole": st.sampled_from([LOWEST, -1, 0, 1, HIGHEST]),
    "real": st.sampled_from([0.0, -0.0, 5e-324, 0.1, 1.7e308, float("inf"), float("-inf")]),
    "price": st.sampled_from([Number("0"), Number("0.0001"), Number("-99999999.9999"), Number("1.5")]),
    "flag": st.booleans(),
    "day": st.sampled_from([date(1, 1, 1), date(2025, 12, 15), date(9999, 12, 31)]),
    "seen": st.sampled_from([*INSTANTS, datetime(2025, 1, 1, 0, 0, 0, 1, tzinfo=UTC)]),
    "doc": st.sampled_from([{}, [], [None], {"a": ""}, {"é": [0, "0"]}]),
}
Row = tuple[Any, ...]  # the values of COLUMNS
Rows = dict[tuple[str, int], Row]  # by key
KEYS = st.tuples(TEXTS, st.sampled_from([LOWEST, 0, 1, HIGHEST]))
ROW = st.tuples(*(st.none() | VALUES[name] for name in COLUMNS))
ROWS = st.dictionaries(KEYS, ROW, max_size=8)
NOTHING: Row = (None,) * len(COLUMNS)
ids = (f"{number:08x}-0000-7000-8000-000000000000" for number in itertools.count())


def declared() -> DeclaredStages:
    registry = Registry()

    @register_pipeline("odd/load", registry)
    class Load(Pipeline):
        makes = Stage("odd", "LOAD", "BRONZE", partitions=PARTITIONS, table=ODD, sql="SELECT 1")

        def run(self, context: Context) -> None:
            raise AssertionError(f"{context} is not run")

    return DeclaredStages(registry)


def capture(connection: sa.Connection, rows: Rows, **other: Any) -> CaptureRecord:
    """A capture of these rows in the table."""
    capture_id = next(ids)
    if rows:
        connection.execute(
            ODD.insert(),
            [
                dict(zip(KEY, key, strict=True))
                | dict(zip(COLUMNS, row, strict=True))
                | {"partition_key": "2025-W01", "capture_id": capture_id}
                for key, row in rows.items()
            ],
        )
    of: dict[str, Any] = {"stage": "LOAD", "row_count": len(rows)} | other
    return CaptureRecord(
        capture_id=capture_id,
        domain="odd",
        partition_key="2025-W01",
        tier="BRONZE",
        completed_at=datetime.now(UTC),
        **of,
    )


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database.of(database_url)
    with made.write() as connection:
        METADATA.create_all(connection)
    yield made
    made.dispose()


def model(old: Rows, new: Rows) -> list[RowChange]:
    """The changes, each kind in the order of the keys."""

    def named(row: Row) -> dict[str, Any]:
        return dict(zip(COLUMNS, row, strict=True))

    def in_order(keys: set[tuple[str, int]]) -> list[tuple[str, int]]:
        return sorted(keys, key=lambda key: (key[0].encode(), key[1]))

    found = []
    for key in in_order({key for key in old.keys() & new.keys() if old[key] != new[key]}):
        differing = [name for name in COLUMNS if named(old[key])[name] != named(new[key])[name]]
        sides = ({name: named(side[key])[name] for name in differing} for side in (old, new))
        before, after = sides
        found.append(RowChange(change="changed", key=dict(zip(KEY, key, strict=True)), old=before, new=after))
    for key in in_order(old.keys() - new.keys()):
        gone = named(old[key])
        found.append(RowChange(change="removed", key=dict(zip(KEY, key, strict=True)), old=gone, new=None))
    for key in in_order(new.keys() - old.keys()):
        came = named(new[key])
        found.append(RowChange(change="added", key=dict(zip(KEY, key, strict=True)), old=None, new=came))
    return found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(old=ROWS, new=ROWS, limit=st.integers(0, 5))
@example(old={("", 0): NOTHING}, new={("", 0): ("", *NOTHING[1:])}, limit=5)
@example(old={("é", HIGHEST): NOTHING}, new={("e\u0301", HIGHEST): NOTHING}, limit=5)
def test_a_diff_is_what_the_model_says(database: Database, old: Rows, new: Rows, limit: int) -> None:
    with database.write() as connection:
        pair = capture(connection, old), capture(connection, new)
    expected = model(old, new)
    with database.snapshot() as connection:
        compared = RowsCompared(connection, declared(), *pair)
        assert compared.counts() == {
            change: sum(row.change == change for row in expected)
            for change in ("changed", "removed", "added")
        }
        assert list(compared.rows()) == expected
        assert list(compared.rows(limit)) == expected[:limit]


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"stage": "OTHER"}, "name two captures of one stage"),
        ({"status": "FAILED", "row_count": None}, "is FAILED: only complete captures have rows"),
        ({"row_count": 5}, "it had 5, and its table has 1 of them"),
    ],
)
def test_what_cannot_be_compared_is_refused_by_name(
    database: Database, other: dict[str, Any], said: str
) -> None:
    rows: Rows = {("a", 0): NOTHING}
    with database.write() as connection:
        old, new = capture(connection, rows, **other), capture(connection, rows)
    with database.snapshot() as connection, pytest.raises(NotComparableError, match=said) as refused:
        RowsCompared(connection, declared(), old, new)
    assert old.capture_id in str(refused.value)


def test_a_stage_whose_table_is_not_known_is_refused(database: Database) -> None:
    with database.write() as connection:
        old, new = capture(connection, {}, stage="OTHER"), capture(connection, {}, stage="OTHER")
    unknown = pytest.raises(NotComparableError, match="no generated package makes odd OTHER")
    with database.snapshot() as connection, unknown:
        RowsCompared(connection, declared(), old, new)
    with database.write() as connection:
        METADATA.drop_all(connection)
    here = CaptureRecord(
        capture_id="x",
        domain="odd",
        partition_key="2025-W01",
        stage="LOAD",
        tier="BRONZE",
        row_count=0,
        completed_at=None,
    )
    behind = pytest.raises(NotComparableError, match="no table odd: run `spine migrate`")
    with database.snapshot() as connection, behind:
        RowsCompared(connection, declared(), here, here)
