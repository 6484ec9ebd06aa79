"""`expect` and `if`: what is understood, what it becomes in Python, what is refused and where."""

import pytest

from spine_gen.plan.views.condition_code import to_python
from spine_gen.spec.expression_parser import parse_expression
from spine_gen.spec.expression_tree import ExpressionError, calls


@pytest.mark.parametrize(
    ("text", "python"),
    [
        ("rows(LOAD) > 0", 'ctx.rows("LOAD") > 0'),
        ("rows( LOAD )>=007", 'ctx.rows("LOAD") >= 7'),
        ("anomalies(LOAD, BAD) <= 0.50", 'ctx.anomalies("LOAD", "BAD") <= 0.50'),
        ("partitions(A) == 6 or not rows(B) != 1", 'ctx.partitions("A") == 6 or not ctx.rows("B") != 1'),
        ("partitions(A) = expected(A)", 'ctx.partitions("A") == ctx.expected("A")'),
        ("rows(LOAD) = 1", 'ctx.rows("LOAD") == 1'),
        ("window(LOAD, 06) = 6", 'ctx.window("LOAD", 6) == 6'),
        ("not (rows(A) > 0 or rows(B) > 0)", 'not (ctx.rows("A") > 0 or ctx.rows("B") > 0)'),
        ("(rows(A) > 0 or rows(B) > 0) and rows(C) > 0", None),
        ("rows(A) - (rows(B) - 1) > 0", 'ctx.rows("A") - (ctx.rows("B") - 1) > 0'),
        ("rows(A) - rows(B) - 1 > 0", 'ctx.rows("A") - ctx.rows("B") - 1 > 0'),
        ("(rows(A) + 1) * -2 < 0", '(ctx.rows("A") + 1) * -2 < 0'),
        ("""param("mode") == 'it "is"'""", 'ctx.param("mode") == "it \\"is\\""'),
        ('param("mode") != "é"', 'ctx.param("mode") != "\\u00e9"'),
    ],
)
def test_an_expression_becomes_python(text: str, python: str | None) -> None:
    written = to_python(parse_expression(text))
    assert python is None or written == python
    compile(written, "<expression>", "eval")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", ""),
        ("rows(LOAD)", "rows(LOAD)"),
        ("rows(LOAD) <> 1", "<>"),
        ("window(LOAD) > 0", "window(LOAD)"),
        ("expected(LOAD, 6) > 0", "6"),
        ("window(LOAD, 0) > 0", "0"),
        ("window(LOAD, 1.5) > 0", "1.5"),
        ("window(LOAD, 10001) > 0", "10001"),
        ("window(LOAD, -1) > 0", "-"),
        ("window(LOAD, LOAD) > 0", "LOAD"),
        ("window(LOAD, 6, 7) > 0", "7"),
        ("1 = rows(LOAD) = 1", "="),
        ("rows(LOAD) > 0 AND rows(A) > 0", "AND"),
        ("rows(LOAD) > 0 && rows(A) > 0", "&&"),
        ("1 < rows(LOAD) < 3", "<"),
        ("rows(LOAD) > '1'", "rows(LOAD) > '1'"),
        ('param("n") > 3', 'param("n") > 3'),
        ("rows('LOAD') > 0", "'LOAD'"),
        ("rows(A, B) > 0", "B"),
        ("rows > 0", "rows"),
        ("row(A) > 0", "row"),
        ("(rows(A) > 0", "("),
        ("rows(A) / 2 > 0", "/"),
        ("__import__('os').system('id')", "."),
        ("rows(A).__class__ == 1", "."),
        ("lambda: 0", ":"),
        ("rows(A) > 0x1F", "0x1F"),
        ("param('a\\'b') == 'x'", None),
        ("not " * 30 + "rows(A) > 0", None),
        ("-" * 200 + "1 > 0", None),
        ("(" * 100 + "rows(A) > 0" + ")" * 100, None),
        ("1" + " + 1" * 2000 + " > 0", None),
    ],
)
def test_anything_else_is_refused_where_it_stands(text: str, place: str | None) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_expression(text)
    error = caught.value
    assert 0 <= error.problem.start <= error.problem.end <= len(text)
    assert place is None or text[error.problem.start : error.problem.end] == place


def test_calls_are_told_in_reading_order() -> None:
    found = calls(parse_expression('rows(A) > 0 and not (anomalies(B, C) > 1 or param("x") == "y")'))
    assert [(call.function, *(argument.value for argument in call.arguments)) for call in found] == [
        ("rows", "A"),
        ("anomalies", "B", "C"),
        ("param", "x"),
    ]
