"""The lock: a snapshot that comes back whole, and stays small."""

from pathlib import Path

import pytest

from spine_gen.output.lockfile import Lock, LockError, digest, lock_text, read_lock, snapshot
from spine_gen.spec.check import check_spec

ROOT = Path(__file__).resolve().parent.parent.parent
CASES = sorted(folder.parent / "spec.yaml" for folder in (ROOT / "tests" / "cases").glob("*/expected"))
SPECS = [*sorted((ROOT / "specs").glob("*.yaml")), *CASES]


@pytest.mark.parametrize("path", SPECS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_spec_comes_back_from_its_lock(path: Path) -> None:
    spec = check_spec(path.read_bytes(), path.name).spec
    assert spec is not None
    lock = Lock(
        generator="1.2.3", files={"a.py": digest(b"")}, migrations={}, yours=("logic/a.py",), spec=spec
    )
    text = lock_text(lock)
    assert read_lock(text) == lock
    assert lock_text(read_lock(text)) == text


@pytest.mark.parametrize("text", ["<<<<<<< HEAD\n{\n", "{\n>>>>>>> theirs\n"])
def test_the_marks_of_a_merge_conflict_are_told_wherever_they_are(text: str) -> None:
    with pytest.raises(LockError, match="merge conflict"):
        read_lock(text)


def test_defaults_are_left_out() -> None:
    spec = check_spec((ROOT / "specs" / "finra.yaml").read_bytes(), "finra.yaml").spec
    assert spec is not None
    (first, *_) = snapshot(spec)["stages"]
    assert first["table"]["columns"][1] == {"name": "mpid", "type": "string", "source_name": "MPID"}
    assert first["work"]["kind"] == "source"
    assert "quote" not in first["work"]


def test_line_breaks_of_a_checkout_do_not_count() -> None:
    assert digest(b"a\r\nb\r\n") == digest(b"a\nb\n")
    assert digest(b"a\rb") != digest(b"a\nb")
