"""JSON documents and Excel workbooks: an array's objects, and a sheet's rows."""

import gzip
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from spine import AnomalyCode, Check, FileColumn, JsonSource, XlsxSource
from spine.errors import SourceError
from tests.integration.data.lab import TYPES, VOLUME, Lab

MALFORMED = AnomalyCode("MALFORMED", severity="ERROR")
OBJECTS = [
    {"symbol": "A", "mpid": "X", "shares": 1, "note": "é", "more": {"x": [1, {}]}},
    {"symbol": "B", "mpid": "Y", "shares": "2", "note": None},
]
ROWS = [("A", "X", 1, "é"), ("B", "Y", 2, None)]


def malformed(lab: Lab) -> list[tuple[int, Any, str]]:
    """Row number, raw content and reason of every malformed record."""
    found = [one for code, one in lab.anomalies() if code == "MALFORMED"]
    return [(one["row_number"], one["raw"], one["reason"]) for one in found]


def of_json(**options: Any) -> JsonSource:
    usual: dict[str, Any] = {"path": "f", "columns": {}, "malformed": MALFORMED}
    return JsonSource(**(usual | options))


def of_xlsx(**options: Any) -> XlsxSource:
    usual: dict[str, Any] = {"path": "f", "columns": {}, "malformed": MALFORMED}
    return XlsxSource(**(usual | options))


@pytest.mark.parametrize(
    ("document", "records"),
    [
        (OBJECTS, ""),
        ({"count": 2, "data": {"note": [1], "rows": OBJECTS, "after": {"rows": [{}]}}}, "data.rows"),
        ({"item": {"item": 1}, "rows": OBJECTS}, "rows"),
    ],
)
def test_an_array_is_found_where_it_is(lab: Lab, document: Any, records: str) -> None:
    lab.file("f", json.dumps(document, indent=2))
    lab.load(of_json(records=records))
    assert lab.rows(VOLUME) == ROWS


def test_a_document_may_be_packed_and_encoded(lab: Lab) -> None:
    lab.file("f", gzip.compress(json.dumps(OBJECTS, ensure_ascii=False).encode("utf-16")))
    lab.load(of_json(encoding="utf-16", columns={"note": FileColumn(name="note", null=["é"])}))
    assert [row[3] for row in lab.rows(VOLUME)] == [None, None]


def test_numbers_are_what_the_document_has(lab: Lab) -> None:
    lab.file(
        "f",
        '\ufeff[{"id": 1, "price": 12345678.1234, "real": 1.5e-3, "whole": -9223372036854775808}]',
    )
    lab.load(of_json(), TYPES)
    assert lab.rows(TYPES)[0][2:5] == (-(2**63), 0.0015, Decimal("12345678.1234"))


def test_what_does_not_convert_is_malformed_with_its_number(lab: Lab) -> None:
    odd = [{"symbol": "C", "mpid": "Z", "shares": 1.5}, 7, [OBJECTS[0]], {"symbol": "D" * 2_000_000}]
    lab.file("f", json.dumps([OBJECTS[0], *odd, OBJECTS[1]]))
    lab.load(of_json())
    assert lab.rows(VOLUME) == ROWS
    found = malformed(lab)
    assert [number for number, _, _ in found] == [2, 3, 4, 5]
    assert [raw for _, raw, _ in found] == [*odd[:3], None]
    assert [reason for _, _, reason in found] == [
        "shares: '1.5' is not a 64-bit integer",
        "it is no JSON object",
        "it is no JSON object",
        "the row is longer than 2000000 bytes",
    ]


@pytest.mark.parametrize(
    ("text", "records", "said"),
    [
        ('[{"symbol": "A", ', "", "f is not JSON: premature EOF"),
        ('[{"symbol": NaN}]', "", "f is not JSON: lexical error"),
        ('{"data": {"rows": 1}}', "data.rows", "f has no array at records: data.rows"),
        ('{"rows": []}', "", "f has no array at its top"),
        ("", "", "f is empty"),
    ],
)
def test_a_document_that_is_none_fails(lab: Lab, text: str, records: str, said: str) -> None:
    lab.file("f", text)
    with pytest.raises(SourceError, match=said):
        lab.load(of_json(records=records))


def test_an_empty_array_has_no_rows(lab: Lab) -> None:
    lab.file("f", "[]")
    assert lab.load(of_json()).row_count == 0


def workbook(**sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


HEADER = ["symbol", "mpid", "shares", "note"]


def test_a_sheet_has_a_header_and_rows(lab: Lab) -> None:
    rows: list[list[Any]] = [
        ["Report", None],
        [None],
        HEADER,
        ["A", "X", 1, "é"],
        [None] * 4,
        ["B", "Y", "2"],
        ["C", "Z", 1.5],
    ]
    lab.file("f", workbook(first=[["x"]], data=rows))
    lab.load(of_xlsx(sheet="data", skip_rows=2))
    assert lab.rows(VOLUME) == ROWS
    assert malformed(lab) == [(7, ["C", "Z", "1.5", None], "shares: '1.5' is not a 64-bit integer")]


def test_rows_are_numbered_as_excel_shows_them(lab: Lab) -> None:
    rows: list[list[Any]] = [[], [], [None, *HEADER], [None, "A", "X", 1, "é"], [None, "B", "Y", "two"]]
    lab.file("f", workbook(s=rows))
    lab.load(of_xlsx())
    assert lab.rows(VOLUME) == ROWS[:1]
    assert [number for number, *_ in malformed(lab)] == [5]
    lab.load(
        of_xlsx(header=False, skip_rows=3, columns={"symbol": "2", "mpid": "3", "shares": "4", "note": "5"})
    )


def test_every_kind_of_cell(lab: Lab) -> None:
    day, at = date(2025, 12, 31), datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC)
    header = ["id", "text", "whole", "real", "price", "flag", "day", "at", "doc"]
    lab.file(
        "f",
        workbook(
            s=[
                header,
                [1, "=a", 10**14, 0.1 + 0.2, 1234.5678, True, day, at.replace(tzinfo=None), "[1]"],
                [2, 7],
            ]
        ),
    )
    lab.load(of_xlsx(null=["=a"]), TYPES)
    assert malformed(lab) == []
    assert lab.rows(TYPES) == [
        (1, None, 10**14, 0.3, Decimal("1234.5678"), True, day, at, [1]),
        (2, "7", *[None] * 7),
    ]


def test_a_sheet_without_a_header(lab: Lab) -> None:
    lab.file("f", workbook(s=[["A", 1, "X", "é"], ["B", 2, "Y", None]]))
    lab.load(of_xlsx(header=False, columns={"symbol": "1", "mpid": "3", "shares": "2", "note": "4"}))
    assert lab.rows(VOLUME) == ROWS


@pytest.mark.parametrize(
    ("content", "sheet", "said"),
    [
        (workbook(s=[["x"]]), "t", "f has no sheet 't', but 's': correct the source's sheet"),
        (workbook(s=[["x"]]), "", "f has the wrong columns"),
        (workbook(s=[]), "", "f has nothing but empty rows"),
        (b"a,b\n", "", "f cannot be read as an Excel workbook"),
    ],
    ids=["another sheet", "other columns", "no rows", "no workbook"],
)
def test_a_workbook_that_is_not_as_declared_fails(lab: Lab, content: bytes, sheet: str, said: str) -> None:
    lab.file("f", content)
    with pytest.raises(SourceError, match=said):
        lab.load(of_xlsx(sheet=sheet))


def test_a_row_that_a_check_finds_is_told_with_its_number(lab: Lab) -> None:
    lab.file("f", json.dumps(OBJECTS))
    lab.load(of_json(), checks=[Check("ODD", when="shares = 2", action="drop")])
    (context,) = [context for code, context in lab.anomalies() if code == "ODD"]
    row = {"symbol": "B", "mpid": "Y", "shares": 2, "note": None}
    assert context == {"file": "f", "row_number": 2, "row": row, "raw": row}
