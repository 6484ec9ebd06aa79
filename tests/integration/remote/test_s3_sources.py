"""Stages whose files are in S3, as moto has it on this machine."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from spine import CsvSource, DataRoot
from spine.errors import SourceError
from spine.remotes import FromEnvironment, Remote
from tests.integration.remote.loader import loading

BUCKET = "market-data"
PLACE = f"s3://{BUCKET}/A&B/2025-12-17"
CONTENT = b"symbol,shares\nA,1\nB,2\n"
PATH = f"s3://{BUCKET}/{{market}}/{{day}}"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture
def s3(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client, and a bucket that is taken away afterwards."""
    monkeypatch.setenv("MARKET_KEY", "an-id")
    monkeypatch.setenv("MARKET_SECRET", "s3cr3t-of-s3")
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id="an-id",
        aws_secret_access_key="s3cr3t-of-s3",
        region_name="us-east-1",
    )
    client.create_bucket(Bucket=BUCKET)
    yield client
    for item in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=item["Key"])
    client.delete_bucket(Bucket=BUCKET)
    client.close()


@pytest.fixture
def s3_root(endpoint: str, data_root: DataRoot) -> DataRoot:
    options = {
        "endpoint_url": endpoint,
        "key": FromEnvironment("MARKET_KEY"),
        "secret": FromEnvironment("MARKET_SECRET"),
    }
    return replace(
        data_root, remotes=(Remote(prefix=f"s3://{BUCKET}", attempts=2, backoff=0.01, options=options),)
    )


def put(s3: Any, name: str, content: bytes = CONTENT) -> None:
    s3.put_object(Bucket=BUCKET, Key=f"A&B/2025-12-17{name}", Body=content)


def source(name: str, **options: Any) -> CsvSource:
    columns = {column: column for column in ("symbol", "shares")}
    return CsvSource(path=PATH + name, columns=columns, **options)


def test_an_object_is_read_and_only_asked_about_where_that_is_wanted(
    s3: Any, s3_root: DataRoot, database_url: str
) -> None:
    put(s3, "/prices.csv")
    with loading(database_url, source("/prices.csv"), s3_root) as load:
        assert load.make() == "COMPLETE"
        assert load.rows() == [("A", 1), ("B", 2)]
        assert [seen.path for seen in load.files()] == [f"{PLACE}/prices.csv"]
        assert load.make(look=True) == "SKIPPED: already complete"
        put(s3, "/prices.csv", CONTENT + b"C,3\n")
        assert load.make() == "SKIPPED: already complete"
        assert load.make(look=True) == f"COMPLETE: stale: file {PLACE}/prices.csv changed since"
        assert load.rows() == [("A", 1), ("B", 2), ("C", 3)]


def test_an_object_that_is_as_it_was_is_not_fetched_again(
    s3: Any, s3_root: DataRoot, sqlite_url: str
) -> None:
    put(s3, "/prices.csv")
    with loading(sqlite_url, source("/prices.csv"), s3_root) as load:
        load.make()
        load.make(force=True)
    assert len([path for path in (s3_root.archive / "fetched").rglob("*") if path.is_file()]) == 1


def test_a_pattern_is_all_objects_that_match_in_the_order_of_their_names(
    s3: Any, s3_root: DataRoot, database_url: str
) -> None:
    for name in ("b", "a", "x/c"):
        put(s3, f"/{name}.csv", f"symbol,shares\n{name},1\n".encode())
    with loading(database_url, source("/*.csv", at_least=2), s3_root) as load:
        assert load.make() == "COMPLETE"
        assert [seen.path for seen in load.files()] == [f"{PLACE}/a.csv", f"{PLACE}/b.csv"]
        put(s3, "/c.csv", b"symbol,shares\nC,3\n")
        assert load.make() == "SKIPPED: already complete"
        assert load.make(look=True) == f"COMPLETE: stale: file {PLACE}/c.csv arrived since"
        assert load.rows() == [("C", 3), ("a", 1), ("b", 1)]
        s3.delete_object(Bucket=BUCKET, Key="A&B/2025-12-17/b.csv")
        assert load.make(look=True) == "SKIPPED: already complete"
        assert "from the archive" in load.make(from_archive=True, force=True)
        assert load.rows() == [("C", 3), ("a", 1), ("b", 1)]
        load.source = source("/*.csv", at_least=9)
        with pytest.raises(SourceError, match="2 of at least 9 files match"):
            load.make(force=True)


def test_what_is_not_there_or_not_ours_is_told_without_secrets(
    s3: Any, s3_root: DataRoot, sqlite_url: str
) -> None:
    with loading(sqlite_url, source("/prices.csv"), s3_root) as load:
        with pytest.raises(SourceError, match=f"there is no file {PLACE}/prices.csv for partition"):
            load.make()
        (remote,) = s3_root.remotes
        nobody = {**remote.options, "endpoint_url": "http://127.0.0.1:9"}
        load.data_root = replace(s3_root, remotes=(replace(remote, options=nobody),))
        with pytest.raises(
            SourceError, match=r"cannot be fetched: it cannot be read \(.*attempt 2 of 2"
        ) as raised:
            load.make()
        assert "s3cr3t" not in str(raised.value)


def test_a_rerun_from_the_archive_asks_nobody(s3: Any, s3_root: DataRoot, database_url: str) -> None:
    put(s3, "/prices.csv")
    with loading(database_url, source("/prices.csv"), s3_root) as load:
        load.make()
        load.data_root = replace(s3_root, remotes=())
        assert load.make(from_archive=True, force=True).startswith(
            f"COMPLETE: forced; {PLACE}/prices.csv from"
        )


def test_what_is_not_installed_is_told_with_what_installs_it(
    data_root: DataRoot, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with loading(sqlite_url, CsvSource(path="gs://b/{market}/{day}", columns={}), data_root) as load:
        with pytest.raises(SourceError, match=r'reads gs://.*pip install "spine-gen\[remote\]", and gcsfs'):
            load.make()
        monkeypatch.setitem(sys.modules, "fsspec.core", None)
        load.source = source("/prices.csv")
        with pytest.raises(SourceError, match=r'reads s3://.*pip install "spine-gen\[s3\]"$'):
            load.make()


def test_no_name_of_an_object_leads_to_this_machine(s3: Any, s3_root: DataRoot, sqlite_url: str) -> None:
    """fsspec takes what comes behind `::` for another file system."""
    put(s3, "/x::file")
    with (
        loading(sqlite_url, source("/x*"), s3_root) as load,
        pytest.raises(SourceError, match="its name has ::, by which no file can be named"),
    ):
        load.make()


def test_a_file_system_that_lacks_an_option_says_so(data_root: DataRoot, sqlite_url: str) -> None:
    with (
        loading(sqlite_url, CsvSource(path="github://{market}/{day}", columns={}), data_root) as load,
        pytest.raises(
            SourceError, match=r"github:// cannot be opened .*'org' and 'repo'.*\[tool.spine.remotes\]"
        ),
    ):
        load.make()
