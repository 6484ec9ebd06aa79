"""Files that hold several partitions: each capture has its own rows, malformed lines and digest of them."""

import gzip
import io
import json
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
import sqlalchemy as sa

from spine import (
    AnomalyCode,
    Check,
    CsvSource,
    JsonSource,
    NdjsonSource,
    ParquetSource,
    Partitioning,
    Stage,
    XlsxSource,
)
from spine.core.files import FileSeen, SourceFile
from spine.core.partitions.partitioning import Date, Enum, IsoWeek, Month, Quarter, Year
from spine.data.sources import csv_reader, reading
from spine.data.sources.declared import Source
from spine.errors import SourceError
from tests.integration.data.conftest import After
from tests.integration.data.lab import LONG, PARTITIONS, TYPES, VOLUME, Lab
from tests.integration.data.test_held_files import in_place

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
    usual: dict[str, Any] = {
        "path": "f",
        "columns": IN_FILE,
        "malformed": MALFORMED,
        "rows": {"week": "note"},
    }
    return CsvSource(**(usual | options))


def looked_at(
    lab: Lab, made_of: Source, key: str, of: Any = VOLUME, partitions: Partitioning = PARTITIONS
) -> list[str | None]:
    """The digests of the partition's rows in each of the files, as a look at them finds."""
    stage = Stage("lab", "LOAD", "BRONZE", partitions=partitions, table=of, source=made_of)
    files = stage.dependencies(partitions.parse(key), lab.root).files
    return [file.part() for file in files if isinstance(file, SourceFile) and file.part]


def symbols(lab: Lab) -> str:
    return "".join(row[0] for row in lab.rows(VOLUME))


def lines(lab: Lab) -> list[int]:
    return [context.get("line", context.get("row_number")) for _, context in lab.anomalies()]


@pytest.mark.parametrize(
    ("week", "there", "malformed"),
    [("2025-W50", "A", [2, 5, 6, 7]), ("2025-W51", "BF", [9]), ("2025-W52", "H", [])],
)
def test_each_record_is_of_one_partition(lab: Lab, week: str, there: str, malformed: list[int]) -> None:
    lab.file("f", CONTENT)
    result = lab.load(source(), week=week)
    assert symbols(lab) == there
    assert result.row_count == len(there)
    assert lines(lab) == malformed
    (seen,) = lab.files()
    assert looked_at(lab, source(), week) == [seen.sha256]


def test_what_is_malformed_is_kept_as_the_file_has_it(lab: Lab) -> None:
    lab.file("f", CONTENT)
    lab.load(source(), week="2025-W50")
    assert [(one["line"], one["raw"], one["reason"]) for _, one in lab.anomalies()] == [
        (2, "0,none", "it has 2 fields, the header 4"),
        (5, "C,X,many,2025-W50", "shares: 'many' is not a 64-bit integer"),
        (6, "D,X", "it has 2 fields, the header 4"),
        (7, "E,X,5,", "note: is NULL, which is no week"),
    ]


RECORDS = [
    ("A", "X", 1, "2025-W50"),
    ("B", "X", 2, "2025-W51"),
    ("C", "X", 3, None),  # with B
    ("D", "X", 4, "2025-W51"),
]


def of_format(form: str, records: list[tuple[Any, ...]]) -> bytes:
    names = ("symbol", "mpid", "shares", "week")
    named = [dict(zip(names, one, strict=True)) for one in records]
    if form == "csv":
        rows = (",".join("" if one is None else str(one) for one in record) for record in [names, *records])
        return "".join(f"{row}\n" for row in rows).encode()
    if form == "ndjson":
        return "".join(json.dumps(one) + "\n" for one in named).encode()
    if form == "json":
        return json.dumps({"rows": named}).encode()
    packed = io.BytesIO()
    if form == "xlsx":
        book = openpyxl.Workbook()
        for row in [names, *records]:
            book.active.append(row)
        book.save(packed)
        return packed.getvalue()
    raise AssertionError(form)


def parquet(path: Path, records: list[tuple[Any, ...]]) -> None:
    values = ", ".join(
        f"({', '.join('NULL' if one is None else repr(one) for one in record)})" for record in records
    )
    table = f"(VALUES {values}) AS t(symbol, mpid, shares, week)"
    duckdb.sql(f"COPY (FROM {table}) TO '{path}' (FORMAT parquet)")


CLASSES: dict[str, Any] = {
    "csv": CsvSource,
    "ndjson": NdjsonSource,
    "json": partial(JsonSource, records="rows"),
    "xlsx": XlsxSource,
    "parquet": ParquetSource,
}


def written(lab: Lab, form: str, records: list[tuple[Any, ...]]) -> Source:
    if form == "parquet":
        parquet(lab.root / "f", records)
    else:
        lab.file("f", of_format(form, records))
    made_of: Source = CLASSES[form](path="f", columns=IN_FILE, malformed=MALFORMED, rows={"week": "note"})
    return made_of


FORMS = ["csv", "ndjson", "json", "xlsx", "parquet"]


@pytest.mark.parametrize("form", FORMS)
def test_every_format_has_rows_of_partitions(lab: Lab, form: str) -> None:
    made_of = written(lab, form, RECORDS)
    lab.load(made_of, week="2025-W51")
    assert symbols(lab) == "BD"
    assert lines(lab) == [3 + (form in ("csv", "xlsx"))]  # where there is a header
    lab.load(made_of, week="2025-W50", stage="OTHER")
    assert sorted(symbols(lab)) == ["A", "B", "D"]
    assert len(lines(lab)) == 1  # by one partition alone
    with pytest.raises(
        SourceError, match="f has no rows of week 2025-W49, by note: it has week 2025-W50 to 2025-W51"
    ):
        lab.load(made_of, week="2025-W49")


@pytest.mark.parametrize("form", FORMS)
def test_what_a_capture_depends_on_is_its_rows(lab: Lab, form: str) -> None:
    lab.load(written(lab, form, RECORDS), week="2025-W51")
    (seen,) = lab.files()
    a, b, c, d = RECORDS
    new = ("E", "Y", 5, "2025-W52")
    for same in ([a, b, c, d], [a, b, c, d, new], [b, c, new, d, a], [new, b, c, d]):
        assert looked_at(lab, written(lab, form, same), "2025-W51") == [seen.sha256], same
    others = [[a, b, d], [a, c, b, d], [a, d, b, c], [a, b, c, ("D", "X", 5, "2025-W51")], [a, b, c, d, d]]
    for other in others:
        (digest,) = looked_at(lab, written(lab, form, other), "2025-W51")
        assert digest not in (None, seen.sha256), other
    assert looked_at(lab, written(lab, form, [a, new]), "2025-W51") == [None]
    assert looked_at(lab, written(lab, form, [c]), "2025-W51") == ["unreadable"]


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_what_malformed_lines_have_is_part_of_it(lab: Lab, form: str) -> None:
    made_of = written(lab, form, RECORDS)
    content = (lab.root / "f").read_text()
    digests = set()
    for line in ("no", "on", '{"no": [', '{"on": ['):
        lab.file("f", f"{content}{line}\n")
        digests.update(looked_at(lab, made_of, "2025-W51"))
    assert len(digests) == 4
    lab.load(made_of)
    assert lab.files()[0].sha256 in digests
    assert lab.anomalies()[-1][1]["raw"] == '{"on": ['


def test_numbers_that_are_rounded_are_told_from_those_that_are_not(lab: Lab) -> None:
    made_of = NdjsonSource(path="f", columns={}, malformed=MALFORMED, rows={"week": "id"})
    digests = set()
    for amount in ("1.5", "1.50000000000000000001"):  # of which DuckDB gives back the same text
        lab.file("f", f'{{"id": "2025-W51", "amount": {amount}}}\n')
        digests.update(looked_at(lab, made_of, "2025-W51", LONG))
    assert len(digests) == 2


SOME = sa.Table(
    "some",
    sa.MetaData(),
    *(TYPES.columns[name]._copy() for name in ("id", "day", "at", "text")),
)
TIMES = "id,day,at,text\n"
TIMED = [
    "1,2024-12-29,2024-12-29T23:59:59Z,NYSE\n",  # Sunday
    "2,2024-12-30,2024-12-30 00:00:00,NASDAQ\n",  # of 2025-W01
    "3,2024-12-31,2025-01-01 00:30:00+01:00,NYSE\n",  # in UTC still of 2024
    "4,2025-01-01,2025-01-01 00:00:00,NASDAQ\n",
    "5,2025-04-01,2025-04-01 12:00:00.5,NYSE\n",
]


@pytest.mark.parametrize("column", ["day", "at"])
@pytest.mark.parametrize(
    ("kind", "key", "there"),
    [
        (Date(), "2024-12-31", [3]),
        (Date(), "2025-01-02", []),
        (IsoWeek(), "2024-W52", [1]),
        (IsoWeek(), "2025-W01", [2, 3, 4]),
        (Month(), "2024-12", [1, 2, 3]),
        (Quarter(), "2025-Q1", [4]),
        (Quarter(), "2025-Q2", [5]),
        (Year(), "2024", [1, 2, 3]),
        (Year(), "2025", [4, 5]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_time_is_of_the_period_that_it_lies_in(
    lab: Lab, column: str, kind: Any, key: str, there: list[int]
) -> None:
    def digest(*content: str) -> str | None:
        lab.file("f", TIMES + "".join(content))
        made_of = source(columns={}, rows={"time": column})
        (found,) = looked_at(lab, made_of, key, SOME, Partitioning(time=kind))
        return found

    assert digest(*TIMED) == (digest(*(TIMED[number - 1] for number in there)) if there else None)


def test_several_dimensions_tell_together(lab: Lab) -> None:
    lab.file("f", TIMES + "".join(TIMED))
    partitions = Partitioning(market=Enum(values=("NYSE", "NASDAQ")), year=Year())
    made_of = source(columns={}, rows={"year": "at", "market": "text"})
    digests = {
        key: looked_at(lab, made_of, key, SOME, partitions)[0]
        for key in (
            f"market={market}/year={year}" for market in ("NYSE", "NASDAQ") for year in (2023, 2024, 2025)
        )
    }
    assert digests.pop("market=NYSE/year=2023") is digests.pop("market=NASDAQ/year=2023") is None
    assert None not in digests.values()
    assert len({*digests.values()}) == 4
    lab.file("f", TIMES + TIMED[4])
    assert looked_at(lab, made_of, "market=NYSE/year=2025", SOME, partitions) == [
        digests["market=NYSE/year=2025"]
    ]


def test_a_year_may_be_a_number_and_any_value_a_text(lab: Lab) -> None:
    lab.file("f", "id,day,at,text\n2024,2024-01-01,2024-01-01 00:00,2025-W01\n")
    for rows, key, kind in (({"t": "id"}, "2024", Year()), ({"t": "text"}, "2025-W01", IsoWeek())):
        (found,) = looked_at(lab, source(columns={}, rows=rows), key, SOME, Partitioning(t=kind))
        assert found is not None


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            {"week": "nothing"},
            "rows compare nothing with week: name a column of the stage's table and one of week",
        ),
        ({"day": "note"}, "rows compare note with day: name a column"),
        (
            {"week": "shares"},
            "rows compare shares with week, and no integer is one: name a date, a timestamp or a",
        ),
    ],
    ids=["no column", "no dimension", "no fit"],
)
def test_what_cannot_tell_is_refused(lab: Lab, rows: dict[str, str], said: str) -> None:
    lab.file("f", CONTENT)
    with pytest.raises(SourceError, match=said):
        lab.load(source(rows=rows))


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "packed"])
def test_both_ways_of_reading_find_the_same_rows(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, pack: Any
) -> None:
    plain = CONTENT.replace('"', "")
    lab.file("f", pack(plain.encode()))
    lab.load(source(), week="2025-W51")
    (quickly,) = lab.files()
    monkeypatch.setattr(csv_reader, "_read_plainly", lambda *_: False)
    assert looked_at(lab, source(), "2025-W51") == [quickly.sha256]


def test_a_line_break_further_on_changes_no_rows(lab: Lab) -> None:
    """With it a file is read in another way."""
    lab.file("f", f'{HEADER}A,X,1,2025-W51\n"B ""b""",X,2,2025-W51\n')
    (before,) = looked_at(lab, source(), "2025-W51")
    lab.file("f", f'{HEADER}A,X,1,2025-W51\n"B ""b""",X,2,2025-W51\n"C\nc",X,3,2025-W52\n\n')
    assert looked_at(lab, source(), "2025-W51") == [before]


def test_rows_are_the_same_for_every_database(lab: Lab) -> None:
    """Of decimals that SQLite cannot hold, too, which are malformed there."""
    lab.file("f", "id,amount\n2025-W51,1.5\n2025-W51,123456789012345678.25\n2025-W52,1\n")
    made_of = source(columns={}, rows={"week": "id"})
    with pytest.raises(SourceError, match="f has no rows of week 2025-W50"):
        lab.load(made_of, LONG, week="2025-W50")
    try:
        lab.load(made_of, LONG, week="2025-W51", checks=[Check("TWICE", unique=["id"], keep="last")])
    finally:
        assert lines(lab) == ([3] if lab.dialect == "sqlite" else [2])
    assert looked_at(lab, made_of, "2025-W51", LONG) == [lab.files()[0].sha256]


def test_the_order_of_the_file_decides_among_its_rows(lab: Lab) -> None:
    lab.file("f", f"{HEADER}A,X,1,2025-W50\nA,X,2,2025-W51\nA,X,3,2025-W52\nA,X,4,2025-W51\n")
    lab.load(source(), checks=[Check("TWICE", unique=["symbol"], keep="first")])
    assert lab.rows(VOLUME) == [("A", "X", 2, "2025-W51")]
    assert lines(lab) == [5]


def test_a_record_of_another_partition_is_no_reason_to_fail(lab: Lab) -> None:
    lab.file("f", CONTENT)
    lab.load(source(malformed=None), week="2025-W52")
    with pytest.raises(SourceError, match="f has 1 malformed line: line 9: its quote is never closed"):
        lab.load(source(malformed=None), week="2025-W51")
    lab.load(source(max_malformed_rate=0.4), week="2025-W51")
    with pytest.raises(SourceError, match="f has 4 malformed lines of 5, where max_rate allows 79"):
        lab.load(source(max_malformed_rate=0.79), week="2025-W50", stage="OTHER")


def test_malformed_records_alone_fail(lab: Lab) -> None:
    lab.file("f", f"{HEADER}A,X,1,2025-W50\nB,X,many,2025-W51\nC,X\n")
    with pytest.raises(
        SourceError, match="all that f has of week 2025-W51 is 2 malformed lines: line 3: shares"
    ):
        lab.load(source(), week="2025-W51")
    lab.file("f", f"{HEADER}A,X,1,\nC,X\n")
    with pytest.raises(SourceError, match="all that f has is 2 malformed lines: line 2: note: is NULL"):
        lab.load(source(), week="2025-W51")
    lab.file("f", HEADER)
    with pytest.raises(SourceError, match="f has no rows of week 2025-W51, by note: it has none at all"):
        lab.load(source(), week="2025-W51")


def test_a_file_of_one_column_has_no_rows_of_blank_lines(lab: Lab) -> None:
    lab.file("f", "class\n2025-W50\n\n2025-W51\n")
    table = sa.Table("one_column", sa.MetaData(), VOLUME.columns["symbol"]._copy())
    made_of = source(columns={"symbol": "class"}, rows={"week": "symbol"})
    (digest,) = looked_at(lab, made_of, "2025-W50", table)
    lab.file("f", "class\n2025-W50\n")
    assert looked_at(lab, made_of, "2025-W50", table) == [digest]


def test_of_several_files_each_has_its_rows(lab: Lab) -> None:
    made_of = source(path="f*")
    lab.file("f1", f"{HEADER}A,X,1,2025-W50\nB,X,2,2025-W51\nno\n")
    lab.file("f2", f"{HEADER}C,X,3,2025-W51\nno,line\nD,X,4,2025-W52\n")
    lab.file("f3", f"{HEADER}no\nE,X,5,2025-W52\n")
    lab.load(made_of, week="2025-W51")
    assert symbols(lab) == "BC"
    assert [(one["file"], one["line"]) for _, one in lab.anomalies()] == [("f1", 4), ("f2", 3)]
    seen = {one.path: one.sha256 for one in lab.files()}
    assert looked_at(lab, made_of, "2025-W51") == [seen["f1"], seen["f2"], None]
    lab.file("f4", f"{HEADER}no\n")
    with pytest.raises(SourceError, match="all that f4 has is 1 malformed line"):
        lab.load(made_of, week="2025-W51", stage="OTHER")
    lab.file("f4", HEADER)
    with pytest.raises(SourceError, match=r"f1 \(with 3 more\) has no rows of week 2025-W49"):
        lab.load(made_of, week="2025-W49", stage="OTHER")


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were read whole, one after the other."""
    read, real = [], reading.read_records

    def noted(*arguments: Any) -> Any:
        read.append(arguments[2].shown)
        return real(*arguments)

    monkeypatch.setattr(reading, "read_records", noted)
    return read


def test_a_file_is_read_once_for_all_its_partitions(lab: Lab, readings: list[str]) -> None:
    lab.file("f", CONTENT)
    stage = Stage("lab", "LOAD", "BRONZE", partitions=PARTITIONS, table=VOLUME, source=source())

    def look(known: FileSeen | None = None) -> list[FileSeen | None]:
        every = (PARTITIONS.parse(f"2025-W{number}") for number in range(10, 53))
        return [file.look(known) for one in every for file in stage.dependencies(one, lab.root).files]

    seen = look()
    assert (sum(one is not None for one in seen), readings) == (3, ["f"])
    assert look() == seen
    assert readings == ["f"]
    lab.file("f", CONTENT.replace("8,2025", "9,2025"))
    again = look()
    assert [one and one.sha256 for one in again[:-1]] == [one and one.sha256 for one in seen[:-1]]
    assert again[-1] != seen[-1]
    assert readings == ["f"] * 2
    assert [one for one in look(again[-1]) if one != again[-1]] == []
    assert readings == ["f"] * 2


def test_what_changes_while_it_is_looked_at_is_not_known(lab: Lab, after: After) -> None:
    lab.file("f", CONTENT)
    after(csv_reader, "scan_text_file", lambda: in_place(lab.root / "f", f"{CONTENT}I,X,9,2025-W52\n"))
    assert looked_at(lab, source(), "2025-W51") == [None]
    (digest,) = looked_at(lab, source(), "2025-W51")
    assert digest is not None


def test_a_file_that_cannot_be_read_as_declared_is_another(lab: Lab) -> None:
    lab.file("f", CONTENT)
    lab.load(source(), week="2025-W52")
    for content in ("other,names\n1,2\n", "", b"\xff\xfe", f"{HEADER}no\n"):
        lab.file("f", content)
        assert looked_at(lab, source(), "2025-W52") == ["unreadable"]
    assert looked_at(lab, source(rows={"week": "shares"}), "2025-W52") == ["unreadable"]
    (lab.root / "f").unlink()
    stage = Stage("lab", "LOAD", "BRONZE", partitions=PARTITIONS, table=VOLUME, source=source())
    (file,) = stage.dependencies(PARTITIONS.parse("2025-W52"), lab.root).files
    assert file.look(lab.files()[0]) is None
