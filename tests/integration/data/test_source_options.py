"""Files as their publishers send them: packed, encoded and spelled as the source declares."""

import bz2
import glob
import gzip
import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest
import zstandard

from spine import AnomalyCode, Check, CsvSource, FileColumn, NdjsonSource, ParquetSource, Partitioning, String
from spine.errors import RowRejectedError, SourceError
from tests.integration.data.lab import TYPES, VOLUME, Lab

MALFORMED = AnomalyCode("MALFORMED", severity="ERROR")
HEADER = "symbol,mpid,shares,note\n"
PLAIN = f"{HEADER}A,X,1,é\nB,Y,2,\n"
ROWS = [("A", "X", 1, "é"), ("B", "Y", 2, None)]


def source(**options: Any) -> CsvSource:
    usual: dict[str, Any] = {"path": "f", "columns": {}, "malformed": MALFORMED}
    return CsvSource(**(usual | options))


def malformed(lab: Lab) -> list[tuple[int, str, str]]:
    """Line, raw content and reason of every malformed record."""
    return [(one["line"], one["raw"], one["reason"]) for code, one in lab.anomalies() if code == "MALFORMED"]


def zipped(*members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("folder")
        for number, member in enumerate(members):
            archive.writestr(f"folder/{number}.csv", member)
    return packed.getvalue()


PACKED = {
    "gzip": gzip.compress(PLAIN.encode()),
    "several gzips": gzip.compress(PLAIN[:30].encode()) + gzip.compress(PLAIN[30:].encode()),
    "zstd": zstandard.compress(PLAIN.encode()),
    "bz2": bz2.compress(PLAIN.encode()),
    "zip": zipped(PLAIN.encode()),
}


@pytest.mark.parametrize("how", PACKED)
def test_a_packed_file_is_told_by_its_content(lab: Lab, how: str) -> None:
    lab.file("f", PACKED[how] if how != "gzip" else gzip.compress(PLAIN.encode() + b"C,Z,many,\n"))
    lab.load(source())
    assert lab.rows(VOLUME) == ROWS
    assert malformed(lab) == (
        [(4, "C,Z,many,", "shares: 'many' is not a 64-bit integer")] if how == "gzip" else []
    )
    (seen,) = lab.files()
    assert seen.size == (lab.root / "f").stat().st_size


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (PACKED["gzip"][:-9], "cannot be unpacked as gzip"),
        (PACKED["bz2"][:-9], "cannot be unpacked as bz2|ends in the middle|is empty"),
        (PACKED["gzip"][:12] + b"\xff\xff" + PACKED["gzip"][14:], "cannot be unpacked as gzip"),
        (
            zipped(PLAIN.encode(), b""),
            r"cannot be unpacked as zip: it has 2 members \(folder/0.csv, folder/1",
        ),
        (zipped(), "cannot be unpacked as zip: it has 0 members|is not UTF-8"),
        (b"PK\x03\x04 no zip", "cannot be unpacked as zip"),
        (gzip.compress(b""), "f is empty"),
    ],
    ids=["a gzip's end", "a bz2's end", "a gzip's middle", "two members", "no member", "no zip", "nothing"],
)
def test_one_that_cannot_be_unpacked_fails(lab: Lab, content: bytes, said: str) -> None:
    lab.file("f", content)
    with pytest.raises(SourceError, match=said):
        lab.load(source())


def test_a_text_that_begins_as_a_packed_file_does_is_a_text(lab: Lab) -> None:
    lab.file("f", "BZh9,mpid,shares,note\nA,X,1,\n")
    lab.load(source(columns={"symbol": "BZh9"}))
    assert lab.rows(VOLUME) == [("A", "X", 1, None)]
    lab.file("f", bz2.compress(b""))
    with pytest.raises(SourceError, match="f is empty"):
        lab.load(source())


def test_nothing_is_unpacked_where_it_is_not_wanted(lab: Lab) -> None:
    lab.file("f", PACKED["gzip"])
    with pytest.raises(SourceError, match="is not UTF-8"):
        lab.load(source(compression="none"))


@pytest.mark.parametrize(
    "encoding", ["latin-1", "cp1252", "utf-16", "utf-16-le", "utf-8-sig", "UTF8", "utf-32"]
)
@pytest.mark.parametrize("packed", [False, True])
def test_an_encoding_is_declared(lab: Lab, encoding: str, packed: bool) -> None:
    content = PLAIN.encode(encoding)
    lab.file("f", gzip.compress(content) if packed else content)
    lab.load(source(encoding=encoding))
    assert lab.rows(VOLUME) == ROWS


def test_what_is_not_in_the_encoding_fails(lab: Lab) -> None:
    lab.file("f", PLAIN.encode("latin-1"))
    with pytest.raises(SourceError, match=r"f is not ascii, as its source declares: .*0xe9"):
        lab.load(source(encoding="ascii"))


def test_texts_mean_null_in_all_columns_or_in_one(lab: Lab) -> None:
    lab.file("f", f"{HEADER}A,NA,1,NA\nNA,-,2,-\n- ,Y,3,n/a\n")
    spelled = {"note": FileColumn(name="note", null=["-", "n/a"])}
    lab.load(source(null=["NA."], columns=spelled))
    assert lab.rows(VOLUME) == [("- ", "Y", 3, None), ("A", "NA", 1, "NA"), ("NA", "-", 2, None)]


def test_a_text_that_means_null_is_none_in_a_required_column(lab: Lab) -> None:
    lab.file("f", f"{HEADER}A,X,1,NA\nNA,Y,2,\n")
    with pytest.raises(RowRejectedError, match="symbol"):
        lab.load(source(null=["NA"]))


def test_blanks_are_taken_off(lab: Lab) -> None:
    lab.file("f", f'{HEADER} A ,X\t, 1 ,  \n" B",Y,2,NA \n')
    lab.load(source(trim=True, null=["NA"]))
    assert lab.rows(VOLUME) == [("A", "X", 1, None), ("B", "Y", 2, None)]


TYPED = "id;text;whole;real;price;flag;day;at;doc\n"


def typed(
    lab: Lab, lines: dict[str, str], /, columns: dict[str, str | FileColumn], **options: Any
) -> list[Any]:
    """Of each line that names one column's text, the value that it came to; the reasons of the others."""
    names = TYPED.strip().split(";")
    rows = [
        ";".join({"id": str(number), column: text}.get(name, "") for name in names)
        for number, (text, column) in enumerate(lines.items())
    ]
    lab.file("f", TYPED + "".join(f"{row}\n" for row in [*rows, f"{len(rows)};;;;;;;;"]))
    lab.load(source(delimiter=";", columns=columns, **options), TYPES)
    values = {row[0]: row for row in lab.rows(TYPES)}
    wrong = {line - 2: reason for line, _, reason in malformed(lab)}
    return [
        wrong.get(number) or values[number][names.index(column)]
        for number, column in enumerate(lines.values())
    ]


def test_marks_in_numbers(lab: Lab) -> None:
    lines = {
        "1.234,5": "price",
        "-1.234.567,25": "price",
        "1234,5": "price",
        "1.234": "whole",
        "1234": "whole",
        "1,5e3": "real",
        "1.5": "price",
        "1.2345": "whole",
        "12.34,5": "price",
        ".123": "whole",
    }
    assert typed(lab, lines, {}, decimal=",", thousands=".") == [
        Decimal("1234.5"),
        Decimal("-1234567.25"),
        Decimal("1234.5"),
        1234,
        1234,
        1500.0,
        "price: '1.5' is not a decimal(12, 4)",
        "whole: '1.2345' is not a 64-bit integer",
        "price: '12.34,5' is not a decimal(12, 4)",
        "whole: '.123' is not a 64-bit integer",
    ]


def test_thousands_beside_a_point(lab: Lab) -> None:
    lines = {"1'234.5": "price", "1'23": "whole", "12'345'678": "whole", "1.5": "price", "'123": "whole"}
    assert typed(lab, lines, {}, thousands="'") == [
        Decimal("1234.5"),
        "whole: '1'23' is not a 64-bit integer",
        12345678,
        Decimal("1.5"),
        "whole: ''123' is not a 64-bit integer",
    ]


@pytest.mark.parametrize(
    ("how", "texts", "values"),
    [
        (
            "%d.%m.%Y",
            ["31.12.2025", "31.02.2025", "1.2.2025", "2025-12-31", "31.12.25", "31.12.2025 "],
            [date(2025, 12, 31), *[None] * 5],
        ),
        ("%Y%m%d", ["20250102", "20251301", "2025-01-02"], [date(2025, 1, 2), None, None]),
        ("%-d %b %y", ["1 Mar 25", "31 DEC 69", "01 Mar 25"], [date(2025, 3, 1), date(1969, 12, 31), None]),
        ("%B %d, %Y", ["March 01, 2025", "Mar 01, 2025"], [date(2025, 3, 1), None]),
    ],
)
def test_days_in_a_format(lab: Lab, how: str, texts: list[str], values: list[date | None]) -> None:
    found = typed(lab, dict.fromkeys(texts, "day"), {"day": FileColumn(name="day", format=how)})
    assert [one if isinstance(one, date) else None for one in found] == values
    for text, value in zip(texts, found, strict=True):
        assert isinstance(value, date) or value == f"day: '{text}' is not a date ({how})"


BERLIN = [
    ("30.03.2025 01:59", "2025-03-30T00:59"),
    ("30.03.2025 02:30", None),  # the clocks were set from 02:00 to 03:00
    ("30.03.2025 03:00", "2025-03-30T01:00"),
    ("26.10.2025 02:30", "2025-10-26T01:30"),  # it came twice
]


@pytest.mark.parametrize(
    ("column", "texts"),
    [
        ({"format": "%d.%m.%Y %H:%M", "zone": "Europe/Berlin"}, BERLIN),
        (
            {"format": "%d.%m.%Y %H:%M"},
            [("30.03.2025 02:30", "2025-03-30T02:30"), ("2025-03-30 02:30", None)],
        ),
        ({"format": "%Y%m%dT%H%M%S%z"}, [("20250330T020000+0200", "2025-03-30T00:00")]),
        ({"format": "%m/%d/%Y %I:%M:%S.%f %p"}, [("01/02/2025 12:00:00.5 PM", "2025-01-02T12:00:00.500000")]),
        (
            {"zone": "America/New_York"},
            [
                ("2025-01-02 09:30:00", "2025-01-02T14:30"),
                ("2025-01-02T09:30Z", "2025-01-02T09:30"),
                ("2025-03-09 02:30:00", None),
            ],
        ),
    ],
)
def test_instants_in_a_format_and_a_zone(
    lab: Lab, column: dict[str, str], texts: list[tuple[str, str | None]]
) -> None:
    found = typed(lab, {text: "at" for text, _ in texts}, {"at": FileColumn(name="at", **column)})
    assert [one if isinstance(one, datetime) else None for one in found] == [
        None if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC) for _, value in texts
    ]


def test_the_words_of_a_boolean(lab: Lab) -> None:
    words = FileColumn(name="flag", true_values=["J", "ja."], false_values=["N"])
    assert typed(lab, dict.fromkeys(["J", "N", "ja.", "jax", "true"], "flag"), {"flag": words}) == [
        True,
        False,
        True,
        "flag: 'jax' is not a boolean (J, ja. or N)",
        "flag: 'true' is not a boolean (J, ja. or N)",
    ]


def test_lines_before_the_header_are_skipped(lab: Lab) -> None:
    lab.file("f", f'Published "late\n\n{HEADER}A,X,1,\nB,Y,two,\n')
    lab.load(source(skip_lines=2))
    assert lab.rows(VOLUME) == [("A", "X", 1, None)]
    assert malformed(lab) == [(5, "B,Y,two,", "shares: 'two' is not a 64-bit integer")]


def test_so_they_are_before_one_that_is_split_with_care(lab: Lab) -> None:
    lab.file("f", f'Published "late\nAs of,now\n{HEADER}A,X,1,"a\nb"\nB,Y,2\n')
    lab.load(source(skip_lines=2))
    assert lab.rows(VOLUME) == [("A", "X", 1, "a\nb")]
    assert [line for line, *_ in malformed(lab)] == [6]


def test_without_a_header_columns_are_found_by_their_place(lab: Lab) -> None:
    lab.file("f", "1,x,A,é,X\n2,x,B,,Y\n3,x\n")
    lab.load(source(header=False, columns={"symbol": "3", "mpid": "5", "shares": "1", "note": "4"}))
    assert lab.rows(VOLUME) == ROWS
    assert malformed(lab) == [(3, "3,x", "it has 2 fields, the first line 5")]
    with pytest.raises(SourceError, match="'6' is missing, which note is read from"):
        lab.load(source(header=False, columns={"symbol": "3", "mpid": "5", "shares": "1", "note": "6"}))


def test_a_quote_behind_an_escape(lab: Lab) -> None:
    lab.file("f", f'{HEADER}A,X,1,"a \\" b, c"\nB,Y,2,"\\\\"\nC,Z,3,"a\\\nb"\n')
    lab.load(source(escape="\\"))
    assert [row[3] for row in lab.rows(VOLUME)] == ['a " b, c', "\\", "a\nb"]


@pytest.mark.parametrize("text", ["B,Y,2,", "B,Y,2,last"])
def test_a_last_line_without_a_newline_is_a_row_where_it_parses(lab: Lab, text: str) -> None:
    lab.file("f", f"{HEADER}A,X,1,\n{text}")
    lab.load(source())
    assert [row[0] for row in lab.rows(VOLUME)] == ["A", "B"]
    with pytest.raises(
        SourceError, match="ends in the middle of line 3, without a newline: it looks truncated"
    ):
        lab.load(source(final_newline="required"))


@pytest.mark.parametrize("text", ["B,Y", "B,Y,2x,", 'B,Y,2,"begun', 'B,Y,2,"begun\nC,Z,3,'])
def test_one_that_does_not_parse_means_that_the_file_is_truncated(lab: Lab, text: str) -> None:
    lab.file("f", f"{HEADER}A,X,1,\n{text}")
    with pytest.raises(
        SourceError, match=r"ends in the middle of line \d, without a newline, and line 3 does"
    ):
        lab.load(source())
    lab.file("f", f"{HEADER}A,X,1,\n{text}\n")
    lab.load(source())


def test_json_lines_are_packed_and_spelled_too(lab: Lab) -> None:
    lines = [
        '{"symbol": "A", "mpid": " X", "shares": "1.000", "note": "NA"}',
        '{"symbol": "B", "mpid": "Y", "sha',
    ]
    lab.file("f", gzip.compress(f"{lines[0]}\n".encode("utf-16")))
    options: dict[str, Any] = {"path": "f", "columns": {}, "malformed": MALFORMED, "encoding": "utf-16"}
    declared = NdjsonSource(**options, null=["NA"], thousands=".", trim=True)
    lab.load(declared)
    assert lab.rows(VOLUME) == [("A", "X", 1000, None)]
    lab.file("f", "\n".join(lines).encode("utf-16"))
    with pytest.raises(SourceError, match="line 2 does not parse"):
        lab.load(declared)


@pytest.mark.parametrize(
    ("rate", "wrong", "said"),
    [
        (None, 3, "all that f has is 3 malformed lines: line 2: .* Is it the right file"),
        (0.5, 3, "all that f has is 3 malformed lines: line 2: .* Is it the right file"),
        (0.5, 2, "f has 2 malformed lines of 3, where max_rate allows 50.00%"),
        (0.5, 1, None),
        (None, 2, None),
        (0.0, 1, "f has 1 malformed line of 3, where max_rate allows 0.00%"),
    ],
)
def test_too_many_malformed_lines_fail_the_stage(
    lab: Lab, rate: float | None, wrong: int, said: str | None
) -> None:
    lines = [f"{'ABC'[n]},X,{'one' if n < wrong else n},\n" for n in range(3)]
    lab.file("f", HEADER + "".join(lines))
    declared = source(max_malformed_rate=rate)
    if said is None:
        assert lab.load(declared).row_count == 3 - wrong
    else:
        with pytest.raises(SourceError, match=said):
            lab.load(declared)
    assert len(malformed(lab)) == wrong


def test_every_file_that_matches_is_read_in_the_order_of_names(lab: Lab) -> None:
    lab.file("f-10.csv", f"{HEADER}C,Z,3,last\n")
    lab.file("f-2.csv", gzip.compress(b"shares,note,mpid,symbol\n1,first,X,A\nmany,,X,B\n"))
    lab.file("f-[1].csv", f'{HEADER}B,Y,two,\nB,Y,2,"a\nb"\n')
    lab.file("f-hidden.txt", "no")
    (lab.root / "f-0.csv").mkdir()
    lab.load(source(path="f-*.csv"))
    assert lab.rows(VOLUME) == [("A", "X", 1, "first"), ("B", "Y", 2, "a\nb"), ("C", "Z", 3, "last")]
    assert [seen.path for seen in lab.files()] == ["f-10.csv", "f-2.csv", "f-[1].csv"]
    found = [(one["file"], one["line"], one["raw"]) for _, one in lab.anomalies()]
    assert found == [("f-2.csv", 3, "many,,X,B"), ("f-[1].csv", 2, "B,Y,two,")]


def test_rows_of_several_files_are_told_with_their_file(lab: Lab) -> None:
    lab.file("a.csv", f"{HEADER}A,X,1,\nB,Y,2,\n")
    lab.file("b.csv", f"{HEADER}C,Z,3,\nA,X,4,\n")
    with pytest.raises(RowRejectedError, match=r"line 2 of a\.csv.*line 3 of b\.csv"):
        lab.load(source(path="?.csv"))
    lab.file("b.csv", f"{HEADER}C,Z,3,\nD,X,many,\n")
    with pytest.raises(
        SourceError, match=r"a\.csv \(with 1 more\) has 1 malformed line: line 3 of b\.csv: shares"
    ):
        lab.load(source(path="?.csv", malformed=None))
    checks = [Check("ODD", when="shares <> 2", action="drop", max_rate=1.0)]
    lab.load(source(path="?.csv"), checks=checks)
    assert lab.rows(VOLUME) == [("B", "Y", 2, None)]
    found = [(one["file"], one["line"], one["raw"]) for code, one in lab.anomalies() if code == "ODD"]
    assert found == [("a.csv", 2, "A,X,1,"), ("b.csv", 2, "C,Z,3,")]
    lab.file("b.csv", f"{HEADER}C,Z,many,\n")
    with pytest.raises(SourceError, match=r"all that b\.csv has is 1 malformed line: line 2 of b\.csv"):
        lab.load(source(path="?.csv"))


def test_there_must_be_as_many_files_as_declared(lab: Lab) -> None:
    with pytest.raises(SourceError, match=r"no file matches f-\*\.csv for partition 2025-W51 \(data root"):
        lab.load(source(path="f-*.csv"))
    lab.file("f-1.csv", f"{HEADER}A,X,1,\n")
    with pytest.raises(SourceError, match=r"1 of at least 2 files match f-\*\.csv .*: f-1\.csv\. Fetch"):
        lab.load(source(path="f-*.csv", at_least=2))
    with pytest.raises(SourceError, match="leads outside the data root"):
        lab.load(source(path="../*.csv"))


def test_the_signs_of_a_pattern_stand_for_themselves_in_a_value() -> None:
    partitioning = Partitioning(name=String(pattern=".*"))
    (partition,) = [partitioning.parse("a*")]
    assert partition.expand("[{name}]*", quoted=glob.escape) == "[a[*]]*"


@pytest.mark.parametrize("kind", ["parquet", "ndjson"])
def test_several_files_of_other_formats(lab: Lab, kind: str) -> None:
    for number, symbol in enumerate("AB"):
        row = f"SELECT '{symbol}' AS symbol, 'X' AS mpid, {number} AS shares, 'n' AS note"
        into = f"COPY ({row}) TO '{lab.root / f'f{number}'}' (FORMAT {'json' if kind == 'ndjson' else kind})"
        duckdb.sql(into)
    declared = (ParquetSource if kind == "parquet" else NdjsonSource)(path="f?", columns={})
    lab.load(declared)
    assert [row[0] for row in lab.rows(VOLUME)] == ["A", "B"]
