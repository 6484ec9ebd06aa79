"""Files that hold several partitions: each capture has its own rows, malformed lines and digest of them."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from spine import (
    AnomalyCode,
    CsvSource,
    FileColumn,
    JsonSource,
    NdjsonSource,
    ParquetSource,
    Partitioning,
    Stage,
    XlsxSource,
)
from spine.core.partitions.partitioning import Date, Enum, IsoWeek, Month, Quarter, String, Year
from spine.data.sources.declared import Source
from spine.errors import SourceError
from tests.integration.data.lab import LONG, PARTITIONS, TYPES, VOLUME, Lab

MALFORMED = AnomalyCode("MALFORMED", severity="ERROR")
IN_FILE = {"symbol": "symbol", "mpid": "mpid", "shares": "shares", "note": "week"}
HEADER = "symbol,mpid,shares,week\n"
# Three weeks in no order, with lines that are malformed in all ways.
CONTENT = HEADER + (
    "0,none\n"  # 2: before all
    "A,X,1,2025-W50\n"
    "B,X,2,2025-W51\n"
    "C,X,many,2025-W50\n"  # 5: of its own week, though its neighbours are of another
    "D,X\n"  # 6: with line 5
    "E,X,5,\n"  # 7: so, too
    "F,X,6,2025-W51\n"
    '"G,X,7,2025-W51\n'  # 9: with line 8
    "H,X,8,2025-W52\n"
)


def source(**options: Any) -> CsvSource:
    usual: dict[str, Any] = {"path": "f", "columns": IN_FILE, "malformed": MALFORMED, "rows": {"week": "note"}}
    return CsvSource(**(usual | options))


def looked_at(lab: Lab, made_of: Source, week: str, table: Any = VOLUME, partitions: Any = PARTITIONS) -> list[str | None]:
    """The digests of the partition's rows in each of the files, as a look at them finds."""
    stage = Stage("lab", "LOAD", "BRONZE", partitions=partitions, table=table, source=made_of)
    files = stage.dependencies(partitions.parse(week), lab.root).files
    return [file.part() for file in files if file.part]


def lines(lab: Lab) -> list[int]:
    return [context.get("line", context.get("row_number")) for _, context in lab.anomalies()]


@pytest.mark.parametrize(
    ("week", "symbols", "malformed"),
    [("2025-W50", "A", [2, 5, 6, 7]), ("2025-W51", "BF", [9]), ("2025-W52", "H", [])],
)
def test_each_record_is_of_one_partition(lab: Lab, week: str, symbols: str, malformed: list[int]) -> None:
    lab.file("f", CONTENT)
    result = lab.load(source(), week=week)
    assert [row[0] for row in lab.rows(VOLUME)] == list(symbols)
    assert result.row_count == len(symbols)
    assert lines(lab) == malformed
    (seen,) = lab.files()
    assert looked_at(lab, source(), week) == [seen.sha256]
