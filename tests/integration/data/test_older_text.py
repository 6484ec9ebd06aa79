"""A table made before text had a collation and one made since go together in a SELECT."""

import pytest
import sqlalchemy as sa

from spine import CsvSource, Input
from spine.core.types import Text
from tests.integration.data.lab import METADATA, Lab, table

OLDER = table(
    "older",
    sa.Column("symbol", sa.String, nullable=False),
    sa.Column("note", sa.String, nullable=True),
    key=("symbol",),
)
NEWER = table(
    "newer",
    sa.Column("symbol", Text, nullable=False),
    sa.Column("note", Text, nullable=True),
    key=("symbol",),
)
PICKED = table(
    "picked",
    sa.Column("symbol", Text, nullable=False),
    sa.Column("place", sa.BigInteger, nullable=False),
    key=("symbol", "place"),
    inputs=True,
)
OLD_PICKED = sa.Table(
    "old_picked",
    METADATA,
    *(
        sa.Column(column.name, sa.String if isinstance(column.type, Text) else column.type, nullable=False)
        for column in PICKED.columns
    ),
    sa.PrimaryKeyConstraint("capture_id", "symbol", "place", name="pk_old_picked"),
)
INPUTS = (Input("OLD", tier="BRONZE", table=OLDER), Input("NEW", tier="BRONZE", table=NEWER))
BOTH = "(SELECT symbol FROM OLD UNION ALL SELECT symbol FROM NEW) AS both_of"


@pytest.fixture
def filled(lab: Lab) -> Lab:
    lab.file("old.csv", "symbol,note\na,x\nB,y\nc,z\n")
    lab.file("new.csv", "symbol,note\na,X\nB,y\nD,z\n")
    lab.load(CsvSource(path="old.csv", columns={}), OLDER, stage="OLD")
    lab.load(CsvSource(path="new.csv", columns={}), NEWER, stage="NEW")
    return lab


@pytest.mark.parametrize("into", [PICKED, OLD_PICKED], ids=["into_new", "into_old"])
@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT o.symbol, 1 AS place FROM OLD o JOIN NEW n ON o.symbol = n.symbol", [("B", 1), ("a", 1)]),
        ("SELECT o.symbol, 1 AS place FROM OLD o JOIN NEW n ON n.symbol < o.symbol GROUP BY o.symbol", 2),
        (
            "SELECT symbol, ROW_NUMBER() OVER (ORDER BY symbol) AS place FROM OLD UNION "
            "SELECT symbol, ROW_NUMBER() OVER (ORDER BY symbol) AS place FROM NEW",
            [("B", 1), ("D", 2), ("a", 2), ("a", 3), ("c", 3)],
        ),
        ("SELECT symbol, COUNT(*) AS place FROM BOTH GROUP BY symbol", 4),
        ("SELECT MIN(symbol) AS symbol, 7 AS place FROM BOTH", [("B", 7)]),
        ("SELECT MAX(symbol) AS symbol, 7 AS place FROM BOTH", [("c", 7)]),
        (
            "SELECT symbol, ROW_NUMBER() OVER (ORDER BY symbol, place) AS place "
            "FROM (SELECT symbol, 1 AS place FROM BOTH) AS t",
            [("B", 1), ("B", 2), ("D", 3), ("a", 4), ("a", 5), ("c", 6)],
        ),
        ("SELECT symbol, 1 AS place FROM OLD WHERE symbol IN (SELECT symbol FROM NEW)", 2),
        ("SELECT symbol, 1 AS place FROM NEW EXCEPT SELECT symbol, 1 AS place FROM OLD", [("D", 1)]),
        (
            "SELECT COALESCE(o.symbol, n.symbol) AS symbol, 1 AS place "
            "FROM NEW n LEFT JOIN OLD o ON o.symbol = n.symbol AND o.note >= n.note",
            [("B", 1), ("D", 1), ("a", 1)],
        ),
        ("SELECT MIN(o.symbol || n.note) AS symbol, 1 AS place FROM OLD o, NEW n", [("BX", 1)]),
    ],
)
def test_older_and_newer_text_go_together(
    filled: Lab, into: sa.Table, sql: str, rows: list[tuple[str, int]] | int
) -> None:
    filled.publish(into, lambda capture: capture.select(sql.replace("BOTH", BOTH), inputs=INPUTS))
    found = filled.rows(into)
    assert (len(found) if isinstance(rows, int) else found) == rows
