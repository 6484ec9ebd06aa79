"""Writing is all or nothing, also on a disk that fails in the middle."""

import json
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from spine_gen.output.staging import JournalLine, content_digest, staging, take_back_killed
from spine_gen.output.writer import FileWrite, WriteError, write_files


def tree(root: Path) -> dict[str, bytes | None]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes() if path.is_file() else None
        for path in root.rglob("*")
    }


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "out" / "a").mkdir(parents=True)
    (tmp_path / "out" / "a" / "old.py").write_bytes(b"old\n")
    (tmp_path / "out" / "a" / "gone.py").write_bytes(b"gone\n")
    return tmp_path / "out"


CHANGES = (
    FileWrite(path="a/new/deep.py", content=b"new\n"),
    FileWrite(path="a/old.py", content=b"changed\n"),
    FileWrite(path="a/gone.py", content=None),
)


def test_all_of_it_is_written(root: Path) -> None:
    write_files(root, CHANGES)
    assert tree(root) == {"a": None, "a/new": None, "a/new/deep.py": b"new\n", "a/old.py": b"changed\n"}


def test_nothing_to_write_makes_no_folder(tmp_path: Path) -> None:
    write_files(tmp_path / "out", ())
    assert not (tmp_path / "out").exists()


def test_a_folder_that_another_build_makes_meanwhile_serves_both(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = Path.mkdir

    def too_late(folder: Path) -> None:
        make(folder)
        make(folder)

    monkeypatch.setattr(Path, "mkdir", too_late)
    write_files(root, CHANGES)
    assert tree(root)["a/new/deep.py"] == b"new\n"


def test_what_fails_while_staging_changes_nothing(root: Path) -> None:
    (root / "b").symlink_to(root / "a")
    before = tree(root)
    with pytest.raises(WriteError, match="symbolic link"):
        write_files(root, (*CHANGES, FileWrite(path="b/x.py", content=b"x\n")))
    assert tree(root) == before


def test_what_fails_in_the_middle_is_taken_back(root: Path) -> None:
    before = tree(root)
    times = (root / "a" / "old.py").stat().st_mtime_ns
    # The last path is free when it is staged, and taken by a folder that an earlier write makes.
    clash = (FileWrite(path="a/new", content=b"a file where a folder is by now\n"),)
    with pytest.raises(WriteError, match="nothing was changed"):
        write_files(root, (*CHANGES, *clash))
    assert tree(root) == before
    assert (root / "a" / "old.py").stat().st_mtime_ns == times


def test_a_full_disk_changes_nothing(root: Path) -> None:
    """A limit on the size of files stands for the disk that is full."""
    before = tree(root)
    script = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from spine_gen.output.writer import FileWrite, WriteError, write_files\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "try:\n"
        "    write_files(Path(sys.argv[1]), [FileWrite(path='a/old.py', content=b'x'),\n"
        "                                    FileWrite(path='z.py', content=b'x' * 10000)])\n"
        "except WriteError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(root)], capture_output=True, text=True, check=True
    )
    assert "nothing was changed" in done.stdout
    assert tree(root) == before
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 4096


def test_a_path_that_no_file_system_takes_changes_nothing(root: Path) -> None:
    before = tree(root)
    with pytest.raises(WriteError, match="nothing was changed"):
        write_files(root, (*CHANGES, FileWrite(path=f"a/{'x' * 300}.py", content=b"x\n")))
    assert tree(root) == before


def killed(root: Path, at: int, call: str) -> None:
    """A process that writes the changes, and dies before it puts or removes the file of that number."""
    script = (
        "import os, pathlib, signal, sys\n"
        "sys.path.insert(0, sys.argv[3])\n"
        "from test_writer import CHANGES, write_files\n"
        "counted = iter(range(100))\n"
        "def dying(name):\n"
        "    real = getattr(pathlib.Path, name)\n"
        "    def call(*arguments, **options):\n"
        "        if next(counted) == int(sys.argv[2]):\n"
        "            os.kill(os.getpid(), signal.SIGKILL)\n"
        "        return real(*arguments, **options)\n"
        "    setattr(pathlib.Path, name, call)\n"
        "for name in sys.argv[4].split(','):\n"
        "    dying(name)\n"
        "write_files(pathlib.Path(sys.argv[1]), CHANGES)\n"
    )
    arguments = [str(root), str(at), str(Path(__file__).parent), call]
    done = subprocess.run([sys.executable, "-c", script, *arguments], check=False)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize("at", range(len(CHANGES)))
def test_what_a_killed_build_did_is_taken_back(root: Path, at: int) -> None:
    before = tree(root)
    killed(root, at, "replace,unlink")
    assert tree(root) != before
    assert len(take_back_killed(root)) == at
    assert tree(root) == before
    assert take_back_killed(root) == ()


def test_a_build_that_is_killed_while_it_stages_leaves_nothing_for_ever(root: Path) -> None:
    before = tree(root)
    killed(root, 1, "open")  # the journal is open, the first new content is not
    (root / ".spine-gen-empty").mkdir()
    assert take_back_killed(root) == ()
    assert tree(root) == before


def test_what_was_changed_after_the_kill_stays(root: Path) -> None:
    killed(root, 2, "replace,unlink")
    (root / "a" / "old.py").write_bytes(b"mine\n")
    assert take_back_killed(root) == ("a/new/deep.py",)
    assert tree(root) == {"a": None, "a/gone.py": b"gone\n", "a/old.py": b"mine\n"}


def test_a_build_that_is_at_work_is_left_alone(root: Path) -> None:
    with staging(root) as folder:
        folder.record([JournalLine(path="a/old.py", new=content_digest(b"old\n"))])
        before = tree(root)
        assert take_back_killed(root) == ()
        assert tree(root) == before


@pytest.mark.parametrize("path", ["../kept.py", "/kept.py", "a/../../kept.py", "link/kept.py", "..\\kept.py"])
def test_a_journal_reaches_nothing_outside(root: Path, path: str) -> None:
    outside = root.parent / "kept.py"
    outside.write_bytes(b"kept\n")
    (root / "link").symlink_to(root.parent)
    leftover = root / ".spine-gen-x"
    leftover.mkdir()
    line = {"path": path, "new": content_digest(b"kept\n")}
    (leftover / "journal.json").write_text(json.dumps({"files": [line]}), encoding="utf-8")
    assert take_back_killed(root) == ()
    assert outside.read_bytes() == b"kept\n" and not leftover.exists()


def test_a_folder_of_somebody_else_s_stays(root: Path) -> None:
    notes = root / ".spine-gen-notes" / "mine.txt"
    notes.parent.mkdir()
    notes.write_bytes(b"mine\n")
    (root / ".spine-gen-link").symlink_to(root / "a")
    before = tree(root)
    assert take_back_killed(root) == ()
    assert tree(root) == before
