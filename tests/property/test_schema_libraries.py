"""The quick answer that a document fits the schema is given only where the exact one is the same."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spine_gen.source import Document, read_document
from spine_gen.spec.fit import fits_schema
from spine_gen.spec.shape import check_shape

ROOT = Path(__file__).resolve().parent.parent.parent
FILES = sorted([*(ROOT / "tests" / "cases").glob("*/*.yaml"), *(ROOT / "specs").glob("*.yaml")])
SPEC = (ROOT / "specs" / "finra.yaml").read_text("utf-8")
VALUES = re.findall(r"(?<=: )[^\s{},\[\]]+(?=[,}\n])", SPEC)
thorough = settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])


def agree(document: Document | None) -> None:
    if document is not None and fits_schema(document):
        assert list(check_shape(document)) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_every_spec(file: Path) -> None:
    document = read_document(file.read_bytes(), "s.yaml").document
    agree(document)
    odd = file.parent.name == "texts_invisible"
    if document is not None and not odd and not list(check_shape(document)):
        assert fits_schema(document), "an ordinary spec, judged slowly"


@thorough
@given(
    st.sampled_from(VALUES),
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-3, 70).map(float)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["a\n", "A\n", "é", "1e999", "\uff41", "_", "a.b", "²"]),
)
def test_a_spec_with_a_value_replaced(old: str, new: Any) -> None:
    text = SPEC.replace(f": {old}", f": {json.dumps(new)}", 1)
    agree(read_document(text, "s.yaml").document)
