"""A source file that changes under the reader fails the stage, and nothing of two files is ever mixed."""

import os
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from spine import AnomalyCode, Check, CsvSource, NdjsonSource, ParquetSource
from spine.data.publish import Publication
from spine.data.sources import csv_reader, ndjson_reader, parquet_reader
from spine.data.sources.declared import FilesSource
from spine.errors import CheckFailedError, SourceError
from tests.integration.data.conftest import After
from tests.integration.data.lab import VOLUME, Lab

MALFORMED = AnomalyCode("MALFORMED", severity="ERROR")
CSV = CsvSource(path="f.csv", columns={}, malformed=MALFORMED)
NDJSON = NdjsonSource(path="f.ndjson", columns={}, malformed=MALFORMED)
PARQUET = ParquetSource(path="f.parquet", columns={}, malformed=MALFORMED)
HEADER = "symbol,mpid,shares,note\n"
CONTENT = HEADER + "A,X,1,n\nB,Y,2,n\nC,Z,3,n\n"
DROP = Check("ODD", when="shares = 2", action="drop")
CHANGED = r"^{} changed while it was read: {}\. Let whoever writes it finish"
WRITTEN = "somebody wrote to it"


def in_place(path: Path, content: str | bytes, *, keep_times: bool = False) -> None:
    """Write into the file itself; as some copying programs do, perhaps with the times that it had."""
    before = path.stat()
    with path.open("r+b") as opened:
        opened.write(content.encode() if isinstance(content, str) else content)
        opened.truncate()
    if keep_times:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def replace(path: Path, content: str) -> None:
    """Put another file in its place."""
    beside = path.with_suffix(".new")
    beside.write_text(content)
    beside.replace(path)


def age(path: Path) -> None:
    """Let the file have been written long ago."""
    os.utime(path, (1_700_000_000, 1_700_000_000))


def refused(lab: Lab, source: FilesSource, how: str) -> None:
    """The stage fails as its file changed, and the manifest says the same."""
    with pytest.raises(SourceError, match=CHANGED.format(source.path, how)) as raised:
        lab.load(source, checks=(DROP,))
    assert lab.captures() == [("LOAD", "FAILED", None, str(raised.value))]
    assert lab.rows(VOLUME) == []


@pytest.mark.parametrize("is_old", [False, True])
def test_a_file_truncated_after_the_scan_is_no_shorter_file(lab: Lab, after: After, is_old: bool) -> None:
    path = lab.root / lab.file("f.csv", CONTENT)
    if is_old:
        age(path)
    after(csv_reader, "scan_text_file", lambda: os.truncate(path, len(HEADER) + 16))
    refused(lab, CSV, WRITTEN)


def test_a_file_that_grew_after_the_scan_is_refused(lab: Lab, after: After) -> None:
    path = lab.root / lab.file("f.csv", CONTENT)
    after(csv_reader, "scan_text_file", lambda: in_place(path, CONTENT + "D,W,4,n\n"))
    refused(lab, CSV, WRITTEN)


def test_columns_are_not_exchanged_by_a_file_put_in_its_place(lab: Lab, after: After) -> None:
    path = lab.root / lab.file("f.csv", CONTENT)
    swapped = CONTENT.replace("symbol,mpid", "mpid,symbol")
    after(csv_reader, "csv_header", lambda: replace(path, swapped))
    refused(lab, CSV, "another file is in its place")


@pytest.mark.parametrize("content", [CONTENT, CONTENT + '"D,W,4,n\n', CONTENT + "D,W\n"])
@pytest.mark.parametrize("part", ["scan_text_file", "csv_header"])
def test_a_file_deleted_while_it_is_read_is_refused(lab: Lab, after: After, content: str, part: str) -> None:
    path = lab.root / lab.file("f.csv", content)
    after(csv_reader, part, path.unlink)
    refused(lab, CSV, "it is no longer there")


@pytest.mark.parametrize("keep_times", [False, True])
@pytest.mark.parametrize("is_old", [False, True])
def test_other_bytes_of_the_same_number_are_noticed(
    lab: Lab, after: After, keep_times: bool, is_old: bool
) -> None:
    path = lab.root / lab.file("f.csv", CONTENT)
    if is_old:
        age(path)
    other = CONTENT.replace("A,X,1", "A,X,7")
    after(csv_reader, "scan_text_file", lambda: in_place(path, other, keep_times=keep_times))
    refused(lab, CSV, WRITTEN)


def test_a_change_is_told_rather_than_what_came_of_it(lab: Lab, after: After) -> None:
    path = lab.root / lab.file("f.csv", CONTENT)
    after(csv_reader, "scan_text_file", lambda: in_place(path, "other,names\n"))
    refused(lab, CSV, WRITTEN)


@pytest.mark.parametrize("other", ["", '{"symbol": "Q", "mpid": "Q", "shares": 9}\n', "\xff\xff"])
def test_an_ndjson_file_holds_still(lab: Lab, after: After, other: str) -> None:
    path = lab.root / lab.file("f.ndjson", '{"symbol": "A", "mpid": "X", "shares": 1}\n' * 3)
    after(ndjson_reader, "scan_text_file", lambda: in_place(path, other.encode("latin-1")))
    refused(lab, NDJSON, WRITTEN)


def parquet(path: Path, symbol: str) -> bytes:
    select = f"SELECT '{symbol}' AS symbol, 'X' AS mpid, 1 AS shares, 'n' AS note"
    duckdb.sql(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
    return path.read_bytes()


@pytest.mark.parametrize("part", ["match_names", "stage"])
@pytest.mark.parametrize("keep_times", [False, True])
def test_a_parquet_file_holds_still(lab: Lab, after: After, part: str, keep_times: bool) -> None:
    path = lab.root / "f.parquet"
    other = parquet(path, "B")
    parquet(path, "A")
    after(parquet_reader, part, lambda: in_place(path, other, keep_times=keep_times))
    refused(lab, PARQUET, WRITTEN)


@pytest.mark.parametrize("part", ["match_names", "_check_types"])
def test_a_parquet_file_deleted_while_it_is_read_is_refused(lab: Lab, after: After, part: str) -> None:
    path = lab.root / "f.parquet"
    parquet(path, "A")
    after(parquet_reader, part, path.unlink)
    refused(lab, PARQUET, "it is no longer there")


def loading(change: Callable[[], object], *checks: Check) -> Callable[[Publication], None]:
    """A stage whose file changes after it was staged."""

    def work(capture: Publication) -> None:
        capture.read(CSV)
        change()
        capture.check(checks)

    return work


@pytest.mark.parametrize("content", [CONTENT + "D,W\n", CONTENT + '"D,W,4,n\n'])
def test_what_is_staged_needs_the_path_no_more(lab: Lab, content: str) -> None:
    path = lab.root / lab.file("f.csv", content)
    assert lab.publish(VOLUME, loading(path.unlink, DROP)).row_count == 2
    assert [(code, context["raw"]) for code, context in lab.anomalies()] == [
        ("MALFORMED", content.splitlines()[-1]),
        ("ODD", "B,Y,2,n"),
    ]


def test_raw_content_is_of_the_file_that_was_read(lab: Lab) -> None:
    path = lab.root / lab.file("f.csv", CONTENT + "D,W\n")
    other = HEADER + "never,read,,\n" * 6
    assert lab.publish(VOLUME, loading(lambda: replace(path, other), DROP)).row_count == 2
    assert [context["raw"] for _, context in lab.anomalies()] == ["D,W", "B,Y,2,n"]


@pytest.mark.parametrize("keep_times", [False, True])
def test_raw_content_of_a_file_that_was_written_to_is_refused(lab: Lab, keep_times: bool) -> None:
    path = lab.root / lab.file("f.csv", CONTENT + "D,W\n")
    age(path)
    other = (CONTENT + "D,W\n").replace("B,Y,2", "never")

    def change() -> None:
        in_place(path, other, keep_times=keep_times)

    with pytest.raises(SourceError, match=CHANGED.format("f.csv", WRITTEN)) as raised:
        lab.publish(VOLUME, loading(change, Check("NOTED", when="shares = 1"), DROP))
    assert lab.captures() == [("STAGE", "FAILED", None, str(raised.value))]
    assert [code for code, _ in lab.anomalies()] == ["MALFORMED", "NOTED"]
    assert lab.anomalies()[0][1]["raw"] == "D,W"


def test_anomalies_of_a_failed_stage_need_no_file(lab: Lab) -> None:
    path = lab.root / lab.file("f.csv", CONTENT + "D,W\n")

    def work(capture: Publication) -> None:
        capture.read(CSV)
        capture.check((DROP,))
        path.unlink()
        capture.check((Check("BAD", when="shares = 3", action="fail"),))

    with pytest.raises(CheckFailedError):
        lab.publish(VOLUME, work)
    assert [status for _, status, *_ in lab.captures()] == ["FAILED"]
    assert [(code, context.get("raw")) for code, context in lab.anomalies()] == [
        ("MALFORMED", "D,W"),
        ("ODD", "B,Y,2,n"),
        ("BAD", None),
    ]


def test_what_changes_no_byte_is_no_change(lab: Lab, after: After) -> None:
    path = lab.root / lab.file("f.csv", CONTENT)
    age(path)
    after(csv_reader, "scan_text_file", lambda: path.chmod(0o600))
    assert lab.load(CSV).row_count == 3
