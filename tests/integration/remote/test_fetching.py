"""Fetching by HTTP: what comes whole is archived once, and what does not is asked for again or refused."""

import hashlib
import multiprocessing
import os
import signal
import time
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path

import pytest

from spine.core.data_root import DataRoot
from spine.data.remote.archive import Archive
from spine.data.remote.fetching import fetch
from spine.errors import SettingsError, SourceError
from spine.remotes import FromEnvironment, Remote
from tests.integration.remote import server as behaving
from tests.integration.remote.server import Behaviour, FileServer, Handler

CONTENT = b"symbol,shares\nA,1\nB,2\n" * 20
PATH = "/f.csv"


def archived(data_root: DataRoot) -> list[Path]:
    """The contents that the archive has."""
    return [path for path in (data_root.archive / "sha256").rglob("*") if path.is_file()]


def incoming(data_root: DataRoot) -> list[Path]:
    folder = data_root.archive / "incoming"
    return list(folder.iterdir()) if folder.exists() else []


def with_remote(data_root: DataRoot, **settings: object) -> DataRoot:
    (remote,) = data_root.remotes
    return replace(data_root, remotes=(replace(remote, **settings),))  # type: ignore[arg-type]


def test_what_is_fetched_lands_in_the_archive_by_its_digest(server: FileServer, data_root: DataRoot) -> None:
    server.files[PATH] = CONTENT
    fetched = fetch(server.url + PATH, data_root)
    assert fetched is not None
    assert (fetched.sha256, fetched.size) == (hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))
    assert fetched.shown == server.url + PATH
    assert [path.read_bytes() for path in archived(data_root)] == [CONTENT]
    assert Archive(data_root.archive).path_of(fetched.sha256) == archived(data_root)[0]
    assert incoming(data_root) == []


PASSING: dict[str, Behaviour] = {
    "500": behaving.status(500),
    "503": behaving.status(503),
    "429": behaving.status(429, {"Retry-After": "0"}),
    "truncated": behaving.truncated,
    "understated": behaving.understated,
    "stalling": behaving.stalling,
    "silent": behaving.silent,
    "chunked without end": behaving.chunked_without_end,
}


@pytest.mark.parametrize("how", PASSING)
def test_what_fails_is_asked_for_again(how: str, server: FileServer, data_root: DataRoot) -> None:
    server.files[PATH] = CONTENT
    server.next[PATH] = [PASSING[how], PASSING[how]]
    fetched = fetch(server.url + PATH, data_root)
    assert fetched is not None
    assert len(server.requests) == 3
    assert [path.read_bytes() for path in archived(data_root)] == [CONTENT]
    assert incoming(data_root) == []


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (behaving.status(500), "the server answered HTTP 500"),
        (behaving.truncated, r"the connection ended after 220 of 440 bytes"),
        (behaving.understated, r"more came than the 220 bytes that the server announced"),
        (behaving.stalling, r"nothing came for 0.3 seconds after 220 bytes"),
        (behaving.silent, "the server did not answer in time"),
        (behaving.chunked_without_end, "the connection broke"),
    ],
    ids=["500", "truncated", "understated", "stalling", "silent", "chunked without end"],
)
def test_what_fails_each_time_is_told_and_leaves_nothing(
    how: Behaviour, said: str, server: FileServer, data_root: DataRoot
) -> None:
    server.files[PATH], server.always = CONTENT, how
    with pytest.raises(SourceError, match=rf"/f.csv cannot be fetched: {said}.*\(attempt 3 of 3\)"):
        fetch(server.url + PATH, data_root)
    assert len(server.requests) == 3
    assert archived(data_root) == incoming(data_root) == []
    assert Archive(data_root.archive).newest(server.url + PATH) is None


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (
            behaving.status(401),
            r"wants to know who asks \(HTTP 401.*Give it credentials under \[tool",
        ),
        (behaving.status(403), "does not let us"),
        (behaving.status(204), "answered HTTP 204.*and sent no file"),
        (behaving.status(206), "answered HTTP 206.*and sent no file"),
        (behaving.status(400), "answered HTTP 400"),
        (behaving.unmeasured, 'does not say how long the file is.*length = "optional" under .*http://127'),
        (behaving.leading_to("ftp://elsewhere/f"), "leads to ftp://elsewhere"),
    ],
    ids=["401", "403", "204", "206", "400", "unmeasured", "ftp"],
)
def test_what_would_be_so_again_is_asked_for_once(
    how: Behaviour, said: str, server: FileServer, data_root: DataRoot
) -> None:
    server.files[PATH], server.always = CONTENT, how
    with pytest.raises(SourceError, match=said):
        fetch(server.url + PATH, data_root)
    assert len(server.requests) == 1
    assert archived(data_root) == incoming(data_root) == []


def test_what_is_not_there_is_nothing(server: FileServer, data_root: DataRoot) -> None:
    assert fetch(server.url + PATH, data_root) is None
    assert len(server.requests) == 1


def test_all_attempts_together_are_bounded(server: FileServer, data_root: DataRoot) -> None:
    server.files[PATH], server.always = CONTENT, behaving.dripping
    begun = time.monotonic()
    with pytest.raises(SourceError, match="longer than total_timeout allows"):
        fetch(server.url + PATH, with_remote(data_root, total_timeout=0.5))
    assert time.monotonic() - begun < 5


def test_a_length_that_is_not_announced_is_accepted_where_settings_say_so(
    server: FileServer, data_root: DataRoot
) -> None:
    server.files[PATH], server.always = CONTENT, behaving.unmeasured
    assert fetch(server.url + PATH, with_remote(data_root, length="optional"))
    assert [path.read_bytes() for path in archived(data_root)] == [CONTENT]


@pytest.mark.parametrize("content", [CONTENT, b""], ids=["some", "none"])
@pytest.mark.parametrize("how", [behaving.whole, behaving.chunked], ids=["whole", "chunked"])
def test_every_way_of_saying_how_long_it_is_counts(
    how: Behaviour, content: bytes, server: FileServer, data_root: DataRoot
) -> None:
    server.files[PATH], server.always = content, how
    assert fetch(server.url + PATH, data_root)
    assert [path.read_bytes() for path in archived(data_root)] == [content]


def test_what_is_known_is_asked_for_on_a_condition(server: FileServer, data_root: DataRoot) -> None:
    server.files[PATH], server.always = CONTENT, behaving.tagged
    first = fetch(server.url + PATH, data_root)
    assert fetch(server.url + PATH, data_root) == first
    assert [("If-None-Match" in headers) for _, headers in server.requests] == [False, True]
    server.files[PATH] = CONTENT + b"C,3\n"
    second = fetch(server.url + PATH, data_root)
    assert second is not None
    assert second.size == len(CONTENT) + 4
    assert len(archived(data_root)) == 2
    server.files[PATH] = CONTENT  # as it was: the content is there, once, and is the newest again
    assert (again := fetch(server.url + PATH, data_root)) is not None
    assert again.sha256 == Archive(data_root.archive).newest(server.url + PATH).sha256  # type: ignore[union-attr]
    assert again.sha256 != second.sha256
    assert len(archived(data_root)) == 2


@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_what_is_known_but_damaged_is_fetched_whole(
    damage: str, server: FileServer, data_root: DataRoot
) -> None:
    server.files[PATH], server.always = CONTENT, behaving.tagged
    fetch(server.url + PATH, data_root)
    (path,) = archived(data_root)
    path.chmod(0o644)
    path.unlink() if damage == "gone" else path.write_bytes(CONTENT[:-1] + b"?")
    fetch(server.url + PATH, data_root)
    assert "If-None-Match" not in server.requests[-1][1]
    assert [path.read_bytes() for path in archived(data_root)] == [CONTENT]


@pytest.mark.parametrize(
    ("headers", "asked"),
    [
        ({"ETag": 'W/"1"'}, set()),
        ({"ETag": '"1"'}, {"If-None-Match"}),
        ({"Last-Modified": formatdate(1_700_000_000, usegmt=True)}, {"If-Modified-Since"}),
        ({"Last-Modified": ""}, set()),
        ({"Last-Modified": "some day"}, set()),
    ],
    ids=["weak", "strong", "old", "just now", "no time"],
)
def test_only_what_would_show_every_change_is_a_condition(
    headers: dict[str, str], asked: set[str], server: FileServer, data_root: DataRoot
) -> None:
    now = {name: value or formatdate(usegmt=True) for name, value in headers.items()}
    server.files[PATH] = CONTENT
    server.always = lambda handler, content: handler.send(200, content, headers=now)
    fetch(server.url + PATH, data_root)
    fetch(server.url + PATH, data_root)
    assert {"If-None-Match", "If-Modified-Since"}.intersection(server.requests[1][1]) == asked


def test_secrets_go_where_settings_send_them_and_nowhere_else(
    server: FileServer, data_root: DataRoot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARKET_TOKEN", "Bearer t0ps3cret")
    secret = {"Authorization": FromEnvironment("MARKET_TOKEN"), "X-Key": FromEnvironment("MARKET_TOKEN")}
    query = {"apikey": FromEnvironment("MARKET_TOKEN")}
    with behaving.running() as other:
        other.files[PATH] = CONTENT
        server.files[PATH] = b""
        server.always = behaving.leading_to(other.url + PATH)
        reached = with_remote(data_root, headers=secret, query=query)
        fetched = fetch(f"{server.url}{PATH}?day=1", reached)
    ((path, sent),) = server.requests
    assert path == f"{PATH}?day=1&apikey=Bearer+t0ps3cret"
    assert (sent["Authorization"], sent["X-Key"]) == ("Bearer t0ps3cret", "Bearer t0ps3cret")
    ((path, sent),) = other.requests
    assert path == PATH
    assert not {"Authorization", "X-Key", "X-key"}.intersection(sent)
    assert fetched is not None
    everything = b"".join(path.read_bytes() for path in data_root.archive.rglob("*") if path.is_file())
    assert b"t0ps3cret" not in everything
    assert fetched.shown == f"{server.url}{PATH}?day=1"


def test_a_secret_is_in_no_message(
    server: FileServer, data_root: DataRoot, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = {"Authorization": FromEnvironment("MARKET_TOKEN")}
    reached = with_remote(data_root, headers=headers, query={"key": FromEnvironment("MARKET_TOKEN")})
    with pytest.raises(SettingsError, match="variable MARKET_TOKEN, which .* names, is not set"):
        fetch(server.url + PATH, reached)
    for value in ("t0ps3cret\n", "t0ps3cret"):
        monkeypatch.setenv("MARKET_TOKEN", value)
        server.always = behaving.status(500)
        with pytest.raises(SourceError) as raised:
            fetch(server.url + PATH, reached)
        errors: list[BaseException | None] = [raised.value, raised.value.__cause__, raised.value.__context__]
        assert not any("t0ps3cret" in f"{error!r}" for error in errors)


def test_without_a_server_the_archive_has_what_was_fetched(data_root: DataRoot) -> None:
    with behaving.running() as server:
        server.files[PATH] = CONTENT
        fetched = fetch(server.url + PATH, data_root)
    offline = replace(data_root, from_archive=True)
    assert fetch(server.url + PATH, offline) == fetched
    with pytest.raises(SourceError, match="the archive has nothing of .*other.csv: run without"):
        fetch(f"{server.url}/other.csv", offline)
    with pytest.raises(SourceError, match=r"cannot be reached .*attempt 2 of 2.*--from-archive"):
        fetch(
            server.url + PATH,
            replace(data_root, remotes=(Remote(prefix=server.url, attempts=2, backoff=0.01),)),
        )
    (path,) = archived(data_root)
    path.chmod(0o644)
    path.write_bytes(b"x")
    with pytest.raises(SourceError, match="is damaged or gone"):
        fetch(server.url + PATH, offline)


def _fetch(address: str, data_root: DataRoot) -> None:
    assert fetch(address, data_root)


def test_processes_that_fetch_the_same_at_once_keep_it_once(server: FileServer, data_root: DataRoot) -> None:
    server.files[PATH] = CONTENT
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=_fetch, args=(server.url + PATH, data_root)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4
    assert [path.read_bytes() for path in archived(data_root)] == [CONTENT]
    assert len(list(Archive(data_root.archive).fetched(server.url + PATH))) == 4
    assert incoming(data_root) == []


def test_a_process_that_is_killed_while_it_fetches_leaves_nothing_that_counts(
    server: FileServer, data_root: DataRoot
) -> None:
    server.files[PATH] = CONTENT
    server.next[PATH] = [behaving.stalling]
    patient = with_remote(data_root, stall_timeout=60)
    process = multiprocessing.get_context("spawn").Process(target=_fetch, args=(server.url + PATH, patient))
    process.start()
    while not incoming(data_root):
        time.sleep(0.02)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    server.released.set()
    assert archived(data_root) == []
    (left,) = incoming(data_root)
    os.utime(left, (1, 1))  # long ago
    assert fetch(server.url + PATH, data_root)
    assert [path.read_bytes() for path in archived(data_root)] == [CONTENT]
    assert incoming(data_root) == []


def test_an_entry_that_a_killed_process_began_is_passed_over(server: FileServer, data_root: DataRoot) -> None:
    server.files[PATH] = CONTENT
    fetched = fetch(server.url + PATH, data_root)
    (entry,) = (data_root.archive / "fetched").rglob("000001")
    (entry.parent / "000002").write_bytes(b'{"shown": "http')
    assert Archive(data_root.archive).newest(server.url + PATH) == fetched
    fetch(server.url + PATH, data_root)
    assert (entry.parent / "000003").exists()


def test_a_redirect_to_itself_ends(server: FileServer, data_root: DataRoot) -> None:
    server.files[PATH], server.always = CONTENT, behaving.leading_to(PATH)
    with pytest.raises(SourceError, match="leads from one URL to the next, 5 times"):
        fetch(server.url + PATH, data_root)


def test_a_server_that_keeps_the_connection_is_not_waited_for_long(
    server: FileServer, data_root: DataRoot
) -> None:
    def keeping(handler: Handler, content: bytes) -> None:
        handler.send(200, content)
        handler.wfile.flush()
        handler.server.told.released.wait(30)

    server.files[PATH], server.always = CONTENT, keeping
    begun = time.monotonic()
    assert fetch(server.url + PATH, data_root)
    assert time.monotonic() - begun < 10
