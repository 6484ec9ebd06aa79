"""Stages whose files are behind a URL: fetched, archived, and not asked about again unless that is wanted."""

from dataclasses import replace

import pytest

from spine import CsvSource, DataRoot, ParquetSource
from spine.errors import SourceError
from spine.orchestration.ranges import PartitionRange
from tests.integration.remote import server as behaving
from tests.integration.remote.loader import WIDE, loading
from tests.integration.remote.server import FileServer

PATH = "/prices/A%26B/20251217.csv"
CONTENT = b"symbol,shares\nA,1\nB,2\n"


def source(server: FileServer, path: str = "/prices/{market}/{day:%Y%m%d}.csv") -> CsvSource:
    return CsvSource(
        path=server.url + path,
        columns={name: name for name in ("symbol", "shares")},
    )


def test_a_file_is_fetched_for_its_partition_and_its_url_is_in_the_lineage(
    server: FileServer, data_root: DataRoot, database_url: str
) -> None:
    server.files[PATH] = CONTENT
    with loading(database_url, source(server), data_root) as load:
        assert load.make() == "COMPLETE"
        assert load.rows() == [("A", 1), ("B", 2)]
        (seen,) = load.files()
        assert (seen.path, seen.size) == (server.url + PATH, len(CONTENT))


def test_nobody_is_asked_about_what_is_complete_unless_that_is_wanted(
    server: FileServer, data_root: DataRoot, database_url: str
) -> None:
    server.files[PATH], server.always = CONTENT, behaving.tagged
    with loading(database_url, source(server), data_root) as load:
        load.make()
        server.files[PATH] = CONTENT + b"C,3\n"
        assert load.make() == "SKIPPED: already complete"
        assert (load.stale(look=False), load.planned(look=False)) == ([], 0)
        assert len(server.requests) == 1
        assert load.stale(look=True) == [f"file {server.url}{PATH} changed since"]
        assert load.planned(look=True) == 1
        assert load.make(look=True) == f"COMPLETE: stale: file {server.url}{PATH} changed since"
        assert load.rows() == [("A", 1), ("B", 2), ("C", 3)]
        assert load.make(look=True) == "SKIPPED: already complete"
        assert load.stale(look=True) == []
        assert "If-None-Match" in server.requests[-1][1]


def test_what_is_sent_anew_and_is_the_same_is_no_change(
    server: FileServer, data_root: DataRoot, database_url: str
) -> None:
    server.files[PATH] = CONTENT  # with no ETag: it is sent again each time
    with loading(database_url, source(server), data_root) as load:
        load.make()
        assert load.make(look=True) == "SKIPPED: already complete"
        assert len(server.requests) == 2


def test_looking_at_a_server_that_does_not_answer_is_no_answer(
    server: FileServer, data_root: DataRoot, database_url: str
) -> None:
    server.files[PATH] = CONTENT
    with loading(database_url, source(server), data_root) as load:
        load.make()
        server.always = behaving.status(500)
        with pytest.raises(SourceError, match="cannot be fetched: the server answered HTTP 500"):
            load.make(look=True)
        assert load.make() == "SKIPPED: already complete"
        server.always = behaving.whole
        del server.files[PATH]  # a file that is no longer there makes nothing stale
        assert load.make(look=True) == "SKIPPED: already complete"


def test_a_rerun_from_the_archive_needs_no_server(
    data_root: DataRoot, server: FileServer, database_url: str
) -> None:
    server.files[PATH] = CONTENT
    with loading(database_url, source(server), data_root) as load:
        load.make()
        server.always = behaving.status(500)
        assert load.make(from_archive=True) == "SKIPPED: already complete"
        made = load.make(from_archive=True, force=True)
        assert made.startswith(f"COMPLETE: forced; {server.url}{PATH} from the archive, fetched 20")
        assert load.rows() == [("A", 1), ("B", 2)]
        assert len(server.requests) == 1
        with pytest.raises(SourceError, match="the archive has nothing of .*20251218.csv"):
            load.make(from_archive=True, key="market=A&B/day=2025-12-18")


def test_a_stage_whose_file_is_not_there_fails_with_its_url(
    server: FileServer, data_root: DataRoot, database_url: str
) -> None:
    with loading(database_url, source(server), data_root) as load:
        with pytest.raises(SourceError, match=f"there is no file {server.url}{PATH} for partition market="):
            load.make()
        server.files[PATH] = CONTENT
        assert load.make() == "COMPLETE"


@pytest.mark.parametrize("how", [behaving.truncated, behaving.understated], ids=["truncated", "understated"])
def test_no_part_of_a_file_becomes_rows(
    how: behaving.Behaviour, server: FileServer, data_root: DataRoot, database_url: str
) -> None:
    """Half of this file is whole lines, of which no reader could tell that others are missing."""
    lines = b"".join(b"%07d,10000\n" % number for number in range(29))  # each as long as the header
    server.files[PATH], server.always = b"symbol,shares\n" + lines, how
    with loading(database_url, source(server), data_root) as load:
        with pytest.raises(SourceError, match="cannot be fetched"):
            load.make()
        assert load.rows() == []


def test_what_is_damaged_in_the_archive_is_not_read(
    server: FileServer, data_root: DataRoot, database_url: str
) -> None:
    server.files[PATH] = CONTENT
    with loading(database_url, source(server), data_root) as load:
        load.make()
        (path,) = (path for path in (data_root.archive / "sha256").rglob("*") if path.is_file())
        path.chmod(0o644)
        path.write_bytes(CONTENT.replace(b"1", b"7"))
        with pytest.raises(SourceError, match="is damaged or gone"):
            load.make(from_archive=True, force=True)
        assert load.rows() == [("A", 1), ("B", 2)]


def test_the_archive_below_the_data_root_is_no_match_of_a_pattern(
    server: FileServer, data_root: DataRoot, database_url: str
) -> None:
    folder = data_root.folder
    server.files[PATH] = CONTENT
    here = replace(data_root, archive=folder / "archive")
    with loading(database_url, source(server), here) as load:
        load.make()
        (folder / "x" / "y").mkdir(parents=True)
        (folder / "x" / "y" / "2025-12-17").write_bytes(CONTENT)
        load.source = CsvSource(path="*/*/*", columns={})
        load.make(force=True)
        assert [seen.path for seen in load.files()] == ["x/y/2025-12-17"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("file:///etc/passwd", 'has the scheme "file".*: name the file below the data root'),
        ("htps://x/y.csv", 'has the scheme "htps".*: did you mean https or http'),
        ("https://me:secret@x/y.csv", "says who fetches it"),
        ("https://x/y.csv?token=abc", 'has a secret "token"'),
        ("https://x/*.csv", "is a pattern, and HTTP has no listing"),
        ("simplecache::s3://x/y", None),
        ("s3://x/y::file://z", "goes through another file system"),
    ],
)
def test_no_other_address_is_asked(path: str, said: str | None, data_root: DataRoot, sqlite_url: str) -> None:
    with loading(sqlite_url, ParquetSource(path=path, columns={}), data_root) as load:
        with pytest.raises(SourceError, match=said or "there is no file") as raised:
            load.make()
        assert "abc" not in str(raised.value)
        assert "me:" not in str(raised.value)


def test_a_server_that_fails_after_the_rows_are_there_leaves_the_run_complete(
    server: FileServer, data_root: DataRoot, database_url: str
) -> None:
    """What is told at the end of a run asks nobody."""
    server.files[PATH] = CONTENT
    with loading(database_url, source(server), data_root) as load:
        load.make()
        server.next[PATH] = [behaving.whole]
        server.always = behaving.status(500)
        assert load.make(look=True) == "SKIPPED: already complete"
        assert len(server.requests) == 2


def test_a_plan_asks_about_what_it_is_for(server: FileServer, data_root: DataRoot, sqlite_url: str) -> None:
    days = ["2025-12-16", "2025-12-17", "2025-12-18"]
    with loading(sqlite_url, source(server), data_root) as load:
        for day in days:
            server.files[f"/prices/NYSE/{day.replace('-', '')}.csv"] = CONTENT
            load.make(key=f"market=NYSE/day={day}")
        before = len(server.requests)
        assert load.planned(look=True, within=PartitionRange(partition="market=NYSE/day=2025-12-17")) == 0
        assert [path for path, _ in server.requests[before:]] == ["/prices/NYSE/20251217.csv"]


def test_of_a_file_that_holds_several_partitions_only_ones_own_rows_count(
    server: FileServer, data_root: DataRoot, database_url: str
) -> None:
    """One file of all days: what it has of another day is no change."""
    header, path = "symbol,shares,price,rate,traded,at,own,doc\n", "/prices/A%26B.csv"
    server.files[path] = f"{header}A,1,,,2025-12-17,,,\nB,2,,,2025-12-18,,,\n".encode()
    one = CsvSource(path=server.url + "/prices/{market}.csv", columns={}, rows={"day": "traded"})
    with loading(database_url, one, data_root, WIDE) as load:
        assert load.make() == "COMPLETE"
        assert load.rows() == [("A", 1)]
        server.files[path] += b"C,3,,,2025-12-18,,,\n"
        assert load.make(look=True) == "SKIPPED: already complete"
        server.files[path] += b"D,4,,,2025-12-17,,,\n"
        assert load.make(look=True) == f"COMPLETE: stale: file {server.url}{path} changed since"
        assert load.rows() == [("A", 1), ("D", 4)]
