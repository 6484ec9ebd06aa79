"""The SQL of both databases in one text: shared lines once, the others marked, nothing lost."""

from hypothesis import given
from hypothesis import strategies as st

from spine_gen.migrations.sql_file import both, lines_for

LINES = st.lists(st.sampled_from(["SELECT 1;", "CREATE TABLE t (", "    a TEXT,", "    a INT,", ");", ""]))


def text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def test_what_both_run_stands_once() -> None:
    merged = both({"sqlite": "A TEXT\nB\n", "postgresql": 'A TEXT "C"\nB\n'})
    assert merged == 'A TEXT  -- sqlite\nA TEXT "C"  -- postgresql\nB\n'


@given(LINES, LINES)
def test_each_database_finds_its_own_again(sqlite: list[str], postgresql: list[str]) -> None:
    merged = both({"sqlite": text(sqlite), "postgresql": text(postgresql)})
    assert lines_for("sqlite", merged) == text(sqlite)
    assert lines_for("postgresql", merged) == text(postgresql)
