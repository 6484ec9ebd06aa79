"""The located document: what YAML means, and where every word stands."""

import pytest

from spine_gen.source import Mapping, Position, ReadResult, Scalar, Span, read_document


def read(content: str | bytes) -> ReadResult:
    return read_document(content, "spec.yaml")


def plain(content: str) -> object:
    result = read(content)
    assert result.document is not None, result.problems
    assert result.problems == ()
    return result.document.root.plain()


def scalar(content: str, *path: str | int) -> Scalar:
    document = read(content).document
    assert document is not None
    node = document.at(path)
    assert isinstance(node, Scalar)
    return node


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("NO", "NO"),
        ("on", "on"),
        ("2025-01-01", "2025-01-01"),
        ("12:30:00", "12:30:00"),
        ("true", True),
        ("~", None),
        ("", None),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("007", 7),
        ("0.05", 0.05),
        ("1e3", 1000.0),
        (".inf", ".inf"),
        ("'5'", "5"),
        ('"a\\tb"', "a\tb"),
    ],
)
def test_scalars_follow_yaml_1_2(written: str, value: object) -> None:
    assert plain(f"key: {written}\n") == {"key": value}


def test_a_scalar_also_keeps_what_was_written() -> None:
    assert scalar("start: 2025\n", "start").text == "2025"
    assert scalar("values: [007, NO]\n", "values", 0).text == "007"


def test_keys_are_names_as_written() -> None:
    assert plain("NO: 1\n2025: 2\ntrue: 3\n") == {"NO": 1, "2025": 2, "true": 3}


def test_merge_keys_give_way_to_the_mapping_itself() -> None:
    assert plain("a: &a 1\nb: [*a, *a]\n") == {"a": 1, "b": [1, 1]}
    assert plain("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\n") == {"a": {"x": 1, "y": 2}, "b": {"y": 3, "x": 1}}


def test_a_quoted_merge_key_is_a_key() -> None:
    assert plain('"<<": 1\n') == {"<<": 1}


def test_a_byte_order_mark_and_windows_line_ends_are_fine() -> None:
    assert read("\ufeffa: 1\r\nb: 2\r\n".encode()).problems == ()
    assert scalar("a: 1\r\nb: 2\r\n", "b").span == Span(Position(2, 4), Position(2, 5))


@pytest.mark.parametrize(
    ("content", "word", "line", "column"),
    [
        ("sql: |\n  SELECT a\n    FROM t\n", "FROM", 3, 5),
        ("sql: |2-\n    SELECT a\n  FROM t\n", "FROM", 3, 3),
        ("sql: >-\n  SELECT a\n  FROM t\n", "FROM", 3, 3),
        ("sql: SELECT a\n  FROM t\n", "FROM", 2, 3),
        ("sql: 'it''s\n  FROM t'\n", "FROM", 2, 3),
        ('sql: "a\\tb \\\n   FROM t"\n', "FROM", 2, 4),
        ('sql: "a\\u00e9 FROM t"\n', "FROM", 1, 15),
        ("a: {sql: 'x FROM t'}\n", "FROM", 1, 13),
        ("sql: !!str &x 'x FROM t'\n", "FROM", 1, 18),
    ],
)
def test_a_place_within_a_scalar_is_its_place_in_the_file(
    content: str, word: str, line: int, column: int
) -> None:
    document = read(content).document
    assert document is not None
    assert isinstance(document.root, Mapping)
    node = document.root.entries[0].value
    node = node.entries[0].value if isinstance(node, Mapping) else node
    assert isinstance(node, Scalar)
    at = node.text.index(word)
    assert node.within(at, at + len(word)).start == Position(line, column)


@pytest.mark.parametrize(
    ("content", "code", "line", "column"),
    [
        ("", "SG104", 1, 1),
        ("a: 1\na: 2\n", "SG103", 2, 1),
        ("a: {b: 1, b: 2}\n", "SG103", 1, 11),
        ("a:\n\tb: 1\n", "SG102", 2, 1),
        ("a: [1\n", "SG102", 2, 1),
        ("a: \x07\n", "SG102", 1, 4),
        ("a: 1\n---\nb: 2\n", "SG105", 2, 1),
        ("a: *b\n", "SG107", 1, 4),
        ("a: &b [*b]\n", "SG107", 1, 8),
        ("[a]: 1\n", "SG108", 1, 1),
        ("a: !x 1\n", "SG109", 1, 4),
        ("[" * 50, "SG110", 1, 41),
        ("a: " + "x" * 1_000_001, "SG110", 1, 1),
    ],
)
def test_every_problem_has_a_code_and_a_place(content: str, code: str, line: int, column: int) -> None:
    problem = read(content).problems[0]
    assert (problem.code, problem.span.start) == (code, Position(line, column))


def test_bytes_that_are_not_utf_8_are_shown_where_they_are() -> None:
    problem = read(b"a: 1\nb: \xff\n").problems[0]
    assert (problem.code, problem.span.start) == ("SG101", Position(2, 4))


def test_aliases_of_aliases_are_refused_before_they_are_written_out() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    assert [problem.code for problem in read("\n".join(lines)).problems] == ["SG106"]


@pytest.mark.parametrize("written", ["1.3", "2.0", "1", "1.10", "x", "1.3 # newer"])
def test_a_version_of_yaml_that_there_is_not(written: str) -> None:
    (problem,) = read_document(f"%YAML {written}\n---\nspine: 1\n", "s.yaml").problems
    assert problem.code == "SG102"
    assert problem.headline == f"not valid YAML: there is no YAML {written.split(maxsplit=1)[0]}"
    assert problem.span.start.line == 1


@pytest.mark.parametrize("written", ["1.1", "1.2", "1.2  # the one"])
def test_a_version_of_yaml_that_there_is(written: str) -> None:
    assert read_document(f"%YAML {written}\n---\nspine: 1\n", "s.yaml").problems == ()


@pytest.mark.parametrize("text", ["* 6 * * *", "*/5 * * * *"])
def test_a_schedule_without_quotes(text: str) -> None:
    (problem,) = read_document(f"a:\n  schedule: {text}  # often\n", "s.yaml").problems
    assert problem.help == f'put it in quotes: "{text}"'
    assert problem.span.start.line == 2
