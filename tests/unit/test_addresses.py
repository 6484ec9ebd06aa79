"""Addresses of what is elsewhere: which are any, what is wrong with others, and what is shown of one."""

import subprocess
import sys
from pathlib import Path

import pytest
from fsspec.registry import known_implementations

from spine.core.addresses import SCHEMES, address_problems, is_address, shown

SPEC = Path(__file__).parents[1] / "cases" / "sources_elsewhere" / "spec.yaml"
# What fsspec knows and nothing is fetched by: it is on this machine, goes through another, or is no place.
NOT_ELSEWHERE = {
    *(
        "async_wrapper",
        "asynclocal",
        "asyncwrapper",
        "blockcache",
        "cached",
        "data",
        "dir",
        "file",
        "filecache",
    ),
    *(
        "generic",
        "git",
        "libarchive",
        "local",
        "memory",
        "pyscript",
        "reference",
        "simplecache",
        "tar",
        "zip",
    ),
    *("arrow_hdfs", "dask"),
}


def test_every_scheme_is_one_that_fsspec_knows_and_every_other_is_left_out_on_purpose() -> None:
    known = {*known_implementations}
    assert {*SCHEMES} <= known
    assert known - {*SCHEMES} <= NOT_ELSEWHERE


@pytest.mark.parametrize("path", ["data/{day}.csv", "a:b/c", "//x/y", "c:/x", "://x"])
def test_a_path_is_no_address(path: str) -> None:
    assert not is_address(path)


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com/a%20b/{day:%Y%m%d}.csv?day={day.start}&key={market}",
        "http://127.0.0.1:8080/{day}",
        "s3://bucket/{market}/{day}/a b&1.csv",
        "s3://bucket/{day}/*.csv",
        "abfs://container@account.dfs.core.windows.net/{day}.csv",
        "sftp://host/{day}.csv",
    ],
)
def test_nothing_is_wrong_with_these(address: str) -> None:
    assert list(address_problems(address)) == []


@pytest.mark.parametrize(
    ("address", "what", "where"),
    [
        ("ss3://b/{day}", 'has the scheme "ss3", by which nothing is fetched', "ss3"),
        ("HTTPS://h/{day}", 'has the scheme "HTTPS", by which nothing is fetched', "HTTPS"),
        ("memory://h/{day}", 'has the scheme "memory", by which nothing is fetched', "memory"),
        ("https://me@h/{day}", "says who fetches it", "me"),
        ("abfs://a:b@h/{day}", "says who fetches it", "a:b"),
        ("s3:///{day}", "names no host or bucket", ""),
        ("https://h/{day}?sig=x", 'has a secret "sig"', "sig"),
        ("https://h/{day}?X-Amz-Signature=x", 'has a secret "X-Amz-Signature"', "X-Amz-Signature"),
        ("https://h/ü{day}", "has 'ü', which no URL has", "ü"),
        ("https://h/{day}/*", "is a pattern, and HTTP has no listing that it could match", "*"),
        ("s3://b/{day}::zip://x", "goes through another file system", "::"),
        ("s3://b/{day}#a", "has a fragment, which no server sees", "#"),
        ("s3://b/{day}/", "ends in a slash", "/"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(address: str, what: str, where: str) -> None:
    (problem,) = address_problems(address)
    assert problem.what == what
    assert address[problem.start : problem.end] == where


@pytest.mark.parametrize(
    ("address", "seen"),
    [
        ("https://h/a.csv?day=1&page=2", "https://h/a.csv?day=1&page=2"),
        ("https://h/a.csv?day=1&Api-Key=abc", "https://h/a.csv?day=1&Api-Key=***"),
        ("https://me:s3@h/a.csv", "https://***@h/a.csv"),
        ("https://h/a@b.csv", "https://h/a@b.csv"),
        ("abfs://c@h/a.csv", "abfs://c@h/a.csv"),
        ("s3://b/a;key=1", "s3://b/a;key=1"),
        ("https://h/a?X-Amz-Credential=a/b&X-Amz-Date=1", "https://h/a?X-Amz-Credential=***&X-Amz-Date=1"),
    ],
)
def test_secrets_are_not_shown(address: str, seen: str) -> None:
    assert shown(address) == seen


def test_a_spec_with_addresses_is_checked_without_what_fetches_them() -> None:
    script = (
        "import sys; from pathlib import Path; from spine_gen.spec.check import check_spec;"
        f"check_spec(Path({str(SPEC)!r}).read_bytes(), 'spec.yaml');"
        "sys.exit(any(name in sys.modules for name in ('fsspec', 'urllib.request', 'sqlalchemy', 'duckdb')))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
