"""The quick reader and the careful one give the same document, or the quick one leaves it to the other."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spine_gen.source.document import Mapping, Node, Scalar, Sequence
from spine_gen.source.position import Lines
from spine_gen.source.yaml_reader import read_carefully, read_quickly

ROOT = Path(__file__).resolve().parent.parent.parent
CASES = ROOT / "tests" / "cases"
SPEC = (ROOT / "specs" / "finra.yaml").read_text("utf-8")
FILES = sorted([*CASES.glob("*/*.yaml"), *(ROOT / "specs").glob("*.yaml")])
PARTS = (
    *(
        "a",
        "b",
        "x: ",
        "y: 1\n",
        "- ",
        "- z\n",
        ": ",
        ":",
        "?",
        "? ",
        "-",
        ",",
        "#",
        " #",
        "~",
        "<<",
        "!",
        "@",
        "`",
        "%",
    ),
    *(
        "\n",
        "  ",
        "\n  ",
        "\n    ",
        "\n\n",
        "\t",
        "\r\n",
        "\r",
        "\x85",
        "\u2028",
        "\ufeff",
        "\x00",
        "é",
        "😀",
        ".",
    ),
    *("'", '"', "''", '""', "\\", "\\n", "\\x41", "\\/", "\\u00e9", "\\\n"),
    *("{", "}", "[", "]", "{a: 1, b}", "[a, [b]]", "{a:b}", '{"a":b}'),
    *("|", "|\n", "|-\n", "|+\n", ">\n", ">-\n", ">2\n", "| # c\n", "|\n\n", ">\n    \n"),
    *("&a ", "*a", "!!str ", "---\n", "--- ", "\n---\n", "...\n", "%YAML 1.2\n", "1", "0o7", "1.5", "null"),
)
thorough = settings(deadline=None, max_examples=600, suppress_health_check=[HealthCheck.too_slow])


def shape(node: Node) -> Any:
    """Everything about a node."""
    if isinstance(node, Scalar):
        return (type(node.value), node.value, node.text, node.start, node.end)
    if isinstance(node, Sequence):
        return ("sequence", node.start, node.end, [shape(item) for item in node.items])
    assert isinstance(node, Mapping)
    entries = [(shape(entry.key), shape(entry.value)) for entry in node]
    return ("mapping", node.start, node.end, entries)


def agree(text: str) -> bool:
    """Whether the quick reader read it; then both have to see the same."""
    lines = Lines(text)
    quick = read_quickly(lines)
    if quick is None:
        return False
    careful, problems = read_carefully(lines)
    assert problems == ()
    assert careful is not None
    assert shape(quick) == shape(careful)
    return True


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_every_spec(file: Path) -> None:
    read = agree(file.read_bytes().decode("utf-8", errors="replace"))
    assert read or file.parent.name.startswith(("yaml_", "shape_")), "an ordinary spec, read slowly"


@thorough
@given(st.lists(st.sampled_from(PARTS), max_size=14).map("".join))
def test_any_signs(text: str) -> None:
    agree(text)


@thorough
@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    agree(f"a: {text}")


@thorough
@given(
    st.integers(0, len(SPEC) - 1),
    st.integers(0, 20),
    st.lists(st.sampled_from(PARTS), max_size=4).map("".join),
)
def test_a_spec_with_a_part_replaced(at: int, length: int, inserted: str) -> None:
    agree(SPEC[:at] + inserted + SPEC[at + length :])


_SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=12)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
)


@thorough
@given(st.dictionaries(st.text(min_size=1, max_size=8), _VALUES, min_size=1, max_size=5), st.booleans())
def test_what_a_library_wrote(value: dict[str, Any], flow: bool) -> None:
    import yaml  # noqa: PLC0415

    agree(yaml.safe_dump(value, allow_unicode=True, default_flow_style=flow))
