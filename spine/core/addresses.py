"""Addresses of files elsewhere: which schemes there are, what no address may have, and how one is shown.

Nothing here connects to anything, or knows how.
"""

import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import NamedTuple
from urllib.parse import quote

from spine.remotes import is_secret

HTTP = ("http", "https")
# Schemes of fsspec that lead to another machine, and what is installed to read from there.
SCHEMES = {
    "http": "",
    "https": "",
    "abfs": "adlfs",
    "adl": "adlfs",
    "az": "adlfs",
    "box": "boxfs",
    "dbfs": "requests",
    "dropbox": "dropboxdrivefs",
    "dvc": "dvc",
    "ftp": "",
    "gcs": "gcsfs",
    "gdrive": "gdrive-fsspec",
    "gist": "requests",
    "github": "requests",
    "gs": "gcsfs",
    "hdfs": "pyarrow",
    "hf": "huggingface_hub",
    "jlab": "requests",
    "jupyter": "requests",
    "lakefs": "lakefs-spec",
    "oci": "ocifs",
    "ocilake": "ocifs",
    "oss": "ossfs",
    "root": "fsspec-xrootd",
    "s3": "s3fs",
    "s3a": "s3fs",
    "sftp": "paramiko",
    "smb": "smbprotocol",
    "ssh": "paramiko",
    "tos": "tosfs",
    "tosfs": "tosfs",
    "wandb": "wandbfs",
    "webdav": "webdav4",
    "webhdfs": "requests",
}
_ADDRESS = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://", re.A)
_OF_HTTP = re.compile(r"[^A-Za-z0-9\-._~:/?@!$&'()*+,;=%{}]", re.A)  # what a URL has percent-encoded
_USER = re.compile(r"://[^/?#]*@")
_WITH_CONTAINER = ("abfs", "az")  # whose host is written container@account
_PARAMETER = re.compile(r"(?P<before>[?&;](?P<name>[^=&;#]+)=)(?P<value>[^&;#]*)")


class AddressProblem(NamedTuple):
    """What is wrong with an address: from where to where, and what to do."""

    start: int
    end: int
    what: str
    advice: str


def is_address(path: str) -> bool:
    """Whether a source's path is a URL."""
    return _ADDRESS.match(path) is not None


def scheme_of(address: str) -> str:
    """The scheme of a URL, as it is written."""
    found = _ADDRESS.match(address)
    assert found is not None
    return found["scheme"]


def is_http(address: str) -> bool:
    """Whether it is fetched by HTTP, where nothing can be listed and `?` begins the query."""
    return scheme_of(address).lower() in HTTP


def quoting(address: str) -> Callable[[str], str]:
    """How a partition's value is written in the address; what it has of its signs stands for itself."""
    return (lambda value: quote(value, safe="")) if is_http(address) else str


def shown(address: str) -> str:
    """The address as messages, lineage and the archive have it: without values that may be secrets."""

    def without(found: re.Match[str]) -> str:
        return found["before"] + ("***" if is_secret(found["name"]) else found["value"])

    known = address if _names_container(address) else _USER.sub("://***@", address)
    return _PARAMETER.sub(without, known) if is_http(address) else known


def address_problems(address: str) -> Iterator[AddressProblem]:
    """What is wrong with an address, braces in it or not; the first is enough to refuse it."""
    scheme = scheme_of(address)
    after = len(scheme) + len("://")
    if scheme not in SCHEMES:
        near = get_close_matches(scheme.lower(), SCHEMES, n=4, cutoff=0.6)
        advice = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(SCHEMES)}"
        if scheme == "file":
            advice = "name the file below the data root, without a scheme"
        yield AddressProblem(
            0, len(scheme), f'has the scheme "{scheme}", by which nothing is fetched', advice
        )
        return
    place = re.compile(r"[^/?#]*").match(address, after)
    assert place is not None
    if "@" in place[0] and not _names_container(address):
        end = after + place[0].rindex("@")
        yield AddressProblem(
            after,
            end,
            "says who fetches it",
            'write that into [tool.spine.remotes], and secrets as {env = "VARIABLE"}',
        )
    elif not place[0]:
        yield AddressProblem(after, after, "names no host or bucket", "write one behind the slashes")
    for found in _PARAMETER.finditer(address) if scheme in HTTP else ():
        if is_secret(found["name"]) and "{" not in found["value"]:
            yield AddressProblem(
                *found.span("name"),
                f'has a secret "{found["name"]}"',
                'write it into [tool.spine.remotes] as query = {NAME = {env = "VARIABLE"}}',
            )
    for sign, what, advice in _SIGNS_OF_HTTP if scheme in HTTP else _SIGNS:
        if (at := address.find(sign, after)) >= 0:
            yield AddressProblem(at, at + len(sign), what, advice)
    if scheme in HTTP and (
        wrong := _OF_HTTP.search(re.sub(r"\{[^}]*\}", lambda field: "_" * len(field[0]), address))
    ):
        sign = address[wrong.start() : wrong.end()]
        yield AddressProblem(
            *wrong.span(), f"has {sign!r}, which no URL has", f"percent-encode it: {quote(sign, safe='')}"
        )
    if address.endswith("/"):
        yield AddressProblem(len(address) - 1, len(address), "ends in a slash", "name a file")


def _names_container(address: str) -> bool:
    user = _USER.search(address)
    return scheme_of(address) in _WITH_CONTAINER and (user is None or ":" not in user[0].removeprefix("://"))


_COMMON = (
    ("::", "goes through another file system", "name the file itself; packed ones are unpacked"),
    ("#", "has a fragment, which no server sees", "remove it"),
)
_SIGNS_OF_HTTP = (
    *_COMMON,
    ("*", "is a pattern, and HTTP has no listing that it could match", "name one file"),
)
_SIGNS = (
    *_COMMON,
    ("[", "has a bracket", "a pattern has `*` and `?` only"),
    ("]", "has a bracket", "a pattern has `*` and `?` only"),
    ("**", "matches folders of any depth", "write one `*` for each folder"),
    ("\\", "has a backslash", "write forward slashes"),
)
