"""Code as text: layout, comments and versions of Python change nothing, and any other change does."""

import ast
import io
import subprocess
import tokenize
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruff import find_ruff_bin  # type: ignore[import-untyped]

from spine.core.python_code import code_text, imported_modules, parse

ROOT = Path(__file__).resolve().parents[3]
EVERY_CONSTRUCT = Path(__file__).with_name("every_construct.txt").read_bytes()
SOURCES = {
    "every_construct": EVERY_CONSTRUCT,
    **{path.stem: path.read_bytes() for path in sorted(ROOT.glob("generated/*/logic/[a-z]*.py"))},
}
# Of every construct: the same in every version of Python, for good.
DIGEST = "5224be3edb33e4f4b09a73dde36997746fac54cc66bbfd2f1f60045080c8271b"


def text_of(source: bytes | str) -> str:
    tree = parse(source.encode() if isinstance(source, str) else source)
    assert tree is not None
    return code_text(tree)


def test_the_digest_of_every_construct_is_pinned() -> None:
    assert sha256(text_of(EVERY_CONSTRUCT).encode("ascii")).hexdigest() == DIGEST


def test_the_text_is_one_to_be_read() -> None:
    assert text_of("x = f(1, *a)  # why") == (
        '(Module body=[(Assign targets=[(Name id="x")] value=(Call args=[(Constant int:1) '
        '(Starred value=(Name id="a"))] func=(Name id="f")))])'
    )
    assert text_of('"""Only a docstring."""\n# and a comment\n') == ""


@pytest.mark.parametrize("name", SOURCES)
def test_code_written_anew_from_its_tree_is_the_same(name: str) -> None:
    source = SOURCES[name]
    assert text_of(ast.unparse(ast.parse(source))) == text_of(source)


@pytest.mark.parametrize(
    "options", [(), ("--line-length", "20"), ("--config", "format.quote-style='single'")]
)
@pytest.mark.parametrize("name", SOURCES)
def test_formatted_code_is_the_same(name: str, options: tuple[str, ...]) -> None:
    source = SOURCES[name]
    command = [find_ruff_bin(), "format", "--isolated", *options, "--stdin-filename", "logic.py", "-"]
    done = subprocess.run(command, input=source, capture_output=True, check=True)
    assert done.stdout != source or not options
    assert text_of(done.stdout) == text_of(source)


@settings(max_examples=40, deadline=None)
@given(st.data(), st.sampled_from(sorted(SOURCES)), st.sampled_from([b"\n", b"\r\n"]))
def test_comments_and_blank_lines_do_not_count(data: st.DataObject, name: str, ending: bytes) -> None:
    lines = SOURCES[name].decode().splitlines()
    added = st.sampled_from(["", "  # note", "\n\n", "\n# type: int\n", "\n        # deep"])
    for row in statement_ends(SOURCES[name]):
        lines[row - 1] += data.draw(added)
    changed = "\n".join(lines).encode().replace(b"\n", ending)
    assert text_of(changed) == text_of(SOURCES[name])


def statement_ends(source: bytes) -> list[int]:
    """The rows in which a statement ends, where a comment may follow."""
    tokens = tokenize.tokenize(io.BytesIO(source).readline)
    return [token.end[0] for token in tokens if token.type == tokenize.NEWLINE]


@pytest.mark.parametrize("name", SOURCES)
def test_any_change_of_the_tree_counts(name: str) -> None:
    """Every constant, operator, name, default, decorator, annotation and statement."""
    tree = ast.parse(SOURCES[name])
    before = code_text(tree)
    number = 0
    for what in mutations(tree):
        number += 1
        assert code_text(tree) != before, what
    assert code_text(tree) == before
    assert number > 100


def mutations(tree: ast.Module) -> Iterator[str]:
    """Change the tree in one place after the other, and set that right again."""
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and is_prose(node)}
    for node in [node for node in ast.walk(tree) if id(node) not in prose and not is_prose(node)]:
        for name, value in list(ast.iter_fields(node)):
            if name in ("ctx", "kind"):
                continue
            constant = isinstance(node, ast.Constant | ast.MatchSingleton)
            for other in other_constants(value) if constant else others(name, value):
                setattr(node, name, other)
                yield f"{name} of {ast.dump(node)}, was {value!r}"
            setattr(node, name, value)


def others(name: str, value: object) -> Iterator[object]:
    match value:
        case str():
            yield value + "_"
        case int():
            yield 0 if value else 1
        case ast.operator() | ast.unaryop() | ast.boolop():
            yield from (
                other
                for other in (ast.Add(), ast.Sub(), ast.Not(), ast.And(), ast.Or())
                if unlike(other, value)
            )
        case list():
            for position, item in enumerate(value):
                rest = value[position + 1 :]
                if isinstance(item, ast.cmpop):
                    yield [*value[:position], ast.In() if isinstance(item, ast.Is) else ast.Is(), *rest]
                elif not is_prose(item):
                    yield [*value[:position], *rest]
        case ast.JoinedStr(values=[]):
            pass
        case ast.expr() if name in OPTIONAL:
            yield None


OPTIONAL = frozenset(
    {"annotation", "cause", "format_spec", "guard", "lower", "msg", "returns", "step", "upper"}
)


def unlike(one: object, other: object) -> bool:
    return type(one) is not type(other)


def is_prose(item: object) -> bool:
    """A statement that does nothing."""
    return isinstance(item, ast.Pass) or (isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant))


def other_constants(value: object) -> Iterator[object]:
    choices = ("other", b"other", 0, 1, 1.0, 1j, True, False, None, ...)
    yield from (other for other in choices if (type(other), other) != (type(value), value))


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ("x = 'a' 'b'", 'x = "ab"'),
        ("x = f'a{b}' 'c' f'd'", 'x = f"a{b}cd"'),
        ("x = f'{b:}'", "x = f'{b}'"),
        ("x = u'a'", "x = 'a'"),
        ("x = 0x10", "x = 16"),
        ("x = (1)", "x = 1"),
        ("del (a, b)", "del a, b"),
        ("def f():\n    pass", 'def f():\n    """Text."""'),
        ("class C:\n    ...", 'class C: "Text"'),
        ("if a: b\nelse:\n    pass", "if a:\n  b"),
        ("\ufeffx = 1", "x = 1"),
        ("# coding: latin-1\nx = 'a'", "x = 'a'"),
        ("ﬁ = 1", "fi = 1"),
    ],
)
def test_these_are_the_same(one: str, same: str) -> None:
    assert text_of(one) == text_of(same)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1", "x = True"),
        ("x = 0.0", "x = -0.0"),
        ("x = '1'", "x = b'1'"),
        ("x = f'{a}'", "x = f'{a!r}'"),
        ("x = f'{a=}'", "x = f'{a = }'"),
        ("x = {**a}", "x = {a: a}"),
        ("def f(*, a, b=1): pass", "def f(*, a=1, b): pass"),
        ("def f(a, /): pass", "def f(a): pass"),
        ("from . import a", "from .. import a"),
        ("match a:\n  case None: b", "match a:\n  case False: b"),
        ("x: int = 1", "x: float = 1"),
        ("[a for a in b]", "[a async for a in b]"),
        ("a, = b", "a = b"),
    ],
)
def test_these_are_not(one: str, other: str) -> None:
    assert text_of(one) != text_of(other)


def test_fields_that_later_versions_add_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = text_of(EVERY_CONSTRUCT)
    for cls in (ast.FunctionDef, ast.Import, ast.ClassDef, ast.Name):
        monkeypatch.setattr(cls, "_fields", ("added_flag", *cls._fields, "added_list", "added_node"))
        monkeypatch.setattr(cls, "added_flag", 0, raising=False)
        monkeypatch.setattr(cls, "added_list", [], raising=False)
        monkeypatch.setattr(cls, "added_node", None, raising=False)
    assert text_of(EVERY_CONSTRUCT) == before


def test_code_may_be_deep_and_numbers_long() -> None:
    assert text_of("x = " + "+".join(["a"] * 2_000)).count("BinOp") == 1_999
    assert len(text_of(f"x = 0x{'f' * 9_000}")) > 9_000


def test_warnings_were_given_before_and_what_is_no_code_is_none() -> None:
    assert text_of(r"x = '\d'")
    assert parse(b"x = ") is None
    assert parse(b"x = '\0'") is None


def test_everything_that_may_be_a_module_is_found() -> None:
    source = """
import a, b.c as d
from . import e
from .f import g
from ..h import *
from i.j import k
def late():
    if x:
        from .l.m import n
"""
    found = set(imported_modules(ast.parse(source), "p.logic"))
    assert found == {
        *("a", "b.c", "p.logic", "p.logic.e", "p.logic.f", "p.logic.f.g", "p.h", "p.h.*", "i.j", "i.j.k"),
        *("p.logic.l.m", "p.logic.l.m.n"),
    }
