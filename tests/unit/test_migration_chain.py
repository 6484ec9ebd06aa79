"""The line of revisions as read from their files: in order, unbroken, as they were written."""

from hashlib import sha256

import pytest

from spine_gen.migrations.chain import read_chain

FIRST = "migrations/0001_initial.py"
SECOND = "migrations/0002_more.py"


def revision(name: str, before: str | None) -> str:
    return f"revision = {name!r}\ndown_revision = {before!r}\n"


def recorded(files: dict[str, str]) -> dict[str, str]:
    return {path: sha256(text.encode()).hexdigest() for path, text in files.items()}


LINE = {FIRST: revision("a_0001", None), SECOND: revision("a_0002", "a_0001")}


def test_a_whole_line_has_a_head_and_nothing_wrong_with_it() -> None:
    chain = read_chain(LINE, recorded(LINE))
    assert (chain.head, chain.next_number, chain.breaks) == ("a_0002", 3, ())


def test_nothing_is_a_line_too() -> None:
    chain = read_chain({}, {})
    assert (chain.head, chain.next_number, chain.breaks) == (None, 1, ())


@pytest.mark.parametrize(
    ("files", "path", "said"),
    [
        ({FIRST: LINE[FIRST]}, SECOND, "is gone"),
        (LINE | {FIRST: LINE[FIRST] + "# more\n"}, FIRST, "was edited"),
        (LINE | {"migrations/notes.txt": "x"}, "migrations/notes.txt", "is not in spine.lock.json"),
    ],
)
def test_what_is_not_as_the_lock_has_it_is_a_break(files: dict[str, str], path: str, said: str) -> None:
    chain = read_chain(files, recorded(LINE))
    (found,) = [item for item in chain.breaks if "lock" in item.problem or said in item.problem]
    assert found.path == path and said in found.problem and found.remedy


@pytest.mark.parametrize(
    "other",
    [
        revision("a_0003", "a_0001"),
        revision("a_0003", None),
        "revision = compute()\n",
        "def broken(:\n",
        "\0",
    ],
)
def test_a_revision_that_does_not_follow_the_newest_is_a_break(other: str) -> None:
    files = LINE | {"migrations/0003_other.py": other}
    (found,) = read_chain(files, recorded(files)).breaks
    assert found.path == "migrations/0003_other.py"


def test_revisions_of_two_branches_are_one_break_that_names_both() -> None:
    """What comes after one of them, its SQL, and a lock of one side are no breaks of their own."""
    other = {
        "migrations/0002_other.py": revision("a_0002_bbbbbbbb", "a_0001"),
        "migrations/0002_other.sql": "",
        "migrations/0003_last.py": revision("a_0003_bbbbbbbb", "a_0002_bbbbbbbb"),
    }
    (found,) = read_chain(LINE | other, recorded(LINE)).breaks
    assert found.path == "migrations/0002_other.py"
    assert "a_0002_bbbbbbbb, and follows a_0001 as a_0002 in migrations/0002_more.py does" in found.problem
    assert "spine-gen rebase" in found.remedy


def test_a_revision_in_conflict_is_one_break_that_names_both() -> None:
    sides = [revision(f"a_0002_{digit * 8}", "a_0001").replace("'", '"') for digit in "ab"]
    conflict = f"<<<<<<< HEAD\n{sides[0]}=======\n{sides[1]}>>>>>>> other\n"
    files = LINE | {SECOND: conflict, "migrations/0002_more.sql": conflict}
    (found,) = read_chain(files, recorded(LINE)).breaks
    assert found.path == SECOND
    assert "a_0002_aaaaaaaa and a_0002_bbbbbbbb" in found.problem
    assert "spine-gen rebase" in found.remedy


def test_a_step_is_in_the_line_whatever_the_lock_says_of_it() -> None:
    step, third = "migrations/0003_mend.py", "migrations/0004_more.py"
    text = revision("a_0003_step_3f9a1c02", "a_0002") + 'fills = ("t.c", "t.d")\n'
    files = LINE | {step: text, third: revision("a_0004", "a_0003_step_3f9a1c02")}
    chain = read_chain(files, recorded({path: text for path, text in files.items() if path != step}))
    assert (chain.breaks, chain.next_number, chain.steps) == ((), 5, (step,))
    assert chain.filled(files) == {"t.c", "t.d"}
    assert read_chain(LINE | {SECOND: LINE[SECOND] + 'fills = ("t.c",)\n'}, {}).filled(LINE) == frozenset()
