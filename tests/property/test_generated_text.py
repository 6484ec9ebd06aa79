"""Whatever a spec's texts are, what is generated from them parses, says the same and does nothing else."""

import ast
import inspect
import re
import tokenize
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spine_gen.plan.views.source_code import Call, Lines, keywords
from spine_gen.render import filters
from spine_gen.render.formatter import format_python

NASTY = [
    '"""',
    "'''",
    '"',
    "'",
    "\\",
    "\n",
    "\r\n",
    "\t",
    "{{ x }}",
    "{% raw %}",
    "-->",
    "--",
    "#",
    "|",
    "`",
    "```",
]
NASTY += [
    "<b>",
    "&amp;",
    "\u202e",
    "\u200b",
    "\x00",
    "\x85",
    "\u2028",
    "%%{init: {}}%%",
    "end",
    " ",
    "${x}",
    "漢字",
]
texts = st.lists(st.one_of(st.sampled_from(NASTY), st.text(max_size=12)), max_size=12).map("".join)
# A file is written in UTF-8, which has no half of a pair; and no spec's text has one.
plain = texts.filter(lambda text: not re.search("[\ud800-\udfff]", text))


def words(text: str) -> list[str]:
    return text.split()


def value_of(source: str) -> object:
    """The value of a module's one expression, which must be a literal."""
    module = ast.parse(source)
    assert len(module.body) == 1
    statement = module.body[0]
    assert isinstance(statement, ast.Expr)
    return ast.literal_eval(statement.value)


@given(plain, st.one_of(st.none(), st.integers(20, 90)))
def test_a_literal_is_the_text(text: str, width: int | None) -> None:
    assert value_of(filters.py_literal(text, width)) == text


@given(plain, st.one_of(st.none(), st.integers(20, 90)))
def test_lines_are_the_text(text: str, width: int | None) -> None:
    assert value_of(filters.py_literal(Lines(text), width)) == text


@given(plain)
def test_a_block_of_code_ends_where_it_has_to(text: str) -> None:
    first, *lines, last = filters.md_block(text).split("\n")
    assert first == f"{last}text" and set(last) == {"`"}
    assert not any(line.strip().startswith(last) for line in lines)


@given(st.lists(st.lists(st.one_of(st.none(), plain), min_size=2, max_size=2), max_size=3))
def test_every_row_of_a_table_is_a_line_with_its_cells(rows: list[list[str | None]]) -> None:
    lines = filters.md_rows(rows, ["a", "b"]).split("\n")
    assert len(lines) == len(rows) + 2
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 3 for line in lines)


@given(plain)
def test_a_block_is_the_text_between_line_breaks(text: str) -> None:
    assert value_of(filters.py_block(text)) == "\n" + text.strip("\n") + "\n"


@given(plain)
def test_a_block_has_no_space_at_a_line_s_end(text: str) -> None:
    assert not re.search(r"[ \t]$", filters.py_block(text), re.M)


@given(plain, st.sampled_from([0, 4]))
def test_a_docstring_has_the_words_of_the_text(text: str, indent: int) -> None:
    body = filters.docstring(text, indent)
    source = f"def f():\n    {body}\n" if indent else f"{body}\n"
    tree = ast.parse(source)
    holder = tree.body[0] if indent else tree
    assert isinstance(holder, ast.FunctionDef | ast.Module)
    assert len(holder.body) == 1
    assert words(inspect.cleandoc(ast.get_docstring(holder, clean=False) or "")) == words(text)


@given(plain)
def test_a_comment_is_one_line(text: str) -> None:
    for made in (filters.comment(text), filters.html_comment(text)):
        assert len(made.splitlines()) <= 1
        assert not re.search("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]", made)
    assert "--" not in filters.html_comment(text)
    assert ">" not in filters.html_comment(text)
    for line in filters.comment_lines(text).split("\n"):
        assert line.startswith("# ")


ORDERS = (
    "type: ignore",
    "noqa",
    "ruff: noqa",
    "flake8: noqa",
    "mypy: ignore-errors",
    "fmt: off",
    "# fmt: skip",
)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("text", ["{}", "a file #{}", "a file # {}", "{} and more", "word " * 16 + "{}"])
def test_a_comment_orders_no_tool_to_do_anything(order: str, text: str) -> None:
    for made in (f"# {filters.comment(text.format(order))}", filters.comment_lines(text.format(order))):
        assert not re.search(r"#\s*(?:type: ignore|noqa|\w+: noqa|mypy:|fmt:)", made)


@pytest.mark.parametrize("path", ["specs/coding=utf-7 x.yaml", "encoding: utf-7/x.yaml"])
def test_a_comment_does_not_change_its_file_s_encoding(path: str) -> None:
    module = f"# Generated\n# Spec: {filters.comment(path)}\n"
    assert tokenize.detect_encoding(BytesIO(module.encode()).readline)[0] == "utf-8"


def test_words_that_only_look_like_orders_stay() -> None:
    for text in ("Security type: stock or bond.", "type: one of two", "ruff and mypy", "the coding of it"):
        assert filters.comment(text) == text


@given(plain)
def test_markdown_has_no_markup_of_the_text_s(text: str) -> None:
    made = filters.md_text(text)
    assert "\n" not in made
    assert not re.search(r"[<>]", made)
    outside_words = re.sub(r"(?<=[0-9A-Za-z])_(?=[0-9A-Za-z])", "", made)
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_\[\]|~$]", outside_words)


@given(st.lists(plain, max_size=4))
def test_paragraphs_stay_paragraphs(texts: list[str]) -> None:
    made = filters.md_paragraphs("\n\n".join(texts))
    for part in made.split("\n\n"):
        assert part == part.strip(" ") and "\n" not in part
        assert not re.match(r"[#+=*>|-]|\d+[.)]|    ", part)


@given(plain)
def test_a_code_span_stays_in_its_cell(text: str) -> None:
    made = filters.md_code(text)
    fence = re.match(r"`+", made)
    assert fence is not None
    inside = made[len(fence[0]) : -len(fence[0])]
    assert made.endswith(fence[0])
    assert fence[0] not in re.findall(r"`+", inside)
    assert not re.search(r"(?<!\\)\|", made)


@given(plain)
def test_a_mermaid_label_ends_where_its_quotes_do(text: str) -> None:
    made = filters.mermaid(text)
    assert not re.search(r'["`<>\\\n\r]|%%|%\{', made)


@settings(max_examples=15, deadline=None)
@given(st.lists(plain, min_size=8, max_size=8))
def test_formatting_keeps_every_text(many: list[str]) -> None:
    sources = {
        f"{number}.py": f"{filters.docstring(text)}\n\nx = "
        + filters.py_call(Call(name="dict", arguments=keywords(a=text, b=text)))
        + f"\ny = {filters.py_block(text)}\n"
        for number, text in enumerate(many)
    }
    laid_out = format_python(sources)
    for path, source in sources.items():
        before, after = ast.parse(source), ast.parse(laid_out[path])
        assert words(ast.get_docstring(before) or "") == words(ast.get_docstring(after) or "")
        assert [ast.dump(node) for node in before.body[1:]] == [ast.dump(node) for node in after.body[1:]]
    assert format_python(laid_out) == laid_out


def test_what_has_no_literal_is_refused() -> None:
    with pytest.raises(TypeError, match="no literal"):
        filters.py_literal(object())
