"""The lock: what it keeps comes back whole, also from its older form, and it stays small."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from spine_gen.breaking.compare import find_changes
from spine_gen.migrations.names import names_of
from spine_gen.migrations.table_schema import tables_of
from spine_gen.output.digests import digest, is_as_recorded, piece_digests
from spine_gen.output.lock_layout import without_ends
from spine_gen.output.lockfile import Lock, LockError, lock_text, read_lock
from spine_gen.reviewing.definition import definition_of
from spine_gen.source.other_specs import OtherSpecs
from spine_gen.spec.check import check_spec
from spine_gen.spec.language import Spec

ROOT = Path(__file__).resolve().parent.parent.parent
CASES = sorted(folder.parent / "spec.yaml" for folder in (ROOT / "tests" / "cases").glob("*/expected"))
SPECS = [*sorted((ROOT / "specs").glob("*.yaml")), *CASES]
OLDER = Path(__file__).parent / "locks" / "version_1.json"


def spec_of(path: Path) -> Spec:
    spec = check_spec(path.read_bytes(), path.name, OtherSpecs(path.parent)).spec
    assert spec is not None
    return spec


FINRA = spec_of(ROOT / "specs" / "finra.yaml")


def lock_of(spec: Spec) -> Lock:
    files = {"a.py": piece_digests(b"a\n\nb\n")}
    return Lock(generator="1.2.3", files=files, migrations={}, yours=("logic/a.py",), **vars(names_of(spec)))


@pytest.mark.parametrize("path", SPECS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_lock_comes_back_from_its_text(path: Path) -> None:
    spec = spec_of(path)
    lock = lock_of(spec)
    text = lock_text(lock)
    assert read_lock(text) == lock
    assert lock_text(read_lock(text)) == text
    assert lock.tables == tables_of(spec)


def test_a_lock_that_kept_the_whole_spec_is_still_read() -> None:
    """This one was written for specs/finra.yaml, by the version that did so."""
    old = read_lock(OLDER.read_text(encoding="utf-8"))
    new = lock_of(FINRA)
    assert old.tables == new.tables
    assert (old.domain, old.tiers) == (new.domain, new.tiers)
    assert new.codes.keys() - old.codes.keys() == {"NO_ROWS"}  # which came later
    for names in ("dimensions", "stages", "workflows"):
        assert getattr(old, names).keys() == getattr(new, names).keys()
    assert "pipelines/score.py" in old.files and old.yours == ("logic/score.py",)


def test_a_lock_with_digests_of_whole_files_is_still_read() -> None:
    lock = lock_of(FINRA)
    plain = without_ends(json.loads(lock_text(lock)))
    plain |= {"lock": 2, "files": {"a.py": digest(b"a\n\nb\n")}}
    old = read_lock(json.dumps(plain))
    assert old.names == lock.names
    assert is_as_recorded(b"a\r\n\r\nb\r\n", old.files["a.py"])
    assert not is_as_recorded(b"a\n\nb", old.files["a.py"])


def test_every_byte_of_a_file_is_of_one_piece() -> None:
    text = b"\n# A\n\n| a |\n|---|\n| b |\n\nX = f(\n\n    1\n)\nY = g(\n    2\n)\n\n\nend\n"
    before = piece_digests(text)
    assert len(before) == 8
    assert piece_digests(text.replace(b"\n", b"\r\n")) == before
    for at in range(len(text)):
        assert not is_as_recorded(text[:at] + text[at + 1 :], before)
        assert not is_as_recorded(text[:at] + b"\n" + text[at:], before)
    rows = piece_digests(text.replace(b"| b |", b"| c |"))
    assert [old == new for old, new in zip(before, rows, strict=True)].count(False) == 1
    assert is_as_recorded(b"", piece_digests(b"")) and not is_as_recorded(b"\n", piece_digests(b""))


def test_a_digest_is_of_what_is_declared_under_a_name() -> None:
    renamed = replace(FINRA.stages[0], name="READ")
    changed = replace(FINRA.stages[0], name="LATER", tier="SILVER")
    digests = lock_of(replace(FINRA, stages=(*FINRA.stages, renamed, changed))).stages
    assert digests["READ"] == digests["INGEST"] != digests["LATER"]


def test_nothing_that_is_compared_or_recorded_changes_with_an_example() -> None:
    bare = replace(FINRA, stages=tuple(replace(stage, examples=()) for stage in FINRA.stages))
    assert bare != FINRA
    assert names_of(bare) == names_of(FINRA)
    assert find_changes(bare, FINRA) == ()
    for stage, other in zip(bare.stages, FINRA.stages, strict=True):
        assert definition_of(bare, stage) == definition_of(FINRA, other)


def test_defaults_are_left_out() -> None:
    (first, *_) = json.loads(lock_text(lock_of(FINRA)))["tables"]
    assert first["declared"][1] == {"name": "mpid", "type": "string"}


@pytest.mark.parametrize("text", ["<<<<<<< HEAD\n{\n", "{\n>>>>>>> theirs\n"])
def test_the_marks_of_a_merge_conflict_are_told_wherever_they_are(text: str) -> None:
    with pytest.raises(LockError, match="merge conflict"):
        read_lock(text)


def test_line_breaks_of_a_checkout_do_not_count() -> None:
    assert digest(b"a\r\nb\r\n") == digest(b"a\nb\n")
    assert digest(b"a\rb") != digest(b"a\nb")
