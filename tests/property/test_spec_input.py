"""Whatever a file holds, a spec is either valid or has diagnostics, and every span lies inside the file."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spine_gen.diagnostics.as_text import as_text
from spine_gen.plan.views.condition_code import to_python
from spine_gen.source import Lines
from spine_gen.spec.check import CheckedSpec, check_spec
from spine_gen.spec.expression_parser import parse_expression
from spine_gen.spec.expression_tree import ExpressionError
from spine_gen.spec.sql.select import select_report
from spine_gen.spec.sql.when import when_report

SPEC = (Path(__file__).parent.parent.parent / "specs" / "finra.yaml").read_text("utf-8")
LINES = SPEC.splitlines(keepends=True)
relaxed = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
SQL = st.lists(
    st.sampled_from(
        [
            "SELECT",
            "FROM",
            "WHERE",
            "GROUP",
            "BY",
            "ORDER",
            "AS",
            "WITH",
            "JOIN",
            "ON",
            "USING",
            "UNION",
            "ALL",
            "IN",
            "IS",
            "NOT",
            "NULL",
            "AND",
            "OR",
            "CASE",
            "WHEN",
            "THEN",
            "ELSE",
            "END",
            "BETWEEN",
            "EXISTS",
            "DISTINCT",
            "OVER",
            "PARTITION",
            "(",
            ")",
            ",",
            ".",
            "*",
            "+",
            "-",
            "/",
            "=",
            "<",
            ">",
            "<>",
            "||",
            "%",
            ";",
            "1",
            "0.5",
            "'x'",
            "'2025-01-01'",
            '"a"',
            "a",
            "b",
            "LOAD",
            "SUM",
            "COUNT",
            "MAX",
            "COALESCE",
            "ABS",
            "LENGTH",
            "NULLIF",
            "CAST",
            "BIGINT",
            "TRUE",
            "LIMIT",
            "VALUES",
            "LATERAL",
            "INTERVAL",
            "--",
            "/*",
            "*/",
        ]
    ),
    max_size=25,
).map(" ".join)


def sound(checked: CheckedSpec) -> None:
    lines = Lines(checked.text)
    for diagnostic in checked.diagnostics:
        for place in (diagnostic.place, *(label.place for label in diagnostic.labels)):
            for position in (place.span.start, place.span.end):
                assert 1 <= position.line <= len(lines)
                assert 1 <= position.column <= len(lines.line(position.line)) + 1
            assert place.span.start <= place.span.end
    assert checked.ok == all(diagnostic.severity == "warning" for diagnostic in checked.diagnostics)
    assert as_text(checked.diagnostics, {checked.path: checked.text}) or checked.ok


@relaxed
@given(st.binary(max_size=200))
def test_any_bytes(content: bytes) -> None:
    sound(check_spec(content, "s.yaml"))


@relaxed
@given(st.text(max_size=200))
def test_any_text(content: str) -> None:
    sound(check_spec(content, "s.yaml"))


@relaxed
@given(st.text(alphabet="ab:-?!&*[]{}'\"|>#%@`, \t\n<~", max_size=80))
def test_any_yaml_signs(content: str) -> None:
    sound(check_spec(content, "s.yaml"))


@relaxed
@given(st.integers(0, len(SPEC) - 1), st.integers(0, 30), st.text(max_size=8))
def test_a_spec_with_a_part_replaced(at: int, length: int, inserted: str) -> None:
    sound(check_spec(SPEC[:at] + inserted + SPEC[at + length :], "s.yaml"))


@relaxed
@given(
    st.sets(st.integers(0, len(LINES) - 1), max_size=6),
    st.sampled_from(["", "null", "[]", "{}", "7", "x: 1"]),
)
def test_a_spec_with_lines_changed(chosen: set[int], value: str) -> None:
    lines = [
        f"{line.partition(':')[0]}: {value}\n" if index in chosen else line
        for index, line in enumerate(LINES)
    ]
    sound(check_spec("".join(lines), "s.yaml"))


@relaxed
@given(
    st.integers(0, len(LINES) - 1),
    st.integers(1, 30),
    st.sampled_from([-4, -2, 2, 4]),
    st.sets(st.integers(0, len(LINES) - 1), max_size=2),
)
def test_a_spec_with_a_block_shifted(start: int, length: int, by: int, without: set[int]) -> None:
    lines = [
        line if not start <= index < start + length else " " * by + line if by > 0 else line[-by:]
        for index, line in enumerate(LINES)
        if index not in without
    ]
    sound(check_spec("".join(lines), "s.yaml"))


@relaxed
@given(SQL | st.text(max_size=60))
def test_any_condition_in_sql(text: str) -> None:
    for problem in when_report(text, None, (("a", "integer"), ("b", "string"))).problems:
        assert 0 <= problem.start <= problem.end <= max(len(text), 1)


@relaxed
@given(
    SQL.map("SELECT a, ".__add__) | SQL | st.text(max_size=60),
    st.sampled_from([None, "sqlite", "postgresql"]),
)
def test_any_select(text: str, dialect: str | None) -> None:
    columns = (("a", "integer"), ("b", "string"))
    report = select_report(text, dialect, (("LOAD", columns),), columns)
    for problem in report.problems:
        assert 0 <= problem.start <= problem.end <= max(len(text), 6)


@relaxed
@given(
    st.text(alphabet="rows(LOAD)anomalies,partitions param\"x'<>=!+-*0123. notandor", max_size=60)
    | st.lists(
        st.sampled_from(["rows(A)", "1", "'x'", "not", "and", "or", "(", ")", "<", "==", "+", "-", "*"])
    ).map(" ".join)
)
def test_any_expression(text: str) -> None:
    try:
        expression = parse_expression(text)
    except ExpressionError as error:
        assert 0 <= error.problem.start <= error.problem.end <= len(text)
    else:
        compile(to_python(expression), "<expression>", "eval")


@pytest.mark.parametrize(
    "content", ["- " * 3000, "{" * 3000, "a: " * 3000, "[" * 39 + "]" * 39, "a: >\n" * 500]
)
def test_nothing_is_too_deep(content: str) -> None:
    sound(check_spec(content, "s.yaml"))
