"""Writing is all or nothing, also on a disk that fails in the middle."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

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


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_changes_nothing(root: Path) -> None:
    (root / "a").chmod(0o500)
    before = tree(root)
    try:
        with pytest.raises(WriteError, match="nothing was changed"):
            write_files(root, CHANGES)
        assert tree(root) == before
    finally:
        (root / "a").chmod(0o700)
