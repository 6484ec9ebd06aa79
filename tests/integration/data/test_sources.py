"""Source files: what is read, what is malformed with which line, and what is refused as a whole."""

import csv
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa

from spine import AnomalyCode, Check, CsvSource, NdjsonSource, ParquetSource
from spine.core.types import Decimal as DecimalType
from spine.core.types import Json, UtcTimestamp
from spine.errors import CheckFailedError, RowRejectedError, SourceError
from tests.integration.data.lab import TYPES, VOLUME, Lab

MALFORMED = AnomalyCode("MALFORMED", severity="ERROR")
CSV = CsvSource(path="f.csv", columns={}, malformed=MALFORMED)
HEADER = "symbol,mpid,shares,note\n"
TYPES_HEADER = "id,text,whole,real,price,flag,day,at,doc\n"


def malformed(lab: Lab) -> list[tuple[int, str, str]]:
    """Line, raw content and reason of every malformed record."""
    found = [context for code, context in lab.anomalies() if code == "MALFORMED"]
    return [(one["line"], one["raw"], one["reason"]) for one in found]


def test_columns_are_found_by_name_and_extra_ones_left_out(lab: Lab) -> None:
    lab.file("f.csv", "x|vol|MPID|issue|n\n1|5|X|A|\n2|-7|Y|B|é\n")
    names = {"symbol": "issue", "mpid": "MPID", "shares": "vol", "note": "n"}
    assert lab.load(CsvSource(path="f.csv", columns=names, delimiter="|")).row_count == 2
    assert lab.rows(VOLUME) == [("A", "X", 5, None), ("B", "Y", -7, "é")]


def test_every_type_is_converted(lab: Lab) -> None:
    lab.file(
        "f.csv",
        TYPES_HEADER
        + '1,"a ""b"", c",-9223372036854775808,-1.5e-3,-12345678.1234,TRUE,0999-01-02,'
        + "2025-12-31T23:59:59.9+01:00,"
        + '"{""a"": [1, ""NaN,]""]}"\n'
        + "2,,+007,.5,1.50000,n,2024-02-29,2025-12-31 23:59,null\n"
        + "3,,,,,,,,\n"
        + '4,"","","","","","","",""\n',
    )
    lab.load(CSV, TYPES)
    assert malformed(lab) == []
    assert lab.rows(TYPES) == [
        (
            1,
            'a "b", c',
            -(2**63),
            -0.0015,
            Decimal("-12345678.1234"),
            True,
            date(999, 1, 2),
            datetime(2025, 12, 31, 22, 59, 59, 900000, tzinfo=UTC),
            {"a": [1, "NaN,]"]},
        ),
        (
            2,
            None,
            7,
            0.5,
            Decimal("1.5000"),
            False,
            date(2024, 2, 29),
            datetime(2025, 12, 31, 23, 59, tzinfo=UTC),
            None,
        ),
        (3, *[None] * 8),
        (4, *[None] * 8),
    ]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("whole", ["1.0", " 7", "7 ", "1e3", "0x10", "1_000", "9223372036854775808", "--1", "+", "\u0661"]),
        ("real", ["nan", "inf", "1e999", "1_0", " 1", "0x1p3", "1e", "."]),
        ("price", ["1.23456", "1e3", "123456789", "NaN", "1_0", " 1", "1.2.3", "."]),
        ("flag", ["2", "on", "tru", " t"]),
        (
            "day",
            [
                "2025-2-1",
                "2025-02-30",
                "2025/02/01",
                "epoch",
                "infinity",
                "20250201",
                "0000-01-01",
                "2025-02-01 ",
            ],
        ),
        (
            "at",
            [
                "2025-02-01",
                "2025-02-01T24:00:00",
                "2025-02-01 10:00:60",
                "2025-02-01 10:00 America/New_York",
                "2025-02-01 10:00:00.1234567",
                "9999-12-31T23:59:59-01:00",
                "2025-02-01T10:00:00+25:00",
                "now",
            ],
        ),
        ("doc", ["{a:1}", "NaN", "[1;]", "//", "{", "[-Infinity]", "1e309", "[2E-5000]"]),
        ("text", ["a\0b"]),
    ],
)
def test_what_duckdb_would_bend_into_shape_is_malformed(lab: Lab, column: str, values: list[str]) -> None:
    names = TYPES_HEADER.strip().split(",")
    lines = [
        ",".join(value if name == column else str(number) if name == "id" else "" for name in names)
        for number, value in enumerate(values)
    ]
    lab.file("f.csv", TYPES_HEADER + "".join(f"{line}\n" for line in [*lines, "99,,,,,,,,"]))
    lab.load(CSV, TYPES)
    assert [row[0] for row in lab.rows(TYPES)] == [99]
    found = malformed(lab)
    assert [line for line, _, _ in found] == list(range(2, len(values) + 2))
    assert [raw for _, raw, _ in found] == [line.replace("\0", "\\x00") for line in lines]
    for (_, _, reason), value in zip(found, values, strict=True):
        shown = value.replace("\0", "\\x00")
        assert reason.startswith(f"{column}: '{shown}' is not "), reason


def test_json_with_a_comma_too_many_is_malformed(lab: Lab) -> None:
    lab.file("f.csv", TYPES_HEADER.replace(",", "|") + "1||||||||[1,]\n2||||||||[1]\n")
    lab.load(CsvSource(path="f.csv", columns={}, delimiter="|", malformed=MALFORMED), TYPES)
    assert [line for line, _, _ in malformed(lab)] == [2]
    assert lab.rows(TYPES)[0][-1] == [1]


def test_a_malformed_line_names_every_column_and_value(lab: Lab) -> None:
    source = CsvSource(path="f.csv", columns={"shares": "volume"}, malformed=MALFORMED)
    lab.file("f.csv", "symbol,mpid,volume,note\nA,X,1.5,\n" + "B,Y,1,\n")
    lab.load(source)
    assert malformed(lab) == [(2, "A,X,1.5,", "shares (volume): '1.5' is not a 64-bit integer")]
    with lab.tracking.read() as connection:
        row = connection.exec_driver_sql("SELECT message, severity FROM core_anomalies").one()
    assert tuple(row) == ("line 2: shares (volume): '1.5' is not a 64-bit integer", "ERROR")


PLAIN = HEADER + "A,X,1,\nB\nC,X,x,\nD,X,1,2,3\nE,X,2,é\n"
QUOTED = HEADER + '"A","X",1,"two\nlines"\n\nB\nC,X,"1",\n"D,X,2,\nE,X,"3"x,\nF,X,x,"a\n\nb"\nG,X,4,\n'


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_lines_of_a_plain_file(lab: Lab, newline: str, mark: str) -> None:
    lab.file("f.csv", (mark + PLAIN).replace("\n", newline))
    assert lab.load(CSV).row_count == 2
    assert lab.rows(VOLUME) == [("A", "X", 1, None), ("E", "X", 2, "é")]
    assert malformed(lab) == [
        (3, "B", "it has 1 fields, the header 4"),
        (4, "C,X,x,", "shares: 'x' is not a 64-bit integer"),
        (5, "D,X,1,2,3", "it has 5 fields, the header 4"),
    ]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_one_bad_quote_costs_one_line(lab: Lab, newline: str) -> None:
    lab.file("f.csv", QUOTED.replace("\n", newline))
    lab.load(CSV)
    assert [(row[0], row[3]) for row in lab.rows(VOLUME)] == [
        ("A", f"two{newline}lines"),
        ("C", None),
        ("G", None),
    ]
    assert [(line, raw) for line, raw, _ in malformed(lab)] == [
        (5, "B"),
        (7, '"D,X,2,'),
        (8, 'E,X,"3"x,'),
        (9, f'F,X,x,"a{newline}{newline}b"'),
    ]


def test_dropped_rows_are_kept_whole_with_their_line(lab: Lab) -> None:
    lab.file("f.csv", HEADER + "B\n,X,5,why\nA,X,-1,\nA,X,2,\n")
    checks = (
        Check("NO_SYMBOL", when="symbol IS NULL", action="drop"),
        Check("NEGATIVE", when="shares < 0", action="drop"),
        Check("SMALL", when="shares < 6", action="record"),
    )
    assert lab.load(CSV, checks=checks).row_count == 1
    found = lab.anomalies()
    assert [code for code, _ in found] == ["MALFORMED", "NO_SYMBOL", "NEGATIVE", "SMALL", "SMALL", "SMALL"]
    assert found[1][1] == {
        "file": "f.csv",
        "line": 3,
        "row": {"symbol": None, "mpid": "X", "shares": 5, "note": "why"},
        "raw": ",X,5,why",
    }
    assert [context["line"] for code, context in found if code == "SMALL"] == [3, 4, 5]


def test_a_files_rows_are_checked_by_the_text_for_duckdb(lab: Lab) -> None:
    lab.file("f.csv", HEADER + "A,X,1,\nB,X,2,\n")
    when = {"written": "symbol ILIKE 'a'", "duckdb": "translate(symbol, 'A', 'a') LIKE 'a'"}
    assert lab.load(CSV, checks=(Check("ODD", when=when, action="drop"),)).row_count == 1


def test_a_failing_check_records_all_its_rows_and_leaves_the_table_as_it_was(lab: Lab) -> None:
    lab.file("f.csv", HEADER + "A,X,1,\n")
    lab.load(CSV)
    lab.file("f.csv", HEADER + "".join(f"S{number},X,{-number},\n" for number in range(5)))
    checks = (Check("NEGATIVE", when="shares < 0", action="fail"), Check("ANY", when="shares <= 0"))
    with pytest.raises(
        CheckFailedError, match=r"NEGATIVE found 4 of 5 rows \(shares < 0\): line 3 .* and 1 more"
    ):
        lab.load(CSV, checks=checks, week="2025-W52")
    assert lab.rows(VOLUME) == [("A", "X", 1, None)]
    assert [code for code, _ in lab.anomalies()] == ["NEGATIVE"] * 4 + ["ANY"] * 5
    assert [status for _, status, _, _ in lab.captures()] == ["COMPLETE", "FAILED"]


@pytest.mark.parametrize(("rate", "fails"), [(0.4, False), (0.39, True), (0, True)])
def test_max_rate_is_a_share_of_the_rows_that_checks_see(lab: Lab, rate: float, fails: bool) -> None:
    lab.file("f.csv", HEADER + "bad\n" + "".join(f"S{number},X,{number},\n" for number in range(5)))
    checks = (Check("SMALL", when="shares < 2", action="drop", max_rate=rate),)
    if not fails:
        assert lab.load(CSV, checks=checks).row_count == 3
        return
    with pytest.raises(
        CheckFailedError, match=f"SMALL found 2 of 5 rows .*, more than its max_rate of {rate}"
    ):
        lab.load(CSV, checks=checks)
    assert lab.rows(VOLUME) == []
    assert [code for code, _ in lab.anomalies()] == ["MALFORMED", "SMALL", "SMALL"]


@pytest.mark.parametrize(("rate", "matched"), [(0.29, 29), (0.57, 57), (0.07, 7), (1, 100)])
def test_max_rate_itself_is_not_past_it(lab: Lab, rate: float, matched: int) -> None:
    def content(low: int) -> str:
        return HEADER + "".join(f"S{number},X,{int(number >= low)},\n" for number in range(100))

    checks = (Check("LOW", when="shares = 0", max_rate=rate),)
    lab.file("f.csv", content(matched))
    assert lab.load(CSV, checks=checks).row_count == 100
    if matched < 100:
        lab.file("f.csv", content(matched + 1))
        with pytest.raises(CheckFailedError, match=f"more than its max_rate of {rate}"):
            lab.load(CSV, checks=checks, week="2025-W52")


def test_a_key_too_long_for_the_index_is_refused_or_kept_whole(lab: Lab) -> None:
    symbol = "".join(f"{number:x}" for number in range(9000))
    lab.file("f.csv", HEADER + f"{symbol},X,1,\n")
    if lab.dialect == "sqlite":
        assert lab.load(CSV).row_count == 1
        return
    with pytest.raises(RowRejectedError, match="the rows of volume cannot be written: index row"):
        lab.load(CSV)


def test_a_null_that_no_check_dropped_names_its_line(lab: Lab) -> None:
    lab.file("f.csv", HEADER + "A,X,1,\n,Y,2,n\n")
    with pytest.raises(
        RowRejectedError,
        match=r"volume takes no NULL in symbol \(1 rows\); the first such row is line 3 of f\.csv "
        r"\(symbol=NULL, mpid='Y', shares=2, note='n'\)\. Declare the column nullable: true, or add a check",
    ) as caught:
        lab.load(CSV)
    assert caught.value.row == {"symbol": None, "mpid": "Y", "shares": 2, "note": "n"}
    assert lab.rows(VOLUME) == []


def test_a_repeated_key_names_its_lines(lab: Lab) -> None:
    lab.file("f.csv", HEADER + "A,X,1,\nB,X,2,\nbad\nA,X,3,\n")
    with pytest.raises(
        RowRejectedError,
        match=r"2 rows have the same key \(symbol='A', mpid='X'\) of volume "
        r"\(line 2 of f\.csv, line 5 of f\.csv\)",
    ):
        lab.load(CSV)
    assert lab.rows(VOLUME) == []
    assert [code for code, _ in lab.anomalies()] == ["MALFORMED"]
    second = Check("SECOND", when="symbol = 'A' AND shares = 3", action="drop")
    assert lab.load(CSV, checks=(second,)).row_count == 2


def test_without_a_code_malformed_lines_fail_the_stage(lab: Lab) -> None:
    lab.file("f.csv", HEADER + "x\n" * 5)
    with pytest.raises(
        SourceError, match=r"f\.csv has 5 malformed lines: line 2: .*; line 4: .*; and 2 more"
    ):
        lab.load(CsvSource(path="f.csv", columns={}))


def test_a_header_alone_is_no_rows(lab: Lab) -> None:
    lab.file("f.csv", HEADER)
    assert lab.load(CSV).row_count == 0
    assert lab.captures() == [("LOAD", "COMPLETE", 0, None)]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"\n\n", "nothing but blank lines"),
        (HEADER.encode() + b"A,X,1,\nB,X", "ends in the middle of line 3"),
        (HEADER.encode() + b"A,X,1,\xe9\n", "is not UTF-8: line 2 has the byte 0xe9"),
        (HEADER.encode() + b"A,X,1,\xc3", "is not UTF-8: line 2"),
        (b"\xff\xfes\0y\0", "is not UTF-8: line 1 has the byte 0xff"),
        (b"symbol,MPID,shares,note\n", "'mpid' is missing.*near: 'MPID'"),
        (b"symbol,mpid,shares,note,symbol\n", "'symbol' is there 2 times"),
        (b'symbol,"mpid\n', "the header of f.csv does not parse"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_fails_as_a_whole(lab: Lab, content: bytes, reason: str) -> None:
    lab.file("f.csv", HEADER + "A,X,1,\n")
    lab.load(CSV)
    lab.file("f.csv", content)
    with pytest.raises(SourceError, match=f"f\\.csv.*{reason}|{reason}"):
        lab.load(CSV, week="2025-W52")
    assert lab.rows(VOLUME) == [("A", "X", 1, None)]
    _, status, rows, error = lab.captures()[-1]
    assert (status, rows) == ("FAILED", None)
    assert "f.csv" in (error or "")


def test_a_missing_final_newline_may_be_declared(lab: Lab) -> None:
    lab.file("f.csv", HEADER + "A,X,1,\nB,X,2,")
    assert lab.load(CsvSource(path="f.csv", columns={}, final_newline="optional")).row_count == 2


@pytest.mark.parametrize("path", ["../out.csv", "/etc/passwd", "a/../../out.csv", "missing.csv", "."])
def test_a_path_stays_below_the_data_root(lab: Lab, path: str) -> None:
    (lab.root.parent / "out.csv").write_text(HEADER)
    with pytest.raises(SourceError, match="leads outside|there is no file|is a folder"):
        lab.load(CsvSource(path=path, columns={}))


def test_a_link_that_whoever_keeps_the_data_made_is_followed(lab: Lab) -> None:
    (lab.root.parent / "out.csv").write_text(HEADER)
    (lab.root / "link.csv").symlink_to(lab.root.parent / "out.csv")
    assert lab.load(CsvSource(path="link.csv", columns={})).row_count == 0


def test_a_name_with_wildcards_is_a_name(lab: Lab) -> None:
    lab.file("a*[1]?.csv", HEADER + "A,X,1,\n")
    lab.file("ab1c.csv", HEADER + "B,X,1,\n")
    assert lab.load(CsvSource(path="a*[1]?.csv", columns={})).row_count == 1
    assert lab.rows(VOLUME)[0][0] == "A"


def test_very_long_lines_and_values(lab: Lab) -> None:
    long = "x" * 1_000_000
    lab.file("f.csv", HEADER + f"A,X,1,{long}\nB,X,1,{'y' * 3_000_000}\nC,X,z{'9' * 500},\nD,X,1,\n")
    lab.load(CSV)
    assert [row[0] for row in lab.rows(VOLUME)] == ["A", "D"]
    assert lab.rows(VOLUME)[0][3] == long
    (line, raw, reason), (_, _, shown) = malformed(lab)
    assert (line, len(raw), reason) == (3, 2_000_001, "the line is longer than 2000000 bytes")
    assert len(shown) < 200


def test_mixed_and_lone_newlines(lab: Lab) -> None:
    lab.file("f.csv", HEADER + 'A,X,1,\r\nB,X,2,\nC,X,3,a\rb\nD,X,4,"a\rb"\n')
    lab.load(CSV)
    assert [row[0] for row in lab.rows(VOLUME)] == ["A", "B", "D"]
    assert malformed(lab) == [(4, "C,X,3,a\rb", "it has a carriage return outside quotes")]


def test_without_quotes_a_quote_is_a_character(lab: Lab) -> None:
    lab.file("f.csv", HEADER + 'A,X,1,"a\nB,X,2,b"\n\n')
    lab.load(CsvSource(path="f.csv", columns={}, quote=""))
    assert [row[3] for row in lab.rows(VOLUME)] == ['"a', 'b"']


@pytest.mark.parametrize("mark", ["||", "", "x", "7", "\n", "→", "é", "\0"])
def test_a_delimiter_that_no_line_could_be_read_by_is_refused(mark: str) -> None:
    with pytest.raises(SourceError, match=r"^the delimiter of f\.csv is .*: it must be one sign"):
        CsvSource(path="f.csv", columns={}, delimiter=mark)


def test_a_quote_is_one_sign_or_none_and_not_the_delimiter() -> None:
    assert CsvSource(path="f.csv", columns={}, quote="").quote == ""
    with pytest.raises(SourceError, match=r"^the quote of f\.csv is '##': it must be one sign"):
        CsvSource(path="f.csv", columns={}, quote="##")
    with pytest.raises(SourceError, match="are both '|': use two different signs"):
        CsvSource(path="f.csv", columns={}, delimiter="|", quote="|")


def test_ndjson(lab: Lab) -> None:
    lab.file(
        "f.ndjson",
        '{"id":1,"text":"a\\nb","whole":5,"real":1,"price":1.10,"flag":true,"day":"2025-01-02",'
        '"at":"2025-01-02T03:04:05Z","doc":{"a":[1.5,"NaN"]},"more":[]}\n'
        '{"id":"2","text":"","whole":"-7","real":"1e3","price":"12345678.1234","flag":"no","doc":"text"}\n'
        "\n"
        '{"id":3,"whole":null,"doc":null}\n',
    )
    lab.load(NdjsonSource(path="f.ndjson", columns={}, malformed=MALFORMED), TYPES)
    assert malformed(lab) == []
    at = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert lab.rows(TYPES) == [
        (1, "a\nb", 5, 1.0, Decimal("1.1000"), True, date(2025, 1, 2), at, {"a": [1.5, "NaN"]}),
        (2, "", -7, 1000.0, Decimal("12345678.1234"), False, None, None, "text"),
        (3, *[None] * 8),
    ]


def test_a_name_with_dots_leads_into_the_objects_of_ndjson(lab: Lab) -> None:
    lab.file(
        "f.ndjson",
        '{"id":1,"a":{"text":"inner","b":{"price":"1.5","doc":[1]}}}\n'
        '{"id":2,"a.text":"itself","a":{"text":"inner","b":{"price":null}}}\n'
        '{"id":3,"a.text":null,"a":{"text":"inner","b":7}}\n'
        '{"id":4,"a":"text"}\n',
    )
    names = {"text": "a.text", "price": "a.b.price", "doc": "a.b.doc"}
    lab.load(NdjsonSource(path="f.ndjson", columns=names, malformed=MALFORMED), TYPES)
    assert malformed(lab) == []
    assert [(row[0], row[1], row[4], row[8]) for row in lab.rows(TYPES)] == [
        (1, "inner", Decimal("1.5000"), [1]),
        (2, "itself", None, None),
        (3, None, None, None),
        (4, None, None, None),
    ]


def test_malformed_ndjson(lab: Lab) -> None:
    lines = [
        '{"id":1',
        "[1]",
        '{"id":2,}',
        "",
        '{"id":1.5}',
        '{"id":4,"text":5}',
        '{"id":5,"flag":1}',
        '{"id":6,"text":"a\\u0000b"}',
        '{"id":7,"price":1234567.12345678901}',
        '{"id":8,"doc":NaN}',
        '{"id":9,"whole":true}',
        '{"id":10,"price":1.00000000000000001,"text":"\\"price\\": 1}"}',
        '{"id":12,"doc":[1e400]}',
        '{"id":13,"doc":"\\ud800"}',
        '{"id":11,"price":0.1,"text":"12345678901234567890"}',
    ]
    lab.file("f.ndjson", "".join(f"{line}\n" for line in lines))
    lab.load(NdjsonSource(path="f.ndjson", columns={}, malformed=MALFORMED), TYPES)
    assert [(line, raw) for line, raw, _ in malformed(lab)] == [
        (number, line) for number, line in enumerate(lines[:-1], start=1) if line
    ]
    assert lab.rows(TYPES) == [(11, "12345678901234567890", None, None, Decimal("0.1000"), *[None] * 4)]
    reasons = [reason for _, _, reason in malformed(lab)]
    assert reasons[0] == reasons[1] == "it is no JSON object"
    assert reasons[4] == "text: 5 is a JSON number, which no string column takes"


def test_ndjson_numbers_are_what_the_file_has(lab: Lab) -> None:
    lab.file(
        "f.ndjson",
        '{"id":9223372036854775807,"price":1.10,"real":0.30000000000000004}\n'
        '{"id":2,"price" : 0.00001e1,"doc":{"n":0.30000000000000004,"i":9007199254740993}}\n'
        '{"id":3,"text":"a Finance / Info, ]","doc":["NaN, ]","\\"/"]}\n',
    )
    lab.load(NdjsonSource(path="f.ndjson", columns={}, malformed=MALFORMED), TYPES)
    assert malformed(lab) == []
    rows = [(row[0], row[3], row[4], row[8]) for row in lab.rows(TYPES)]
    assert rows == [
        (2, None, Decimal("0.0001"), {"n": 0.30000000000000004, "i": 9007199254740993}),
        (3, None, None, ["NaN, ]", '"/']),
        (9223372036854775807, 0.30000000000000004, Decimal("1.1000"), None),
    ]


@pytest.mark.parametrize("extension", ["csv", "ndjson"])
def test_wide_rows_and_long_values_fit_in_memory(lab: Lab, extension: str) -> None:
    kinds = (sa.Boolean(), DecimalType(12, 2), UtcTimestamp(), Json(), sa.String())
    wide = sa.Table(
        "wide",
        sa.MetaData(),
        *(sa.Column(f"c{number}", kinds[number % len(kinds)]) for number in range(60)),
        sa.Column("partition_key", sa.String),
        sa.Column("capture_id", sa.String(36), primary_key=True),
        sa.Column("id", sa.BigInteger, primary_key=True),
    )
    with lab.tracking.database.write() as connection:
        wide.create(connection)
    names = [f"c{number}" for number in range(60)]
    values = ["yes", "1.25", "2025-12-15 10:00", '["' + "x" * 100 + '"]', "y" * 300] * 12
    with (lab.root / f"f.{extension}").open("w", newline="") as file:
        if extension == "csv":
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([*names, "id"])
            writer.writerows([*values, number] for number in range(3000))
        else:
            row = dict(zip(names, values, strict=True))
            file.writelines(json.dumps(row | {"id": number}) + "\n" for number in range(3000))
    kind = CsvSource if extension == "csv" else NdjsonSource
    assert lab.load(kind(path=f"f.{extension}", columns={}), wide).row_count == 3000


def test_parquet(lab: Lab) -> None:
    written = duckdb.sql(
        "SELECT * FROM (VALUES"
        " (1::INTEGER, 'a', 5::UBIGINT, 1.5::FLOAT, 1.25::DECIMAL(9,2), true, DATE '2025-01-02',"
        " TIMESTAMPTZ '2025-01-02 03:04:05+01', '[1]'),"
        " (2, 'b', 18446744073709551615, 'nan'::FLOAT, 2, NULL, NULL, NULL, '[1,]'),"
        " (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)"
        ') t(id, text, whole, real, price, flag, day, "at", doc)'
    )
    assert written is not None
    written.write_parquet(str(lab.root / "f.parquet"))
    lab.load(ParquetSource(path="f.parquet", columns={}, malformed=MALFORMED), TYPES)
    at = datetime(2025, 1, 2, 2, 4, 5, tzinfo=UTC)
    assert lab.rows(TYPES) == [
        (1, "a", 5, 1.5, Decimal("1.2500"), True, date(2025, 1, 2), at, [1]),
        (3, *[None] * 8),
    ]
    [(_, context)] = lab.anomalies()
    assert context["row_number"] == 2
    assert context["raw"]["text"] == "b"
    assert "whole: 18446744073709551615 is not a 64-bit integer" in context["reason"]


def test_parquet_of_the_wrong_kind(lab: Lab) -> None:
    source = ParquetSource(path="f.parquet", columns={})
    lab.file("f.parquet", "symbol,mpid\n")
    with pytest.raises(SourceError, match=r"f\.parquet cannot be read as Parquet"):
        lab.load(source)
    rows = duckdb.sql("SELECT 'A' symbol, 'X' mpid, '5' shares, '' note")
    assert rows is not None
    rows.write_parquet(str(lab.root / "f.parquet"))
    with pytest.raises(SourceError, match="'shares' is VARCHAR, which no integer column takes"):
        lab.load(source)


def test_very_many_anomalies_are_streamed(lab: Lab) -> None:
    lab.file(
        "f.csv", HEADER + "".join(f"S{number},X,{number % 2},\nbad{number}\n" for number in range(20_000))
    )
    result = lab.load(CSV, checks=(Check("ODD", when="shares = 1", action="drop"),))
    assert result.row_count == 10_000
    assert result.anomalies == {"MALFORMED": 20_000, "ODD": 10_000}
    found = malformed(lab)
    assert [(line, raw) for line, raw, _ in found] == [
        (2 * number + 3, f"bad{number}") for number in range(20_000)
    ]


def test_an_unsorted_file_is_stored_in_key_order(postgresql_url: str, tmp_path: Path) -> None:
    """What the key's index is smallest with, as its pages are filled one after the other."""
    lab = Lab(postgresql_url, tmp_path)
    lab.file("f.csv", "symbol,mpid,shares,note\nb,X,1,\nB,Y,2,\nB,X,3,\na,X,4,\n")
    lab.load(CsvSource(path="f.csv", columns={}))
    with lab.tracking.read() as connection:
        stored = connection.execute(sa.text("SELECT symbol, mpid FROM volume ORDER BY ctid"))
        assert [tuple(row) for row in stored] == [("B", "X"), ("B", "Y"), ("a", "X"), ("b", "X")]
    lab.tracking.database.dispose()
