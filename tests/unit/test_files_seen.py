"""A file as it was read, beside the file as it is: when is it the same, and can a change hide?"""

import hashlib
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from spine.core.files import FileSeen, SourceFile
from spine.data.sources import held_file
from spine.data.sources.held_file import HeldFile
from spine.errors import SourceError

OLD_NS = 1_700_000_000_000_000_000


def seen(path: Path) -> FileSeen:
    """The file, as a stage would remember it."""
    held = HeldFile(SourceFile(path=path, shown=path.name))
    try:
        held.take_digest()
        held.check_unchanged()
        return held.seen
    finally:
        held.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "f.csv"
    path.write_bytes(b"one")
    return path


def test_a_file_is_remembered_by_size_time_and_digest(path: Path) -> None:
    assert seen(path) == FileSeen(
        path="f.csv",
        size=3,
        modified_ns=path.stat().st_mtime_ns,
        sha256=hashlib.sha256(b"one").hexdigest(),
    )


def test_size_and_time_answer_without_a_reading(path: Path) -> None:
    known = seen(path)
    unread = FileSeen(path="f.csv", size=3, modified_ns=known.modified_ns, sha256="of other bytes")
    assert SourceFile(path=path, shown="f.csv").look(unread) is unread


def test_else_the_digest_decides(path: Path) -> None:
    known = seen(path)
    os.utime(path, ns=(OLD_NS, OLD_NS))
    touched = SourceFile(path=path, shown="f.csv").look(known)
    assert touched == FileSeen(path="f.csv", size=3, modified_ns=OLD_NS, sha256=known.sha256)
    path.write_bytes(b"two")
    changed = SourceFile(path=path, shown="f.csv").look(known)
    assert changed is not None
    assert changed.sha256 == hashlib.sha256(b"two").hexdigest()


def test_a_file_that_is_no_longer_there_is_none(path: Path) -> None:
    known = seen(path)
    path.unlink()
    assert SourceFile(path=path, shown="f.csv").look(known) is None


def test_a_write_right_after_the_reading_shows(path: Path) -> None:
    """Written, read, and written again within one tick of the file system's clock, the times would be one."""
    for _ in range(20):
        path.write_bytes(b"one")
        known = seen(path)
        path.write_bytes(b"two")
        now = SourceFile(path=path, shown="f.csv").look(known)
        assert now is not None
        assert now.sha256 != known.sha256


def test_a_reading_outlasts_the_step_in_which_the_file_was_written(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    now_ns = path.stat().st_ctime_ns + 5_000_000
    monkeypatch.setattr(held_file, "time", SimpleNamespace(time_ns=lambda: now_ns, sleep=slept.append))
    seen(path)
    assert slept == [0.015]


@pytest.mark.parametrize("when_ns", [OLD_NS, 4 * OLD_NS])
def test_times_that_are_set_back_hide_nothing(path: Path, when_ns: int) -> None:
    os.utime(path, ns=(when_ns, when_ns))
    held = HeldFile(SourceFile(path=path, shown="f.csv"))
    held.take_digest()
    path.write_bytes(b"two")
    os.utime(path, ns=(when_ns, when_ns))
    try:
        with pytest.raises(SourceError, match=r"^f\.csv changed while it was read: somebody wrote to it"):
            held.check_unchanged()
    finally:
        held.close()


def test_several_readings_do_not_move_each_other(path: Path) -> None:
    held = HeldFile(SourceFile(path=path, shown="f.csv"))
    try:
        first, second = held.open(), held.open()
        assert (first.read(1), second.read(2), first.read(), second.read()) == (b"o", b"on", b"ne", b"e")
        assert first.seek(1) == 1
        assert first.read() == b"ne"
    finally:
        held.close()
